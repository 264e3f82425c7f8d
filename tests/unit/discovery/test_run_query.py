"""One attempt, with a source and a store that are not there."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from discovery.application.ports import Answer, SearchOutcome
from discovery.application.run_query import Ran, RunQuery
from discovery.domain.harvest import Harvest
from discovery.domain.search import Filters, Query, QueryStatus
from leadstream.jobs.model import Failed, Held, Job, Priority, Problem, Retry, Succeeded
from unit.discovery.builders import a_query

PROBLEM = Problem(error_class="provider_error", message="datashopper: answered 500")
HARVEST = Harvest(found=0, findings=(), repeated=0, rejected={})


class FakeSource:
    def __init__(self, outcome: SearchOutcome) -> None:
        self.outcome = outcome
        self.searches: list[tuple[str, Filters]] = []

    async def search(self, topic: str, filters: Filters) -> SearchOutcome:
        self.searches.append((topic, filters))
        return self.outcome


class FakeQueries:
    def __init__(self, *queries: Query) -> None:
        self.queries = {query.id: query for query in queries}

    async def find(self, query_id: UUID) -> Query | None:
        return self.queries.get(query_id)


def a_job(query_id: UUID) -> Job:
    return Job(
        id=UUID(int=1),
        kind="run-query",
        priority=Priority.WARM,
        lane="workspace:a",
        payload={"query_id": str(query_id), "tick_id": str(UUID(int=2)), "run_on": "2026-01-22"},
        workspace_id=UUID(int=3),
        lead_id=None,
        attempts=0,
        lost=0,
        created_at=datetime(2026, 1, 22, tzinfo=UTC),
        lease_id=UUID(int=4),
    )


async def test_an_active_query_is_searched_once_and_its_harvest_brought_home() -> None:
    query = a_query()
    source = FakeSource(Answer(HARVEST))

    outcome = await RunQuery(FakeQueries(query), source)(a_job(query.id))

    assert source.searches == [("AI", query.filters)]
    assert isinstance(outcome, Succeeded)
    assert isinstance(outcome.result, Ran)
    assert outcome.result == Ran(query, HARVEST)


@pytest.mark.parametrize("status", [QueryStatus.PAUSED, QueryStatus.COMPLETED])
async def test_b04_a_query_that_is_not_active_any_more_is_not_searched(status: QueryStatus) -> None:
    query = replace(a_query(), status=status)
    source = FakeSource(Answer(HARVEST))

    outcome = await RunQuery(FakeQueries(query), source)(a_job(query.id))

    assert outcome == Succeeded()
    assert source.searches == []


async def test_a_query_that_is_gone_is_not_searched() -> None:
    source = FakeSource(Answer(HARVEST))

    assert await RunQuery(FakeQueries(), source)(a_job(UUID(int=9))) == Succeeded()
    assert source.searches == []


@pytest.mark.parametrize(
    "outcome",
    [
        Retry(problem=PROBLEM),
        Failed(problem=PROBLEM),
        Held(scope="provider:datashopper", reason="rate_limited", problem=PROBLEM),
    ],
)
async def test_what_is_no_answer_is_how_the_attempt_ends(outcome: SearchOutcome) -> None:
    query = a_query()

    run = RunQuery(FakeQueries(query), FakeSource(outcome))

    assert await run(a_job(query.id)) is outcome
