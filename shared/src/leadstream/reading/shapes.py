"""What an answer is made of: lists that may be missing, and what it says went wrong."""

import re
from collections.abc import Mapping
from typing import Any, Final

from leadstream.reading.words import word

# Under these names, however they are spelled (`errorMessage`, `Error`), an answer says that it is none.
_FAULTS: Final = ("error", "errors", "fault", "errorcode", "errormessage", "errordescription")
_SAYINGS: Final = ("code", "message", "detail", "details", "msg")
_VERDICTS: Final = ("ok", "success")
_NO: Final = frozenset({"false", "no", "0"})
_FAILED: Final = frozenset({"error", "fail", "failed", "failure"})
# Beside a list that is null, a message may be about a fault, or say that there is nobody.
_TROUBLE: Final = re.compile(
    r"rate.?limit|too many|quota|exceeded|unavailable|time[sd]?.?out|try.?again|overload|busy|internal|failed"
    r"|maintenance",
    re.IGNORECASE,
)


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
    found = listed(document.get(name))
    if found != []:
        return found
    folded = _folded(document)
    nothing = document.get(name) is None
    fault = _is_refusal(folded) or (nothing and _is_fault(folded, alone=name not in document))
    return None if fault else []


def spoken(document: object) -> str | None:
    """What an answer that is none says of the fault, in a word or a few; None where it speaks of none.

    All in use: `{"error": {"code", "message"}}`, `{"error": "…"}`, `{"errors": […]}`, `{"code", "message"}`.
    """
    if not isinstance(document, Mapping):
        return None
    folded = _folded(document)
    told = (_told(fault) for fault in (*map(folded.get, _FAULTS), folded))
    return next((said for said in told if said), None)


def _is_refusal(document: Mapping[str, Any]) -> bool:
    if any(_is_no(document.get(verdict)) for verdict in _VERDICTS):
        return True
    return word(document.get("status")) in _FAILED


def _is_fault(document: Mapping[str, Any], *, alone: bool) -> bool:
    if any(_says(document.get(name)) for name in _FAULTS):
        return True
    said = [document.get(name) for name in _SAYINGS]
    return any(
        isinstance(each, str | list) and _says(each) for each in said if alone or _is_trouble(each)
    )


def _folded(document: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[_\W]+", "", name).lower(): value for name, value in document.items()}


def _is_no(verdict: object) -> bool:
    # False is 0, too.
    return verdict == 0 or word(verdict) in _NO


def _says(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _is_trouble(said: object) -> bool:
    return isinstance(said, str) and bool(_TROUBLE.search(said))


def _told(fault: object) -> str | None:
    if isinstance(fault, list) and fault:
        return _told(fault[0])
    if isinstance(fault, str):
        return fault.strip() or None
    if not isinstance(fault, Mapping):
        return None
    said = (fault.get(name) for name in _SAYINGS)
    return next((each.strip() for each in said if isinstance(each, str) and each.strip()), None)
