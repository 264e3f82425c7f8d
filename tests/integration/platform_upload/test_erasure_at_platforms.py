"""An erasure goes on to the platforms that got the person, and the receipt says what has become of it there."""

import logging

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.erasing import (
    ADA,
    ADAS,
    BOBS,
    PEOPLE,
    companies,
    contacts,
    edit,
    entries,
    erase,
    going_on,
    leads,
    lose_an_erasure,
    receipt,
    take_back,
)
from integration.platform_upload.machine import Replica, work
from leadstream_dev.sandbox import Sandbox
from support.erased import entries as entries_of
from support.erased import hashed, search, teach
from support.keys import generate_key
from support.traces import tables_with
from support.waiting import eventually


async def test_at_hubspot_the_person_is_gone_and_the_company_stays(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))

    erased = await erase(bench)
    before = await receipt(bench, erased)
    await work(bench.replica)
    after = await receipt(bench, erased)

    assert erased["elsewhere"] == {"tech-platform (hubspot)": 1}
    assert [each["state"] for each in before["open"]] == ["ready"]
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    (company,) = await companies(bench)
    assert after["open"] == []
    (done,) = entries(after)
    assert (done["state"], done["records"], done["left"]) == ("done", [company["hs_object_id"]], [])
    assert await tables_with(bench.replica.database, ADA) == {}
    assert await tables_with(bench.replica.database, "lovelace") == {}


async def test_at_salesforce_the_lead_stays_without_the_person(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(1, **PEOPLE))

    erased = await erase(bench)
    await work(bench.replica)

    (lead,) = await leads(bench)
    assert lead["LastName"] == "[Unknown]"
    assert [lead[name] for name in ("FirstName", "Title", "Email", "Phone")] == [None] * 4
    assert lead["Company"].startswith("Acme")
    assert "bob@acme.com" in lead["Description"]
    (done,) = entries(await receipt(bench, erased))
    assert (done["state"], done["records"]) == ("done", [lead["Id"]])
    assert "field history" in done["left"][0]


async def test_at_salesforce_a_line_of_the_description_goes(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(1, contacts=[BOBS, ADAS], primary_contact=BOBS))
    (before,) = await leads(bench)

    erased = await erase(bench)
    await work(bench.replica)

    (lead,) = await leads(bench)
    assert ADA in before["Description"].lower()
    assert ADA not in lead["Description"].lower()
    assert "Other contacts" not in lead["Description"]
    assert lead["Description"].startswith("Intent: ")
    assert lead["Email"] == "bob@acme.com"
    (done,) = entries(await receipt(bench, erased))
    assert (done["records"], done["left"]) == ([lead["Id"]], [])


async def test_what_somebody_has_entered_stays_and_the_receipt_says_so(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(1, **PEOPLE))
    (lead,) = await leads(bench)
    await edit(bench, lead, {"Title": "Countess of Lovelace", "Phone": "+44 1"})

    erased = await erase(bench)
    await work(bench.replica)

    (after,) = await leads(bench)
    assert (after["LastName"], after["Email"], after["FirstName"]) == ("[Unknown]", None, None)
    assert (after["Title"], after["Phone"]) == ("Countess of Lovelace", "+44 1")
    (done,) = entries(await receipt(bench, erased))
    assert done["records"] == []
    assert f"Lead {lead['Id']}: somebody has entered Phone, Title" in done["left"][0]


async def test_a_converted_lead_is_somebodys_to_erase(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(1, **PEOPLE))
    (lead,) = await leads(bench)
    converted = {"converted": [lead["LeadStream_Lead_Id__c"]]}
    await bench.sandbox.control.options("salesforce", **converted)

    erased = await erase(bench)
    await work(bench.replica)

    (done,) = entries(await receipt(bench, erased))
    assert (done["state"], done["records"]) == ("done", [])
    assert "it was converted; erase the person in the Contact" in done["left"][0]
    assert await bench.statuses() == ["uploaded"]


async def test_a_receiver_of_webhooks_must_be_told(bench: Bench) -> None:
    await bench.connect("webhook")
    upload = an_upload(1, **PEOPLE)
    await bench.upload(upload)

    erased = await erase(bench)
    await work(bench.replica)

    (done,) = entries(await receipt(bench, erased))
    assert done["records"] == []
    (left,) = done["left"]
    assert left.startswith("webhook: tell the receiver at http://127.0.0.1")
    assert upload["lead_id"] in left


