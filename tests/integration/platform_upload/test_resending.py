"""A rejected row says why, and goes out again corrected: one record at the platform, one bill."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from integration.platform_upload.bench import SECRET, Bench, an_upload, id_of
from integration.platform_upload.machine import work
from integration.platform_upload.people import lead_of, leads_of, record_of
from leadstream.api import AdminToken, Role
from leadstream.retention import Keeper
from support.traces import tables_with

RULE = {"field": "Company", "message": "No such company: ask first", "named": ["Company"]}
CORRECTION = {"overrides": {"company_name": "Acme GmbH"}, "reason": "ticket 7"}
ADA = "ada@acme.com"


async def reject(bench: Bench) -> dict[str, Any]:
    """An upload that Salesforce won't have."""
    await bench.sandbox.control.options("salesforce", rules=[RULE])
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    await bench.sandbox.control.options("salesforce", rules=[])
    return await the_upload(bench)


async def the_upload(bench: Bench) -> dict[str, Any]:
    (row,) = await bench.items("/uploads")
    return row


async def resend(
    bench: Bench, upload: dict[str, Any], body: dict[str, Any], *, status: int = 202
) -> dict[str, Any]:
    return await bench.post(f"/uploads/{upload['id']}/resend", body, status=status)


async def field_of(bench: Bench, upload: dict[str, Any], overrides: dict[str, Any]) -> str:
    """What is said to be wrong."""
    answer = await resend(bench, upload, {"overrides": overrides}, status=422)
    field: str = answer["error"]["field"]
    return field


async def test_a_rejected_row_says_why_in_the_platforms_words_and_in_ours(bench: Bench) -> None:
    upload = await reject(bench)

    assert upload["status"] == "failed"
    assert upload["rejection"] == {
        "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "message": RULE["message"],
        "field": "Company",
        "ours": "company_name",
    }
    assert upload["error"] == RULE["message"]
    assert await bench.items("/uploads", status="failed") == [upload]


async def test_a_missing_field_is_named_too(bench: Bench) -> None:
    missing = {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [Region__c]",
        "fields": ["Region__c"],
    }
    await bench.connect("salesforce")
    row = {"success": False, "errors": [missing]}
    await bench.sandbox.control.script("salesforce", "upsert", {"status": 200, "body": [row]})

    await bench.upload(an_upload())

    rejection = (await the_upload(bench))["rejection"]
    assert (rejection["field"], rejection["ours"]) == ("Region__c", None)


async def test_hubspot_names_the_property(bench: Bench) -> None:
    await bench.connect()
    error = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": 'Property values were not valid: [{"isValid":false,"name":"leadstream_lead_id",'
        '"error":"INVALID","message":"no"}]',
    }
    await bench.sandbox.control.behave(
        "hubspot", "batch_upsert", errors={"status": 400, "body": error}
    )

    await bench.upload(an_upload(contacts=[], primary_contact=None))

    upload = await the_upload(bench)
    assert upload["status"] == "failed"
    assert (upload["rejection"]["field"], upload["rejection"]["ours"]) == (
        "leadstream_lead_id",
        "id",
    )


