"""What a process has committed goes to its relay by hand: no look is needed to find it."""

from collections.abc import Sequence

from leadstream.outbox.store import Row, size_of

# More rows, or bytes, than this wait in the table and are found by a look.
MOST_ROWS = 1000
MOST_BYTES = 4 * 1024 * 1024


class Hand:
    """Rows on their way from those who committed them to the relay that leads, if that is in this process."""

    def __init__(self) -> None:
        self._is_open = False
        self._rows: list[Row] = []
        self._bytes = 0
        self._must_look = True

    def open(self) -> None:
        self._is_open = True

    def close(self) -> None:
        self._is_open = False
        self.look()

    def put(self, rows: Sequence[Row]) -> None:
        """Hand committed rows over; where nobody takes them, or too many wait, the table has them."""
        self._bytes += sum(map(size_of, rows))
        if not self._is_open or len(self._rows) + len(rows) > MOST_ROWS or self._bytes > MOST_BYTES:
            self.look()
        elif not self._must_look:
            self._rows += rows

    def look(self) -> None:
        """There is something in the table that was not handed over."""
        self._rows, self._bytes, self._must_look = [], 0, True

    def take(self) -> list[Row] | None:
        """What was handed over since the last time; None: look."""
        rows, must_look = self._rows, self._must_look
        self._rows, self._bytes, self._must_look = [], 0, False
        return None if must_look else rows
