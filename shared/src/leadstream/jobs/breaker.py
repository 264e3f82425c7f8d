"""The circuit breaker: after many failures in a row a scope rests, by a pause like any other."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True)
class Breaker:
    """Counts failed calls in a row per scope. A call that was answered at all closes the circuit.

    The rest doubles each time the circuit opens again without a success in between.
    """

    threshold: int = 20
    base: timedelta = timedelta(seconds=10)
    limit: timedelta = timedelta(minutes=5)
    _failures: dict[str, int] = field(default_factory=dict)
    _opened: dict[str, int] = field(default_factory=dict)

    def note(self, scope: str, *, failed: bool) -> timedelta | None:
        """Count a call; return how long the scope must rest if this call opens the circuit."""
        if not failed:
            self._failures.pop(scope, None)
            self._opened.pop(scope, None)
            return None
        self._failures[scope] = self._failures.get(scope, 0) + 1
        if self._failures[scope] < self.threshold:
            return None
        self._failures[scope] = 0
        self._opened[scope] = self._opened.get(scope, 0) + 1
        doubled: timedelta = self.base * 2 ** min(self._opened[scope] - 1, 16)
        return min(self.limit, doubled)
