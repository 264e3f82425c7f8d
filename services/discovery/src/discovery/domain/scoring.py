"""How much a company wants to buy, from what was observed of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# More than anybody reads; an event may hold 200.
MAX_SIGNALS = 100

Identity = tuple[str, str] | tuple[str, str | None, datetime | str | None]


class Score(StrEnum):
    COLD = "cold"
    WARM = "warm"
    HOT = "hot"

    @property
    def rank(self) -> int:
        return list(Score).index(self)

    def is_above(self, other: "Score") -> bool:
        return self.rank > other.rank

    @classmethod
    def highest(cls, scores: Iterable["Score"]) -> "Score":
        return max(scores, key=lambda score: score.rank, default=cls.COLD)


class Strength(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return list(Strength).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    signal_type: str
    strength: Strength
    detected_at: datetime | None
    source: str | None
    # What the provider calls it, where it gives its signals names.
    provider_id: str | None = None
    # When it was detected, in the provider's words, where these name a day that can't be told for sure.
    detected_text: str | None = None

    @property
    def identity(self) -> Identity:
        """What makes it the same signal, however its words are spelled: an id may be its number within its type."""
        kind = _spelled_alike(self.signal_type)
        if self.provider_id is not None:
            return kind, self.provider_id
        moment = self.detected_at or (self.detected_text and _spelled_alike(self.detected_text))
        return kind, self.source and _spelled_alike(self.source), moment


def _spelled_alike(words: str) -> str:
    return " ".join(words.casefold().split())


def distinct(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Each signal once. Of the same one told with two strengths the stronger counts."""
    kept: dict[Identity, Signal] = {}
    for signal in signals:
        known = kept.get(signal.identity)
        if known is None or signal.strength.rank > known.strength.rank:
            kept[signal.identity] = signal
    return tuple(kept.values())


def strongest(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """As many as we keep of them. Which are left out never changes the score."""
    ranked = sorted(signals, key=lambda signal: -signal.strength.rank)
    return tuple(ranked[:MAX_SIGNALS])


def score(signals: Iterable[Signal]) -> Score:
    """Hot: 3 high, or 2 high and 3 medium. Warm: 1 high, or 4 medium. Else cold."""
    strengths = [signal.strength for signal in distinct(signals)]
    high, medium = strengths.count(Strength.HIGH), strengths.count(Strength.MEDIUM)
    if high >= 3 or (high >= 2 and medium >= 3):
        return Score.HOT
    if high >= 1 or medium >= 4:
        return Score.WARM
    return Score.COLD
