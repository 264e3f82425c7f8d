"""The Wealthbox adapter against an account that keeps nothing apart by itself."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import Replica, work
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from support.waiting import eventually
from unit.platform_upload.builders import JOHN

TOKEN = f"sandbox-{WORKSPACE}"
FINANCE = "finance-platform"
LEAD = an_upload()["lead_id"]
HTML = "<html><body><h1>Sorry</h1></body></html>"
JANE = {"full_name": "Jane Roe", "email": "jane@acme.com", "title": "CFO", "phone": "+1 555 0100"}


@pytest.fixture
async def wealthbox(bench: Bench) -> Bench:
    await bench.connect("wealthbox")
    return bench


class Advisor:
    """Somebody who works there, by its own API."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def makes(self, **fields: Any) -> dict[str, Any]:
        return await self._ask("POST", "/contacts", fields)

    async def edits(self, contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return await self._ask("PUT", f"/contacts/{contact['id']}", fields)

    async def deletes(self, contact: dict[str, Any]) -> None:
        await self._ask("DELETE", f"/contacts/{contact['id']}", None)

    async def _ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            answer = await http.request(
                method,
                f"{self.bench.sandbox.url}/wealthbox/v1{path}",
                json=body,
                headers={"ACCESS_TOKEN": TOKEN},
            )
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


@pytest.fixture
def advisor(bench: Bench) -> Advisor:
    return Advisor(bench)


async def contacts(bench: Bench, kind: str) -> list[dict[str, Any]]:
    state = await bench.sandbox.control.state("wealthbox")
    return [each for book in state.values() for each in book if each["type"] == kind]


async def organizations(bench: Bench) -> list[dict[str, Any]]:
    return await contacts(bench, "Organization")


async def organization(bench: Bench) -> dict[str, Any]:
    (found,) = await organizations(bench)
    return found


async def people(bench: Bench) -> list[dict[str, Any]]:
    return await contacts(bench, "Person")


def posted(bench: Bench, kind: str = "Organization") -> int:
    """Records that were asked for, whatever has become of it."""
    return bench.calls("wealthbox", "create", object=kind)


def revised(**changes: Any) -> dict[str, Any]:
    return an_upload(revision=2, **({"company_name": "Acme Incorporated"} | changes))


async def let_half_a_minute_pass(replica: Replica) -> None:
    """For what was asked for, and for the jobs that wait for it."""
    pool = replica.database.pool
    await pool.execute("UPDATE creations SET asked_at = asked_at - interval '31 seconds'")
    await pool.execute("UPDATE jobs SET run_at = now() WHERE state = 'ready'")


async def test_b31_a_lead_is_an_organization_and_its_person_a_contact(wealthbox: Bench) -> None:
    await wealthbox.upload(an_upload(contacts=[JOHN | {"phone": "+1 555 0100"}]))

    found = await organization(wealthbox)
    (event,) = await wealthbox.uploaded()
    assert (event["external_id"], event["outcome"]) == (str(found["id"]), "created")
    assert {name: found[name] for name in ("name", "contact_type", "contact_source")} == {
        "name": "Acme Corp",
        "contact_type": "Prospect",
        "contact_source": "Other",
    }
    assert found["external_unique_id"] == LEAD
    assert found["background_information"].startswith("Intent: hot")
    assert [site["address"] for site in found["websites"]] == ["https://acme.com"]
    assert [place["city"] for place in found["street_addresses"]] == ["San Francisco"]
    (john,) = await people(wealthbox)
    assert (john["name"], john["job_title"], john["company_name"]) == (
        "John Smith",
        "VP of Engineering",
        "Acme Corp",
    )
    assert john["external_unique_id"] == f"{LEAD}:john@acme.com"
    assert [each["address"] for each in john["phone_numbers"]] == ["+1 555 0100"]
    assert len(wealthbox.sandbox.ledger.entries(provider="wealthbox")) == 4


async def test_no_money_and_no_birth_goes_over_the_wire(wealthbox: Bench) -> None:
    private: dict[str, Any] = {
        "revenue": 987_654_321,
        "birth_date": "1971-02-03",
        "annual_income": 123_456,
    }
    contact = JOHN | private

    await wealthbox.upload(an_upload(**private, contacts=[contact], primary_contact=contact))
    await wealthbox.upload(an_upload(**private, contacts=[contact], revision=2))

    entries = wealthbox.sandbox.ledger.entries(provider="wealthbox")
    wire = "".join(f"{each['query']} {each.body}" for each in entries).casefold()
    assert "acme corp" in wire
    assert [value for value in map(str, private.values()) if value in wire] == []
    assert [word for word in ("revenue", "income", "birth") if word in wire] == []


@pytest.mark.parametrize("action", ["lose", "half"])
async def test_b34_a_lost_answer_makes_no_second_record(wealthbox: Bench, action: str) -> None:
    await wealthbox.sandbox.control.script("wealthbox", "create", {"action": action})

    await wealthbox.upload(an_upload())

    assert await wealthbox.statuses() == ["uploaded"]
    assert posted(wealthbox) == 1
    assert len(await people(wealthbox)) == 1
    assert await wealthbox.billed() == 1
    (event,) = await wealthbox.uploaded()
    assert event["external_id"] == str((await organization(wealthbox))["id"])


async def test_what_was_written_without_an_answer_is_still_brought_up_to_date(
    wealthbox: Bench,
) -> None:
    await wealthbox.sandbox.control.script("wealthbox", "create", {"action": "lose"})
    await wealthbox.upload(an_upload())

    await wealthbox.upload(revised())

    assert (await organization(wealthbox))["name"] == "Acme Incorporated"


async def test_b34_a_record_that_shows_late_is_waited_for_and_is_ours(wealthbox: Bench) -> None:
    control = wealthbox.sandbox.control
    await control.options("wealthbox", visible_after=1000)
    await control.script("wealthbox", "create", {"action": "lose"})

    await wealthbox.upload(an_upload())
    waiting = await wealthbox.statuses()
    asked = posted(wealthbox)
    await control.settings(clock_offset=1001)
    await let_half_a_minute_pass(wealthbox.replica)
    await work(wealthbox.replica)

    assert (waiting, asked) == (["pending"], 1)
    assert await wealthbox.statuses() == ["uploaded"]
    assert posted(wealthbox) == 1
    assert await wealthbox.billed() == 1


async def test_a_record_that_was_never_made_is_asked_for_again_after_half_a_minute(
    wealthbox: Bench,
) -> None:
    await wealthbox.sandbox.control.script("wealthbox", "create", {"action": "drop"})

    await wealthbox.upload(an_upload())
    (job,) = await wealthbox.replica.jobs()
    asked = posted(wealthbox)
    await let_half_a_minute_pass(wealthbox.replica)
    await work(wealthbox.replica)

    wait = job["run_at"] - job["created_at"]
    assert (asked, job["state"]) == (1, "ready")
    assert timedelta(seconds=20) < wait
    assert posted(wealthbox) == 2
    assert await wealthbox.statuses() == ["uploaded"]
    await organization(wealthbox)


async def test_a_worker_that_died_while_it_asked_is_waited_for_too(wealthbox: Bench) -> None:
    """All that it has left behind is the note that it was about to ask."""
    await wealthbox.sandbox.control.script("wealthbox", "create", {"action": "drop"})
    await wealthbox.upload(an_upload())
    pool = wealthbox.replica.database.pool
    await pool.execute("UPDATE jobs SET attempts = 0, run_at = now() WHERE state = 'ready'")

    await work(wealthbox.replica)

    assert posted(wealthbox) == 1
    assert await wealthbox.statuses() == ["pending"]


async def test_a_record_that_the_search_does_not_show_yet_is_updated_by_its_own_id(
    wealthbox: Bench,
) -> None:
    await wealthbox.sandbox.control.options("wealthbox", visible_after=1000)
    await wealthbox.upload(an_upload())

    await wealthbox.upload(revised())

    found = await organization(wealthbox)
    assert found["name"] == "Acme Incorporated"
    assert len(await people(wealthbox)) == 1
    assert await wealthbox.statuses() == ["uploaded"] * 2


async def test_what_somebody_has_deleted_is_made_anew(wealthbox: Bench, advisor: Advisor) -> None:
    await wealthbox.upload(an_upload())
    await advisor.deletes(await organization(wealthbox))

    await wealthbox.upload(revised())

    assert (await organization(wealthbox))["name"] == "Acme Incorporated"
    assert len(await people(wealthbox)) == 1


async def test_in_another_account_what_was_made_in_the_first_is_not_ours(wealthbox: Bench) -> None:
    """It has contacts of the same numbers, which are somebody else's."""
    await wealthbox.upload(an_upload())
    async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
        for _ in range(3):
            await http.post(
                f"{wealthbox.sandbox.url}/wealthbox/v1/contacts",
                json={"type": "Organization", "name": "Somebody else"},
                headers={"ACCESS_TOKEN": "sandbox-2"},
            )
    await wealthbox.post(
        f"/connections/{id_of()}/rotate", {"credentials": {"access_token": "sandbox-2"}}
    )

    await wealthbox.upload(revised())

    names = [each["name"] for each in await organizations(wealthbox)]
    assert sorted(names) == ["Acme Corp", "Acme Incorporated", *["Somebody else"] * 3]
    assert len(await people(wealthbox)) == 2


@pytest.mark.parametrize("late", [0, 1000])
async def test_two_workers_at_the_same_time_make_one_record(
    make_replica: MakeReplica, sandbox: Sandbox, late: int
) -> None:
    one, other = await make_replica(), await make_replica()
    bench = Bench(one, sandbox)
    await bench.connect("wealthbox")
    await sandbox.control.options("wealthbox", visible_after=late)
    await sandbox.control.behave("wealthbox", latency={"seconds": 0.3})

    await bench.take(an_upload(intent_score="hot"), revised(intent_score="warm"))
    await work(one, other)

    assert await bench.statuses() == ["uploaded"] * 2
    assert posted(bench) == 1
    assert (await organization(bench))["name"] == "Acme Incorporated"
    assert len(await people(bench)) == 1
    assert await bench.billed() == 1


async def test_two_hits_are_a_persons_to_resolve(wealthbox: Bench, advisor: Advisor) -> None:
    ours = {"type": "Organization", "external_unique_id": LEAD}
    first = await advisor.makes(**ours, name="Acme")
    second = await advisor.makes(**ours, name="Acme Corp.")

    await wealthbox.upload(an_upload())

    (row,) = await wealthbox.items("/uploads")
    assert (row["status"], row["attempts"]) == ("failed", 1)
    assert f"{first['id']}, {second['id']}" in row["error"]
    (failed,) = await wealthbox.replica.events("lead.failed")
    assert failed["error"]["class"] == "resolve_manual"
    assert posted(wealthbox) == 2
    assert wealthbox.calls("wealthbox", "change") == 0
    assert await wealthbox.billed() == 0


async def test_b53_what_an_advisor_entered_stays(wealthbox: Bench, advisor: Advisor) -> None:
    await wealthbox.upload(an_upload())
    before = await organization(wealthbox)
    (site,) = before["websites"]
    await advisor.edits(
        before,
        name="ACME (our friends)",
        contact_type="Client",
        tags=["VIP", "LeadStream"],
        websites=[{"id": site["id"], "address": "https://friends.acme.com"}],
        phone_numbers=[{"address": "+1 555 0199", "kind": "Work", "principal": True}],
    )

    await wealthbox.upload(revised(location={"city": "Austin", "state": "TX"}, domain="acme.io"))

    after = await organization(wealthbox)
    assert (after["name"], after["contact_type"]) == ("ACME (our friends)", "Client")
    assert [tag["name"] for tag in after["tags"]] == ["VIP", "LeadStream"]
    assert [each["address"] for each in after["websites"]] == ["https://friends.acme.com"]
    assert [each["address"] for each in after["phone_numbers"]] == ["+1 555 0199"]
    # What is still as we wrote it is brought up to date in its place.
    (place,) = after["street_addresses"]
    assert (place["id"], place["city"]) == (before["street_addresses"][0]["id"], "Austin")


async def test_b53_overwriting_takes_the_items_that_are_there(
    bench: Bench, advisor: Advisor
) -> None:
    await bench.connect("wealthbox", settings={"on_update": "overwrite"})
    await bench.upload(an_upload())
    before = await organization(bench)
    (site,) = before["websites"]
    await advisor.edits(
        before,
        name="ACME (our friends)",
        tags=["VIP"],
        websites=[{"id": site["id"], "address": "https://friends.acme.com"}],
    )

    await bench.upload(revised(domain="acme.io"))

    after = await organization(bench)
    assert after["name"] == "Acme Incorporated"
    assert [tag["name"] for tag in after["tags"]] == ["VIP"]
    (site_after,) = after["websites"]
    assert (site_after["id"], site_after["address"]) == (site["id"], "https://acme.io")


async def test_the_same_again_changes_nothing(wealthbox: Bench) -> None:
    await wealthbox.upload(an_upload())
    before = await wealthbox.sandbox.control.state("wealthbox")

    await wealthbox.upload(an_upload(revision=2))

    assert wealthbox.calls("wealthbox", "change") == 0
    assert await wealthbox.sandbox.control.state("wealthbox") == before
    assert await wealthbox.statuses() == ["uploaded"] * 2


async def test_a_person_whose_address_was_changed_there_is_not_made_twice(
    wealthbox: Bench, advisor: Advisor
) -> None:
    await wealthbox.upload(an_upload())
    (john,) = await people(wealthbox)
    (item,) = john["email_addresses"]
    await advisor.edits(
        john, email_addresses=[{"id": item["id"], "address": "john@private.example"}]
    )

    await wealthbox.upload(revised(contacts=[JOHN | {"title": "CTO"}, JANE]))

    by_name = {each["name"]: each for each in await people(wealthbox)}
    assert sorted(by_name) == ["Jane Roe", "John Smith"]
    assert [e["address"] for e in by_name["John Smith"]["email_addresses"]] == [
        "john@private.example"
    ]


async def test_a_person_of_two_leads_is_one(wealthbox: Bench) -> None:
    same: dict[str, Any] = {"contacts": [JANE], "primary_contact": None}

    await wealthbox.upload(an_upload(1, **same), an_upload(2, **same))

    assert await wealthbox.statuses() == ["uploaded"] * 2
    assert len(await people(wealthbox)) == 1


async def test_a_person_that_an_advisor_knows_already_stays_as_it_is(
    wealthbox: Bench, advisor: Advisor
) -> None:
    theirs = await advisor.makes(
        type="Person", last_name="Smith", email_addresses=[{"address": "John@ACME.com"}]
    )

    await wealthbox.upload(an_upload())

    assert await people(wealthbox) == [theirs]
    assert await wealthbox.statuses() == ["uploaded"]


async def test_two_contacts_of_one_person_are_said_and_cost_no_lead(
    wealthbox: Bench, advisor: Advisor
) -> None:
    ours = {"type": "Person", "external_unique_id": f"{LEAD}:john@acme.com", "last_name": "Smith"}
    ids = [(await advisor.makes(**ours))["id"] for _ in range(2)]
    await advisor.makes(type="Organization", external_unique_id=LEAD, name="Acme")

    await wealthbox.upload(an_upload())

    (row,) = await wealthbox.items("/uploads")
    assert row["status"] == "uploaded"
    assert f"{ids[0]}, {ids[1]}" in row["error"]
    assert len(await people(wealthbox)) == 2


@pytest.mark.parametrize(
    "away", [{"status": 503}, {"status": 502, "body": HTML}, {"action": "half"}]
)
async def test_people_that_could_not_be_written_are_written_later(
    wealthbox: Bench, away: dict[str, Any]
) -> None:
    control = wealthbox.sandbox.control
    await control.script("wealthbox", "create", away, match={"object": "Person"})

    await wealthbox.upload(an_upload(contacts=[JOHN, JANE]))
    await let_half_a_minute_pass(wealthbox.replica)
    await work(wealthbox.replica)

    assert await wealthbox.statuses() == ["uploaded"]
    assert await wealthbox.billed() == 1
    assert {each["name"] for each in await people(wealthbox)} == {"John Smith", "Jane Roe"}
    assert len(await people(wealthbox)) == 2
    assert posted(wealthbox) == 1
    (row,) = await wealthbox.items("/uploads")
    assert row["error"] is None


async def test_people_that_are_refused_cost_no_lead_and_no_other(wealthbox: Bench) -> None:
    rule = {"field": "last_name", "value": "Smith", "message": "is not wanted"}
    await wealthbox.sandbox.control.options("wealthbox", rules=[rule])

    await wealthbox.upload(an_upload(contacts=[JOHN, JANE]))

    (row,) = await wealthbox.items("/uploads")
    assert row["status"] == "uploaded"
    assert "refused 1" in row["error"]
    assert [each["name"] for each in await people(wealthbox)] == ["Jane Roe"]


@pytest.mark.parametrize("style", ["text", "fields", "list"])
async def test_b54_a_field_that_is_refused_is_left_out_and_said(
    wealthbox: Bench, style: str
) -> None:
    rule = {"field": "street_addresses.state", "value": "CA", "message": "is not in the list"}
    await wealthbox.sandbox.control.options("wealthbox", rules=[rule], errors=style)

    await wealthbox.upload(an_upload())

    (row,) = await wealthbox.items("/uploads")
    said = [(each["field"], each["action"]) for each in row["adjustments"]]
    assert (row["status"], row["attempts"], said) == ("uploaded", 1, [("state", "left_out")])
    (place,) = (await organization(wealthbox))["street_addresses"]
    assert (place["city"], place.get("state")) == ("San Francisco", None)


async def test_b54_a_value_that_is_not_named_leaves_what_there_must_be(wealthbox: Bench) -> None:
    rule = {"field": "websites.address", "message": "no", "named": False}
    await wealthbox.sandbox.control.options("wealthbox", rules=[rule])

    await wealthbox.upload(an_upload())

    found = await organization(wealthbox)
    assert (found["name"], found["websites"], found["tags"]) == ("Acme Corp", [], [])
    assert await wealthbox.statuses() == ["uploaded"]


async def test_a_name_that_is_refused_fails_the_lead_after_one_attempt(wealthbox: Bench) -> None:
    rule = {"field": "name", "value": "Acme Corp", "message": "is reserved"}
    await wealthbox.sandbox.control.options("wealthbox", rules=[rule])

    await wealthbox.upload(an_upload(1), an_upload(2, company_name="Other"))

    assert await wealthbox.statuses() == ["failed", "uploaded"]
    (failed,) = await wealthbox.items("/uploads", status="failed")
    assert (failed["attempts"], "reserved" in failed["error"]) == (1, True)


async def test_oversize_is_cut_or_left_out_and_costs_no_lead(wealthbox: Bench) -> None:
    await wealthbox.upload(
        an_upload(
            company_name="Acme " * 99,
            domain=f"{'x' * 300}.com",
            location={"city": "y" * 499},
            contacts=[JOHN | {"title": "z" * 499}],
            primary_contact=None,
        )
    )

    (row,) = await wealthbox.items("/uploads")
    fields = {(each["field"], each["action"]) for each in row["adjustments"]}
    assert row["status"] == "uploaded"
    assert fields == {
        ("name", "mended"),
        ("website", "left_out"),
        ("city", "mended"),
        ("job_title", "mended"),
        ("company_name", "mended"),
    }


HOSTILE = [
    "<script>alert('x')</script>",
    "'; DROP TABLE contacts; --",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "مرحبا \u202e reversed",
    '{"error": "Name is invalid"}',
    "田中さん & Söhne 🏦",
    "Name is invalid",
    "%00 %s ${jndi:ldap://x}",
]


async def test_hostile_text_arrives_as_it_is(wealthbox: Bench) -> None:
    events = [
        an_upload(
            number,
            company_name=text,
            contacts=[{"full_name": f"Ann {text}", "email": f"a+b&c=d{number}@x.example"}],
            primary_contact=None,
            location={"city": text},
        )
        for number, text in enumerate(HOSTILE[:5])
    ]

    await wealthbox.upload(*events)
    await wealthbox.upload(*[event | {"revision": 2} for event in events])

    assert await wealthbox.statuses() == ["uploaded"] * 10
    assert {each["name"] for each in await organizations(wealthbox)} == set(HOSTILE[:5])
    assert len(await people(wealthbox)) == 5
    assert wealthbox.calls("wealthbox", "change") == 0


@pytest.mark.parametrize("text", HOSTILE[5:])
async def test_hostile_text_in_a_refusal_is_no_refusal(wealthbox: Bench, text: str) -> None:
    """The refusal repeats the value, which speaks of another field."""
    rule = {"field": "street_addresses.city", "message": f"can't be {text}"}
    await wealthbox.sandbox.control.options("wealthbox", rules=[rule])

    await wealthbox.upload(an_upload(location={"city": text, "country": "United States"}))

    assert await wealthbox.statuses() == ["uploaded"]
    assert (await organization(wealthbox))["name"] == "Acme Corp"


@pytest.mark.parametrize("announced", ["soon", "", "-"])
async def test_throttling_holds_the_connection_and_counts_no_attempt(
    wealthbox: Bench, announced: str
) -> None:
    limit = {"limit": 0, "window": 300, "retry_after": announced}
    await wealthbox.sandbox.control.behave("wealthbox", rate_limit=limit)

    await wealthbox.upload(an_upload())

    (pause,) = await wealthbox.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "rate_limited")
    (job,) = await wealthbox.replica.jobs()
    (attempt,) = await wealthbox.replica.attempts(job["id"])
    assert (job["attempts"], attempt["outcome"], attempt["status_code"]) == (0, "held", 429)


