"""Which platform a lead goes to: the one that fits the company's industry."""

import re
import unicodedata
from enum import StrEnum

from platform_upload.domain.industries import ALIASES, Phrase


class Platform(StrEnum):
    TECH = "tech-platform"
    FINANCE = "finance-platform"
    HEALTHCARE = "healthcare-platform"
    RETAIL = "retail-platform"
    MARKETING = "marketing-platform"
    GENERAL = "general-platform"


# The names of the specification, letter for letter.
EXACT = {
    "Technology": Platform.TECH,
    "Finance": Platform.FINANCE,
    "Healthcare": Platform.HEALTHCARE,
    "Retail": Platform.RETAIL,
    "Marketing": Platform.MARKETING,
}

# In this order: `Healthcare Technology` is healthcare, `Retail Banking` finance and `Marketing Technology` marketing.
# Healthcare is first so that nothing that says so ever goes to another platform; technology is last because any
# industry has some.
_BY_PRECEDENCE = (
    Platform.HEALTHCARE,
    Platform.FINANCE,
    Platform.RETAIL,
    Platform.MARKETING,
    Platform.TECH,
)

_WORD = re.compile(r"[^\W_]+")


def choose_platform(industry: str | None) -> Platform:
    """Choose by whole words, never by parts of them: `Biotechnology` is no technology."""
    if industry is None:
        return Platform.GENERAL
    exact = EXACT.get(industry.strip())
    if exact is not None:
        return exact
    words = words_of(industry)
    for platform in _BY_PRECEDENCE:
        if any(_holds(words, phrase) for phrase in ALIASES[platform.value]):
            return platform
    return Platform.GENERAL


def words_of(text: str) -> Phrase:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _holds(words: Phrase, phrase: Phrase) -> bool:
    """Whether the phrase's words stand in the text, side by side."""
    length = len(phrase)
    return any(words[at : at + length] == phrase for at in range(len(words) - length + 1))
