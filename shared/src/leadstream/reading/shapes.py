"""What an answer is made of: lists that may be missing, and what it says went wrong."""

from collections.abc import Mapping
from typing import Any, Final

# Under these names an answer says that it is none.
_FAULTS: Final = ("error", "errors", "fault")
_VERDICTS: Final = ("ok", "success")


def listed(value: object) -> list[Any] | None:
    """A list. Missing, null, false and empty are the empty one, an object alone is a list of one; None for all else."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and value:
        return [value]
    return [] if value is None or value is False or value in ("", {}) else None


def entries(document: object, name: str) -> list[Any] | None:
    """The list that an answer brings under a name, or by itself. An empty answer brings an empty one.

    None where there is something else, or the answer speaks of a fault instead.
    """
    if not isinstance(document, Mapping):
        return listed(document) if isinstance(document, list | None) else None
    found = document.get(name)
    if found is None and _is_fault(document, alone=name not in document):
        return None
    return listed(found)


def spoken(document: object) -> str | None:
    """What an answer that is none says of the fault, in a word or a few; None where it speaks of none.

    All in use: `{"error": {"code", "message"}}`, `{"error": "…"}`, `{"errors": […]}`, `{"code", "message"}`.
    """
    if not isinstance(document, Mapping):
        return None
    told = (_told(fault) for fault in (*map(document.get, _FAULTS), document))
    return next((said for said in told if said), None)


def _is_fault(document: Mapping[str, Any], *, alone: bool) -> bool:
    if any(document.get(verdict) is False for verdict in _VERDICTS):
        return True
    return any(document.get(name) for name in _FAULTS) or (alone and spoken(document) is not None)


def _told(fault: object) -> str | None:
    if isinstance(fault, list) and fault:
        return _told(fault[0])
    if isinstance(fault, str):
        return fault.strip() or None
    if not isinstance(fault, Mapping):
        return None
    said = (fault.get(name) for name in ("code", "message"))
    return next((each.strip() for each in said if isinstance(each, str) and each.strip()), None)
