"""The Marketo adapter against an instance that refuses what Marketo refuses."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from support.vectors import vectors
from unit.platform_upload.builders import SIGNALS

CLIENT = f"sandbox-{WORKSPACE}"
KEY = "leadstreamLeadId"
NOBODY: dict[str, Any] = {"contacts": [], "primary_contact": None}


@pytest.fixture
async def marketo(bench: Bench) -> Bench:
    await bench.connect("marketo")
    return bench


@pytest.fixture
async def keyed(bench: Bench) -> Bench:
    """A connection whose leads are known by a field of their own."""
    await bench.sandbox.control.options("marketo", dedupe_fields=[KEY])
    await bench.connect("marketo", settings=settings(bench, lookup_field=KEY))
    return bench


def settings(bench: Bench, **more: str) -> dict[str, Any]:
    return {**bench.body("marketo")["settings"], **more}


def somebody(number: int = 0, **changes: Any) -> dict[str, Any]:
    person = {"full_name": "John Smith", "email": f"john@acme{number}.com", "title": "CEO"}
    return {"contacts": [person | changes], "primary_contact": None}


async def leads(bench: Bench) -> list[dict[str, Any]]:
    state = await bench.sandbox.control.state("marketo")
    found: list[dict[str, Any]] = state.get(CLIENT, [])
    return found


async def edit(bench: Bench, **fields: Any) -> None:
    """As marketing does: not through our connection, in the only lead there is."""
    (lead,) = await leads(bench)
    url = f"{bench.sandbox.url}/marketo"
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": "sandbox"}
    async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
        token = (await http.post(f"{url}/identity/oauth/token", data=form)).json()["access_token"]
        answer = await http.post(
            f"{url}/rest/v1/leads.json",
            json={
                "action": "updateOnly",
                "lookupField": "id",
                "input": [{"id": lead["id"], **fields}],
            },
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.json()["result"][0]["status"] == "updated", answer.text


def refusal(code: int, message: str = "no") -> dict[str, Any]:
    """A step of a script."""
    errors = [{"code": str(code), "message": message}]
    return {"status": 200, "body": {"requestId": "x", "success": False, "errors": errors}}


async def test_b31_a_lead_is_its_primary_contact(marketo: Bench) -> None:
    await marketo.upload(an_upload())

    (lead,) = await leads(marketo)
    assert str(lead.pop("id")) == (await marketo.uploaded())[0]["external_id"]
    assert lead == {
        "email": "john@acme.com",
        "firstName": "John",
        "lastName": "Smith",
        "title": "VP of Engineering",
        "company": "Acme Corp",
        "website": "acme.com",
        "industry": "Technology",
        "numberOfEmployees": 250,
        "annualRevenue": 10_000_000,
        "city": "San Francisco",
        "state": "CA",
        "country": "United States",
        "leadSource": "LeadStream",
        "rating": "hot",
        "marketingSuspended": True,
    }


async def test_b32_700_leads_go_in_three_calls_on_one_token(marketo: Bench) -> None:
    await marketo.upload(*uploads(700))

    assert await marketo.statuses() == ["uploaded"] * 500
    assert len(await marketo.uploaded()) == 700
    counts = [marketo.calls("marketo", name) for name in ("token", "read", "sync")]
    assert counts == [1, 3, 3]


async def test_secrets_and_people_are_in_no_address(marketo: Bench) -> None:
    await marketo.upload(an_upload())

    entries = marketo.sandbox.ledger.entries(provider="marketo")
    assert {entry["query"] for entry in entries} == {"", "_method=GET"}
    assert all("client_secret" not in entry["query"] for entry in entries)


async def test_b33_records_are_read_one_by_one(marketo: Bench) -> None:
    """The field that there is no lead without is refused."""
    rule = {"field": "email", "value": "john@acme3.com", "code": 1003, "message": "Invalid data"}
    await marketo.sandbox.control.options("marketo", rules=[rule])

    await marketo.upload(*uploads(5))

    assert await marketo.statuses() == ["failed"] + ["uploaded"] * 4
    (failed,) = await marketo.replica.events("lead.failed")
    assert failed["error"]["class"] == "1003"


@pytest.mark.parametrize(
    "step", [refusal(609, "Invalid JSON"), {"status": 413, "body": ""}, refusal(701)]
)
async def test_b33_a_batch_refused_as_a_whole_is_halved(
    marketo: Bench, step: dict[str, Any]
) -> None:
    await marketo.sandbox.control.behave("marketo", "sync", contains="john@acme7.com", errors=step)

    await marketo.upload(*uploads(20))

    (failed,) = await marketo.items("/uploads", status="failed")
    assert failed["lead_id"] == uploads(20)[7]["lead_id"]
    assert await marketo.statuses(status="uploaded") == ["uploaded"] * 19


async def test_what_is_too_large_for_one_call_is_cut(marketo: Bench) -> None:
    """Each document takes some 10 kB, of which a lead in Marketo is a small part."""
    signals = [SIGNALS[0] | {"signal_type": f"{number} {'x' * 400}"} for number in range(20)]

    await marketo.upload(*uploads(250, intent_signals=signals))

    assert await marketo.statuses() == ["uploaded"] * 250
    assert len(await leads(marketo)) == 250
    assert {e.status for e in marketo.sandbox.ledger.entries(provider="marketo")} == {200}


async def test_only_records_that_failed_are_sent_again(marketo: Bench) -> None:
    busy = {"status": "skipped", "reasons": [{"code": "713", "message": "Transient Error"}]}
    made = [{"id": number, "status": "created"} for number in range(1, 4)]
    body = {"requestId": "x", "success": True, "result": [*made, busy]}
    await marketo.sandbox.control.script("marketo", "sync", {"status": 200, "body": body})

    await marketo.upload(*uploads(4))

    first, second = marketo.sandbox.ledger.entries(provider="marketo", operation="sync")
    assert (len(first.body["input"]), len(second.body["input"])) == (4, 1)
    assert await marketo.statuses() == ["uploaded"] * 4


@pytest.mark.parametrize("action", ["lose", "half"])
async def test_b34_a_lost_answer_makes_no_second_lead(marketo: Bench, action: str) -> None:
    await marketo.sandbox.control.script("marketo", "sync", {"action": action})

    await marketo.upload(*uploads(5))

    assert len(await leads(marketo)) == 5
    assert await marketo.statuses() == ["uploaded"] * 5
    assert await marketo.billed() == 5
    assert {event["outcome"] for event in await marketo.uploaded()} == {"updated"}


async def test_an_answer_for_fewer_leads_than_were_sent_is_none(marketo: Bench) -> None:
    body = {"requestId": "x", "success": True, "result": [{"id": 1, "status": "created"}]}
    await marketo.sandbox.control.script("marketo", "sync", {"status": 200, "body": body})

    await marketo.upload(*uploads(3))

    assert await marketo.statuses() == ["uploaded"] * 3
    assert len(await leads(marketo)) == 3


@pytest.mark.parametrize(
    "step",
    [
        *(refusal(code) for code in (604, 608, 611, 614, 699, 713, 719)),
        {"status": 200, "body": "<html><body>We are back soon</body></html>"},
        {"status": 502, "body": "<html><body>Bad Gateway</body></html>"},
        {"status": 200, "body": {"message": "hello"}},
        {"action": "drop"},
    ],
)
async def test_what_passes_is_tried_again(marketo: Bench, step: dict[str, Any]) -> None:
    await marketo.sandbox.control.script("marketo", "sync", step)

    await marketo.upload(*uploads(2))

    assert await marketo.statuses() == ["uploaded"] * 2
    assert await marketo.items("/pauses") == []
    assert len(await leads(marketo)) == 2


async def test_a_read_that_is_nobodys_answer_writes_nothing(marketo: Bench) -> None:
    """Taken for an empty answer, it would have people's own edits written over."""
    await marketo.upload(an_upload())
    await edit(marketo, company="Our friends")
    page = {"status": 200, "body": {"hello": "from another server"}}
    await marketo.sandbox.control.script("marketo", "read", page)

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    assert [lead["company"] for lead in await leads(marketo)] == ["Our friends"]
    assert await marketo.statuses() == ["uploaded"] * 2


