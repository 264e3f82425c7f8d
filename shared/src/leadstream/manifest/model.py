"""A file that says what workspaces are to have: `leadstream apply` reads it, and so does the console."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from leadstream.accounts import PROVIDERS, WrongAccountError
from leadstream.accounts.catalogue import checked_credentials, checked_settings
from leadstream.manifest.document import Document, read_document
from leadstream.manifest.errors import ManifestError
from leadstream.manifest.fields import (
    AccountProvider,
    Address,
    Amount,
    ChannelType,
    ContactList,
    Count,
    IntentList,
    Mailbox,
    Score,
    Secrets,
    Status,
    StopWhen,
    Text,
    Truth,
    Unbroken,
    VerifyList,
    WantedStatus,
    normal_address,
)

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAID = {"extra_forbidden": "there is no such key", "missing": "is missing"}


class Part(BaseModel):
    """What is left out has its default when the thing is made, and stays as it is when it is there."""

    # A misspelt key is noticed; what a key may hold, its service knows and says.
    model_config = ConfigDict(extra="forbid")


class Query(Part):
    name: Text
    topic: dict[str, Any]
    status: Status = "active"
    filters: dict[str, Any] = Field(default_factory=dict)


class Recipient(Part):
    email: Address
    full_name: str | None = None
    min_score: Score = "cold"
    enabled: Truth = True
    # Told of channels that don't work. Left out: as it is.
    admin: Truth | None = None
    # When they are told: what is left out of it stays as it is.
    preferences: dict[str, Any] = Field(default_factory=dict)


class Channel(Part):
    type: ChannelType
    name: Text
    url: Unbroken
    min_score: Score = "cold"
    status: WantedStatus | None = None
    secret: Unbroken | None = None


class Connection(Part):
    platform: Text
    adapter: Text
    settings: dict[str, Any] = Field(default_factory=dict)
    credentials: Secrets = Field(default_factory=dict)
    status: WantedStatus | None = None


class ProviderAccount(Part):
    provider: AccountProvider
    settings: dict[str, Any] = Field(default_factory=dict)
    credentials: Secrets = Field(default_factory=dict)

    @field_validator("credentials", "settings")
    @classmethod
    def _are_the_providers(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        provider = PROVIDERS.get(info.data.get("provider", ""))
        if provider is None:
            # That is said already.
            return value
        check = checked_credentials if info.field_name == "credentials" else checked_settings
        try:
            return dict(check(provider, value))
        except WrongAccountError as exc:
            raise ValueError(f"{exc.field.partition('.')[2]}: {exc}") from None


class Sources(Part):
    """Null is the deployment's, and so is what was never said."""

    intent: IntentList | None = None
    contacts: ContactList | None = None
    verify: VerifyList | None = None
    stop_when: StopWhen = "found"
    training: Truth = False


class Caps(Part):
    """In the deployment's currency. Null: no limit."""

    daily: Amount | None
    monthly: Amount | None


class Sender(Part):
    """Who e-mails come from. Null is the deployment's; what is left out stays as it is."""

    from_address: Mailbox | None = None
    reply_to: Address | None = None
    footer: Text | None = None


class Push(Part):
    """A source that pushes signals, and what it feeds."""

    name: Text
    query: Text | None = None
    topics: dict[str, Text] | None = None
    status: WantedStatus | None = None
    secret: Unbroken | None = None


class User(Part):
    # Nothing is sent to it: a name, and looser than an address.
    email: Unbroken
    role: str = "member"
    daily_credit_limit: Count = 3


class Workspace(Part):
    slug: Text
    name: Text | None = None
    accounts: list[ProviderAccount] = []
    sources: Sources | None = None
    caps: Caps | None = None
    sender: Sender | None = None
    queries: list[Query] = []
    recipients: list[Recipient] = []
    channels: list[Channel] = []
    connections: list[Connection] = []
    users: list[User] = []
    push: list[Push] = []

    @model_validator(mode="after")
    def _names_each_thing_once(self) -> Self:
        # Of two with one name the later would win, and each `apply` would change both again.
        _refuse_twice("accounts", (each.provider for each in self.accounts))
        _refuse_twice("queries", (_line(query.name) for query in self.queries))
        _refuse_twice("recipients", (normal_address(each.email) for each in self.recipients))
        _refuse_twice("channels", (f"{each.type} {_line(each.name)}" for each in self.channels))
        _refuse_twice("connections", (_line(each.platform) for each in self.connections))
        _refuse_twice("users", (each.email.casefold() for each in self.users))
        _refuse_twice("push", (_line(each.name) for each in self.push))
        return self


class Manifest(Part):
    workspaces: list[Workspace]

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        _refuse_twice("workspaces", (workspace.slug for workspace in self.workspaces))
        # Topics are known by their names, to all workspaces.
        topics: dict[str, Any] = {}
        for query in (query for workspace in self.workspaces for query in workspace.queries):
            name, category = query.topic.get("name"), query.topic.get("category")
            if not isinstance(name, str) or category is None:
                continue
            if topics.setdefault(_line(name), category) != category:
                raise ValueError(f"the topic {_line(name)} has two categories")
        return self


def read_manifest(text: str, variables: Mapping[str, str]) -> Manifest:
    """Read a text and put the variables' values in for `${NAME}`.

    Raises ManifestError that names the place in the text, and every variable that is not set; never a value.
    """
    document = read_document(text)
    if document.content is None:
        raise ManifestError("is empty: a dictionary with `workspaces` belongs there")
    faults = list(_unset((), document, variables, document.content))
    if faults:
        raise ManifestError("; ".join(faults), unset=True)
    try:
        return Manifest.model_validate(_filled_in(document.content, variables))
    except ValidationError as exc:
        raise ManifestError(_explain(document, exc)) from None


def _unset(
    path: tuple[str | int, ...], document: Document, variables: Mapping[str, str], value: Any
) -> Iterator[str]:
    """What is wrong with the variables in a value, each with its place."""
    for step, child in _parts(value):
        yield from _unset((*path, step), document, variables, child)
    text = value if isinstance(value, str) else ""
    if "${" in _VARIABLE.sub("", text):
        yield f"{document.place(path)}a ${{…}} is not closed"
    for name in _VARIABLE.findall(text):
        if not _NAME.fullmatch(name):
            yield f"{document.place(path)}${{…}} takes the name of a variable"
        elif name not in variables:
            yield f"{document.place(path)}{name} is not set"


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _filled_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled_in(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: variables[found[1]], value)


def _explain(document: Document, error: ValidationError) -> str:
    """Each fault with its place, and without its value: that may be a secret."""
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(_fault(document, fault) for fault in faults)


def _fault(document: Document, fault: Any) -> str:
    said = _SAID.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{document.place(fault['loc'])}{said}"


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} has {name} twice")
        seen.add(name)


def _line(text: str) -> str:
    return " ".join(text.split())