async def test_a_dry_run_says_what_would_be_and_touches_nothing(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    rows = "SELECT (SELECT count(*) FROM person_erasures) + (SELECT count(*) FROM erasure_receipts)"

    erased = await erase(bench, dry_run=True, receipt_id=None)
    await work(bench.replica)

    assert erased["elsewhere"] == {"tech-platform (hubspot)": 1}
    assert erased["removed"]["jobs"] == 1
    assert await bench.replica.database.pool.fetchval(rows) == 0
    assert len(await contacts(bench)) == 2
    assert bench.calls("hubspot", "gdpr_delete") == 0
    assert [job["kind"] for job in await bench.replica.jobs()] == ["upload-lead"]


async def test_twice_is_the_same_as_once(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    first = await erase(bench)
    await work(bench.replica)

    same = await erase(bench, receipt_id=first["receipt_id"])
    again = await erase(bench)
    await work(bench.replica)

    assert same == first
    assert again["known"] is True
    assert (again["elsewhere"], again["removed"]["jobs"]) == ({}, 0)
    assert bench.calls("hubspot", "gdpr_delete") == 1
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]


async def test_another_persons_erasure_has_no_part_in_a_receipt(bench: Bench) -> None:
    first = await erase(bench)

    await erase(bench, "bob@acme.com", receipt_id=first["receipt_id"], status=409)


@pytest.mark.parametrize("adapter", ["hubspot", "salesforce"])
async def test_a_worker_that_dies_after_the_platform_has_erased_does_no_harm(
    make_replica: MakeReplica, sandbox: Sandbox, adapter: str
) -> None:
    first, second = await make_replica(drain_timeout=0.1), await make_replica()
    bench = Bench(second, sandbox)
    await bench.connect(adapter)
    await bench.upload(an_upload(1, **PEOPLE))
    erased = await erase(bench)

    await lose_an_erasure(first)
    await take_back(second)

    (done,) = entries(await receipt(bench, erased))
    assert (done["state"], len(done["records"])) == ("done", 1)
    if adapter == "hubspot":
        assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
        assert bench.calls("hubspot", "gdpr_delete") == 2
    else:
        assert [lead["LastName"] for lead in await leads(bench)] == ["[Unknown]"]


async def test_a_connection_that_is_refused_is_open_and_goes_out_when_it_is_well(
    bench: Bench,
) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.sandbox.control.options("hubspot", revoked=[f"sandbox-{WORKSPACE}"])
    erased = await erase(bench)
    await work(bench.replica)
    held = await receipt(bench, erased)
    await bench.sandbox.control.options("hubspot", revoked=[])
    await bench.post(f"/connections/{id_of()}/test")
    await work(bench.replica)
    after = await receipt(bench, erased)

    (waiting,) = held["open"]
    assert (waiting["platform"], waiting["held_by"]) == ("tech-platform", ["credential_refused"])
    assert entries(held) == []
    assert await tables_with(bench.replica.database, ADA) == {}, "sealed while it waits"
    assert [each["state"] for each in entries(after)] == ["done"]
    assert after["entries"][0] == held["entries"][0], "what was written is never written again"


async def test_a_connection_that_is_gone_is_waited_for(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    async with bench.replica.http() as http:
        assert (await http.delete(f"/connections/{id_of()}")).status_code < 300

    erased = await erase(bench)
    await work(bench.replica)
    (waiting,) = (await receipt(bench, erased))["open"]
    await bench.connect()
    await work(bench.replica)

    assert waiting["held_by"] == ["connection_missing"]
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]


async def test_a_connection_that_leads_elsewhere_by_now_is_somebodys_to_erase(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.connect("webhook")

    erased = await erase(bench)
    await work(bench.replica)

    (done,) = entries(await receipt(bench, erased))
    assert "hubspot: the connection leads to webhook by now" in done["left"][0]


async def test_a_lead_that_nobody_has_sent_yet_is_at_no_platform(bench: Bench) -> None:
    """Its connection may never come: the receipt must not wait for it."""
    await bench.take(an_upload(1, **PEOPLE))

    erased = await erase(bench)

    assert (await receipt(bench, erased))["open"] == []
    assert entries(await receipt(bench, erased), "erased")[0]["elsewhere"] == []
    await bench.connect()
    await work(bench.replica)
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]


async def test_where_the_history_is_gone_digests_tell_who_went_out(bench: Bench) -> None:
    await bench.connect()
    await bench.connect("salesforce", platform="finance-platform")
    await bench.upload(
        an_upload(1, **PEOPLE), an_upload(2, **PEOPLE, industry="Finance", domain="two.com")
    )
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    erased = await erase(bench)
    await work(bench.replica)

    assert erased["elsewhere"] == {
        "finance-platform (salesforce)": 1,
        "tech-platform (hubspot)": 1,
    }
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    assert [lead["LastName"] for lead in await leads(bench)] == ["[Unknown]"]
    written = await bench.replica.database.pool.fetch("SELECT written FROM uploads")
    names = {name.rpartition(".")[2] for row in written for name in row["written"]}
    assert names.isdisjoint({"Email", "FirstName", "Title", "Phone"})


async def test_one_that_failed_can_be_run_again(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    refusing = {"status": 400, "body": {"status": "error", "category": "X", "message": f"no {ADA}"}}
    await bench.sandbox.control.script("hubspot", "gdpr_delete", refusing)
    erased = await erase(bench)
    await work(bench.replica)
    failed = await receipt(bench, erased)
    (job,) = await bench.replica.jobs(kind="erase-person")

    await bench.post(f"/jobs/{job['id']}/retry", status=202)
    await work(bench.replica)

    assert [(each["state"], each["error"]) for each in entries(failed)] == [("failed", "X")]
    assert [each["state"] for each in failed["open"]] == ["failed"]
    assert await tables_with(bench.replica.database, ADA) == {}
    after = await receipt(bench, erased)
    assert [each["state"] for each in entries(after)] == ["failed", "done"]
    assert after["open"] == []


async def test_a_token_that_may_not_erase_contacts_holds_no_uploads(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    refusing = {
        "status": 403,
        "body": {"status": "error", "category": "MISSING_SCOPES", "message": "no"},
    }
    await bench.sandbox.control.script("hubspot", "gdpr_delete", refusing)

    erased = await erase(bench)
    await work(bench.replica)

    (done,) = entries(await receipt(bench, erased))
    assert "Permanently delete" in done["left"][0]
    assert (await bench.items("/connections"))[0]["held_by"] in (None, [])


async def test_a_lead_under_way_is_waited_for(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    """Its worker has read the person already, and may bring them to the platform after we have been there."""
    slow, bench = await make_replica(), Bench(await make_replica(), sandbox)
    await bench.connect()
    await bench.take(an_upload(1, **PEOPLE))
    # The company's call hangs on until it is let go.
    await sandbox.control.behave("hubspot", "batch_upsert", latency={"seconds": 3})
    async with slow.working():
        await started(slow)
        erased = await erase(bench)
        await work(bench.replica)

    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    assert [each["state"] for each in entries(await receipt(bench, erased))] == ["done"]
    assert await tables_with(bench.replica.database, ADA) == {}


async def started(replica: Replica) -> None:
    async def running() -> bool:
        return bool(await replica.jobs(state="running"))

    await eventually(running, "nothing is under way", within=20)


async def test_a_new_key_seals_who_is_waited_for(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    old, new = generate_key("k1"), generate_key("k2")
    bench = Bench(await make_replica(encryption_keys=old), sandbox)
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.patch(f"/connections/{id_of()}", {"status": "paused"})
    await erase(bench)
    second = Bench(await make_replica(encryption_keys=f"{new},{old}"), sandbox)
    done = await second.post("/connections/rotate-keys")
    third = Bench(await make_replica(encryption_keys=new), sandbox)
    await third.patch(f"/connections/{id_of()}", {"status": "active"})
    await work(third.replica)

    assert done["unreadable"] == 0
    assert [each["email"] for each in await contacts(third)] == ["bob@acme.com"]


async def test_no_log_names_the_person(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await bench.connect()
    await bench.connect("salesforce", platform="finance-platform")
    await bench.upload(
        an_upload(1, **PEOPLE), an_upload(2, **PEOPLE, industry="Finance", domain="two.com")
    )
    caplog.clear()

    await erase(bench)
    await work(bench.replica)

    ours = [r for r in caplog.records if not r.name.startswith(("asyncio", "httpcore", "asyncpg"))]
    said = [f"{record.getMessage()} {vars(record)}".lower() for record in ours]
    assert said
    assert [each for each in said if ADA in each or "lovelace" in each] == []


async def test_after_a_restore_the_platforms_are_asked_again(bench: Bench) -> None:
    """The backup was made before the erasure; another service has told who it was."""
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    async with bench.replica.http() as http:
        await teach(http, hashed(ADA))
        found = await search(http)
    await going_on(bench.replica)
    await work(bench.replica)

    assert found["found"] == 1
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    assert await tables_with(bench.replica.database, ADA) == {}
    async with bench.replica.http() as http:
        said = [each["entry"] for each in await entries_of(http, found["id"])]
    assert sorted(said) == ["erased", "platform", "searched"]
