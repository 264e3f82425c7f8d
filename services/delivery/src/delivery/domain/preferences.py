"""When a recipient wants to be told, and of what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from delivery.domain.score import Score

MOST_A_DAY = 100_000


class Rhythm(StrEnum):
    """How often leads of a score are told of: each by itself, or all of a window in one e-mail."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class PreferenceError(ValueError):
    """What is asked for can't be; `field` is its name in the API and on the page."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """By the clock on the recipient's wall; an end before the start is the next day's."""

    start: time
    end: time

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if value.tzinfo is not None:
                raise PreferenceError(f"quiet_hours.{name}", "give the zone as `zone`")
        if self.start == self.end:
            raise PreferenceError("quiet_hours", "start and end are equal")


def at_once() -> Mapping[Score, Rhythm]:
    return dict.fromkeys(Score, Rhythm.AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The defaults are those of whoever has chosen nothing: everything, at once.

    Raises PreferenceError where something is missing or can't be.
    """

    enabled: bool = True
    # The least score that is worth an e-mail: cold is all, hot is hot only.
    min_score: Score = Score.COLD
    rhythm: Mapping[Score, Rhythm] = field(default_factory=at_once)
    quiet_hours: QuietHours | None = None
    # An IANA name. Never guessed: whatever goes by the recipient's clock or calendar needs it.
    zone: str | None = None
    # E-mails a day, digests included; the rest goes into the next day's first digest.
    daily_cap: int | None = None
    # Hot leads that are told at once are so in quiet hours and above the cap, too.
    hot_breaks_through: bool = False

    def __post_init__(self) -> None:
        if set(self.rhythm) != set(Score):
            raise PreferenceError("rhythm", "each score has one")
        if self.daily_cap is not None and not 1 <= self.daily_cap <= MOST_A_DAY:
            raise PreferenceError("daily_cap", f"must be 1 to {MOST_A_DAY:,}; none is no cap")
        if self.zone is None:
            if why := self._needs_zone():
                raise PreferenceError("zone", f"{why} needs the recipient's time zone")
        elif not is_zone(self.zone):
            raise PreferenceError("zone", "is no time zone, such as Europe/Berlin")

    def _needs_zone(self) -> str | None:
        if self.quiet_hours is not None:
            return "a window of quiet hours"
        if self.daily_cap is not None:
            return "a cap a day"
        slow = {Rhythm.DAILY, Rhythm.WEEKLY}.intersection(self.rhythm.values())
        return f"a {min(slow)} digest" if slow else None

    @property
    def clock(self) -> ZoneInfo | None:
        return ZoneInfo(self.zone) if self.zone else None


def is_zone(name: str) -> bool:
    """Only names of the zone database; never a path."""
    return name in _ZONES


def spelt_zone(written: str) -> str:
    """The zone's name as the database has it, where people write `europe/berlin` or `America/New York`."""
    return _SPELT.get("_".join(written.split()).casefold(), written)


# Not `posixrules` and `localtime`, which are this machine's.
_ZONES = frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})
_SPELT = {name.casefold(): name for name in _ZONES}
