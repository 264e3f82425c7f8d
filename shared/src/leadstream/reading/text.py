"""Other people's words, made fit to be stored, compared, and to stand in ours."""

import re
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"
# A word that is longer is cut, rather than left out.
LONG_WORD: Final = 20

_FLAG: Final = "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
# What is no text: controls but for white space, halves of surrogate pairs, what is no character. What nobody sees and
# what turns the direction of the text after it: soft hyphens, zero-width spaces, direction marks, tags other than those
# of a flag. Not the joiners: what people are called in Persian or Sinhala is spelled with them, and so are emoji.
_DROPPED: Final = re.compile(
    f"({_FLAG})"
    "|[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff0-\ufffb\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
    + "]"
)
# A joiner with nothing to join.
_STRAY_JOINER: Final = re.compile(
    r"(?:^|(?<=\s))[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
# Characters by their category that nobody sees: fillers, and Braille with no dot.
_UNSEEN: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc")
_JOINING: Final = frozenset("\u200c\u200d")
_SKIN: Final = range(0x1F3FB, 0x1F400)

_BETWEEN_ITEMS: Final = re.compile(r"[,;|\n]|\s[/&]\s|\b(?:or|and)\b", re.IGNORECASE)
# The beginning of a telephone number, at the end of what was kept.
_HALF_A_NUMBER: Final = re.compile(r"\+?[\d(](?:[\d ().\u2011-]|(?<=\d)/(?=\d))*\Z")
# White space and a mark that may follow the last item that fits.
_ROOM: Final = 8
_LONGEST_NUMBER: Final = 40
_LOOSE_END: Final = " \t\n,;|/&-\u2013·("


def clean(text: str) -> str:
    """Without what can't be stored or seen; white space stays as it is."""
    if text.isprintable():
        return text
    return _STRAY_JOINER.sub("", _DROPPED.sub(r"\1", text))


def is_blank(text: str) -> bool:
    """Whether there is nothing in it to be seen: white space, zero-width characters, accents with no letter."""
    # As nearly every text begins.
    if text[:1].isascii() and text[:1].isalnum():
        return False
    return not any(_is_seen(character) for character in clean(text))


def read_text(value: object, longest: int) -> str | None:
    """Text that says something, cut where it is too long; None where it says nothing, or is no text."""
    if not isinstance(value, str):
        return None
    # A megabyte of spaces is not worth looking at.
    text = clean(value[: longest * 4]).strip()
    return None if is_blank(text) else shorten(text, longest) or None


def read_phone(value: object, longest: int) -> str | None:
    """One telephone number or several, each whole; some write them as numbers."""
    if isinstance(value, float) and value.is_integer() and value < 10**15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else None
    if not isinstance(value, str):
        return None
    text = clean(value[: longest * 4]).strip()
    return None if is_blank(text) else whole_items(text, longest)


def one_line(text: str | None, limit: int = 200) -> str:
    """A single line of at most `limit` visible characters, with an ellipsis where it was longer."""
    if not text:
        return ""
    # Cut before looking at each character: 20,000 of them may come, and more are dropped than shown.
    line = " ".join(clean(text[: limit * 4]).split())
    if is_blank(line):
        return ""
    return line if len(line) <= limit else shorten(line, limit - 1) + ELLIPSIS


def shorten(text: str, longest: int) -> str:
    """The beginning, cut between words: never inside a telephone number, nor between a letter and its accent."""
    if len(text) <= longest:
        return text
    head, *tail = re.split(r"\s(?=\S*\Z)", text[: longest + 1])
    cut = head if tail and len(tail[0]) < LONG_WORD else text[: _seam(text, longest)]
    if text[len(cut) :].lstrip(" ().-/")[:1].isdigit():
        cut = (cut[:-_LONGEST_NUMBER] + _HALF_A_NUMBER.sub("", cut[-_LONGEST_NUMBER:])) or cut
    return cut.rstrip(_LOOSE_END)


def whole_items(text: str, longest: int) -> str | None:
    """The first items of a list that people wrote, such as telephone numbers: as many as there is room for, each whole.

    None where not even the first fits: half a number is somebody else's.
    """
    if len(text) <= longest:
        return text
    kept = ""
    for between in _BETWEEN_ITEMS.finditer(text[: longest + _ROOM]):
        items = text[: between.start()].strip()
        kept = items if len(items) <= longest else kept
    return kept or None


def _seam(text: str, position: int) -> int:
    """The last place up to here where the text may be cut without cutting a character in two."""
    seam = position
    while seam > 0 and _belongs_together(text[seam - 1], text[seam]):
        seam -= 1
    return seam or position


def _belongs_together(before: str, after: str) -> bool:
    return (
        after in _JOINING
        or before in _JOINING
        or ord(after) in _SKIN
        or unicodedata.category(after)[0] == "M"
        or 0xE0000 <= ord(after) <= 0xE0FFF
    )


def _is_seen(character: str) -> bool:
    category = unicodedata.category(character)
    # Cn: an emoji may be younger than our tables.
    return category == "Cn" or (category[0] not in "CMZ" and character not in _UNSEEN)
