"""What a manifest asks for, thing by thing, and how that differs from what is there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from leadstream.manifest.errors import ManifestError

MASK = "/…"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that the file asks for: where it lives, and what names it among its kind."""

    service: str
    path: str
    what: str
    # The fields by which an existing row is recognised.
    key: tuple[str, ...]
    body: dict[str, Any]
    # Never given back by the service, so whether they differ can't be told.
    secrets: tuple[str, ...] = ()
    # The workspace that has one of it at most, always there under its id: with what the deployment says, at first.
    only_one_of: str | None = None

    @property
    def title(self) -> str:
        return " ".join([self.what, *(str(self.body[name]) for name in self.key)])

    @property
    def has_secrets(self) -> bool:
        return any(self.body.get(name) for name in self.secrets)


def is_named(wanted: Wanted, row: Mapping[str, Any]) -> bool:
    """Whether the row is the thing that the file names."""
    return all(_same(name, wanted.body[name], row.get(name)) for name in wanted.key)


def held_up(row: Mapping[str, Any]) -> list[str]:
    """What a service says that what was just made still needs."""
    return [f"no key for {name}: leads wait for it" for name in row.get("without_key", ())]


def differences(wanted: Wanted, row: Mapping[str, Any] | None) -> list[str]:
    """Each field that the service shows and the file wants otherwise, as `field: from → to`."""
    if row is None:
        return []
    return [
        f"{name}: {_brief(row[name])} → {_brief(_shown(value, row[name]))}"
        for name, value in wanted.body.items()
        if name in row and name not in wanted.secrets and not _same(name, value, row[name])
    ]


def hidden(wanted: Wanted, row: Mapping[str, Any]) -> list[str]:
    """The fields whose values the service doesn't show, wholly or in part: whether they differ can't be told."""
    return [
        name
        for name, value in wanted.body.items()
        if value and (name in wanted.secrets or _is_masked(row.get(name)))
    ]


def masked_in(wanted: Wanted) -> list[str]:
    """The fields in which the file has what a service shows in place of a hidden value."""
    return [name for name, value in wanted.body.items() if _is_masked(value)]


def with_hidden_kept(wanted: Wanted, row: Mapping[str, Any] | None) -> Wanted:
    """Without the masked values, which then stay as they are. Raises ManifestError where there is nothing to keep.

    A field with more in it than the masked value can be left out only as a whole.
    """
    masked = masked_in(wanted)
    if not masked:
        return wanted
    for name in masked:
        if row is None or not _stays(wanted.body[name], row.get(name)):
            raise ManifestError(f"{wanted.title}: {name} has a hidden value: write it whole")
    body = {name: value for name, value in wanted.body.items() if name not in masked}
    return replace(wanted, body=body)


def _shown(wanted: Any, found: Any) -> Any:
    """What is wanted, hidden where the service hides what is there: `settings` may hold a URL that is a secret."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: _shown(value, found.get(name)) for name, value in wanted.items()}
    return MASK if isinstance(found, str) and _is_masked(found) else wanted


def _stays(wanted: Any, found: Any) -> bool:
    """Not as `_same`, to which every text may be what a mask hides."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_stays(value, found.get(key)) for key, value in wanted.items())
    return bool(wanted == found)


def _is_masked(value: Any) -> bool:
    """A URL is shown up to where it may become a secret: `https://crm.example/…`."""
    if isinstance(value, dict):
        return any(_is_masked(each) for each in value.values())
    return isinstance(value, str) and value.endswith(MASK)


def _same(name: str, wanted: Any, found: Any) -> bool:
    if _is_masked(found) and isinstance(found, str):
        return isinstance(wanted, str)
    if name == "filters":
        # All of it counts: a filter that the file no longer has is to go. Services leave empty ones out.
        return bool(_pruned(wanted) == _pruned(found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        if name in {"fields", "topics"} and wanted.keys() != found.keys():
            # A mapping that the file no longer has is to go, too; one to nothing is one.
            return False
        # What the file leaves out here, the service has filled in.
        return all(_same(key, value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, str) and isinstance(found, str):
        if name in {"email", "reply_to"}:
            return wanted.strip().casefold() == found.strip().casefold()
        return wanted.strip() == found.strip()
    return bool(wanted == found)


def _pruned(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    pruned = {name: _pruned(each) for name, each in value.items()}
    return {name: each for name, each in pruned.items() if each not in ({}, [], None)}


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        value = _pruned({name: each for name, each in value.items() if name != "id"})
    return value if isinstance(value, str) else orjson.dumps(value).decode()
