"""A file's lines, as text, each with its end; never more of one in memory than a line may have."""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from leadstream.sheet.encodings import CHUNK, WINDOWS
from leadstream.sheet.errors import SheetError

LONGEST_LINE: Final = 1024 * 1024
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


class Lines:
    """Iterates once. `number` is that of the line that was given last."""

    def __init__(
        self, file: BinaryIO, encoding: str, *, seen: Callable[[bytes], object] = len
    ) -> None:
        """`seen` is given all bytes that were read, in order."""
        self._file = file
        self._encoding = encoding
        self._seen = seen
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        rest = ""
        try:
            for text in self._texts():
                rest += text
                # A carriage return at the end of what was read may be the first half of a line's end.
                end = max(rest.rfind("\n"), rest.rfind("\r", 0, len(rest) - 1)) + 1
                whole, rest = rest[:end], rest[end:]
                for found in _LINE.finditer(whole):
                    yield self._checked(found[0])
                if len(rest) > LONGEST_LINE:
                    self._checked(rest)
        except UnicodeDecodeError:
            raise SheetError(self._mistake(), line=self.number + 1, column=len(rest) + 1) from None
        if rest:
            yield self._checked(rest)

    def _checked(self, line: str) -> str:
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise SheetError(f"is longer than {LONGEST_LINE:,} characters", line=self.number)
        if "\0" in line:
            column = line.index("\0") + 1
            hint = "a NUL character: it is no text, or UTF-16 without a mark (--encoding utf-16-le)"
            raise SheetError(hint, line=self.number, column=column)
        return line

    def _texts(self) -> Iterator[str]:
        """Raises UnicodeDecodeError after all that is well before the byte that is not."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        is_last = False
        while not is_last:
            chunk = self._file.read(CHUNK)
            self._seen(chunk)
            is_last = not chunk
            try:
                text = decoder.decode(chunk, final=is_last)
            except UnicodeDecodeError as exc:
                encoding = self._encoding if exc.encoding == "charmap" else exc.encoding
                yield exc.object[: exc.start].decode(encoding, "replace")
                raise
            yield text

    def _mistake(self) -> str:
        name = self._encoding.removesuffix("-sig")
        if name == WINDOWS:
            return "is neither UTF-8 nor Windows-1252: name its encoding with --encoding"
        return f"is not {name}: leave --encoding out to have it found, or try {WINDOWS}"
