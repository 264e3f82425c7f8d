"""All leads that a filter matches as one file, out of as many answers of discovery as it takes."""

import csv
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from leadstream.admin.client import Api
from leadstream.admin.leads import leads_file
from leadstream.api.paging import encode_cursor

# The most that discovery gives out at once.
ROWS: Final = 100_000
_END: Final = b"\r\n"


async def lead_file(api: Api, filters: dict[str, Any], *, rows: int = ROWS) -> AsyncIterator[bytes]:
    """The file in pieces. Raises AdminError: before the first piece, or in the middle, where the file breaks off."""
    cursor: str | None = None
    while True:
        part = _Part(is_first=cursor is None)
        async for piece in api.stream(leads_file(filters, limit=rows, cursor=cursor)):
            if taken := part.take(piece):
                yield taken
        if part.rows < rows:
            return
        cursor = part.cursor


class _Part:
    """What one answer has: it counts the rows, and remembers the last, after which the next answer begins."""

    def __init__(self, *, is_first: bool) -> None:
        self.rows = -1
        self._keeps_head = is_first
        self._head = self._last = b""
        self._line = self._row = b""

    def take(self, piece: bytes) -> bytes:
        """Whole rows out of what has come so far; the head of the first answer only."""
        *lines, self._line = (self._line + piece).split(_END)
        taken = [self._row_of(line) for line in lines]
        return b"".join(row for row in taken if row)

    def _row_of(self, line: bytes) -> bytes | None:
        self._row += line + _END
        # Within quotes a line break is text.
        if self._row.count(b'"') % 2:
            return None
        row, self._row = self._row, b""
        self.rows += 1
        if self.rows:
            self._last = row
            return row
        self._head = row
        return row if self._keeps_head else None

    @property
    def cursor(self) -> str:
        names, values = csv.reader([self._head.decode(), self._last.decode()])
        last = dict(zip(names, values, strict=True))
        return encode_cursor(last["created_at"], last["id"])


def file_name(say: Callable[[str], str]) -> str:
    """Letters, digits and hyphens, whatever the filter says; `say` writes the moment in a form of strftime."""
    return f"leads-{say('%Y%m%d-%H%M')}.csv"
