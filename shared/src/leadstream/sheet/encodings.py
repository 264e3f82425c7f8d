"""In which encoding a file is written: as it says, as it was asked for, or as its bytes show."""

import codecs
from pathlib import Path
from typing import Final

from leadstream.sheet.errors import SheetError

CHUNK: Final = 64 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WINDOWS: Final = "windows-1252"
# What people ask for. Python knows many more that are no writing (base64, zip).
KNOWN: Final = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    WINDOWS,
    "iso-8859-1",
    "iso-8859-15",
    "macintosh",
)
_NAMES: Final = {codecs.lookup(name).name: name for name in KNOWN}


def detect_encoding(path: Path) -> str:
    """By the mark at its beginning; else by its bytes: UTF-8 if all of it is, Windows-1252 if not.

    Reads the whole file where it has no mark: the first accent may be in the last line.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    return _wide(head) or ("utf-8" if _is_utf8(path) else WINDOWS)


def asked_encoding(name: str) -> str:
    """The encoding of a name that people write for it; raises SheetError."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        found = ""
    if found == "utf-8-sig":
        return found
    if found not in _NAMES:
        raise SheetError(f"there is no encoding {name}: one of {', '.join(KNOWN)}")
    # A mark, if there is one, is no part of the first column's name.
    return "utf-8-sig" if found == "utf-8" else _NAMES[found]


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: its first character has a byte of zero, or it has lines, and no character that is none."""
    nuls = [byte == 0 for byte in head[:2]]
    if len(head) > 1 and nuls in ([True, False], [False, True]):
        return "utf-16-be" if nuls[0] else "utf-16-le"
    if 0 not in head:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
        if {"\n", "\r"} & set(text) and not {"\0", "\ufffd"} & set(text):
            return encoding
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
