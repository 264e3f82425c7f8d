from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from discovery.application.plan_runs import Tick, run_query_job, trends_job
from leadstream.ids import derived_id
from leadstream.jobs.model import NewJob, Priority

TICK = Tick(id=UUID(int=1), scheduled_for=datetime(2026, 1, 22, 2, 0, tzinfo=UTC), manual=False)
QUERY, OTHER, WORKSPACE = UUID(int=2), UUID(int=3), UUID(int=4)


def a_run(tick: Tick = TICK, query_id: UUID = QUERY, source: str = "datashopper") -> NewJob:
    return run_query_job(tick, query_id=query_id, workspace_id=WORKSPACE, source=source)


def test_the_same_tick_twice_is_the_same_job() -> None:
    first = a_run()

    assert a_run() == first
    assert a_run(query_id=OTHER).id != first.id
    assert trends_job(TICK) == trends_job(TICK)


def test_a_run_waits_in_its_workspaces_lane_and_counts_for_the_day_it_was_due() -> None:
    tick = Tick(
        id=TICK.id,
        scheduled_for=datetime(2026, 1, 22, 23, 0, tzinfo=timezone(timedelta(hours=-5))),
        manual=True,
    )

    job = a_run(tick)

    assert job.lane == f"workspace:{WORKSPACE}"
    assert job.payload["run_on"] == date(2026, 1, 23)
    assert job.priority is Priority.HOT
    assert a_run().priority is Priority.WARM


def test_each_source_has_a_run_of_its_own_and_datashoppers_are_who_they_were() -> None:
    datashopper, g2 = a_run(source="datashopper"), a_run(source="g2")

    assert (datashopper.kind, g2.kind) == ("run-query", "run-query-g2")
    assert datashopper.id == derived_id("run-query", TICK.id, QUERY)
    assert g2.id != datashopper.id
    assert g2.payload == datashopper.payload
