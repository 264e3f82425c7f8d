"""Which jobs to take next: hot before warm before cold, lanes in turn, within the provider's pace."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from leadstream.jobs.kinds import Across, Grouping, JobKind
from leadstream.jobs.lanes import Lanes
from leadstream.jobs.ledger import Lane, Ledger
from leadstream.jobs.model import Job, NewJob, Priority
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE, Database
from leadstream.ratelimit import RateLimiter

log = logging.getLogger(__name__)

# No kind is without a bound on how long it waits for its next look.
LONG_WAIT = 60.0
RETRY_SECONDS = 0.5
MOST_REMEMBERED = 10_000
# In place of their lanes, where jobs of all are grouped together.
ANY_LANE = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs for one attempt, of one lane unless their kind groups across, and the open circuit that they try."""

    jobs: Sequence[Job]
    probes: UUID | None = None

    @property
    def lane(self) -> str:
        return self.jobs[0].lane


@dataclass(frozen=True, slots=True)
class Share:
    """Slots for new jobs of one lane, or of any where the kind groups across."""

    lane: str
    slots: int
    jobs: Sequence[NewJob]


class Claimer:
    """Claims for one kind in one process. Remembers where in the circle of lanes it stopped."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        board: PauseBoard,
        kind: JobKind,
        *,
        lanes: Lanes | None = None,
    ) -> None:
        self._ledger = ledger
        self._board = board
        self._kind = kind
        self._lanes = lanes or Lanes(kind.concurrency, kind.lane_concurrency)
        self._limiter = RateLimiter(database, kind.rate) if kind.rate else None
        self._after = dict.fromkeys(Priority, "")
        # Where one call takes several jobs, lanes are counted up to a group of the largest size.
        self._most = kind.grouping.largest if kind.grouping else None
        self._across = kind.grouping.largest if isinstance(kind.grouping, Across) else None
        # Of the groups of each lane, as they were last asked for.
        self._sizes: dict[str, int] = {}

    async def claim(self, slots: int) -> tuple[list[Batch], float]:
        """Claim up to `slots` attempts' worth of jobs.

        Returns what to start, and how many seconds to wait before the next look, unless there are new jobs: 0 where
        there may be more to start, and LONG_WAIT where nothing is left that could.
        """
        try:
            return await self._claim(slots)
        except UNAVAILABLE as exc:
            log.warning(
                "claimer.postgres_unavailable", extra={"kind": self._kind.name, "error": repr(exc)}
            )
            return [], RETRY_SECONDS

    async def _claim(self, slots: int) -> tuple[list[Batch], float]:
        scope = self._kind.provider_scope
        probing = self._board.probes_due([scope] if scope else None)
        # As many lanes as one call may be of.
        due = await self._due(max(slots, self._across or 0))
        if not due and not probing:
            return [], LONG_WAIT
        waiting = len(probing) + sum(lane.waiting for lane in due)
        tokens = await self.take(min(slots, waiting))
        if not tokens:
            assert self._limiter is not None  # noqa: S101 - only a limiter gives none
            return [], self._limiter.seconds_per_token
        batches = await self._claim_probes(probing[:tokens]) if probing else []
        wait = LONG_WAIT
        for priority, lanes in groupby(due, lambda lane: lane.priority):
            if len(batches) >= tokens:
                break
            claim = self._claim_across if self._across else self._claim_lanes
            found, lingering = await claim(priority, list(lanes), tokens - len(batches))
            batches += found
            wait = min(wait, lingering)
        if self._limiter:
            await self._limiter.give_back(tokens - len(batches))
        return batches, 0.0 if batches and self._may_be_more(due, batches, slots) else wait

    async def take(self, wanted: int) -> int:
        """Take what the provider's pace allows of so many attempts."""
        return await self._limiter.take(wanted) if self._limiter and wanted else wanted

    def collects(self, lane: str) -> bool:
        """Whether the lane's jobs wait for others to go out with: not those that are known to fill a group alone."""
        grouping = self._kind.grouping
        if not isinstance(grouping, Grouping):
            return False
        return bool(grouping.linger) and self._sizes.get(lane) != 1

    def share(self, jobs: Sequence[NewJob]) -> list[Share]:
        """Take slots for new jobs, as if they waited and nothing else did."""
        shares: list[Share] = []
        # Read once: beside what begins here more may begin, but that is to be seen first.
        free = self._lanes.free
        for priority in Priority:
            lanes: dict[str, list[NewJob]] = defaultdict(list)
            for job in jobs:
                if job.priority is priority:
                    lanes[ANY_LANE if self._across else job.lane].append(job)
            if lanes and free:
                turn = list(lanes) if self._across else self._turn(priority, lanes, free)
                taken = self._share(lanes, turn, free)
                free -= sum(share.slots for share in taken)
                shares += taken
        return shares

    def _share(
        self, lanes: Mapping[str, Sequence[NewJob]], turn: Sequence[str], free: int
    ) -> list[Share]:
        sizes = {name: self._across or self._sizes.get(name, 1) for name in turn}
        wanted = [(name, -(-len(lanes[name]) // sizes[name])) for name in turn]
        room = [(name, self._lanes.room(name, count)) for name, count in wanted]
        shares = []
        for name, slots in share_out(free, [each for each in room if each[1]]):
            shares.append(Share(name, slots, lanes[name][: slots * sizes[name]]))
            for _ in range(slots):
                self._lanes.start(name)
        return shares

    def _turn(self, priority: Priority, lanes: Iterable[str], slots: int) -> list[str]:
        """Whose turn it is, of lanes of one priority: those after the one that was served last."""
        after = self._after[priority]
        turn = sorted(lanes, key=lambda name: (name <= after, name))[:slots]
        self._after[priority] = turn[-1]
        return turn

    async def groups(self, lane: str, jobs: Sequence[Job]) -> list[Batch]:
        if self._across:
            return self._mixed(jobs)
        return in_groups(jobs, {lane: await self._size(lane)})

    async def _claim_probes(self, scopes: Sequence[str]) -> list[Batch]:
        """One job of each open circuit, by turns, so that one which fails by itself does not keep it open."""
        after = self._after[Priority.HOT] if self._kind.provider else None
        probes = await self._ledger.claim_probes(self._kind, scopes, after=after)
        if not probes and after:
            probes = await self._ledger.claim_probes(self._kind, scopes, after="")
        for _, job in probes:
            self._after[Priority.HOT] = job.lane
        return [Batch([job], circuit) for circuit, job in probes]

    async def _due(self, slots: int) -> list[Lane]:
        """The lanes that have due jobs, by priority, the hottest first; of many as many as there are slots."""
        lanes = await self._look((Priority.HOT, Priority.COLD), "", slots)
        if len(lanes) < slots:
            return lanes
        # Perhaps not all there are: whose turn it is must be asked of each priority.
        return [lane for each in Priority for lane in await self._next_lanes(each, slots)]

    async def _next_lanes(self, priority: Priority, limit: int) -> list[Lane]:
        """The next lanes in the circle, starting after the one that was served last."""
        after = self._after[priority]
        lanes = await self._look((priority, priority), after, limit)
        if after and len(lanes) < limit:
            names = {lane.name for lane in lanes}
            first = await self._look((priority, priority), "", limit)
            lanes += [lane for lane in first if lane.name not in names]
        return lanes[:limit]

    async def _look(
        self, priorities: tuple[Priority, Priority], after: str, limit: int
    ) -> list[Lane]:
        owners = await owners_of(self._kind, self._board)
        if owners is not None and not owners:
            return []
        return await self._ledger.ready_lanes(
            self._kind,
            priorities,
            after=after,
            limit=limit,
            count_to=self._most or limit,
            full=self._lanes.full(),
            owners=owners,
        )

    def _may_be_more(self, due: Sequence[Lane], batches: Sequence[Batch], slots: int) -> bool:
        """Whether jobs that were due before this claim may be left. Those that come later wake the worker."""
        looked_for = max(slots, self._across or 0)
        is_all = len(due) < looked_for and all(lane.waiting < (self._most or slots) for lane in due)
        waiting = sum(lane.waiting for lane in due)
        return not is_all or sum(len(batch.jobs) for batch in batches) < waiting

    async def _claim_lanes(
        self, priority: Priority, lanes: Sequence[Lane], slots: int
    ) -> tuple[list[Batch], float]:
        by_name = {lane.name: lane for lane in lanes}
        turn = [by_name[name] for name in self._turn(priority, by_name, slots)]
        sizes = {lane.name: await self._size(lane.name) for lane in turn}
        ready, wait = self._ready(turn, sizes)
        quotas = share_out(slots, ready)
        if not quotas:
            return [], wait
        claims = [(priority, name, groups * sizes[name]) for name, groups in quotas]
        return in_groups(await self._ledger.claim(self._kind.name, claims), sizes), wait

    async def _claim_across(
        self, priority: Priority, lanes: Sequence[Lane], slots: int
    ) -> tuple[list[Batch], float]:
        waiting = {lane.name: lane.waiting for lane in lanes}
        room = slots * (self._across or 1)
        turn = self._turn(priority, waiting, room)
        quotas = share_out(room, [(name, waiting[name]) for name in turn])
        claims = [(priority, name, count) for name, count in quotas]
        return self._mixed(await self._ledger.claim(self._kind.name, claims)), LONG_WAIT

    def _mixed(self, jobs: Sequence[Job]) -> list[Batch]:
        size = self._across or 1
        return [Batch(jobs[start : start + size]) for start in range(0, len(jobs), size)]

    async def _size(self, lane: str) -> int:
        if not isinstance(self._kind.grouping, Grouping):
            return 1
        if len(self._sizes) > MOST_REMEMBERED:
            self._sizes.clear()
        self._sizes[lane] = await self._kind.grouping.size(lane)
        return self._sizes[lane]

    def _ready(
        self, lanes: Sequence[Lane], sizes: Mapping[str, int]
    ) -> tuple[list[tuple[str, int]], float]:
        """How many attempts each lane may start now, and in how many seconds one has collected for long enough."""
        grouping = self._kind.grouping
        linger = grouping.linger if isinstance(grouping, Grouping) else timedelta(0)
        ready, wait = [], LONG_WAIT
        for lane in lanes:
            size = sizes[lane.name]
            lingering = linger_left(lane, size, linger)
            if lingering > timedelta(0):
                wait = min(wait, lingering.total_seconds())
            elif room := self._lanes.room(lane.name, max(1, lane.waiting // size)):
                ready.append((lane.name, room))
        return ready, wait


async def owners_of(kind: JobKind, board: PauseBoard) -> Collection[UUID] | None:
    """Whom a pause of the provider leaves free, because it is of another key; None: nobody is held, or all are."""
    scope = kind.provider_scope
    if kind.own_keys is None or scope is None or not board.held([scope]):
        return None
    return None if board.held([scope], other_key_at=scope) else await kind.own_keys()


def in_groups(jobs: Sequence[Job], sizes: Mapping[str, int]) -> list[Batch]:
    """Part jobs of one priority by lane, and each lane's into groups of its size."""
    lanes: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        lanes[job.lane].append(job)
    return [
        Batch(lane[start : start + sizes[name]])
        for name, lane in lanes.items()
        for start in range(0, len(lane), sizes[name])
    ]


def linger_left(lane: Lane, size: int, linger: timedelta) -> timedelta:
    """How much longer a lane should collect before its jobs go out together; 0 when they fill a group."""
    if lane.waiting >= size:
        return timedelta(0)
    return max(timedelta(0), linger - lane.oldest_wait)


def share_out(slots: int, waiting: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Divide slots evenly between lanes; what a short lane does not use goes to the longer ones.

    >>> share_out(10, [("a", 100), ("b", 2)])
    [('a', 8), ('b', 2)]
    """
    given = {name: 0 for name, _ in waiting}
    hungry = dict(waiting)
    while slots > 0 and hungry:
        each = max(1, slots // len(hungry))
        for name in list(hungry):
            portion = min(each, hungry[name], slots)
            given[name] += portion
            hungry[name] -= portion
            slots -= portion
            if not hungry[name]:
                del hungry[name]
            if not slots:
                break
    return [(name, count) for name, count in given.items() if count]
