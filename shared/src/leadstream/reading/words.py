"""Words that mean something to us, however they are spelled."""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

from leadstream.reading.text import clean

# Nobody's word is longer, and normalising takes time.
LONGEST: Final = 100
_JOINERS: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_BETWEEN: Final = re.compile(r"[\W_]+")

Word = TypeVar("Word", bound=StrEnum)


def word(value: object) -> str | None:
    """A word in the one form that its spellings share: ` Accept-All ` → `accept_all`; None for what is no word."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    folded = _JOINERS.sub("", unicodedata.normalize("NFKC", clean(value))).casefold()
    return _BETWEEN.sub("_", folded).strip("_") or None


def pick(words: type[Word], value: object) -> Word | None:
    """The one of our words that is meant, or None."""
    said = word(value)
    return _spellings(words).get(said) if said else None


@cache
def _spellings(words: type[Word]) -> dict[str | None, Word]:
    return {word(each.value): each for each in words}
