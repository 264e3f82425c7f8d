"""The numbers of outbox rows: with none missing before it, a row may go out although nobody has looked at the table."""

from collections.abc import Iterable

# Of a wider gap it is not remembered which numbers are missing in it.
WIDEST = 1000


class Numbers:
    """Which rows a relay has come to know, by their numbers, and which may still turn up before those.

    A row has its number before it is committed. A number that is missing is of a transaction that goes on, of one that
    was rolled back, or of another replica's that is not seen yet: and that may be of a key that is seen later, too.
    """

    def __init__(self) -> None:
        self._last = 0
        self._missing: set[int] = set()
        # Any number up to this one may be missing.
        self._unsure_until = 0
        self._mark: tuple[int, int] | None = None

    @property
    def have_gaps(self) -> bool:
        return bool(self._missing) or self._unsure_until > 0

    def knows(self, number: int) -> bool:
        return self._unsure_until < number <= self._last and number not in self._missing

    def note(self, numbers: Iterable[int]) -> None:
        for number in sorted(numbers):
            if number <= self._last:
                self._missing.discard(number)
                continue
            if number - self._last > WIDEST:
                self._unsure_until = number - 1
            else:
                self._missing.update(range(self._last + 1, number))
            self._last = number

    def visible_until(self, *, transaction: int, oldest: int) -> int:
        """Up to which number a look that begins now sees all there will ever be, as far as that is known.

        Given a transaction of this moment and the oldest that goes on. Whoever had taken a number by an earlier moment
        had begun by then: once all that had are over, what is missing up to there was rolled back.
        """
        if self._mark is None:
            self._mark = transaction, self._last
            return 0
        marked, last = self._mark
        if oldest < marked:
            return 0
        self._mark = None
        return last

    def forget_gaps(self, until: int) -> None:
        self._missing = {number for number in self._missing if number > until}
        if self._unsure_until <= until:
            self._unsure_until = 0