async def test_what_the_pace_leaves_no_room_for_waits_and_fails_nobody(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    bench = Bench(await make_replica(upload_timeout=8), sandbox)
    await bench.connect("wealthbox")

    await bench.upload(*uploads(20))

    assert set(await bench.statuses()) == {"uploaded", "pending"}
    assert {job["attempts"] for job in await bench.replica.jobs(state="ready")} == {0}
    assert sandbox.ledger.entries(provider="wealthbox", status=429) == []
    assert len(sandbox.ledger.entries(provider="wealthbox")) < 60


async def test_a_token_that_is_refused_holds_the_connection(bench: Bench) -> None:
    await bench.connect("wealthbox", credentials={"access_token": "no-such-token"})

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["credential_refused"])
    assert "no-such-token" not in str([row, *await bench.items("/pauses")])
    (job,) = await bench.replica.jobs()
    assert job["attempts"] == 0


async def test_a_connection_is_tried_out_without_writing(bench: Bench) -> None:
    await bench.connect("wealthbox")
    good = await bench.post(f"/connections/{id_of()}/test")
    await bench.sandbox.control.revoke("wealthbox", TOKEN)
    bad = await bench.post(f"/connections/{id_of()}/test")

    assert (good["ok"], bad["ok"], bad["verdict"]) == (True, False, "credential")
    assert TOKEN not in str([good, bad])
    assert bench.calls("wealthbox", "me") == 2
    assert posted(bench) == 0


