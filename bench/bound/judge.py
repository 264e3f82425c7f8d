"""What a provider has seen, judged by its own ledger."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from leadstream_dev.sandbox.entry import Entry


@dataclass(frozen=True, slots=True)
class Seen:
    """Calls of a provider between two moments."""

    # A second, of those that came.
    calls: float
    answered: float
    # Over the whole run, that the provider's allowance had no room for.
    violations: int
    # Leads that it accepted more than once.
    repeats: int

    @classmethod
    def of(cls, entries: Sequence[Entry], *, start: float, seconds: float, limit: float) -> Self:
        """`start` is a Unix time; the ledger has every call since the provider's bucket was full."""
        at = [entry.time.timestamp() for entry in entries]
        within = [
            entry
            for entry, moment in zip(entries, at, strict=True)
            if start <= moment < start + seconds
        ]
        accepted = Counter(entry["lead_id"] for entry in entries if entry.status == 200)
        return cls(
            calls=len(within) / seconds,
            answered=sum(entry.status == 200 for entry in within) / seconds,
            violations=over_the_limit(at, limit),
            repeats=accepted.total() - len(accepted),
        )


def over_the_limit(at: Sequence[float], limit: float) -> int:
    """How many calls find nothing in a bucket of `limit`, that is filled as fast, in seconds."""
    over, left, last = 0, limit, 0.0
    for moment in sorted(at):
        left = min(limit, left + (moment - last) * limit)
        last = moment
        if left < 1:
            over += 1
        else:
            left -= 1
    return over