async def test_what_is_not_the_leads_fault_is_no_rejection(bench: Bench) -> None:
    await bench.connect("salesforce")
    broken = {"status": 503, "body": [{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]}
    await bench.sandbox.control.script("salesforce", "upsert", *[broken] * 3)

    await bench.upload(an_upload())

    upload = await the_upload(bench)
    assert (upload["status"], upload["rejection"]) == ("failed", None)
    assert upload["error"] == "busy"


async def test_a_cold_lead_is_refused_and_stays_so(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(intent_score="cold"))
    upload = await the_upload(bench)

    answer = await resend(bench, upload, CORRECTION, status=409)

    assert (upload["rejection"]["code"], upload["rejection"]["ours"]) == ("cold", "intent_score")
    assert "cold" in answer["error"]["message"]
    assert bench.sandbox.ledger.crm_writes("salesforce").total() == 0


async def test_b37_a_corrected_row_is_one_record_and_one_bill(bench: Bench) -> None:
    upload = await reject(bench)

    resent = await resend(bench, upload, CORRECTION)
    waiting = await the_upload(bench)
    await bench.upload()

    assert resent == {
        "id": upload["id"],
        "status": "pending",
        "overrides": {"company_name": "Acme GmbH"},
    }
    assert (waiting["status"], waiting["rejection"], waiting["error"]) == ("pending", None, None)
    done = await the_upload(bench)
    assert (done["status"], done["rejection"]) == ("uploaded", None)
    assert done["overrides"] == {"company_name": "Acme GmbH"}
    assert (await lead_of(bench))["Company"] == "Acme GmbH"
    assert await bench.billed() == 1
    (event,) = await bench.uploaded()
    assert event["lead_id"] == upload["lead_id"]
    # What was tried before it was corrected is still in its history.
    outcomes = [each["outcome"] for each in await bench.replica.attempts(upload["id"])]
    assert outcomes == ["failed", "succeeded"]


async def test_an_accepted_lead_gets_the_field_that_was_left_out(bench: Bench) -> None:
    await bench.sandbox.control.options(
        "salesforce", restricted_picklists={"Industry": ["Banking"]}
    )
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    upload = await the_upload(bench)
    (left_out,) = upload["adjustments"]

    resent = await resend(bench, upload, {"overrides": {left_out["ours"]: "Banking"}})
    await bench.upload()

    assert (left_out["field"], left_out["ours"]) == ("Industry", "industry")
    assert resent["status"] == "uploaded"
    done = await the_upload(bench)
    assert (done["status"], done["adjustments"]) == ("uploaded", [])
    assert (await lead_of(bench))["Industry"] == "Banking"
    assert await bench.billed() == 1


async def test_an_accepted_lead_whose_correction_is_refused_stays_accepted(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    upload = await the_upload(bench)
    await bench.sandbox.control.options("salesforce", rules=[RULE])

    await resend(bench, upload, CORRECTION)
    await bench.upload()

    done = await the_upload(bench)
    assert done["status"] == "uploaded"
    assert done["rejection"]["ours"] == "company_name"
    assert await bench.billed() == 1
    assert len(await leads_of(bench)) == 1


async def test_what_was_corrected_in_a_record_there_is_changes_it(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload())
    upload = await the_upload(bench)

    await resend(bench, upload, {"overrides": {"location": {"city": "Bonn"}, "employee_count": 7}})
    await bench.upload()

    company = await record_of(bench, "companies")
    assert (company["city"], company["state"]) == ("Bonn", "CA")
    assert company["numberofemployees"] == "7"
    records = bench.sandbox.ledger.crm_records("hubspot").values()
    assert [len(each) for each in records] == [1] * len(records)


async def test_a_later_correction_adds_to_an_earlier_one(bench: Bench) -> None:
    upload = await reject(bench)
    await bench.sandbox.control.options("salesforce", rules=[RULE])

    await resend(bench, upload, CORRECTION)
    await bench.upload()
    await bench.sandbox.control.options("salesforce", rules=[])
    await resend(bench, upload, {"overrides": {"location": {"state": None}, "revenue": 5}})
    await bench.upload()

    lead = await lead_of(bench)
    assert (lead["Company"], lead["AnnualRevenue"]) == ("Acme GmbH", 5)
    assert "State" not in lead
    assert (await the_upload(bench))["overrides"] == {
        "company_name": "Acme GmbH",
        "location": {"state": None},
        "revenue": 5,
    }


async def test_a_retry_keeps_the_correction_and_a_newer_revision_comes_without(
    bench: Bench,
) -> None:
    upload = await reject(bench)
    await bench.sandbox.control.options("salesforce", rules=[RULE])
    await resend(bench, upload, CORRECTION)
    await bench.upload()
    await bench.sandbox.control.options("salesforce", rules=[])

    await bench.post(f"/jobs/{upload['id']}/retry", status=202)
    await bench.upload()
    kept = (await lead_of(bench))["Company"]
    await bench.upload(an_upload(revision=2))

    assert kept == "Acme GmbH"
    assert (await lead_of(bench))["Company"] == "Acme Corp"
    newest, _ = await bench.items("/uploads")
    assert (newest["revision"], newest["overrides"]) == (2, {})


async def test_an_older_revision_is_not_sent_after_a_newer(bench: Bench) -> None:
    upload = await reject(bench)
    await bench.take(an_upload(revision=2))

    answer = await resend(bench, upload, CORRECTION, status=409)

    assert "revision 2" in answer["error"]["message"]


async def test_the_webhook_gets_a_correction_as_another_message(bench: Bench) -> None:
    hook = "general-platform"
    await bench.sandbox.control.hook_secrets(hook, SECRET)
    await bench.connect("webhook", platform=hook)
    await bench.sandbox.control.script("hooks", None, {"status": 422})
    await bench.upload(an_upload(industry="Farming"))
    upload = await the_upload(bench)

    await resend(bench, upload, CORRECTION)
    await bench.upload()

    assert upload["rejection"]["code"] == "http_422"
    first, second = bench.sandbox.ledger.entries(provider="hooks")
    assert first.body["data"]["id"] == second.body["data"]["id"]
    assert second.body["data"]["company_name"] == "Acme GmbH"
    # A receiver that keeps ids would take it for the one that it has refused.
    assert all(len(bodies) == 1 for bodies in bench.sandbox.ledger.webhook_bodies().values())
    assert second["signature"] == "valid"
    assert await bench.billed() == 1


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"company": "x"}, "overrides.company"),
        ({"id": str(UUID(int=1))}, "overrides.id"),
        ({"intent_score": "hot"}, "overrides.intent_score"),
        ({"employee_count": "many"}, "overrides.employee_count"),
        ({"employee_count": -1}, "overrides.employee_count"),
        ({"company_name": None}, "overrides.company_name"),
        ({"company_name": "x" * 501}, "overrides.company_name"),
        ({"location": "Bonn"}, "overrides.location"),
        ({"location": {"town": "Bonn"}}, "overrides.location.town"),
        ({"contacts": [{"name": "Ada"}]}, "overrides.contacts.0.name"),
        ({"contacts": {"0": {}}}, "overrides.contacts"),
        ({"contacts": [{"email": 7}]}, "overrides.contacts.0.email"),
        ({"primary_contact": {"email": ["x"]}}, "overrides.primary_contact.email"),
        ({"domain": "a\0b"}, "overrides.domain"),
        ({}, "overrides"),
    ],
    ids=str,
)
async def test_what_the_upload_format_has_no_place_for_is_named(
    bench: Bench, overrides: dict[str, Any], field: str
) -> None:
    upload = await reject(bench)

    assert await field_of(bench, upload, overrides) == field

    assert await the_upload(bench) == upload
    assert {job["state"] for job in await bench.replica.jobs()} == {"failed"}


