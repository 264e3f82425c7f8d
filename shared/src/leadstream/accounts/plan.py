"""Whom a workspace has asked, in which order, and when that is enough."""

from dataclasses import dataclass
from enum import StrEnum


class StopWhen(StrEnum):
    """What ends the walk through the contact sources."""

    # Somebody is found.
    FOUND = "found"
    # Somebody is found whose address a verifier knows to be good.
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Providers by their names, the first to be asked first. Each service has its own lists filled."""

    intent: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    stop_when: StopWhen = StopWhen.FOUND
    # Only sandboxes are asked: what has none is not in the lists.
    training: bool = False
