"""What a person corrects in a lead before it is sent again, as they type it: `field=value`."""

import json
from collections.abc import Iterable
from typing import Any, Final

# Of the upload format; their parts are texts again.
_NUMBERS: Final = frozenset({"employee_count", "revenue"})
_DOCUMENTS: Final = frozenset({"location", "intent_signals", "contacts", "primary_contact"})


class OverrideError(ValueError):
    """`field` can't be read; never says its value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def overrides_of(changes: Iterable[str]) -> dict[str, Any]:
    """`location.city=Bonn` for a part, lists as JSON, nothing to empty. Raises OverrideError."""
    overrides: dict[str, Any] = {}
    for change in changes:
        place, equals, text = change.partition("=")
        field, dot, part = place.strip().partition(".")
        if not equals or not field or (dot and not part):
            raise OverrideError(change.partition("=")[0], "write it as FIELD=VALUE")
        if not dot and field in overrides:
            raise OverrideError(field, "given twice")
        if dot:
            parts = overrides.setdefault(field, {})
            if not isinstance(parts, dict):
                raise OverrideError(field, "either the whole or its parts")
            parts[part] = text or None
        else:
            overrides[field] = _value(field, text)
    return overrides


def _value(field: str, text: str) -> Any:
    """Texts as they are: `company_name=42` is a name."""
    if not text:
        return None
    if field not in _NUMBERS | _DOCUMENTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        kind = "a number" if field in _NUMBERS else "JSON"
        raise OverrideError(field, f"expected {kind}") from None