@pytest.mark.parametrize("operation", ["find", "create"])
@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_a_proxys_page_costs_no_lead(wealthbox: Bench, operation: str, status: int) -> None:
    page = {"status": status, "body": HTML}
    await wealthbox.sandbox.control.script("wealthbox", operation, page)

    await wealthbox.upload(an_upload())
    await let_half_a_minute_pass(wealthbox.replica)
    await work(wealthbox.replica)

    assert await wealthbox.statuses() == ["uploaded"]
    await organization(wealthbox)
    assert await wealthbox.items("/pauses") == []


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        {"meta": {"total_count": 0}},
        {"contacts": "none"},
        {"contacts": [], "meta": {"total_count": 1}},
        {"contacts": [{"name": "without an id"}]},
    ],
)
async def test_a_search_that_is_not_understood_is_not_taken_for_nothing_found(
    wealthbox: Bench, body: Any
) -> None:
    await wealthbox.upload(an_upload())
    await wealthbox.sandbox.control.script("wealthbox", "find", {"status": 200, "body": body})

    await wealthbox.upload(revised())

    assert (await organization(wealthbox))["name"] == "Acme Incorporated"
    assert await wealthbox.statuses() == ["uploaded"] * 2


async def test_what_the_search_lists_besides_is_not_taken_for_ours(
    wealthbox: Bench, advisor: Advisor
) -> None:
    other = await advisor.makes(type="Organization", name="Other", external_unique_id="else")
    answer = {"contacts": [other], "meta": {"total_pages": 1, "total_count": 1}}
    await wealthbox.sandbox.control.script("wealthbox", "find", {"status": 200, "body": answer})

    await wealthbox.upload(an_upload())

    assert {each["name"] for each in await organizations(wealthbox)} == {"Other", "Acme Corp"}


async def test_finance_goes_there_by_itself(bench: Bench) -> None:
    await bench.connect("wealthbox", platform=FINANCE)

    await bench.upload(*uploads(2, industry="Finance"))

    assert len(await organizations(bench)) == 2
    rows = await bench.items("/uploads")
    assert {(row["platform"], row["adapter"]) for row in rows} == {(FINANCE, "wealthbox")}


async def test_the_locks_are_given_back(wealthbox: Bench) -> None:
    await wealthbox.upload(*uploads(3))

    async def nothing_held() -> bool:
        query = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(await wealthbox.replica.database.pool.fetchval(query) == 0)

    await eventually(nothing_held, "a lock is held")
