"""The customer's own routine at Clay that finds work addresses: what it is called, and what its fields are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LONGEST_ID: Final = 64
# What we can tell a routine of a person.
PERSON: Final = ("name", "first_name", "last_name", "title", "linkedin_url")
COMPANY: Final = ("domain", "company")
DEFAULT_INPUTS: Final[Mapping[str, str]] = {"name": "name", "domain": "domain"}
DEFAULT_RESULT: Final = "work_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    id: str
    # What we know of a person, and the routine's input that it goes into.
    inputs: Mapping[str, str]
    # The field of its results that has the address.
    result_email: str
    # Whom Clay tells that a run is done.
    webhook_id: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Routine | None":
        """None: there is none, and people are found without their addresses. Raises ValueError."""
        if not settings.get("routine_id"):
            return None
        webhook_id = settings.get("webhook_id")
        return cls(
            id=checked_id(settings["routine_id"]),
            inputs=checked_inputs(settings.get("inputs") or DEFAULT_INPUTS),
            result_email=settings.get("result_email") or DEFAULT_RESULT,
            webhook_id=checked_id(webhook_id) if webhook_id else None,
        )


def checked_id(value: Any) -> str:
    """An id as Clay has them: `function:t_abc123`. Raises ValueError."""
    text = value.strip() if isinstance(value, str) else ""
    is_id = text.isascii() and text.isprintable() and not set(text) & set(" /?#%")
    if not 0 < len(text) <= LONGEST_ID or not is_id:
        raise ValueError(
            f"must be an id of 1 to {LONGEST_ID} characters, such as function:t_abc123"
        )
    return text


def checked_inputs(value: Any) -> dict[str, str]:
    """Which of our fields goes into which of the routine's. Raises ValueError."""
    if not isinstance(value, Mapping) or not all(isinstance(e, str) for e in value.values()):
        raise ValueError("must map our fields to the names of the routine's inputs")
    inputs = {name: each.strip() for name, each in value.items()}
    for name, each in inputs.items():
        if name not in (*PERSON, *COMPANY):
            raise ValueError(f"has {name!r}, which is none of {', '.join((*PERSON, *COMPANY))}")
        if not each:
            raise ValueError(f"has no input for {name}")
    if len(set(inputs.values())) < len(inputs):
        raise ValueError("has the same input twice")
    if not inputs.keys() & set(COMPANY):
        raise ValueError("must have an input for domain or company")
    if not inputs.keys() & set(PERSON):
        raise ValueError(f"must have an input for the person: {', '.join(PERSON)}")
    return inputs
