"""What the ledger and the pauses look like from outside."""

from collections.abc import Callable
from uuid import uuid4

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import MAX_LOST, Ledger
from leadstream.jobs.model import Failed, Job, Outcome, Problem, Succeeded
from leadstream.observability.metrics import REGISTRY
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import Database
from leadstream.runtime.gauges import Gauges
from leadstream.runtime.observed import observe_settled
from support.ledger import a_job, put, until, working

WORKSPACE = uuid4()
PROBLEM = Problem(error_class="refused", message="no")


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"leadstream_{name}", labels) or 0.0


def a_kind(name: str, outcome: Callable[[Job], Outcome] | None = None) -> JobKind:
    async def handler(job: Job) -> Outcome:
        return outcome(job) if outcome else Succeeded()

    return JobKind(name=name, handler=handler, provider="acme" if name == "called" else None)


async def hold(database: Database, scope: str, reason: str = "rate_limited") -> None:
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason=reason, actor="test")


async def looked_at(database: Database, *kinds: JobKind) -> None:
    board = PauseBoard(database)
    await board.refresh()
    await Gauges(database, board, kinds).refresh()


async def wait_a_minute(database: Database) -> None:
    await database.pool.execute("UPDATE jobs SET run_at = now() - interval '60 seconds'")


async def test_a_job_that_waits_for_nothing_is_told_apart_from_those_that_a_pause_holds(
    database: Database, ledger: Ledger
) -> None:
    kinds = [a_kind("called"), a_kind("laned"), a_kind("owned"), a_kind("free")]
    await put(
        database,
        [
            a_job("called"),
            a_job("laned", lane="connection:1"),
            a_job("owned", lane="connection:2", workspace_id=WORKSPACE),
            a_job("free", lane="connection:3"),
        ],
    )
    await wait_a_minute(database)
    for scope in ("provider:acme", "connection:1", f"workspace:{WORKSPACE}"):
        await hold(database, scope)

    await looked_at(database, *kinds)

    ready = {kind.name: figure("job_oldest_ready_seconds", kind=kind.name) for kind in kinds}
    unheld = {kind.name: figure("job_oldest_unheld_seconds", kind=kind.name) for kind in kinds}
    assert all(60 <= seconds < 120 for seconds in ready.values())
    assert 60 <= unheld.pop("free") < 120
    assert unheld == {"called": 0, "laned": 0, "owned": 0}


async def test_pauses_are_counted_by_reason_without_an_id_or_anybodys_words(
    database: Database, ledger: Ledger
) -> None:
    await hold(database, "provider:clay", "quota_exhausted")
    await hold(database, f"connection:{uuid4()}", "credential_refused")
    await hold(database, f"connection:{uuid4()}", "credential_refused")
    await hold(database, "topic:lead.upload", "Jo's word is enough")

    await looked_at(database)

    samples = {
        (*(sample.labels[label] for label in ("scope_kind", "name", "reason")), sample.value)
        for family in REGISTRY.collect()
        if family.name == "leadstream_pauses_by_reason"
        for sample in family.samples
    }
    assert samples == {
        ("provider", "clay", "quota_exhausted", 1),
        ("connection", "", "credential_refused", 2),
        ("topic", "lead.upload", "by_hand", 1),
    }


async def test_jobs_are_counted_when_they_end(database: Database, ledger: Ledger) -> None:
    before = figure("jobs_ended_total", kind="ends", state="succeeded")
    failed_before = figure("jobs_ended_total", kind="ends", state="failed")
    kind = a_kind(
        "ends", lambda job: Failed(problem=PROBLEM) if job.payload["bad"] else Succeeded()
    )
    await put(database, [a_job("ends", payload={"bad": bad}) for bad in (True, False, False)])

    async with working(database, kind, on_settled=observe_settled):
        await until(lambda: figure("jobs_ended_total", kind="ends", state="succeeded") > before + 1)
        await until(lambda: figure("jobs_ended_total", kind="ends", state="failed") > failed_before)

    assert figure("jobs_ended_total", kind="ends", state="succeeded") == before + 2
    assert figure("jobs_ended_total", kind="ends", state="failed") == failed_before + 1


async def test_a_job_that_kills_its_workers_ends_as_a_failed_one(
    database: Database, ledger: Ledger
) -> None:
    before = figure("jobs_ended_total", kind="deadly", state="failed")
    await put(database, [a_job("deadly")])
    await database.pool.execute(
        "UPDATE jobs SET state = 'running', lost = $1, lease_id = gen_random_uuid(),"
        " leased_until = now() - interval '1 second'",
        MAX_LOST - 1,
    )
    async with working(database, a_kind("deadly"), on_settled=observe_settled) as worker:
        await worker.janitor().reclaim()
        await until(lambda: figure("jobs_ended_total", kind="deadly", state="failed") > before)

    assert figure("jobs_ended_total", kind="deadly", state="failed") == before + 1