async def test_an_expired_token_is_renewed_once_and_nobody_notices(marketo: Bench) -> None:
    await marketo.upload(an_upload(1, **somebody(1)))
    await marketo.sandbox.control.settings(clock_offset=3_601)

    await marketo.upload(an_upload(2, **somebody(2)))

    assert marketo.calls("marketo", "token") == 2
    assert {job["attempts"] for job in await marketo.replica.jobs()} == {1}
    assert await marketo.statuses() == ["uploaded"] * 2


async def test_a_token_that_is_refused_at_once_is_a_credential_that_does_not_work(
    marketo: Bench,
) -> None:
    await marketo.sandbox.control.behave("marketo", "sync", revoked=True)

    await marketo.upload(an_upload())

    (row,) = await marketo.items("/uploads")
    assert row["held_by"] == ["credential_refused"]
    assert marketo.calls("marketo", "token") == 2
    assert marketo.calls("marketo", "sync") == 2


async def test_a_token_about_to_end_is_waited_for(marketo: Bench) -> None:
    """The endpoint goes on giving it to everybody, while the API has ended it by its own clock."""
    await marketo.sandbox.control.options("marketo", token_seconds=30)
    await marketo.sandbox.control.behave("marketo", "sync", revoked=True)

    await marketo.upload(an_upload())

    (pause,) = await marketo.items("/pauses")
    assert pause["reason"] == "rate_limited"
    (job,) = await marketo.replica.jobs()
    assert job["attempts"] == 0


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"keys": ["nobody"]}, 401),
        ({"secrets": ["nothing"]}, 401),
        # Of the right client, whose user may do nothing.
        ({"may_write": False}, 200),
    ],
)
async def test_credentials_that_are_refused_hold_the_connection(
    marketo: Bench, options: dict[str, Any], status: int
) -> None:
    await marketo.sandbox.control.options("marketo", **options)

    await marketo.upload(an_upload())

    (row,) = await marketo.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["credential_refused"])
    (job,) = await marketo.replica.jobs()
    (attempt,) = await marketo.replica.attempts(job["id"])
    assert (attempt["outcome"], attempt["status_code"]) == ("held", status)


