"""What is there, as a manifest: the way back of `leadstream apply`. Hidden values are as the services show them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from leadstream.accounts import SourceList, provider_named

Rows = Sequence[Mapping[str, Any]]

# A text to PyYAML, and a number to others: see `document`.
_NUMBER_ELSEWHERE: Final = re.compile(r"[-+.]?[0-9][0-9a-fA-FxXoObB_.eE+-]*")
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("provider", "settings"),
    "queries": ("name", "topic", "status", "filters"),
    # Without its secret, which stays as it is where the source is there, and is made where it is not.
    "push": ("name", "query", "topics", "status"),
    "recipients": ("email", "full_name", "min_score", "enabled", "admin", "preferences"),
    "channels": ("type", "name", "url", "min_score", "status"),
    "connections": ("platform", "adapter", "settings", "status"),
    "users": ("email", "role", "daily_credit_limit"),
}


def manifest_of(workspace: Mapping[str, Any], rows: Mapping[str, Rows]) -> dict[str, Any]:
    """`rows` by the manifest's keys: accounts, queries, push, recipients, channels, connections, users.

    `sources`, `caps` and `sender` have a row of each service that knows a part of them.
    """
    found: dict[str, Any] = {"slug": workspace["slug"], "name": workspace["name"]}
    for kind, names in _KINDS.items():
        things = [_thing(row, names) for row in rows.get(kind, ())]
        if things:
            found[kind] = things
    for kind, read in (("sources", _sources), ("caps", _caps), ("sender", _sender)):
        said = read([row for row in rows.get(kind, ()) if not row["is_default"]])
        if said:
            found[kind] = said
    return {"workspaces": [found]}


def _sources(rows: Rows) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for row in rows:
        for name in SourceList:
            if row.get(name) is not None:
                said[name.value] = [provider_named(each).written for each in row[name]]
        if "contacts" in row:
            said["stop_when"] = row["stop_when"]
        if row["training"]:
            # Told to all of them; what is false is false where nothing was said, too.
            said["training"] = True
    return said


def _caps(rows: Rows) -> dict[str, Any]:
    return {name: rows[0][name] for name in ("daily", "monthly")} if rows else {}


def _sender(rows: Rows) -> dict[str, Any]:
    return _thing(rows[0], ("from_address", "reply_to", "footer")) if rows else {}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _thing(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    thing = {name: row[name] for name in names if row.get(name) not in (None, {}, [])}
    if "topic" in thing:
        # Its id is the service's own.
        topic = row["topic"]
        thing["topic"] = {name: topic[name] for name in ("name", "category") if topic.get(name)}
    if "preferences" in thing:
        thing["preferences"] = _chosen(thing["preferences"])
        if not thing["preferences"]:
            del thing["preferences"]
    if thing.get("status") == "disabled":
        # What the receiver did is not what anybody wants.
        del thing["status"]
    return thing


def _chosen(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is so for whoever has chosen nothing."""
    nothing = (None, False, dict.fromkeys(("hot", "warm", "cold"), "at_once"))
    return {name: each for name, each in preferences.items() if each not in nothing}


class _Dumper(yaml.SafeDumper):
    """Texts that somebody might read as numbers are in quotes; each thing is written out, without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if _NUMBER_ELSEWHERE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
