"""One attempt, with a source and a store that are not there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from discovery.application.ports import Answer, IsEnough, SearchOutcome
from discovery.application.run_query import Ran, RunQuery
from discovery.domain.finding import Finding
from discovery.domain.harvest import Harvest, Known
from discovery.domain.search import Filters, Query, QueryStatus
from leadstream.accounts import Account, Plan, UnreadableAccountError
from leadstream.jobs.model import (
    Failed,
    Held,
    Job,
    Outcome,
    Priority,
    Problem,
    Released,
    Retry,
    Succeeded,
)
from support.clock import FakeClock
from unit.discovery.builders import NOW, a_finding, a_query

PROBLEM = Problem(error_class="provider_error", message="datashopper: answered 500")
HARVEST = Harvest(found=0, findings=(), repeated=0, rejected={})
ALL_SOURCES = Plan(intent=("datashopper", "g2"))
OURS = Account(provider="datashopper", credentials={"api_key": "ours"})


class FakeSource:
    name = "datashopper"

    def __init__(self, outcome: SearchOutcome, pages: Sequence[Sequence[Finding]] = ()) -> None:
        self.outcome = outcome
        self.pages = pages
        self.searches: list[tuple[str, Filters]] = []
        self.accounts: list[Account] = []
        self.asked = 0

    async def search(
        self, topic: str, filters: Filters, *, account: Account, is_enough: IsEnough
    ) -> SearchOutcome:
        self.searches.append((topic, filters))
        self.accounts.append(account)
        for page in self.pages:
            self.asked += 1
            if await is_enough(page):
                break
        return self.outcome

    async def test(self, account: Account) -> None:
        return None


class FakeQueries:
    def __init__(self, *queries: Query) -> None:
        self.queries = {query.id: query for query in queries}

    async def find(self, query_id: UUID) -> Query | None:
        return self.queries.get(query_id)


@dataclass
class FakeWorkspace:
    """What one workspace has configured, and the leads it has."""

    plan: Plan = ALL_SOURCES
    account: Account | None = OURS
    unreadable: bool = False
    is_newest: bool = True
    leads: Known = field(default_factory=dict)
    left: int = 50

    async def of(self, workspace_id: UUID) -> Plan:
        return self.plan

    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        if self.unreadable:
            raise UnreadableAccountError("no key", provider=provider, workspace_id=workspace_id)
        return replace(self.account, training=training) if self.account else None

    async def is_current(self, account: Account, workspace_id: UUID) -> bool:
        return self.is_newest

    async def known(self, workspace_id: UUID, keys: Sequence[str]) -> Known:
        return {key: self.leads[key] for key in keys if key in self.leads}

    async def room(self, query_id: UUID, run_on: date) -> int:
        return self.left


async def run(
    source: FakeSource, *queries: Query, workspace: FakeWorkspace | None = None
) -> Outcome:
    there = workspace or FakeWorkspace()
    handler = RunQuery(
        source,
        FakeClock(NOW),
        queries=FakeQueries(*queries),
        sources=there,
        accounts=there,
        shelves=there,
    )
    return await handler(a_job(queries[0].id if queries else UUID(int=9)))


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
    source = FakeSource(Answer(HARVEST, Decimal(2), "there is more"))

    outcome = await run(source, query)

    assert source.searches == [("AI", query.filters)]
    assert source.accounts == [OURS]
    assert isinstance(outcome, Succeeded)
    assert outcome.result == Ran(query, HARVEST, Decimal(2), "there is more")


@pytest.mark.parametrize("status", [QueryStatus.PAUSED, QueryStatus.COMPLETED])
async def test_b04_a_query_that_is_not_active_any_more_is_not_searched(status: QueryStatus) -> None:
    source = FakeSource(Answer(HARVEST))

    outcome = await run(source, replace(a_query(), status=status))

    assert outcome == Succeeded()
    assert source.searches == []


async def test_a_query_that_is_gone_is_not_searched() -> None:
    source = FakeSource(Answer(HARVEST))

    assert await run(source) == Succeeded()
    assert source.searches == []


async def test_a_source_that_the_workspace_has_left_meanwhile_is_not_searched() -> None:
    source = FakeSource(Answer(HARVEST))

    outcome = await run(source, a_query(), workspace=FakeWorkspace(plan=Plan(intent=("g2",))))

    assert outcome == Succeeded()
    assert source.searches == []


async def test_a_workspace_that_trains_asks_the_sandbox() -> None:
    source = FakeSource(Answer(HARVEST))
    plan = Plan(intent=("datashopper",), training=True)

    await run(source, a_query(), workspace=FakeWorkspace(plan=plan))

    assert [account.training for account in source.accounts] == [True]


async def test_without_a_key_the_runs_of_the_workspace_wait_for_one() -> None:
    source, query = FakeSource(Answer(HARVEST)), a_query()

    outcome = await run(source, query, workspace=FakeWorkspace(account=None))

    assert isinstance(outcome, Held)
    assert outcome.reason == "credential_missing"
    assert outcome.scope == f"provider:datashopper:{query.workspace_id}"
    assert source.searches == []


async def test_a_key_that_nobody_can_read_holds_its_workspace_only() -> None:
    query = a_query()

    outcome = await run(
        FakeSource(Answer(HARVEST)), query, workspace=FakeWorkspace(unreadable=True)
    )

    assert isinstance(outcome, Held)
    assert outcome.scope == f"provider:datashopper:{query.workspace_id}"
    assert outcome.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "outcome",
    [
        Retry(problem=PROBLEM),
        Failed(problem=PROBLEM),
        Held(scope="provider:datashopper", reason="rate_limited", problem=PROBLEM),
    ],
)
async def test_what_is_no_answer_is_how_the_attempt_ends(outcome: SearchOutcome) -> None:
    assert await run(FakeSource(outcome), a_query()) is outcome


async def test_what_was_said_of_an_older_key_holds_nothing() -> None:
    own = replace(OURS, workspace_id=UUID(int=3))
    held = Held(scope=own.scope, reason="credential_refused", problem=PROBLEM)
    workspace = FakeWorkspace(account=own, is_newest=False)

    assert await run(FakeSource(held), a_query(), workspace=workspace) == Released()


@pytest.mark.parametrize(
    ("findings", "left", "asked"),
    [
        ([a_finding("acme.com")], 50, 2),
        ([a_finding("acme.com"), a_finding("new.com")], 50, 1),
        # Who was known by its name only is recognised by it, and who has another domain is another.
        ([a_finding("nameless.com", name="Nameless")], 50, 2),
        ([a_finding("namesake.com", name="Named")], 50, 1),
        # The day is full: what more there is could not become leads.
        ([a_finding("acme.com")], 0, 1),
        ([], 50, 2),
    ],
    ids=["known", "one-new", "known-by-name", "namesake", "no-room", "nothing"],
)
async def test_pages_go_on_while_they_bring_only_what_is_known(
    findings: list[Finding], left: int, asked: int
) -> None:
    leads = {"domain:acme.com": "acme.com", "name:nameless": None, "name:named": "named.com"}
    source = FakeSource(Answer(HARVEST), [findings, findings])

    await run(source, a_query(), workspace=FakeWorkspace(leads=leads, left=left))

    assert source.asked == asked
