"""Reading what somebody wants saved as a connection's settings and credentials."""

from collections.abc import Mapping, Set
from typing import Any

from leadstream.pasted import is_key, unwrap
from platform_upload.application.ports import Given, InvalidConnectionError
from platform_upload.domain.connection import Connection
from platform_upload.domain.gaps import OnUpdate

LONGEST = 4_096


def parts(given: Given, held: Connection | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Settings and credentials, from what is held where nothing is given."""
    settings, credentials = given.settings, given.credentials
    return (
        settings if settings is not None else (held.settings if held else {}),
        credentials if credentials is not None else (held.credentials if held else {}),
    )


def no_other(given: Mapping[str, Any], known: Set[str], group: str) -> None:
    """Refuse keys that nothing would read: a misspelt one is better noticed now."""
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known)) or "nothing"
            raise InvalidConnectionError(f"is not known here; {listed} is", field=f"{group}.{name}")


def text(given: Mapping[str, Any], name: str, group: str) -> str:
    """A line, without what surrounds a pasted one."""
    value = given.get(name)
    line = unwrap(value, brackets=True) if isinstance(value, str) else ""
    if not line:
        raise InvalidConnectionError("is needed", field=f"{group}.{name}")
    if len(line) > LONGEST or not line.isprintable():
        raise InvalidConnectionError("is not a text of one line", field=f"{group}.{name}")
    return line


def key(given: Mapping[str, Any], name: str) -> str:
    """A key or token of the credentials: what was pasted with it would fail each call."""
    value = text(given, name, "credentials")
    if not is_key(value):
        reason = "is the key alone: ASCII without blanks, quotes or brackets"
        raise InvalidConnectionError(reason, field=f"credentials.{name}")
    return value


def on_update(given: Mapping[str, Any]) -> Mapping[str, str]:
    """What becomes of fields that have a value already, if somebody says so."""
    if given.get("on_update") is None:
        return {}
    if given["on_update"] not in list(OnUpdate):
        raise InvalidConnectionError(
            f"is none of {', '.join(OnUpdate)}", field="settings.on_update"
        )
    return {"on_update": OnUpdate(given["on_update"]).value}