@pytest.mark.parametrize("code", [605, 610, 613, 616, 703, 1008, 1009, 1010, 1011, 1018])
async def test_a_fault_in_the_set_up_holds_the_connection_and_says_so(
    marketo: Bench, code: int
) -> None:
    await marketo.sandbox.control.behave(
        "marketo", "sync", errors=refusal(code, "ask your administrator")
    )

    await marketo.upload(an_upload())

    (row,) = await marketo.items("/uploads")
    assert row["held_by"] == ["misconfigured"]
    assert "ask your administrator" in row["error"]
    (pause,) = await marketo.items("/pauses")
    assert pause["until"] is not None


async def test_an_instance_with_partitions_takes_leads_with_one(bench: Bench) -> None:
    await bench.sandbox.control.options("marketo", partitions=["Default", "Europe"])
    await bench.connect("marketo", settings=settings(bench, partition="Europe"))

    await bench.upload(an_upload())

    assert await bench.statuses() == ["uploaded"]
    assert (await bench.post(f"/connections/{id_of()}/test"))["ok"]
    await bench.connect("marketo", settings=settings(bench, partition="Asia"))
    tested = await bench.post(f"/connections/{id_of()}/test")
    assert (tested["verdict"], tested["code"]) == ("configuration", "1008")


async def test_the_quota_holds_the_connection_until_midnight_central_time(marketo: Bench) -> None:
    await marketo.sandbox.control.options("marketo", daily_quota=1)

    await marketo.upload(an_upload())

    (pause,) = await marketo.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "quota_exhausted")
    ends = datetime.fromisoformat(pause["until"]).astimezone(ZoneInfo("America/Chicago"))
    assert (ends.hour, ends.minute) == (0, 1)
    assert ends - datetime.now(ends.tzinfo) < timedelta(hours=25, minutes=2)
    (job,) = await marketo.replica.jobs()
    assert job["attempts"] == 0


