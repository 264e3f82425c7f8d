"""Hunter behind a source that verifies nobody: it is waited for, and what it can't say is unknown."""

from typing import Any

import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import a_lead, discover
from integration.enrichment.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

PDL = "people_data_labs"
PEOPLE = [
    {"full_name": name, "job_title": "cto", "work_email": f"{name}@acme.com"}
    for name in ("ann", "bob")
]


@pytest.fixture
async def replica(make_replica: MakeReplica, sandbox: Sandbox) -> Replica:
    await sandbox.control.options(PDL, companies={"acme.com": {"people": PEOPLE}})
    return await make_replica(
        clay_api_key=None,
        clay_api_url=None,
        people_data_labs_api_key="sandbox-people-data-labs",
        people_data_labs_api_url=sandbox.people_data_labs_url,
        people_data_labs_per_second=1000,
        hunter_api_key="sandbox-hunter",
        hunter_api_url=sandbox.hunter_url,
        hunter_per_second=1000,
    )


async def statuses(replica: Replica) -> dict[str, str]:
    (event,) = await replica.events("lead.enriched")
    contacts: list[dict[str, Any]] = event["enrichment"]["contacts"]
    return {each["full_name"]: each["email_status"] for each in contacts}


async def test_what_is_still_being_checked_is_asked_again_and_paid_for_once(
    replica: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.options(
        "hunter", checking={"ann@acme.com": 1}, verdicts={"ann@acme.com": "valid"}
    )
    await discover(replica, a_lead())
    await replica.finish()

    assert (await statuses(replica)) == {"Ann": "valid", "Bob": "unknown"}
    assert sandbox.ledger.credits("hunter") == {"acme.com": 1}
    asked = sandbox.ledger.entries(provider="hunter", operation="verify")
    assert [entry.status for entry in asked] == [202, 200]
    # And the people were not bought a second time for it.
    assert len(sandbox.ledger.entries(provider=PDL)) == 1


async def test_credits_at_zero_hold_the_key_and_no_lead(replica: Replica, sandbox: Sandbox) -> None:
    await sandbox.control.options("hunter", credits=0)
    await discover(replica, a_lead())
    await replica.finish()

    assert set((await statuses(replica)).values()) == {"unknown"}
    # Of the second address nobody was asked.
    assert len(sandbox.ledger.entries(provider="hunter")) == 1
    pauses = (await replica.http.get("/pauses")).json()["items"]
    assert [(each["scope"], each["reason"]) for each in pauses] == [
        ("provider:hunter", "quota_exhausted")
    ]
    assert sandbox.ledger.credits("hunter") == {}
    assert await replica.attempts() == ["succeeded"]


async def test_too_fast_is_waited_for_and_no_attempt_is_counted(
    replica: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.options("hunter", verdicts={"ann@acme.com": "valid"})
    too_fast = {"errors": [{"id": "too_many_requests", "code": 403, "details": "Slow down"}]}
    await sandbox.control.script("hunter", "verify", {"status": 403, "body": too_fast})
    await discover(replica, a_lead())

    async def pauses() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await replica.http.get("/pauses")).json()["items"]
        return found

    async def is_held() -> bool:
        return [each["reason"] for each in await pauses()] == ["rate_limited"]

    await eventually(is_held, "Hunter is not left alone")
    (pause,) = await pauses()
    assert pause["scope"] == "provider:hunter"
    (await replica.http.delete(f"/pauses/{pause['id']}")).raise_for_status()
    await replica.finish()

    assert (await statuses(replica))["Ann"] == "valid"
    assert len(sandbox.ledger.entries(provider=PDL)) == 1
    assert {job["attempts"] for job in await replica.rows("jobs")} == {1}
