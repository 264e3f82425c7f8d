"""Why a company is hot, warm or cold: the signals, and the rule that discovery scores them by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

RULE: Final = (
    "Hot is 3 high signals, or 2 high and 3 medium; warm is 1 high, or 4 medium; all else is cold."
)


@dataclass(frozen=True, slots=True)
class Strengths:
    high: int
    medium: int
    low: int

    @property
    def score(self) -> str:
        if self.high >= 3 or (self.high >= 2 and self.medium >= 3):
            return "hot"
        return "warm" if self.high >= 1 or self.medium >= 4 else "cold"

    @property
    def met(self) -> str:
        """What of the rule made the score."""
        match self.score:
            case "hot":
                return "3 high" if self.high >= 3 else "2 high and 3 medium"
            case "warm":
                return "1 high" if self.high >= 1 else "4 medium"
        return "neither 1 high nor 4 medium"

    @property
    def text(self) -> str:
        parts = [(self.high, "high"), (self.medium, "medium"), (self.low, "low")]
        found = [f"{count} {name}" for count, name in parts if count]
        return ", ".join(found) or "no signals"


def count_strengths(strengths: Iterable[str]) -> Strengths:
    found = list(strengths)
    return Strengths(found.count("high"), found.count("medium"), found.count("low"))


def explained(score: str | None, strengths: Strengths) -> str:
    """Why it has the score, in a sentence."""
    if score is None:
        return "It was announced without a score."
    said = f"{score.capitalize()}: {strengths.text}"
    if strengths.score == score:
        return f"{said}. That meets the rule: {strengths.met}."
    # An alert is not taken back: a score that was announced stays, whatever is seen later.
    return f"{said}. By the rule these would be {strengths.score}; it was announced as {score}, and that stays."
