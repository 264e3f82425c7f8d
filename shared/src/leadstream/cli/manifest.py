"""The file that `leadstream apply` reads: workspaces and all that belongs to them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAID = {"extra_forbidden": "there is no such key", "missing": "is missing"}


class _Part(BaseModel):
    # A misspelt key is noticed; what a key may hold, its service knows and says.
    model_config = ConfigDict(extra="forbid")


class Query(_Part):
    name: str
    topic: dict[str, Any]
    status: Literal["active", "paused", "completed"] = "active"
    filters: dict[str, Any] = Field(default_factory=dict)


class Recipient(_Part):
    email: str
    full_name: str | None = None
    min_score: Literal["hot", "warm", "cold"] = "cold"
    enabled: bool = True
    # Told of channels that don't work. Left out: as it is.
    admin: bool | None = None


class Channel(_Part):
    type: Literal["slack", "webhook"]
    name: str
    url: str
    min_score: Literal["hot", "warm", "cold"] = "cold"
    # Left out: as it is, because a destination may have been paused or disabled for a reason.
    status: Literal["active", "paused"] | None = None
    secret: str | None = None


class Connection(_Part):
    platform: str
    adapter: str
    settings: dict[str, Any] = Field(default_factory=dict)
    credentials: dict[str, Any] = Field(default_factory=dict)
    status: Literal["active", "paused"] | None = None


class User(_Part):
    email: str
    role: str = "member"
    daily_credit_limit: int = 3


class Workspace(_Part):
    slug: str
    name: str | None = None
    queries: list[Query] = []
    recipients: list[Recipient] = []
    channels: list[Channel] = []
    connections: list[Connection] = []
    users: list[User] = []

    @model_validator(mode="after")
    def _names_each_thing_once(self) -> Self:
        # Of two with one name the later would win, and each `apply` would change both again.
        _refuse_twice("queries", (query.name for query in self.queries))
        _refuse_twice("recipients", (_address(each.email) for each in self.recipients))
        _refuse_twice("channels", (f"{each.type} {each.name}" for each in self.channels))
        _refuse_twice("connections", (each.platform for each in self.connections))
        _refuse_twice("users", (_address(each.email) for each in self.users))
        return self


class Manifest(_Part):
    workspaces: list[Workspace]

    @model_validator(mode="after")
    def _names_each_workspace_once(self) -> Self:
        _refuse_twice("workspaces", (workspace.slug for workspace in self.workspaces))
        return self


def load_manifest(path: Path, variables: Mapping[str, str] | None = None) -> Manifest:
    """Read the file and put the environment's values in for `${NAME}`.

    Raises CliError that names the place in the file, and every variable that is not set; never a value.
    """
    document = _read(path)
    variables = environment() if variables is None else variables
    faults = list(_unset("", document, variables))
    if faults:
        raise CliError(f"{path}: {'; '.join(faults)}", hint="Set it in the environment or in .env.")
    try:
        return Manifest.model_validate(_filled_in(document, variables))
    except ValidationError as exc:
        raise CliError(f"{path}: {_explain(exc)}") from None


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as exc:
        # Not its text, which quotes the line: that may hold a secret.
        at = exc.problem_mark
        place = f"line {at.line + 1}, column {at.column + 1}: " if at else ""
        raise CliError(f"{path}: {place}not YAML: {exc.problem}") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise CliError(f"{path}: not YAML: it has characters that no text has") from None
    except OSError as exc:
        raise CliError(f"{path}: {exc.strerror}") from exc


def _unset(place: str, value: Any, variables: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the variables in a value, each with its place."""
    for where, text in _texts(place, value):
        for name in _VARIABLE.findall(text):
            if not _NAME.fullmatch(name):
                yield f"{where}: ${{…}} takes the name of a variable"
            elif name not in variables:
                yield f"{where}: {name} is not set"


def _texts(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    children: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, child in children:
        yield from _texts(f"{place}.{step}".removeprefix("."), child)


def _filled_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled_in(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: variables[found[1]], value)


def _explain(error: ValidationError) -> str:
    """Each fault with its place, and without its value: that may be a secret."""
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(_fault(fault) for fault in faults)


def _fault(fault: Any) -> str:
    place = ".".join(str(step) for step in fault["loc"])
    said = _SAID.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{place}: {said}" if place else str(said)


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} has {name} twice")
        seen.add(name)


def _address(email: str) -> str:
    return email.strip().casefold()
