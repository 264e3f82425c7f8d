"""Which fields Wealthbox refuses: it says so by name, in lists, or in words."""

import re
from collections.abc import Iterator, Mapping

from platform_upload.adapters.wealthbox.nested import NESTED
from platform_upload.domain.drafts import Complaint

_CODE = "invalid"
_KEY = "external_unique_id"
_PLAIN = (
    *("name", "first_name", "last_name", "job_title", "company_name", "contact_type"),
    *("contact_source", "background_information", "tags"),
)
# Theirs → ours. A list that is refused as a whole is all that we have in it.
_OURS: dict[str, tuple[str, ...]] = {name: (name,) for name in _PLAIN}
for _nested in NESTED:
    _OURS[_nested.list] = tuple(_nested.names)
    for _ours, _theirs in _nested.names.items():
        _OURS[f"{_nested.list}.{_theirs}"] = (_ours,)
        if _theirs == _ours:
            _OURS[_theirs] = (_ours,)
_BY_LENGTH = sorted(_OURS, key=len, reverse=True)
# `email_addresses.address`, `Email addresses address`.
_NAMED = "|".join(re.sub(r"[._]", r"[ ._]", name) for name in _BY_LENGTH)
_SENTENCE = re.compile(
    rf"\b({_NAMED})\b['\"`]?:?\s+(?:is|are|isn't|can|can't|cannot|must|has|does|may|contains|should|was|not)\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?:unknown|unpermitted|unrecognized|unsupported)\s+(?:attribute|field|key|param(?:eter)?)s?\W+(\w+)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"\[\d*\]|\.\d+(?=\.|$)")
_DEEPEST = 4


def complaints_of(content: object) -> tuple[Complaint, ...]:
    """One for each field; one without a name where values are refused and none is named."""
    if not isinstance(content, Mapping):
        return ()
    said = [*_said(content.get("errors"), None), *_said(content.get("error"), None)]
    found: dict[str | None, Complaint] = {}
    for name, message in said:
        for complaint in _complaints(name, message):
            found.setdefault(complaint.field, complaint)
    named = [each for each in found.values() if each.field is not None]
    if named or not said:
        return tuple(named)
    return (Complaint(field=None, code=_CODE, message=said[0][1]),)


def is_taken(content: object) -> bool:
    """Whether another record has our id: then they are unique there after all."""
    if not isinstance(content, Mapping):
        return False
    said = [*_said(content.get("errors"), None), *_said(content.get("error"), None)]
    return any(
        "taken" in message.casefold()
        and (name == _KEY or _KEY in re.sub(r"\s", "_", message.casefold()))
        for name, message in said
    )


def _said(errors: object, name: str | None, depth: int = 0) -> Iterator[tuple[str | None, str]]:
    """Each thing that is said, and the field that it is said under."""
    if isinstance(errors, str):
        yield name, errors
    elif isinstance(errors, list) and depth < _DEEPEST:
        for each in errors:
            yield from _said(each, name, depth + 1)
    elif isinstance(errors, Mapping) and depth < _DEEPEST:
        about = errors.get("field") or errors.get("attribute")
        if isinstance(about, str):
            yield from _said(errors.get("message") or errors.get("error") or "", about, depth + 1)
            return
        for key, value in errors.items():
            below = key if name is None else f"{name}.{key}"
            yield from _said(value, name if key == "message" else below, depth + 1)


def _complaints(name: str | None, message: str) -> Iterator[Complaint]:
    unknown = _UNKNOWN.findall(message)
    for theirs in [*unknown, *([name] if name else _SENTENCE.findall(message))]:
        for ours in _OURS.get(_plain(theirs), ()):
            absent = theirs in unknown
            yield Complaint(field=ours, code=_CODE, message=message, absent=absent)


def _plain(name: str) -> str:
    """As our table has it: `Email addresses address`, `contact.email_addresses[0].address`."""
    folded = _INDEX.sub("", name.strip().casefold().replace(" ", "_")).removeprefix("contact.")
    if folded in _OURS:
        return folded
    # The last underscore may have been a dot.
    return next((each for each in _BY_LENGTH if each.replace(".", "_") == folded), folded)
