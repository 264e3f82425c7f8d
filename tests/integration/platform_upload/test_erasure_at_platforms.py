"""An erasure goes on to the platforms that got the person, and the receipt says what has become of it there."""

import asyncio
import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import Replica, work
from leadstream.jobs.model import Job, Outcome
from leadstream_dev.sandbox import Sandbox
from support.erased import entries as entries_of
from support.erased import hashed, search, teach
from support.keys import generate_key
from support.traces import tables_with
from support.waiting import eventually

ADA = "ada@acme.com"
ADAS = {
    "full_name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "Ada@acme.com",
    "title": "Countess",
    "phone": "+44 20 7946 0018",
}
BOBS = {"full_name": "Bob Babbage", "email": "bob@acme.com", "title": "CTO"}
PEOPLE: dict[str, Any] = {"contacts": [ADAS, BOBS], "primary_contact": ADAS}


async def erase(
    bench: Bench, email: str = ADA, *, status: int = 200, **more: Any
) -> dict[str, Any]:
    asked = {"email": email, "reason": "asked", "receipt_id": str(uuid4()), **more}
    return await bench.post("/erasures", asked, status=status)


async def receipt(bench: Bench, erased: dict[str, Any]) -> dict[str, Any]:
    async with bench.replica.http() as http:
        answer = await http.get(f"/erasure-receipts/{erased['receipt_id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def entries(found: dict[str, Any], kind: str = "platform") -> list[dict[str, Any]]:
    documents = [orjson.loads(each["content"]) for each in found["entries"]]
    return [document for document in documents if document["entry"] == kind]


async def companies(bench: Bench) -> list[dict[str, Any]]:
    return await _records(bench, "companies")


async def contacts(bench: Bench) -> list[dict[str, Any]]:
    return await _records(bench, "contacts")


async def _records(bench: Bench, kind: str) -> list[dict[str, Any]]:
    portals = (await bench.sandbox.control.state("hubspot")).values()
    return [record["properties"] for portal in portals for record in portal["records"][kind]]


async def leads(bench: Bench) -> list[dict[str, Any]]:
    orgs = (await bench.sandbox.control.state("salesforce")).values()
    return [lead for org in orgs for lead in org]


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


async def edit(bench: Bench, lead: dict[str, Any], fields: dict[str, Any]) -> None:
    """As somebody at the customer's would."""
    base = f"{bench.sandbox.url}/salesforce/services"
    async with httpx.AsyncClient() as http:
        form = {
            "grant_type": "client_credentials",
            "client_id": f"sandbox-{WORKSPACE}",
            "client_secret": "sandbox-secret",
        }
        token = (await http.post(f"{base}/oauth2/token", data=form)).json()["access_token"]
        answer = await http.patch(
            f"{base}/data/v67.0/sobjects/Lead/LeadStream_Lead_Id__c/{lead['LeadStream_Lead_Id__c']}",
            json=fields,
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 200, answer.text


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
    answered = never_tell(first)

    async with first.working():
        await asyncio.wait_for(answered.wait(), 30)
    lease = second.settings.job_lease
    await second.database.pool.execute(
        "UPDATE jobs SET leased_until = leased_until - $1::interval", lease
    )
    await second.janitor().reclaim()
    await work(second)

    (done,) = entries(await receipt(bench, erased))
    assert (done["state"], len(done["records"])) == ("done", 1)
    if adapter == "hubspot":
        assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
        assert bench.calls("hubspot", "gdpr_delete") == 2
    else:
        assert [lead["LastName"] for lead in await leads(bench)] == ["[Unknown]"]


def never_tell(replica: Replica) -> asyncio.Event:
    """Let the replica's attempts reach the platform and never come back; the event says that one has."""
    (kind,) = [kind for kind in replica.parts.kinds if kind.name == "erase-person"]
    attempt, answered = kind.handler, asyncio.Event()
    assert attempt

    async def and_vanish(job: Job) -> Outcome:
        await attempt(job)
        answered.set()
        await asyncio.Event().wait()
        raise AssertionError

    replica.parts = replace(replica.parts, kinds=[replace(kind, handler=and_vanish)])
    return answered


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


async def going_on(replica: Replica) -> None:
    """Let the service's loops finish what was begun."""
    stop = asyncio.Event()
    loops = [asyncio.ensure_future(loop(stop)) for loop in replica.parts.loops]

    async def done() -> bool:
        query = "SELECT count(*) FROM erasures WHERE finished_at IS NULL"
        return not await replica.database.pool.fetchval(query)

    await eventually(done, "an erasure is not finished", within=20)
    stop.set()
    await asyncio.gather(*loops)
