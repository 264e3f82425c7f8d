"""How many attempts may run side by side in one process, and how many of them of one lane."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

# Jobs whose attempts may begin together beside none; beside others, as many attempts as there are of those.
FEW = 25
# Seconds without an answer after which a lane gets no further slot.
STALL = 1.0
# Seconds after which a good answer proves nothing any more.
IDLE = 30.0
MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Lane:
    moved_at: float
    width: int = 1
    running: int = 0


class Lanes:
    """Of all lanes a few attempts begin, then as many again, so that it can be seen in between how that goes.

    A lane begins with one slot, and each good answer lets it have twice as many, up to its share. So what hangs or
    fails holds one, however much of it waits, and one that begins to hang takes no further.
    """

    def __init__(
        self,
        slots: int,
        share: int | None,
        *,
        group: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`slots` are for all lanes together; `share` None: no lane is limited; `group`: jobs of an attempt."""
        self.running = 0
        self.freed = asyncio.Event()
        self._slots = slots
        self._few = max(1, FEW // group)
        self._share = share
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        # Lanes that had too little room for what waited: when one of their attempts ends, they must be looked at.
        self._passed_over: set[str] = set()

    @property
    def free(self) -> int:
        """How many attempts may begin now."""
        return min(self._slots - self.running, max(self._few, self.running))

    @property
    def is_many(self) -> bool:
        """Whether there are so many that they may be in each other's way."""
        return self.running >= self._few

    def room(self, name: str, waiting: int) -> int:
        """How many of the attempts that wait may start."""
        room = self._room(name, waiting)
        if room < waiting:
            self._passed_over.add(name)
        return room

    def _room(self, name: str, waiting: int) -> int:
        if self._share is None:
            return waiting
        lane = self._lanes.get(name)
        if lane is None or not lane.running:
            return min(waiting, self._width(lane))
        stalls = self._clock() - lane.moved_at > STALL
        return 0 if stalls else min(waiting, max(0, lane.width - lane.running))

    def full(self) -> list[str]:
        """Lanes that have no room: they must not take the turns of others."""
        return [name for name in self._lanes if not self.room(name, 1)]

    def start(self, name: str) -> None:
        self.running += 1
        if self._share is None:
            return
        lane = self._lanes.get(name)
        if lane is None or not lane.running:
            lane = self._lanes[name] = _Lane(self._clock(), self._width(lane))
            self._forget_idle()
        lane.running += 1

    def end(self, name: str, *, well: bool | None) -> bool:
        """Return whether the lane was passed over for being full, so that more of it may wait.

        `well`: it was answered, whatever the answer; None: it was not tried.
        """
        self.running -= 1
        self.freed.set()
        lane = self._lanes.get(name)
        if lane is None:
            return False
        lane.running -= 1
        if well:
            lane.moved_at = self._clock()
            lane.width = min(self._share or 1, lane.width * 2)
        elif well is not None:
            lane.width = 1
        was_passed_over = name in self._passed_over
        self._passed_over.discard(name)
        return was_passed_over

    def _width(self, lane: _Lane | None) -> int:
        fresh = lane and self._clock() - lane.moved_at <= IDLE
        return lane.width if lane and fresh else 1

    def _forget_idle(self) -> None:
        if len(self._lanes) > MOST_REMEMBERED:
            self._lanes = {name: lane for name, lane in self._lanes.items() if lane.running}
