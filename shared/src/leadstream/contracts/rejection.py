"""Why a record can't be used, in words that are safe to log and to put in a dead letter's headers."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from leadstream.contracts.record import RawRecord

# The first few faults tell a person what is wrong; the rest is in the record itself.
FAULTS_SHOWN: Final = 3


class Reason(StrEnum):
    """The dead-letter reasons; also a metric's label, so the set is closed."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    INVALID_UTF8 = "invalid_utf8"
    MALFORMED_JSON = "malformed_json"
    TOO_DEEP = "too_deep"
    UNSUPPORTED_TEXT = "unsupported_text"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    SCHEMA_VIOLATION = "schema_violation"
    # These two are for whoever handles the event to give; the codec can't know.
    WORKSPACE_MISMATCH = "workspace_mismatch"
    UNPROCESSABLE = "unprocessable"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record for the dead-letter topic. `error` never quotes the record, nor does the repr."""

    record: RawRecord = field(repr=False)
    reason: Reason
    error: str


class RefusedError(Exception):
    """Raised inside the codec only; callers get a Rejected."""

    def __init__(self, reason: Reason, error: str) -> None:
        super().__init__(error)
        self.reason = reason
        self.error = error


_EXPECTED: Final = {
    "missing": "missing",
    "string_type": "expected text",
    "string_unicode": "expected text without lone surrogates",
    "string_too_short": "expected at least {min_length} characters",
    "string_too_long": "expected at most {max_length} characters",
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "too_long": "expected at most {max_length} items",
    "tuple_type": "expected an array",
    "dict_type": "expected an object",
    "model_type": "expected an object",
    "model_attributes_type": "expected an object",
    "datetime_type": "expected an ISO 8601 date and time",
    "uuid_type": "expected a UUID",
    "uuid_parsing": "expected a UUID",
    "enum": "expected {expected}",
    "expected": "expected {what}",
}


def explain(error: ValidationError, fields: frozenset[str]) -> str:
    """Name each field and what it should have been.

    Keys that are not field names are shown as `*`: in a free-form object they are the sender's words.
    """
    faults = error.errors(include_url=False, include_input=False)
    shown = [_fault(fault, fields) for fault in faults[:FAULTS_SHOWN]]
    more = len(faults) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _fault(fault: Any, fields: frozenset[str]) -> str:
    path = "".join(_step(step, fields) for step in fault["loc"]).removeprefix(".")
    words = _EXPECTED.get(fault["type"], fault["type"]).format(**fault.get("ctx", {}))
    return f"{path or 'value'}: {words}"


def _step(step: int | str, fields: frozenset[str]) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step in fields else ".*"