async def test_only_what_has_ended_goes_out_again(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.take(an_upload())
    upload = await the_upload(bench)

    pending = await resend(bench, upload, CORRECTION, status=409)
    unknown = await resend(bench, {"id": uuid4()}, CORRECTION, status=404)

    assert "has not ended" in pending["error"]["message"]
    assert unknown["error"]["code"] == "not_found"


async def test_what_is_closed_at_the_platform_stays_so(bench: Bench) -> None:
    await bench.connect("salesforce")
    converted = {"statusCode": "CANNOT_UPDATE_CONVERTED_LEAD", "message": "converted", "fields": []}
    row = {"success": False, "errors": [converted]}
    await bench.sandbox.control.script("salesforce", "upsert", {"status": 200, "body": [row]})
    await bench.upload(an_upload())

    await resend(bench, await the_upload(bench), CORRECTION, status=409)

    assert (await the_upload(bench))["status"] == "closed"


async def test_what_is_not_kept_any_longer_is_said(bench: Bench) -> None:
    upload = await reject(bench)
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    answer = await resend(bench, upload, CORRECTION, status=409)

    assert "kept" in answer["error"]["message"]
    assert await the_upload(bench) == upload


async def test_resent_by_two_at_once_it_goes_out_once(bench: Bench) -> None:
    upload = await reject(bench)

    async with bench.replica.http() as http:
        answers = await asyncio.gather(
            *(http.post(f"/uploads/{upload['id']}/resend", json=CORRECTION) for _ in range(5))
        )
    await work(bench.replica)

    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409, 409]
    assert len(await bench.replica.jobs()) == 1
    outcomes = [each["outcome"] for each in await bench.replica.attempts(upload["id"])]
    assert outcomes == ["failed", "succeeded"]
    assert len(await bench.items("/audit", action="upload.resent")) == 1
    assert await bench.billed() == 1