@pytest.mark.parametrize(("code", "longest"), [(606, 20), (615, 2)])
async def test_throttling_holds_the_connection_and_costs_no_attempt(
    marketo: Bench, code: int, longest: int
) -> None:
    await marketo.sandbox.control.behave("marketo", "sync", errors=refusal(code))

    await marketo.upload(an_upload())

    (row,) = await marketo.items("/uploads")
    assert row["held_by"] == ["rate_limited"]
    (pause,) = await marketo.items("/pauses", active="all")
    length = datetime.fromisoformat(pause["until"]) - datetime.fromisoformat(pause["created_at"])
    assert length <= timedelta(seconds=longest)
    assert {job["attempts"] for job in await marketo.replica.jobs()} == {0}


async def test_b54_a_field_that_the_instance_has_not_is_left_out(marketo: Bench) -> None:
    await marketo.sandbox.control.options("marketo", hidden=["rating", "industry"])

    await marketo.upload(*uploads(3))

    rows = await marketo.items("/uploads")
    assert {row["status"] for row in rows} == {"uploaded"}
    said = [{(each["field"], each["action"]) for each in row["adjustments"]} for row in rows]
    assert said == [{("rating", "left_out"), ("industry", "left_out")}] * 3
    assert all("company" in lead for lead in await leads(marketo))


@pytest.mark.parametrize(
    "rule",
    [
        {"message": "Invalid value 'VP of Engineering'. Required of type 'picklist'"},
        {"message": "Invalid value for field 'title'"},
        {"code": 1003, "message": "Field 'title': no such title"},
        {"code": 1011, "message": "Field 'title' not supported"},
    ],
)
async def test_b54_a_value_that_is_refused_is_left_out(
    marketo: Bench, rule: dict[str, Any]
) -> None:
    await marketo.sandbox.control.options("marketo", rules=[{"field": "title", **rule}])

    await marketo.upload(an_upload(1))

    (row,) = await marketo.items("/uploads")
    assert [(each["field"], each["action"]) for each in row["adjustments"]] == [
        ("title", "left_out")
    ]
    (lead,) = await leads(marketo)
    assert (lead["company"], lead.get("title")) == ("Acme Corp", None)
    assert {job["attempts"] for job in await marketo.replica.jobs()} == {1}


async def test_b54_a_company_that_a_crm_keeps_costs_no_lead(marketo: Bench) -> None:
    await marketo.sandbox.control.options("marketo", company_is_the_crms=True)

    await marketo.upload(an_upload())

    (lead,) = await leads(marketo)
    assert (lead["lastName"], lead.get("company")) == ("Smith", None)
    assert await marketo.statuses() == ["uploaded"]


async def test_a_text_is_cut_to_the_length_that_is_named(marketo: Bench) -> None:
    await marketo.sandbox.control.options("marketo", lengths={"title": 10})

    await marketo.upload(an_upload())

    (lead,) = await leads(marketo)
    assert lead["title"] == "VP of"
    (row,) = await marketo.items("/uploads")
    assert [each["action"] for each in row["adjustments"]] == ["mended"]


async def test_nobody_is_written_to_mailings_where_that_cannot_be_kept_from(
    marketo: Bench,
) -> None:
    await marketo.sandbox.control.options("marketo", hidden=["marketingSuspended"])

    await marketo.upload(an_upload())

    assert await leads(marketo) == []
    (row,) = await marketo.items("/uploads")
    assert row["held_by"] == ["misconfigured"]
    tested = await marketo.post(f"/connections/{id_of()}/test")
    assert (tested["ok"], tested["verdict"]) == (False, "configuration")


async def test_a_lead_without_an_address_is_left_out_visibly(marketo: Bench) -> None:
    odd = {"full_name": "Jane Doe", "email": "jane,doe@acme.com"}

    await marketo.upload(
        *uploads(3),
        an_upload(3, **NOBODY),
        an_upload(4, contacts=[odd], primary_contact=odd),
    )

    closed = await marketo.items("/uploads", status="closed")
    assert ["no e-mail address" in row["error"] for row in closed] == [True, True]
    assert await marketo.statuses(status="uploaded") == ["uploaded"] * 3
    assert await marketo.replica.events("lead.failed") == []
    assert await marketo.billed() == 3


