"""Bytes to text, whatever they were written in."""

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which of the first four bytes are NUL, where they are ASCII characters.
_NULS: Final = {
    (True, False, True, False): "utf-16-be",
    (False, True, False, True): "utf-16-le",
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
}
# Python knows many that are no writing (base64, zip), or dear to undo (idna).
_WRITING: Final = re.compile(
    r"iso[-_]?8859[-_]?1?\d|latin[-_]?1|(?:windows|cp)[-_]?125\d|koi8[-_]?[rtu]|macintosh|mac[-_]roman"
    r"|shift[-_]?jis|euc[-_](?:jp|kr)|gb(?:18030|k|2312)|big5|utf[-_]?(?:16|32)(?:[-_]?[lb]e)?",
    re.IGNORECASE,
)
# Half a surrogate pair, as some write it into UTF-8.
_HALF: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def decode(content: bytes, charset: str | None = None) -> str:
    """The text in bytes; never raises. `charset` is what their sender says: it counts where they are not UTF-8.

    A byte that is no UTF-8 counts as Windows' Latin-1: it is what an `ü` out of its place nearly always is.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], encoding)
    nuls = tuple(byte == 0 for byte in content[:4])
    if len(nuls) == 4 and nuls in _NULS:
        return content.decode(_NULS[nuls], "replace")
    return _decode(content, "utf-8", charset)


def _decode(content: bytes, encoding: str, charset: str | None = None) -> str:
    if encoding != "utf-8":
        return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        if charset and _WRITING.fullmatch(charset):
            return content.decode(charset, "replace")
        return _HALF.sub(b"", content).decode("utf-8", "surrogateescape").translate(_LATIN)


# The other way round from how `surrogateescape` puts a byte.
_LATIN: Final = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0x100)
}