async def test_the_audit_says_who_corrected_which_field_and_why(bench: Bench) -> None:
    upload = await reject(bench)
    ada = {"full_name": "Ada", "email": ADA}

    await resend(bench, upload, {"overrides": {"contacts": [ada]}, "reason": f"asked by {ADA}"})

    (row,) = await bench.items("/audit", action="upload.resent")
    assert row["target"] == f"upload:{upload['id']}"
    assert row["before"] == {"status": "failed"}
    assert row["after"] == {"status": "pending", "overrides": ["contacts"]}
    assert row["reason"].startswith("asked by ")
    assert ADA not in str(row)


async def test_another_workspaces_upload_is_not_there_and_a_viewer_may_not(bench: Bench) -> None:
    upload = await reject(bench)
    tokens = [
        _token("other", Role.OPERATOR, workspace=uuid4()),
        _token("viewer", Role.VIEWER),
    ]

    answers = []
    for each in tokens:
        async with bench.replica.http(tokens=tokens, token=each.name) as http:
            answers += [
                (await http.post(path, json=body)).status_code
                for path, body in (
                    (f"/uploads/{upload['id']}/resend", CORRECTION),
                    (f"/connections/{id_of()}/preview", {"lead_ids": [upload["lead_id"]]}),
                )
            ]

    assert answers == [404, 404, 403, 403]


def _token(name: str, role: Role, *, workspace: UUID | None = None) -> AdminToken:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role, workspace=workspace)


async def test_an_erasure_finds_the_person_in_what_was_corrected(bench: Bench) -> None:
    upload = await reject(bench)
    await bench.sandbox.control.options("salesforce", rules=[RULE])
    ada = {"full_name": "Ada", "email": "Ada@acme.com", "title": "CTO"}
    bob = {"full_name": "Bob", "email": "bob@acme.com"}
    overrides = {"contacts": [ada, bob], "primary_contact": ada}
    await resend(bench, upload, {"overrides": overrides})
    await bench.upload()

    erased = await bench.post("/erasures", {"email": ADA, "reason": "asked"})

    assert (erased["removed"]["jobs"], erased["removed"]["uploads"]) == (1, 1)
    assert await tables_with(bench.replica.database, ADA) == {}
    done = await the_upload(bench)
    assert [each["full_name"] for each in done["overrides"]["contacts"]] == ["Bob"]
    assert "Ada" not in str(done)
    # Nobody brings the person back by hand.
    answer = await resend(bench, upload, {"overrides": {"contacts": [ada]}}, status=422)
    assert answer["error"]["field"] == "overrides"


async def test_an_erasure_finds_a_name_that_was_corrected_without_its_address(
    bench: Bench,
) -> None:
    upload = await reject(bench)
    parts = {"full_name": "Johanna Q. Public"}
    await resend(bench, upload, {"overrides": {"primary_contact": parts}})
    corrected = (await the_upload(bench))["overrides"]

    await bench.post("/erasures", {"email": "john@acme.com", "reason": "asked"})

    assert corrected == {"primary_contact": {**parts, "email": "john@acme.com"}}
    assert (await the_upload(bench))["overrides"] == {}
    assert await tables_with(bench.replica.database, "Johanna") == {}


async def test_a_rejection_that_names_an_erased_person_is_kept_without_the_name(
    bench: Bench,
) -> None:
    await reject(bench)
    await bench.replica.database.pool.execute(
        "UPDATE uploads SET rejection = rejection || jsonb_build_object('message', $1::text)",
        f"no to {ADA}",
    )

    await bench.post("/erasures", {"email": ADA, "reason": "asked"})

    rejection = (await the_upload(bench))["rejection"]
    assert (rejection["message"], rejection["field"]) == ("[erased]", "Company")


async def test_a_correction_goes_when_its_job_does(bench: Bench) -> None:
    upload = await reject(bench)
    await resend(bench, upload, CORRECTION)
    await bench.upload()
    database = bench.replica.database
    await database.pool.execute("UPDATE uploads SET created_at = now() - interval '40 days'")
    keeper = Keeper(database, bench.replica.parts.retention)

    await keeper.look()
    kept = (await the_upload(bench))["overrides"]
    await database.pool.execute("DELETE FROM jobs")
    await keeper.look()

    assert kept == CORRECTION["overrides"]
    assert (await the_upload(bench))["overrides"] == {}
    assert (await the_upload(bench))["status"] == "uploaded"
