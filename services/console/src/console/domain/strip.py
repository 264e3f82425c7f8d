"""How a schedule has kept its times, as a strip of bars: which came, how late, and which never did."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from console.domain.words import lasted, plural

# Within that a tick is on time: what a busy machine or a restart takes.
ON_TIME: Final = timedelta(seconds=60)
# As high as the strip is a tick that comes so late.
_LATEST: Final = timedelta(hours=22)
HEIGHT: Final = 36
_LOWEST: Final = 10
STEP: Final = 12
WIDTH: Final = 9


class Kept(StrEnum):
    ON_TIME = "on time"
    LATE = "late"
    BY_HAND = "by hand"
    MISSING = "no tick"
    DUE = "due now"


@dataclass(frozen=True, slots=True)
class Mark:
    """A time of the schedule: how it was kept, and its bar."""

    at: datetime
    tick_id: str | None
    kept: Kept
    late: timedelta | None
    x: int
    y: int
    height: int

    @property
    def words(self) -> str:
        return f"{self.kept}, {lasted(self.late)}" if self.kept is Kept.LATE else str(self.kept)


@dataclass(frozen=True, slots=True)
class Time:
    at: datetime
    tick_id: str | None
    emitted_at: datetime | None
    manual: bool


def marks(times: Iterable[Time], *, settled_until: datetime) -> list[Mark]:
    return [_mark(n, time, settled_until) for n, time in enumerate(times)]


def _mark(n: int, time: Time, settled_until: datetime) -> Mark:
    late = None if time.emitted_at is None else time.emitted_at - time.at
    kept = _kept(time, late, settled_until)
    height = _height(late) if kept is Kept.LATE and late else _LOWEST
    if kept in {Kept.MISSING, Kept.DUE}:
        height = HEIGHT
    return Mark(time.at, time.tick_id, kept, late, n * STEP, HEIGHT - height, height)


def _kept(time: Time, late: timedelta | None, settled_until: datetime) -> Kept:
    if late is None:
        return Kept.MISSING if time.at <= settled_until else Kept.DUE
    if time.manual:
        return Kept.BY_HAND
    return Kept.ON_TIME if late <= ON_TIME else Kept.LATE


def _height(late: timedelta) -> int:
    """By the logarithm: a minute and a night both show."""
    share = math.log(late / ON_TIME) / math.log(_LATEST / ON_TIME)
    return _LOWEST + round((HEIGHT - _LOWEST) * min(1.0, max(0.0, share)))


def summary(strip: Sequence[Mark]) -> str:
    """The strip in words."""
    if not strip:
        return "No time has come yet."
    counts = Counter(mark.kept for mark in strip)
    parts = [f"{counts[kept]} {kept}" for kept in Kept if counts[kept]]
    worst = max((mark.late for mark in strip if mark.kept is Kept.LATE and mark.late), default=None)
    said = f"The last {plural(len(strip), 'time')}: {', '.join(parts)}"
    return f"{said}; at most {lasted(worst)} late." if worst else f"{said}."
