"""What people paste: with blanks, marks that nobody sees, and the quotes it stood in."""

import re
import unicodedata
from collections.abc import Mapping

QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "\u2018": "\u2019", "«": "»", "„": "“"}
BRACKETS = {"<": ">"}
# Letters, digits and marks; but for those that no provider puts into a key and people paste with one.
_KEY = re.compile(r"[!#-&(-;=?-\[\]-_a-z|~]+")
# Separators, controls, and format characters: zero-width ones, marks of direction, the byte order mark.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def unwrap(text: str, *, brackets: bool = False) -> str:
    """Take off what surrounds a pasted value: unseen characters, one pair of quotes after the other, `<…>`."""
    pairs = QUOTES | BRACKETS if brackets else QUOTES
    while True:
        text = _trimmed(text)
        if not _is_wrapped(text, pairs):
            return text
        text = text[1:-1]


def _is_wrapped(text: str, pairs: Mapping[str, str]) -> bool:
    """Whether the first and the last character are a pair, around all of it: `"a" and "b"` is two pairs."""
    first, inner, last = text[:1], text[1:-1], text[-1:]
    return len(text) > 1 and pairs.get(first) == last and first not in inner and last not in inner


def is_key(text: str) -> bool:
    """Whether a text may be a key or a token, as it goes into a header: ASCII, no blanks, quotes, brackets."""
    return _KEY.fullmatch(text) is not None


def is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and is_unseen(text[start]):
        start += 1
    while end > start and is_unseen(text[end - 1]):
        end -= 1
    return text[start:end]
