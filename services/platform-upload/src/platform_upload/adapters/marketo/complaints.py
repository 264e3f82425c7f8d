"""Which fields Marketo refuses, and what a lead must have."""

import re
from collections.abc import Mapping
from typing import Any

from platform_upload.adapters.lengths import cut_to
from platform_upload.adapters.marketo.mapping import COMPANY, FIELDS, SUSPENDED, WHOLE_OR_NOT
from platform_upload.domain.drafts import Complaint, Fields, Form

NO_SUCH_FIELD, NOT_SUPPORTED = "1006", "1011"
_ABSENT = frozenset({NO_SUCH_FIELD, NOT_SUPPORTED})
_COMPANY_IS_THE_CRMS = "1021"
# About a value, also where neither it nor its field is named.
_VALUES = frozenset({"1001", "1003"})

_QUOTE = "['\"`\u2018\u2019]"
_NAMED = re.compile(rf"\bfield:?\s+{_QUOTE}?([A-Za-z]\w*)", re.IGNORECASE)
_QUOTED = re.compile(rf"{_QUOTE}(.*?){_QUOTE}", re.DOTALL)


def complaints_of(code: str, message: str, fields: Fields | None = None) -> tuple[Complaint, ...]:
    """One for each field that an error is about. `fields` is the record's, where it is about one."""
    if code == _COMPANY_IS_THE_CRMS:
        return tuple(Complaint(field=name, code=code, message=message) for name in COMPANY)
    if code not in _ABSENT | _VALUES:
        return ()
    absent = code in _ABSENT
    names = _names_in(message, absent=absent)
    if not names and fields is not None:
        names = _holding(fields, _QUOTED.findall(message))
    if names:
        return tuple(
            Complaint(field=name, code=code, message=message, absent=absent) for name in names
        )
    whole = absent or fields is None
    return () if whole else (Complaint(field=None, code=code, message=message),)


def form_of(lookup_field: str) -> Form:
    """Without its key there is no lead, and none that marketing may write to unasked."""
    return Form(required=frozenset({lookup_field, SUSPENDED}), mend=_mend)


def _names_in(message: str, *, absent: bool) -> list[str]:
    said = dict.fromkeys([*_NAMED.findall(message), *_QUOTED.findall(message)])
    return [name for name in said if absent or name in FIELDS]


def _holding(fields: Fields, values: list[str]) -> list[str]:
    """The fields with a value that the error names."""
    return [name for name, value in fields.items() if value != "" and str(value) in values]


def _mend(name: str, fields: Mapping[str, Any], complaint: Complaint) -> Fields | None:
    value = fields[name]
    if complaint.absent or not isinstance(value, str) or name in WHOLE_OR_NOT:
        return None
    shorter = cut_to(value, complaint.message)
    return {**fields, name: shorter} if shorter else None
