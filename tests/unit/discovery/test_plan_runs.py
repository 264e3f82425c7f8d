from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from discovery.application.plan_runs import Tick, run_query_job, trends_job
from leadstream.jobs.model import Priority

TICK = Tick(id=UUID(int=1), scheduled_for=datetime(2026, 1, 22, 2, 0, tzinfo=UTC), manual=False)
QUERY, OTHER, WORKSPACE = UUID(int=2), UUID(int=3), UUID(int=4)


def test_the_same_tick_twice_is_the_same_job() -> None:
    first = run_query_job(TICK, query_id=QUERY, workspace_id=WORKSPACE)

    assert run_query_job(TICK, query_id=QUERY, workspace_id=WORKSPACE) == first
    assert run_query_job(TICK, query_id=OTHER, workspace_id=WORKSPACE).id != first.id
    assert trends_job(TICK) == trends_job(TICK)


def test_a_run_waits_in_its_workspaces_lane_and_counts_for_the_day_it_was_due() -> None:
    tick = Tick(
        id=TICK.id,
        scheduled_for=datetime(2026, 1, 22, 23, 0, tzinfo=timezone(timedelta(hours=-5))),
        manual=True,
    )

    job = run_query_job(tick, query_id=QUERY, workspace_id=WORKSPACE)

    assert job.lane == f"workspace:{WORKSPACE}"
    assert job.payload["run_on"] == date(2026, 1, 23)
    assert job.priority is Priority.HOT
    assert run_query_job(TICK, query_id=QUERY, workspace_id=WORKSPACE).priority is Priority.WARM
