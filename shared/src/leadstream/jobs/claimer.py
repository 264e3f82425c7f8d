"""Which jobs to take next: hot before warm before cold, lanes in turn, within the provider's pace."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.ledger import Lane, Ledger
from leadstream.jobs.model import Job, Priority
from leadstream.jobs.ratelimit import RateLimiter
from leadstream.postgres import UNAVAILABLE, Database

# No kind is without a bound on how long it waits for its next look.
LONG_WAIT = 60.0


class Claimer:
    """Claims for one kind in one process. Remembers where in the circle of lanes it stopped."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        kind: JobKind,
        on_error: Callable[[JobKind, BaseException], None],
        *,
        busy: Mapping[str, int] | None = None,
    ) -> None:
        """`busy` tells how many attempts of each lane run now, and is read at each claim."""
        self._ledger = ledger
        self._kind = kind
        self._on_error = on_error
        self._busy = {} if busy is None else busy
        self._limiter = RateLimiter(database, kind.rate) if kind.rate else None
        self._after = dict.fromkeys(Priority, "")

    async def claim(self, slots: int) -> tuple[list[Sequence[Job]], float]:
        """Claim up to `slots` attempts' worth of jobs.

        Returns what to start, each a job or a group of one lane, and how many seconds to wait before the next look,
        unless there are new jobs: 0 where there may be more to start.
        """
        try:
            return await self._claim(slots)
        except UNAVAILABLE as exc:
            self._on_error(self._kind, exc)
            return [], LONG_WAIT

    async def _claim(self, slots: int) -> tuple[list[Sequence[Job]], float]:
        due = await self._due(slots)
        if not due:
            return [], LONG_WAIT
        tokens = await self._limiter.take(slots) if self._limiter else slots
        if not tokens:
            assert self._limiter is not None  # noqa: S101 - only a limiter gives none
            return [], self._limiter.seconds_per_token
        batches: list[Sequence[Job]] = []
        wait = LONG_WAIT
        # Groups are filled up with less urgent jobs of their lane, which are not there any more when it is their turn.
        left = Left(due)
        for priority in due:
            found, lingering = await self._claim_lanes(priority, left, tokens - len(batches))
            batches += found
            wait = min(wait, lingering)
            if len(batches) >= tokens:
                break
        if self._limiter:
            await self._limiter.give_back(tokens - len(batches))
        return batches, 0.0 if batches and self._may_be_more(due, batches, slots) else wait

    async def _due(self, slots: int) -> Mapping[Priority, list[Lane]]:
        """The lanes that have due jobs, by priority, the hottest first; of many as many as there are slots."""
        lanes = await self._look((Priority.HOT, Priority.COLD), "", slots)
        if len(lanes) == slots:
            # Perhaps not all there are: whose turn it is must be asked of each priority.
            lanes = [lane for each in Priority for lane in await self._next_lanes(each, slots)]
        return {
            priority: list(found) for priority, found in groupby(lanes, lambda lane: lane.priority)
        }

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
        return await self._ledger.ready_lanes(
            self._kind.name,
            priorities,
            after=after,
            limit=limit,
            count_to=self._count_to(limit),
            scopes=self._kind.scopes,
        )

    def _count_to(self, slots: int) -> int:
        return self._kind.grouping.largest if self._kind.grouping else slots

    def _may_be_more(
        self, due: Mapping[Priority, Sequence[Lane]], batches: Sequence[Sequence[Job]], slots: int
    ) -> bool:
        """Whether jobs that were due before this claim may be left. Those that come later wake the worker."""
        lanes = [lane for found in due.values() for lane in found]
        is_all = len(lanes) < slots and all(lane.waiting < self._count_to(slots) for lane in lanes)
        waiting = sum(lane.waiting for lane in lanes)
        return not is_all or sum(len(batch) for batch in batches) < waiting

    async def _claim_lanes(
        self, priority: Priority, left: "Left", slots: int
    ) -> tuple[list[Sequence[Job]], float]:
        after = self._after[priority]
        lanes = left.lanes(priority)
        turn = sorted(lanes, key=lambda lane: (lane.name <= after, lane.name))[:slots]
        if not turn:
            return [], LONG_WAIT
        self._after[priority] = turn[-1].name
        if self._kind.grouping:
            return await self._claim_groups(self._kind.grouping, turn, left, slots)
        return await self._claim_singles(priority, turn, slots), LONG_WAIT

    async def _claim_singles(
        self, priority: Priority, lanes: list[Lane], slots: int
    ) -> list[Sequence[Job]]:
        waiting = [(lane.name, min(lane.waiting, self._room(lane))) for lane in lanes]
        quotas = share_out(slots, [(name, count) for name, count in waiting if count])
        if not quotas:
            return []
        claims = [(priority, name, count) for name, count in quotas]
        return [[job] for job in await self._ledger.claim(self._kind.name, claims)]

    def _room(self, lane: Lane) -> int:
        """How many more attempts of the lane may run."""
        limit = self._kind.lane_concurrency
        return lane.waiting if limit is None else max(0, limit - self._busy.get(lane.name, 0))

    async def _claim_groups(
        self, grouping: Grouping, lanes: Sequence[Lane], left: "Left", slots: int
    ) -> tuple[list[Sequence[Job]], float]:
        """Claim the groups of all lanes at once: where a group is a single job, a claim each would be the limit."""
        ready: list[tuple[str, int]] = []
        sizes: dict[str, int] = {}
        wait = LONG_WAIT
        for lane in lanes:
            room = self._room(lane)
            if not room:
                continue
            size = await grouping.size(lane.name)
            lingering = linger_left(lane, left.waiting_in(lane), size, grouping.linger)
            if lingering > timedelta(0):
                wait = min(wait, lingering.total_seconds())
                continue
            sizes[lane.name] = size
            ready.append((lane.name, min(room, max(1, lane.waiting // size))))
        priorities = {lane.name: lane.priority for lane in lanes}
        claims = [
            claim
            for name, groups in share_out(slots, ready)
            for claim in left.take(priorities[name], name, groups * sizes[name])
        ]
        if not claims:
            return [], wait
        return in_groups(await self._ledger.claim(self._kind.name, claims), sizes), wait


class Left:
    """How many due jobs of each priority and lane are not claimed yet."""

    def __init__(self, due: Mapping[Priority, Sequence[Lane]]) -> None:
        self._lanes = {priority: {lane.name: lane for lane in due[priority]} for priority in due}

    def lanes(self, priority: Priority) -> list[Lane]:
        return list(self._lanes[priority].values())

    def waiting_in(self, lane: Lane) -> int:
        """All that may go out with the lane's jobs: those, and what is less urgent."""
        return sum(found.waiting for found in self._from(lane.priority, lane.name))

    def take(self, priority: Priority, name: str, count: int) -> list[tuple[Priority, str, int]]:
        """Take up to `count` jobs of a lane: of the priority, and filled up from those below it."""
        taken = []
        for lane in self._from(priority, name):
            portion = min(count, lane.waiting)
            count -= portion
            rest = replace(lane, waiting=lane.waiting - portion)
            self._lanes[lane.priority][name] = rest
            if not rest.waiting:
                del self._lanes[lane.priority][name]
            taken.append((lane.priority, name, portion))
            if not count:
                break
        return taken

    def _from(self, priority: Priority, name: str) -> list[Lane]:
        return [
            lanes[name]
            for each, lanes in sorted(self._lanes.items())
            if each >= priority and name in lanes
        ]


def in_groups(jobs: Sequence[Job], sizes: Mapping[str, int]) -> list[Sequence[Job]]:
    """Part jobs by lane, and each lane's into groups of its size, the most urgent first."""
    lanes: dict[str, list[Job]] = defaultdict(list)
    for job in sorted(jobs, key=lambda job: job.priority):
        lanes[job.lane].append(job)
    return [
        lane[start : start + sizes[name]]
        for name, lane in lanes.items()
        for start in range(0, len(lane), sizes[name])
    ]


def linger_left(lane: Lane, waiting: int, size: int, linger: timedelta) -> timedelta:
    """How much longer a lane should collect before its jobs go out together; 0 when they fill a group."""
    if waiting >= size:
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
