"""The Salesforce adapter against an org that refuses what Salesforce refuses."""

from typing import Any

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream_dev.sandbox import Sandbox

EXTERNAL_ID = "LeadStream_Lead_Id__c"


@pytest.fixture
async def salesforce(bench: Bench) -> Bench:
    await bench.connect("salesforce")
    return bench


async def leads(bench: Bench) -> list[dict[str, Any]]:
    state = await bench.sandbox.control.state("salesforce")
    found: list[dict[str, Any]] = state.get(f"sandbox-{WORKSPACE}", [])
    return found


async def test_b33_a_batch_refused_as_a_whole_is_halved(salesforce: Bench) -> None:
    events = uploads(20)
    await salesforce.sandbox.control.behave(
        "salesforce",
        "upsert",
        contains=events[7]["lead_id"],
        errors={"status": 400, "body": [{"errorCode": "JSON_PARSER_ERROR", "message": "no"}]},
    )

    await salesforce.upload(*events)

    (failed,) = await salesforce.items("/uploads", status="failed")
    assert failed["lead_id"] == events[7]["lead_id"]
    assert await salesforce.statuses(status="uploaded") == ["uploaded"] * 19


async def test_only_rows_that_failed_are_sent_again(salesforce: Bench) -> None:
    events = uploads(4)
    locked = {
        "success": False,
        "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}],
    }
    taken = [{"id": f"00Q{n}", "success": True, "errors": [], "created": True} for n in range(3)]
    await salesforce.sandbox.control.script(
        "salesforce", "upsert", {"status": 200, "body": [*taken, locked]}
    )

    await salesforce.upload(*events)

    first, second = salesforce.sandbox.ledger.entries(provider="salesforce", operation="upsert")
    assert (len(first.body["records"]), len(second.body["records"])) == (4, 1)
    assert await salesforce.statuses() == ["uploaded"] * 4


async def test_b34_half_an_answer_is_no_answer(salesforce: Bench) -> None:
    await salesforce.sandbox.control.script("salesforce", "upsert", {"action": "half"})

    await salesforce.upload(*uploads(2))

    assert await salesforce.statuses() == ["uploaded"] * 2
    assert len(await leads(salesforce)) == 2


async def test_a_session_that_is_refused_at_once_is_a_credential_that_does_not_work(
    salesforce: Bench,
) -> None:
    await salesforce.sandbox.control.behave("salesforce", "upsert", revoked=True)

    await salesforce.upload(an_upload())

    (row,) = await salesforce.items("/uploads")
    assert row["held_by"] == ["credential_refused"]
    assert salesforce.calls("salesforce", "token") == 2
    assert salesforce.calls("salesforce", "upsert") == 2


@pytest.mark.parametrize(
    "options", [{"keys": ["nobody"]}, {"secrets": ["nothing"]}, {"run_as_user": False}]
)
async def test_a_client_that_is_refused_holds_the_connection(
    bench: Bench, options: dict[str, Any]
) -> None:
    await bench.connect("salesforce")
    await bench.sandbox.control.options("salesforce", **options)

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["credential_refused"])
    (job,) = await bench.replica.jobs()
    (attempt,) = await bench.replica.attempts(job["id"])
    assert (attempt["outcome"], attempt["status_code"]) == ("held", 400)


async def test_the_missing_field_holds_the_connection_and_says_so(bench: Bench) -> None:
    await bench.sandbox.control.options("salesforce", external_ids=["Other__c"])
    await bench.connect("salesforce")

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert row["held_by"] == ["misconfigured"]
    assert EXTERNAL_ID in row["error"]
    (pause,) = await bench.items("/pauses")
    assert pause["until"] is not None


async def test_the_quota_holds_the_connection(salesforce: Bench) -> None:
    await salesforce.sandbox.control.behave("salesforce", "upsert", quota_exhausted=True)

    await salesforce.upload(an_upload())

    (pause,) = await salesforce.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "quota_exhausted")
    (job,) = await salesforce.replica.jobs()
    assert job["attempts"] == 0


async def test_a_value_that_is_in_no_list_of_the_org_is_dropped_and_the_row_sent_once_more(
    bench: Bench,
) -> None:
    lists = {"Industry": ["Banking"], "Rating": ["Hot", "Warm", "Cold"]}
    await bench.sandbox.control.options("salesforce", restricted_picklists=lists)
    await bench.connect("salesforce")

    await bench.upload(an_upload(1), an_upload(2, industry="Banking", platform="tech-platform"))

    by_company = {lead["Website"]: lead for lead in await leads(bench)}
    assert "Industry" not in by_company["https://acme1.com"]
    assert by_company["https://acme2.com"]["Industry"] == "Banking"
    assert bench.calls("salesforce", "upsert") == 2
    assert {job["attempts"] for job in await bench.replica.jobs()} == {1}


async def test_a_twin_that_another_worker_inserts_is_updated(salesforce: Bench) -> None:
    twin = {
        "success": False,
        "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "duplicate", "fields": []}],
    }
    await salesforce.sandbox.control.script("salesforce", "upsert", {"status": 200, "body": [twin]})

    await salesforce.upload(an_upload())

    assert await salesforce.statuses() == ["uploaded"]
    assert salesforce.calls("salesforce", "upsert") == 2


async def test_rows_whose_second_try_is_lost_are_retried_alone(salesforce: Bench) -> None:
    lists = {"Industry": ["Banking"]}
    await salesforce.sandbox.control.options("salesforce", restricted_picklists=lists)
    await salesforce.sandbox.control.script(
        "salesforce", "upsert", {"action": "pass"}, {"status": 503}
    )

    await salesforce.upload(
        an_upload(1), an_upload(2, industry="Banking", platform="tech-platform")
    )

    assert await salesforce.statuses() == ["uploaded"] * 2
    assert sorted(job["attempts"] for job in await salesforce.replica.jobs()) == [1, 2]


async def test_a_lead_that_sales_has_converted_is_closed_and_no_failure(salesforce: Bench) -> None:
    await salesforce.upload(an_upload(intent_score="warm"))
    await salesforce.sandbox.control.options("salesforce", converted=[an_upload()["lead_id"]])

    await salesforce.upload(an_upload(revision=2))

    assert await salesforce.statuses() == ["closed", "uploaded"]
    assert await salesforce.replica.events("lead.failed") == []
    assert len(await salesforce.uploaded()) == 1
    assert await salesforce.billed() == 1


async def test_people_known_under_the_same_address_cost_no_lead(salesforce: Bench) -> None:
    await salesforce.upload(an_upload(1))

    await salesforce.upload(an_upload(2))

    assert len(await leads(salesforce)) == 2


async def test_the_token_is_sent_to_nobody_but_salesforce(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """The token answer names another host."""
    bench = Bench(await make_replica(), sandbox)
    foreign = {"access_token": "00D", "instance_url": "https://salesforce.com.evil.example"}
    await sandbox.control.script("salesforce", "token", {"status": 200, "body": foreign})
    await bench.connect("salesforce")

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert row["held_by"] == ["misconfigured"]
    assert bench.calls("salesforce", "upsert") == 0


async def test_new_credentials_open_a_new_session(salesforce: Bench) -> None:
    await salesforce.upload(an_upload(1))

    await salesforce.post(
        f"/connections/{id_of()}/rotate",
        {"credentials": {"client_id": "sandbox-new", "client_secret": "sandbox-new"}},
    )
    await salesforce.upload(an_upload(2))

    state = await salesforce.sandbox.control.state("salesforce")
    assert [len(state[client]) for client in (f"sandbox-{WORKSPACE}", "sandbox-new")] == [1, 1]
