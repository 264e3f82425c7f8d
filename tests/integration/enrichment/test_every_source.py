"""Behaviour 11, 13 and 15–18 with each source alone, by the service's own parts: there is its key, and no other."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contract.contact_sources.case import Person, SourceCase
from contract.contact_sources.cases import SOURCES
from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover
from integration.enrichment.replicas import Replica
from leadstream_dev.sandbox import Sandbox

MakeOne = Callable[..., Awaitable[Replica]]
ADA = Person(name="Ada Lovelace", email="ada@acme.com")
GRACE = Person(name="Grace Hopper", title="VP of Engineering")


@pytest.fixture(params=SOURCES, ids=lambda case: case.provider)
def case(request: pytest.FixtureRequest) -> SourceCase:
    found: SourceCase = request.param
    return found


@pytest.fixture
def make_one(case: SourceCase, sandbox: Sandbox, make_replica: MakeReplica) -> MakeOne:
    async def make(**changes: Any) -> Replica:
        others = {"clay_api_key": None, "clay_api_url": None}
        return await make_replica(**others | dict(case.deployment(sandbox)) | changes)

    return make


async def test_a_company_is_paid_for_once_and_nobody_is_asked_without_one(
    case: SourceCase, sandbox: Sandbox, make_one: MakeOne
) -> None:
    one, two = await make_one(), await make_one()
    await case.know(sandbox, "acme.com", ADA, GRACE)
    known, elsewhere, nowhere = a_lead(), a_lead(workspace=OTHER), a_lead(None)
    nobody, unnamed = a_lead("nobody.example"), a_lead("blank.com", name=" ")
    await case.know(sandbox, "nobody.example")

    for replica in (one, two, one):
        await discover(replica, *[known] * 3, elsewhere, nowhere, nobody, unnamed)
    await one.finish()

    told = {event["lead_id"]: event["enrichment"] for event in await one.events("lead.enriched")}
    for lead in (known, elsewhere):
        answer = told[lead["lead_id"]]
        assert (answer["status"], answer["total_contacts"]) == ("completed", 2)
        assert answer["primary_contact"]["full_name"] == "Ada Lovelace"
    assert told[nobody["lead_id"]]["status"] == "completed"
    assert told[nobody["lead_id"]]["total_contacts"] == 0
    assert told[nowhere["lead_id"]]["reason"] == "missing_domain"
    assert told[unnamed["lead_id"]]["reason"] == "incomplete_company"
    asked = [case.wanted(entry).domain for entry in case.calls(sandbox, case.asks)]
    assert sorted(asked) == ["acme.com", "nobody.example"]
    paid = sandbox.ledger.credits(case.provider)
    assert sum(answer["credits_used"] or 0 for answer in told.values()) == sum(paid.values())
    calls = [row for row in await one.rows("provider_calls") if row["operation"] == "enrich"]
    assert {row["provider"] for row in calls} == {case.provider}
    assert {row["outcome"] for row in calls} == {"succeeded"}
    assert sum(row["units"] for row in calls) == sum(paid.values())
    assert {job["attempts"] for job in await one.rows("jobs")} == {1}


async def test_b17_what_is_refused_fails_once_and_what_passes_is_tried_three_times(
    case: SourceCase, sandbox: Sandbox, make_one: MakeOne
) -> None:
    replica = await make_one()
    await case.know(sandbox, "acme.com", ADA)
    await sandbox.control.script(case.provider, case.operation, case.refusal)
    await discover(replica, a_lead())
    await replica.finish()
    refused = await replica.attempts()

    passing = {"status": case.undone[-1], "body": "<html>oops</html>", "times": 3}
    await sandbox.control.script(case.provider, case.operation, passing)
    await discover(replica, a_lead())
    await replica.finish()

    assert refused == ["failed"]
    assert len(await replica.attempts()) == 1 + 3
    assert len(await replica.events("lead.failed")) == 2
    assert sandbox.ledger.credits(case.provider) == {}


async def test_b11_too_fast_holds_everybody_and_costs_no_attempt(
    case: SourceCase, sandbox: Sandbox, make_one: MakeOne
) -> None:
    replica = await make_one()
    await case.know(sandbox, "acme.com", ADA)
    await sandbox.control.script(case.provider, case.operation, case.throttle.answer)
    await discover(replica, a_lead(workspace=ACME), a_lead(workspace=OTHER))
    await replica.rest()
    # The second of the two waits for the first, whose company is the same.
    assert len(case.calls(sandbox)) == 1

    (pause,) = (await replica.http.get("/pauses")).json()["items"]
    assert (pause["scope"], pause["reason"]) == (f"provider:{case.provider}", "rate_limited")
    assert {job["attempts"] for job in await replica.rows("jobs")} == {0}
    lifted = await replica.http.delete(f"/pauses/{pause['id']}")
    assert lifted.is_success
    await replica.finish()

    assert len(await replica.events("lead.enriched")) == 2
