from enum import StrEnum


class Score(StrEnum):
    """How much a company wants to buy, from least to most."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"

    def reaches(self, least: "Score") -> bool:
        ranks = list(Score)
        return ranks.index(self) >= ranks.index(least)

    @property
    def is_uploaded(self) -> bool:
        """Cold leads stay here: they are nurtured, not sold to."""
        return self is not Score.COLD