async def test_where_no_lead_has_an_address_nothing_is_asked(marketo: Bench) -> None:
    await marketo.upload(an_upload(1, **NOBODY))

    assert marketo.sandbox.ledger.entries(provider="marketo") == []
    assert await marketo.statuses() == ["closed"]


async def test_a_field_of_ones_own_takes_leads_without_an_address(keyed: Bench) -> None:
    await keyed.upload(an_upload(1, **NOBODY), an_upload(2, **somebody(2)))

    found = {lead[KEY]: lead for lead in await leads(keyed)}
    assert found[an_upload(1)["lead_id"]].get("email") is None
    assert found[an_upload(2)["lead_id"]]["email"] == "john@acme2.com"
    # New to us, they are new to Marketo.
    assert keyed.calls("marketo", "read") == 0


async def test_by_a_field_of_ones_own_another_person_is_not_given_ours(keyed: Bench) -> None:
    await keyed.upload(an_upload())
    await edit(keyed, email="jane@acme.com", firstName="Jane", lastName="Doe", title=None)

    await keyed.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (lead,) = await leads(keyed)
    assert (lead["email"], lead["firstName"], lead.get("title")) == ("jane@acme.com", "Jane", None)
    assert lead["company"] == "Acme Incorporated"


async def test_two_leads_of_one_address_are_never_in_one_call(marketo: Bench) -> None:
    await marketo.upload(
        an_upload(1, company_name="First"),
        an_upload(2, company_name="Second", **somebody(email="John@ACME.com", phone="1")),
    )

    calls = marketo.sandbox.ledger.entries(provider="marketo", operation="sync")
    assert [len(call.body["input"]) for call in calls] == [1, 1]
    (lead,) = await leads(marketo)
    # What the one has written is to the other as good as somebody's.
    assert (lead["company"], lead["phone"]) == ("First", "1")
    assert await marketo.statuses() == ["uploaded"] * 2
    assert {job["attempts"] for job in await marketo.replica.jobs()} == {1}


async def test_several_leads_of_one_address_are_for_a_person_to_merge(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    (lead,) = await leads(marketo)
    twin = {"id": lead["id"] + 1, "email": "john@acme.com"}
    body = {"requestId": "x", "success": True, "result": [lead, twin]}
    await marketo.sandbox.control.script("marketo", "read", {"status": 200, "body": body})

    await marketo.upload(an_upload(revision=2, company_name="New"), *uploads(2, start=5))

    (failed,) = await marketo.items("/uploads", status="failed")
    assert "merge them" in failed["error"]
    assert len(await leads(marketo)) == 3
    assert (await leads(marketo))[0]["company"] == "Acme Corp"


async def test_a_lead_is_kept_up_to_date_where_nobody_else_writes(marketo: Bench) -> None:
    await marketo.upload(an_upload(intent_score="warm", revenue=None))

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (lead,) = await leads(marketo)
    assert (lead["company"], lead["rating"], lead["annualRevenue"]) == (
        "Acme Incorporated",
        "hot",
        10_000_000,
    )


async def test_b53_what_a_person_entered_stays(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    await edit(marketo, company="ACME (our friends)", title="Boss", marketingSuspended=False)

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))
    await marketo.upload(an_upload(revision=3, employee_count=400))

    (lead,) = await leads(marketo)
    assert (lead["company"], lead["title"]) == ("ACME (our friends)", "Boss")
    assert (lead["numberOfEmployees"], lead["marketingSuspended"]) == (400, False)


async def test_overwrite_writes_over_what_a_person_entered_but_not_whom_marketing_may_write_to(
    bench: Bench,
) -> None:
    await bench.connect("marketo", settings=settings(bench, on_update="overwrite"))
    await bench.upload(an_upload())
    await edit(bench, company="Our friends", marketingSuspended=False)

    await bench.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (lead,) = await leads(bench)
    assert (lead["company"], lead["marketingSuspended"]) == ("Acme Incorporated", False)


