"""The providers that there are: what each is asked for, and what an account at it consists of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from leadstream.accounts import g2
from leadstream.accounts.errors import WrongAccountError
from leadstream.accounts.routine import checked_id, checked_inputs
from leadstream.pasted import is_key, unwrap

LONGEST_TEXT: Final = 500


class SourceList(StrEnum):
    """The lists of a workspace's `sources`."""

    INTENT = "intent"
    CONTACTS = "contacts"
    VERIFY = "verify"


def _text(value: Any) -> Any:
    text = unwrap(value) if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueError("must be a text in one line")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    service: str
    lists: frozenset[SourceList]
    # What an account needs; without any, the provider is not asked with a key.
    credentials: tuple[str, ...] = ()
    # What an account may have besides.
    further_credentials: tuple[str, ...] = ()
    settings: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    # What a manifest calls it in its lists.
    word: str = ""
    # It can be asked without cost: answers of its sandbox are made up.
    trains: bool = False

    @property
    def written(self) -> str:
        return self.word or self.name


# In the order in which they are asked where a workspace says nothing.
_ALL: Final = (
    Provider(
        name="clay",
        word="clay_compat",
        service="enrichment",
        lists=frozenset({SourceList.CONTACTS, SourceList.VERIFY}),
        credentials=("api_key",),
    ),
    Provider(
        name="people_data_labs",
        service="enrichment",
        lists=frozenset({SourceList.CONTACTS}),
        credentials=("api_key",),
        settings={"dataset": _text, "data_include": _text},
        trains=True,
    ),
    Provider(
        name="clay_public_v0",
        service="enrichment",
        lists=frozenset({SourceList.CONTACTS}),
        credentials=("api_key",),
        further_credentials=("webhook_secret",),
        settings={
            "routine_id": checked_id,
            "inputs": checked_inputs,
            "result_email": _text,
            "webhook_id": checked_id,
        },
    ),
    Provider(
        name="hunter",
        service="enrichment",
        lists=frozenset({SourceList.VERIFY}),
        credentials=("api_key",),
    ),
    Provider(
        name="datashopper",
        service="discovery",
        lists=frozenset({SourceList.INTENT}),
        credentials=("api_key",),
    ),
    Provider(
        name="g2",
        service="discovery",
        lists=frozenset({SourceList.INTENT}),
        credentials=("api_token",),
        settings={
            "products": g2.read_products,
            "strengths": g2.read_strengths,
            "scores": g2.read_scores,
            "days": g2.read_days,
        },
        trains=True,
    ),
    # Signals come in, and nobody is asked: that costs nothing in training, either.
    Provider(name="push", service="discovery", lists=frozenset({SourceList.INTENT}), trains=True),
)
PROVIDERS: Final[Mapping[str, Provider]] = {each.name: each for each in _ALL}
_BY_WORD: Final = {each.written: each for each in _ALL}


def provider_named(name: str) -> Provider:
    """By its name, or as manifests have it. Raises ValueError that tells the names there are."""
    found = PROVIDERS.get(name) or _BY_WORD.get(name)
    if found is None:
        raise ValueError(f"there is no such provider: it is none of {', '.join(_BY_WORD)}")
    return found


def listed(names: Iterable[str], where: SourceList) -> list[str]:
    """The providers that a list names, once each and by their names. Raises ValueError."""
    found: list[str] = []
    for name in names:
        provider = provider_named(name)
        if where not in provider.lists:
            fitting = ", ".join(sorted(provider.lists))
            raise ValueError(f"{provider.written} belongs into {fitting}, not into {where}")
        if provider.name in found:
            raise ValueError(f"{provider.written} is there twice")
        found.append(provider.name)
    return found


def with_account(name: str) -> Provider:
    """A provider that is asked with a key. Raises ValueError."""
    provider = provider_named(name)
    if not provider.credentials:
        raise ValueError(f"{provider.written} takes no account: nobody is asked there")
    return provider


def checked_credentials(provider: Provider, given: Mapping[str, Any]) -> dict[str, str]:
    """As they are kept. Raises WrongAccountError."""
    known = (*provider.credentials, *provider.further_credentials)
    _refuse_unknown("credentials", provider, given, known)
    for name in provider.credentials:
        if not given.get(name):
            raise WrongAccountError("is missing", field=f"credentials.{name}")
    kept = {name: unwrap(value) if isinstance(value, str) else "" for name, value in given.items()}
    for name, value in kept.items():
        if not is_key(value):
            message = "must be the key alone: printable ASCII without blanks, quotes or brackets"
            raise WrongAccountError(message, field=f"credentials.{name}")
    return kept


def checked_settings(provider: Provider, given: Mapping[str, Any]) -> dict[str, Any]:
    """As they are kept. Raises WrongAccountError."""
    _refuse_unknown("settings", provider, given, tuple(provider.settings))
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            kept[name] = provider.settings[name](value)
        except ValueError as exc:
            raise WrongAccountError(str(exc), field=f"settings.{name}") from None
    return kept


def _refuse_unknown(
    what: str, provider: Provider, given: Mapping[str, Any], known: tuple[str, ...]
) -> None:
    for name in given:
        if name not in known:
            has = f"has {', '.join(known)}" if known else "has none"
            raise WrongAccountError(
                f"there is no such key: {provider.written} {has}", field=f"{what}.{name}"
            )
