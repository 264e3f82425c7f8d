"""A provider that is away fails nobody's job."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from leadstream.backoff import Backoff
from leadstream.history import SQL as HISTORY
from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.model import (
    Failed,
    Held,
    Job,
    JobState,
    Outcome,
    Problem,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.outbox import OutboxEvent
from leadstream.pauses import active_pauses, add_pause, store
from leadstream.postgres import Database, Tx
from support.ledger import a_job, put, states, until, working

AWAY = Retry(problem=Problem(error_class="server_error", message="answered 503", status_code=503))
AT_ONCE = Backoff(base=timedelta(0))
SOON = timedelta(milliseconds=100)
ALL_FAILED = "SELECT id FROM jobs WHERE state = 'failed'"


@pytest.fixture(autouse=True)
def probes_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FIRST_PROBE", SOON)


class Provider:
    """Answers with `answer`, and remembers how many calls were under way at once."""

    def __init__(self, answer: Outcome = AWAY) -> None:
        self.answer = answer
        self.calls = 0
        self.under_way = 0
        self.most = 0

    async def __call__(self, job: Job) -> Outcome:
        self.calls += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.01)
        self.under_way -= 1
        return self.answer


def a_kind(provider: Provider, *, name: str | None = "clay", concurrency: int = 10) -> JobKind:
    return JobKind(
        name="work", handler=provider, provider=name, concurrency=concurrency, backoff=AT_ONCE
    )


async def outcomes(database: Database) -> Counter[str]:
    rows = await database.pool.fetch("SELECT outcome FROM job_attempts")
    return Counter(row["outcome"] for row in rows)


async def circuits(database: Database) -> list[str]:
    return [p.scope for p in await active_pauses(database) if p.reason == "circuit_open"]


async def is_away(database: Database, *, probes: int = 0) -> bool:
    query = "SELECT count(*) FROM pauses WHERE reason = 'circuit_open' AND probes >= $1"
    return bool(await database.pool.fetchval(query, probes))


@pytest.mark.parametrize("jobs", [3, 5, 50])
async def test_b48_no_attempt_is_burnt_by_an_outage(database: Database, jobs: int) -> None:
    provider = Provider()
    await put(database, [a_job() for _ in range(jobs)])

    async with working(database, a_kind(provider)):
        await until(lambda: is_away(database, probes=3))
        burnt = await database.pool.fetchval("SELECT sum(attempts) FROM jobs")
        while_away = await outcomes(database)
        provider.answer = Succeeded()
        await until(lambda: _all_succeeded(database))

    assert burnt == 0
    assert set(while_away) == {"outage"}
    assert await states(database) == {"succeeded": jobs}
    assert await circuits(database) == []


async def test_two_jobs_are_an_outage_at_the_fifth_fault(database: Database) -> None:
    provider = Provider()
    await put(database, [a_job() for _ in range(2)])

    async with working(database, a_kind(provider, concurrency=1)):
        await until(lambda: is_away(database))

    assert await outcomes(database) >= Counter({"outage": 5})
    assert await database.pool.fetchval("SELECT sum(attempts) FROM jobs") == 0


async def test_one_batch_that_waits_alone_for_its_platform_is_not_failed_by_an_outage(
    database: Database,
) -> None:
    is_back = False

    async def handler(jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [Succeeded() if is_back else AWAY] * len(jobs)

    async def size(lane: str) -> int:
        return 100

    kind = JobKind(
        name="work",
        group_handler=handler,
        grouping=Grouping(size=size, linger=timedelta(0), largest=100),
        backoff=AT_ONCE,
    )
    await put(database, [a_job(lane="connection:x") for _ in range(50)])

    async with working(database, kind):
        await until(lambda: is_away(database, probes=1))
        is_back = True
        await until(lambda: _all_succeeded(database))


async def test_an_open_circuit_is_tried_by_one_job_at_a_time_of_all_replicas(
    database: Database,
) -> None:
    provider = Provider()
    kind = a_kind(provider)
    await put(database, [a_job(lane=f"workspace:{n % 4}") for n in range(40)])

    async with working(database, kind), working(database, kind), working(database, kind):
        await until(lambda: is_away(database))
        await until(lambda: provider.under_way == 0)
        provider.most = 0
        await until(lambda: is_away(database, probes=4))
        at_most = provider.most
        provider.answer = Succeeded()
        await until(lambda: _all_succeeded(database))

    assert at_most == 1


async def test_the_time_between_two_tries_doubles(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LONGEST_PROBE", SOON * 5)
    async with database.transaction() as tx:
        circuit = await store.open_circuit(tx, "provider:clay", detail="answered 503")
        waits = []
        for _ in range(4):
            postponed = await store.postpone_probe(tx, circuit.id, detail=None)
            now = await tx.fetchval("SELECT clock_timestamp()")
            assert postponed is not None
            assert postponed.probe_at is not None
            assert postponed.detail == "answered 503"
            waits.append((postponed.probe_at - now) / SOON)

    assert waits == pytest.approx([2, 4, 5, 5], abs=0.9)


async def test_calls_under_way_when_it_opened_count_no_more(database: Database) -> None:
    """They end long after the provider is back, and neither open the circuit anew nor cost an attempt."""
    slow = asyncio.Event()
    seen: set[UUID] = set()
    is_back = False

    async def handler(job: Job) -> Outcome:
        if not job.payload.get("slow"):
            return Succeeded() if is_back else AWAY
        await slow.wait()
        is_first = job.id not in seen
        seen.add(job.id)
        return AWAY if is_first else Succeeded()

    kind = JobKind(name="work", handler=handler, provider="clay", concurrency=20)
    await put(database, [a_job(payload={"slow": True}) for _ in range(6)])
    async with working(database, kind) as worker:
        await until(lambda: _count(database, "running", 6))
        await put(database, [a_job() for _ in range(3)])
        worker.wake()
        await until(lambda: is_away(database))
        is_back = True
        await until(lambda: _count(database, "succeeded", 3))
        slow.set()
        await until(lambda: _all_succeeded(database))

    assert await circuits(database) == []
    assert (await outcomes(database))["retry"] == 0


async def test_one_job_that_fails_by_itself_keeps_no_circuit_open(database: Database) -> None:
    async def handler(job: Job) -> Outcome:
        return Succeeded() if is_back and not job.payload.get("poison") else AWAY

    is_back = False
    kind = JobKind(name="work", handler=handler, provider="clay", backoff=AT_ONCE)
    # First in every order.
    await put(database, [a_job(lane="workspace:0", payload={"poison": True})])
    await put(database, [a_job(lane="workspace:1") for _ in range(5)])

    async with working(database, kind):
        await until(lambda: is_away(database, probes=1))
        is_back = True
        await until(lambda: _count(database, "succeeded", 5))
        await until(lambda: _count(database, "failed", 1))


@pytest.mark.parametrize("scope", ["destination:x", "connection:x"])
async def test_a_lane_that_is_away_has_a_circuit_of_its_own(database: Database, scope: str) -> None:
    is_back = False

    async def handler(job: Job) -> Outcome:
        return AWAY if job.lane == scope and not is_back else Succeeded()

    kind = JobKind(name="work", handler=handler, lane_concurrency=5, backoff=AT_ONCE)
    await put(database, [a_job(lane=scope) for _ in range(10)])
    await put(database, [a_job(lane="destination:y") for _ in range(10)])

    async with working(database, kind):
        await until(lambda: is_away(database, probes=1))
        await until(lambda: _count(database, "succeeded", 10))
        held = await circuits(database)
        is_back = True
        await until(lambda: _all_succeeded(database))

    assert held == [scope]


@pytest.mark.parametrize(
    ("outcome", "lane"),
    [
        pytest.param(Retry(problem=AWAY.problem, own=True), "destination:x", id="our own doing"),
        pytest.param(Failed(problem=AWAY.problem), "destination:x", id="an answer"),
        pytest.param(AWAY, "workspace:a", id="nothing that fails by itself"),
    ],
)
async def test_what_is_no_outage_opens_no_circuit(
    database: Database, outcome: Outcome, lane: str
) -> None:
    provider = Provider(outcome)
    await put(database, [a_job(lane=lane) for _ in range(8)])

    async with working(database, a_kind(provider, name=None)):
        await until(lambda: _count(database, "failed", 8))

    assert await circuits(database) == []


@pytest.mark.parametrize("answer", [Succeeded(), Failed(problem=AWAY.problem)])
async def test_an_answer_in_between_starts_the_count_afresh(
    database: Database, answer: Outcome
) -> None:
    answers = iter([AWAY, AWAY, answer] * 4)
    await put(database, [a_job(lane="destination:x") for _ in range(12)])

    async def handler(job: Job) -> Outcome:
        return next(answers)

    kind = JobKind(name="work", handler=handler, concurrency=1, backoff=Backoff())
    async with working(database, kind):
        await until(lambda: _tried(database, 12))

    assert await circuits(database) == []


async def test_a_word_that_it_is_too_fast_closes_the_circuit_and_holds_the_scope(
    database: Database,
) -> None:
    provider = Provider()
    await put(database, [a_job() for _ in range(5)])

    async with working(database, a_kind(provider)):
        await until(lambda: is_away(database))
        provider.answer = Held(scope="provider:clay", reason="rate_limited", problem=AWAY.problem)
        await until(lambda: _reasons(database, ["rate_limited"]))


async def test_nobody_is_tried_whom_another_pause_holds(database: Database) -> None:
    provider = Provider()
    await put(database, [a_job(lane="workspace:a") for _ in range(5)])
    async with database.transaction() as tx:
        await store.open_circuit(tx, "provider:clay", detail=None)
        await add_pause(tx, "workspace:a", reason="by hand", actor="tester")

    async with working(database, a_kind(provider)):
        await asyncio.sleep(SOON.total_seconds() * 10)

    assert provider.calls == 0


async def test_patience_with_an_outage_has_an_end_that_people_see(database: Database) -> None:
    told: list[tuple[str, JobState, str]] = []

    async def record(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        told.extend(
            (each.outcome.name, each.state, each.problem.error_class)
            for each in settled
            if each.problem and each.state is JobState.FAILED
        )
        return ()

    provider = Provider()
    kind = JobKind(
        name="work",
        handler=provider,
        recorder=record,
        provider="clay",
        outage_patience=timedelta(hours=24),
    )
    await put(database, [a_job() for _ in range(6)])
    await database.pool.execute("UPDATE jobs SET asked_at = now() - interval '25 hours'")
    await put(database, [a_job()])
    async with database.transaction() as tx:
        await store.open_circuit(tx, "provider:clay", detail="answered 503")
    await database.pool.execute(
        "UPDATE pauses SET created_at = now() - interval '25 hours', probe_at = now() + interval '1 hour'"
    )

    async with working(database, kind) as worker:
        await until(lambda: worker._board.circuit("provider:clay"))
        await worker.janitor().end_outworn()
        await until(lambda: _count(database, "failed", 6))

        # Who has them run again is patient anew.
        await database.pool.fetch(
            HISTORY.retry_jobs, [row["id"] for row in await database.pool.fetch(ALL_FAILED)]
        )
        await worker.janitor().end_outworn()
        again = await states(database)

    assert told == [("failed", JobState.FAILED, "outage")] * 6
    assert again == {"ready": 7}
    error = await database.pool.fetchval("SELECT max(last_error) FROM jobs")
    assert error == "not answered for 24 hours: answered 503"
    assert provider.calls == 0


async def test_words_that_postgres_cannot_hold_stop_neither_jobs_nor_their_circuit(
    database: Database,
) -> None:
    odd = Retry(problem=Problem(error_class="server_error", message="answered \0 503"))
    provider = Provider(odd)
    await put(database, [a_job() for _ in range(5)])

    async with working(database, a_kind(provider, concurrency=1)):
        await until(lambda: _tried(database, 5))
        provider.answer = Succeeded()
        await until(lambda: _all_succeeded(database))


async def test_postgres_away_in_the_middle_of_an_attempt_costs_none(database: Database) -> None:
    calls = 0

    async def handler(job: Job) -> Outcome:
        nonlocal calls
        calls += 1
        if calls <= 5:
            raise ConnectionRefusedError
        return Succeeded()

    await put(database, [a_job(lane="destination:x")])
    async with working(database, JobKind(name="work", handler=handler, backoff=AT_ONCE)):
        await until(lambda: _all_succeeded(database))

    assert await outcomes(database) == Counter({"outage": 5, "succeeded": 1})
    assert await circuits(database) == []


async def _all_succeeded(database: Database) -> bool:
    return set(await states(database)) == {"succeeded"}


async def _count(database: Database, state: str, count: int) -> bool:
    return (await states(database)).get(state) == count


async def _tried(database: Database, count: int) -> bool:
    return (await outcomes(database)).total() >= count


async def _reasons(database: Database, wanted: list[str]) -> bool:
    return [pause.reason for pause in await active_pauses(database)] == wanted