async def test_a_person_who_was_in_marketo_before_us_is_filled_in_only(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    emptied = dict.fromkeys(("city", "rating", "marketingSuspended"))
    await edit(marketo, company="Their own", **emptied)

    # Another lead with the same person.
    await marketo.upload(an_upload(5, domain="other.com", contacts=an_upload()["lead"]["contacts"]))

    (lead,) = await leads(marketo)
    assert (lead["company"], lead["city"], lead["rating"]) == (
        "Their own",
        "San Francisco",
        "hot",
    )
    assert lead.get("marketingSuspended") is None


async def test_where_there_is_nothing_new_nothing_is_sent(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    await edit(marketo, company="Their own")

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    # Ours, and marketing's own.
    assert marketo.calls("marketo", "sync") == 2
    first, second = await marketo.uploaded()
    assert (first["external_id"], second["outcome"]) == (second["external_id"], "updated")
    assert await marketo.billed() == 1


async def test_a_field_that_we_cannot_read_is_not_written_over(marketo: Bench) -> None:
    await marketo.upload(an_upload(intent_score="warm"))
    await marketo.sandbox.control.options("marketo", hidden=["rating"])

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (lead,) = await leads(marketo)
    assert (lead["rating"], lead["company"]) == ("warm", "Acme Incorporated")


async def test_a_lead_that_was_deleted_between_our_look_and_our_write_is_made_whole(
    marketo: Bench,
) -> None:
    gone = {"id": 77, "email": "john@acme.com", "company": "Acme Corp"}
    body = {"requestId": "x", "success": True, "result": [gone]}
    await marketo.sandbox.control.script("marketo", "read", {"status": 200, "body": body})

    await marketo.upload(an_upload())

    (lead,) = await leads(marketo)
    assert (lead["company"], lead["marketingSuspended"]) == ("Acme Corp", True)
    assert (await marketo.uploaded())[0]["outcome"] == "created"


async def test_hostile_text_arrives_as_it_is(marketo: Bench) -> None:
    blns: list[str] = orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
    naughty = [text for text in blns if text.strip() and "\0" not in text]
    events = [
        an_upload(number, company_name=text, **somebody(number, title=text))
        for number, text in enumerate(naughty)
    ]

    await marketo.upload(*events)

    assert {row["status"] for row in await marketo.items("/uploads", limit=500)} == {"uploaded"}
    kept = {lead["email"]: lead for lead in await leads(marketo)}
    assert len(kept) == len(naughty)
    for number, text in enumerate(naughty):
        lead = kept[f"john@acme{number}.com"]
        assert text.strip().startswith(lead.get("title", "")[:50])


async def test_a_connection_is_tried_out_without_writing(bench: Bench) -> None:
    await bench.connect("marketo")
    await bench.sandbox.control.options("marketo", hidden=["industry"], read_only=["rating"])

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert tested["ok"], tested
    assert "industry, rating" in tested["message"]
    assert bench.calls("marketo", "sync") == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [({}, "1006"), ({"custom_fields": [KEY]}, "1011"), ({"dedupe_fields": [KEY]}, None)],
)
async def test_a_key_that_leads_are_not_known_by_is_found_by_the_test(
    bench: Bench, options: dict[str, Any], code: str | None
) -> None:
    await bench.sandbox.control.options("marketo", **options)
    await bench.connect("marketo", settings=settings(bench, lookup_field=KEY))

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert (tested["ok"], tested["code"]) == (code is None, code)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"munchkin": "acme"}, "settings.munchkin"),
        ({"munchkin": "https://evil.example/rest"}, "settings.munchkin"),
        ({"munchkin": "https://evil.mktorest.com/rest"}, "settings.munchkin"),
        ({}, "settings.munchkin"),
        ({"munchkin": "123-ABC-456", "lookup_field": "sfdcLeadId"}, "settings.lookup_field"),
        ({"munchkin": "123-ABC-456", "lookup_field": "company"}, "settings.lookup_field"),
        ({"munchkin": "123-ABC-456", "lookup_field": "a b"}, "settings.lookup_field"),
        ({"munchkin": "123-ABC-456", "on_update": "never"}, "settings.on_update"),
        ({"munchkin": "123-ABC-456", "workspace": "x"}, "settings.workspace"),
    ],
)
async def test_settings_that_lead_nowhere_are_refused_by_field(
    bench: Bench, given: dict[str, Any], field: str
) -> None:
    answer = await bench.connect("marketo", settings=given, status=422)

    assert field in str(answer)
