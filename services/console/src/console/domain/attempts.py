"""The attempts of a job with the time between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Timed:
    made: Mapping[str, Any]
    # Since the job was created, or the attempt before had ended.
    waited: timedelta
    took: timedelta


def timed(created_at: datetime, attempts: Sequence[Mapping[str, Any]]) -> list[Timed]:
    """In the order in which they were made."""
    found = []
    before = created_at
    for each in attempts:
        waited = max(each["started_at"] - before, timedelta(0))
        found.append(Timed(each, waited, each["finished_at"] - each["started_at"]))
        before = each["finished_at"]
    return found
