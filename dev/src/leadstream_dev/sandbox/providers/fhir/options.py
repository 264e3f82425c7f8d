"""What can be set about the FHIR server."""

from typing import Literal

from pydantic import BaseModel, Field

from leadstream_dev.sandbox.provider import Options


class Rule(BaseModel):
    """Organizations with a value at a path, or with this one, are refused like this."""

    path: str
    """As `address.state` or `contact.telecom.value`: of lists, any entry."""
    value: str | None = None
    status: int = 422
    code: str = "value"
    message: str = "the value breaks a rule of this server"
    longest: int | None = None
    """Only values that are longer."""


class FhirOptions(Options):
    """`keys` and `revoked` are static tokens, and ids of clients."""

    clients: dict[str, str] = Field(default_factory=dict)
    """By client id: the public key (PEM) that its assertions must verify with."""
    token_seconds: int = 300
    granted: str | None = None
    """The scopes that tokens are good for, whatever is asked for."""
    rights: str = "cruds"
    """What static tokens may do."""
    discovery: bool = True
    """Whether there is a SMART configuration."""
    algorithms: list[str] = Field(default=["RS384", "ES384"])
    fhir_version: str = "4.0.1"
    organizations: bool = True
    writable: bool = True
    conditional_update: bool = True
    conditional_create: bool = True
    batch: bool = True
    update_create: bool = False
    """A PUT to an id that is not there makes it; so does an id in the body of a conditional update."""
    versioning: Literal["no-version", "versioned", "versioned-update"] = "versioned"
    keeps_tags: bool = False
    """Updates take no tag away, as with some servers."""
    ignores_search: bool = False
    """A parameter that it doesn't know finds everything."""
    search_lags: list[str] = Field(default_factory=list)
    """Identifiers that searches don't find yet, though conditions do."""
    rules: list[Rule] = Field(default_factory=list)
    names_places: Literal[
        "expression", "location", "xpath", "diagnostics", "details", "nothing"
    ] = "expression"
    """Where an outcome says what it is about."""
    bare: bool = False
    """Refusals come without an outcome."""
    trouble: dict[str, int] = Field(default_factory=dict)
    """By identifier: the status that a write of it is refused with."""
    loses_entries: bool = False
    """Answers to batches lack the last entry."""
    largest_bundle: int = 100
    largest_bytes: int = 1_000_000
