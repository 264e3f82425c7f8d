"""The switches of a Marketo instance."""

from pydantic import BaseModel, Field

from leadstream_dev.sandbox.provider import Options


class Rule(BaseModel):
    """Records with a value in a field, or with this one, are skipped like this."""

    field: str
    value: str | int | None = None
    code: int = 1001
    message: str = "Invalid value. Required of another type"


class MarketoOptions(Options):
    """`keys` and `revoked` are client ids here."""

    secrets: list[str] = Field(default=["sandbox*"])
    """Shell patterns of the client secrets that are accepted."""
    token_seconds: float = 3600
    may_write: bool = True
    """Without it, the user of the API may do nothing with leads."""
    dedupe_fields: list[str] = Field(default_factory=list)
    """Custom fields that leads may be known by, beside `email` and `id`."""
    custom_fields: list[str] = Field(default_factory=list)
    hidden: list[str] = Field(default_factory=list)
    """Fields that this instance has not."""
    read_only: list[str] = Field(default_factory=list)
    lengths: dict[str, int] = Field(default_factory=dict)
    rules: list[Rule] = Field(default_factory=list)
    company_is_the_crms: bool = False
    """A CRM keeps the companies: a record with a field of one is skipped."""
    partitions: list[str] = Field(default=["Default"])
    calls: int = 100
    window: float = 20.0
    """So many calls in so many seconds."""
    at_once: int = 10
    daily_quota: int = 50_000
