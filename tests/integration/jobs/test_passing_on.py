"""A job that one kind has done its part of goes on as another's, and a provider may be held for one workspace."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from leadstream.backoff import Backoff
from leadstream.history import SQL as HISTORY
from leadstream.history import behind
from leadstream.ids import new_id
from leadstream.jobs.kinds import JobKind, provider_scopes
from leadstream.jobs.model import Job, Outcome, Passed, Problem, Retry, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.pauses import CIRCUIT_OPEN, active_pauses, add_pause, lift, store
from leadstream.postgres import Database, Tx
from support.ledger import a_job, put, states, until, working

AWAY = Retry(problem=Problem(error_class="server_error", message="answered 503", status_code=503))


class Handler:
    """Gives its outcomes one after the other, the last one for ever."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[Job] = []

    async def __call__(self, job: Job) -> Outcome:
        self.asked.append(job)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


def a_kind(name: str, handler: Handler, **changes: object) -> JobKind:
    given = {"provider": name, "backoff": Backoff(base=timedelta(0)), **changes}
    return JobKind(name=name, handler=handler, **given)  # type: ignore[arg-type]  # what the tests change


async def _all_ended(database: Database) -> bool:
    return set(await states(database)) == {"succeeded"}


async def test_the_other_kind_goes_on_with_the_same_job_and_all_attempts_before_it(
    database: Database,
) -> None:
    first = Handler(AWAY, AWAY, Passed(kind="second", result="half"))
    second = Handler(AWAY, AWAY, Succeeded())
    recorded: list[tuple[str, str]] = []

    async def record(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        recorded.extend((each.job.kind, each.outcome.name) for each in settled)
        return ()

    await put(database, [job := a_job("first")])
    await database.pool.execute("UPDATE jobs SET lost = 2, asked_at = now() - interval '1 day'")

    kinds = [a_kind("first", first, recorder=record), a_kind("second", second, recorder=record)]
    async with working(database, *kinds):
        await until(lambda: _all_ended(database))

    assert [(each.id, each.attempts, each.lost) for each in second.asked] == [
        (job.id, n, 0) for n in range(3)
    ]
    assert recorded[2] == ("first", "passed")
    row = await database.pool.fetchrow(
        "SELECT kind, attempts, asked_at > now() - interval '1 hour' AS is_new FROM jobs"
    )
    assert row is not None
    assert tuple(row) == ("second", 3, True)
    tried = await database.pool.fetch("SELECT outcome FROM job_attempts ORDER BY number")
    assert [each["outcome"] for each in tried] == [
        *("retry", "retry", "passed"),
        *("retry", "retry", "succeeded"),
    ]


async def test_one_that_had_nothing_to_ask_leaves_no_attempt_behind(database: Database) -> None:
    await put(database, [a_job("first") for _ in range(20)])

    first = a_kind("first", Handler(Passed(kind="second", tried=False)))
    async with working(database, first, a_kind("second", Handler(Succeeded()))):
        await until(lambda: _all_ended(database))

    assert await database.pool.fetchval("SELECT count(*) FROM job_attempts") == 20


@pytest.mark.parametrize("tried", [True, False])
async def test_only_passing_on_after_an_answer_closes_the_circuit(
    database: Database, tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FIRST_PROBE", timedelta(milliseconds=100))
    first = Handler(*([AWAY] * 3), Passed(kind="second", tried=tried))
    second = Handler(Succeeded())
    await put(database, [a_job("first", lane=f"workspace:{n}") for n in range(4)])

    async with working(database, a_kind("first", first, concurrency=1), a_kind("second", second)):
        await until(lambda: len(second.asked) > (3 if tried else 0))

    open_circuits = [p.scope for p in await active_pauses(database) if p.reason == CIRCUIT_OPEN]
    assert open_circuits == ([] if tried else ["provider:first"])


async def test_a_provider_that_is_held_for_one_workspace_serves_the_others(
    database: Database,
) -> None:
    held, free = new_id(), new_id()
    handler = Handler(Succeeded())
    kind = a_kind("first", handler)
    scope = f"provider:first:{held}"
    await put(
        database,
        [a_job("first", lane=f"budget:{each}", workspace_id=each) for each in (held, free)],
    )
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason="credential_refused", actor="worker")

    async with working(database, kind) as worker:
        await until(lambda: handler.asked)

        assert [each.workspace_id for each in handler.asked] == [free]
        assert await _held_by(database, kind, held) == ["credential_refused"]
        assert (await behind(database, [scope], [kind]))[scope].waiting == 1
        async with database.transaction() as tx:
            await lift(tx, scope)
        worker.wake()
        await until(lambda: _all_ended(database))


async def _held_by(database: Database, kind: JobKind, workspace_id: UUID) -> list[str]:
    job = await database.pool.fetchval("SELECT id FROM jobs WHERE workspace_id = $1", workspace_id)
    held: list[str] = await database.pool.fetchval(
        HISTORY.job_held_by, job, provider_scopes([kind])
    )
    return held
