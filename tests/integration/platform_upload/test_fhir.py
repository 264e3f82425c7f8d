"""The FHIR adapter against a server that refuses what FHIR servers refuse."""

import hashlib
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream.reading import clean, is_blank, shorten
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES, Control
from support.vectors import vectors

SYSTEM = "https://leadstream.example/fhir/lead-id"
TOKEN = f"sandbox-{WORKSPACE}"
FHIR_JSON = {"content-type": "application/fhir+json"}


class Person:
    """Somebody who works at the server, by its own API."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def asks(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            answer = await http.request(
                method,
                f"{self.bench.sandbox.fhir_url}/{path}",
                json=body,
                headers={"authorization": f"Bearer {TOKEN}", **FHIR_JSON, **headers},
            )
        assert answer.is_success, answer.text
        return answer

    async def edits(self, **changes: Any) -> None:
        (found,) = await organizations(self.bench)
        await self.asks("PUT", f"Organization/{found['id']}", found | changes)


async def organizations(bench: Bench) -> list[dict[str, Any]]:
    state = await bench.sandbox.control.state("fhir")
    found: list[dict[str, Any]] = state.get(hashlib.sha256(TOKEN.encode()).hexdigest()[:12], [])
    return found


def settings(bench: Bench, **more: Any) -> dict[str, Any]:
    return {**bench.body("fhir")["settings"], **more}


@pytest.fixture
async def fhir(bench: Bench) -> Bench:
    await bench.connect("fhir")
    return bench


@pytest.fixture
def control(bench: Bench) -> Control:
    return bench.sandbox.control


@pytest.fixture
def person(bench: Bench) -> Person:
    return Person(bench)


async def test_b31_a_lead_is_an_organization_without_signals_and_people(fhir: Bench) -> None:
    await fhir.upload(an_upload())

    (found,) = await organizations(fhir)
    assert found.pop("id") == (await fhir.uploaded())[0]["external_id"]
    meta = found.pop("meta")
    assert meta["tag"] == [{"system": "https://leadstream.example/fhir/intent", "code": "hot"}]
    assert found == {
        "resourceType": "Organization",
        "identifier": [{"system": SYSTEM, "value": an_upload()["lead_id"]}],
        "active": True,
        "type": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/organization-type",
                        "code": "bus",
                    }
                ]
            }
        ],
        "name": "Acme Corp",
        "telecom": [{"system": "url", "value": "https://acme.com", "use": "work"}],
        "address": [{"use": "work", "city": "San Francisco", "state": "CA", "country": "US"}],
    }


async def test_b32_250_leads_go_in_three_bundles(fhir: Bench) -> None:
    await fhir.upload(*uploads(250))

    assert fhir.calls("fhir", "batch") == 3
    assert fhir.calls("fhir", "metadata") == 1
    assert await fhir.statuses() == ["uploaded"] * 250
    assert len(await organizations(fhir)) == 250


async def test_500_leads_take_the_fewest_calls_that_there_can_be(fhir: Bench) -> None:
    await fhir.upload(*uploads(500))

    assert fhir.calls("fhir", "batch") == 5
    assert await fhir.billed() == 500


async def test_b33_entries_are_read_one_by_one(fhir: Bench, control: Control) -> None:
    """A name, which there is no organization without, is refused."""
    await control.options("fhir", rules=[{"path": "name", "value": "Acme 3"}])

    await fhir.upload(*uploads(5))

    assert await fhir.statuses() == ["failed"] + ["uploaded"] * 4
    (failed,) = await fhir.replica.events("lead.failed")
    assert failed["error"]["class"] == "value"
    assert fhir.calls("fhir", "batch") == 1


@pytest.mark.parametrize("status", [400, 413])
async def test_b33_a_batch_refused_as_a_whole_is_halved(
    fhir: Bench, control: Control, status: int
) -> None:
    events = uploads(9)
    await control.behave("fhir", contains=events[7]["lead_id"], errors={"status": status})

    await fhir.upload(*events)

    (failed,) = await fhir.items("/uploads", status="failed")
    assert failed["lead_id"] == events[7]["lead_id"]
    assert await fhir.statuses(status="uploaded") == ["uploaded"] * 8


async def test_a_server_that_takes_less_at_once_gets_less(fhir: Bench, control: Control) -> None:
    await control.options("fhir", largest_bundle=10)

    await fhir.upload(*uploads(25))

    assert await fhir.statuses() == ["uploaded"] * 25
    assert {job["attempts"] for job in await fhir.replica.jobs()} == {1}


async def test_only_entries_that_failed_are_sent_again(fhir: Bench, control: Control) -> None:
    events = uploads(3)
    taken = {"response": {"status": "201 Created", "location": "Organization/9/_history/1"}}
    locked = {"response": {"status": "409 Conflict"}}
    bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": [taken, locked, taken]}
    await control.script("fhir", "batch", {"status": 200, "body": bundle})

    await fhir.upload(*events)

    assert await fhir.statuses() == ["uploaded"] * 3
    assert sorted(job["attempts"] for job in await fhir.replica.jobs()) == [1, 1, 2]
    (made,) = await organizations(fhir)
    first, *_ = fhir.sandbox.ledger.entries(provider="fhir", operation="batch")
    assert [made["identifier"][0]["value"]] == [first["external_ids"][1]]


@pytest.mark.parametrize("action", ["lose", "half"])
async def test_b34_a_lost_answer_makes_no_second_record(
    fhir: Bench, control: Control, action: str
) -> None:
    await control.script("fhir", "batch", {"action": action})

    await fhir.upload(*uploads(5))

    assert len(await organizations(fhir)) == 5
    assert {len(ids) for ids in fhir.sandbox.ledger.crm_records("fhir").values()} == {1}
    assert await fhir.statuses() == ["uploaded"] * 5
    assert await fhir.billed() == 5


async def test_an_answer_that_lacks_an_entry_is_none(fhir: Bench, control: Control) -> None:
    """Nobody knows which one is missing."""
    await control.options("fhir", loses_entries=True)
    await fhir.upload(*uploads(3))
    assert await fhir.statuses() == ["pending"] * 3
    await control.options("fhir", loses_entries=False)
    await fhir.post(f"/connections/{id_of()}/test")

    await fhir.upload()

    assert await fhir.statuses() == ["uploaded"] * 3
    assert len(await organizations(fhir)) == 3


async def test_b54_one_field_that_is_refused_costs_no_lead(fhir: Bench, control: Control) -> None:
    for shape in ("expression", "location", "xpath", "diagnostics", "details"):
        rule = {"path": "address.state", "value": "CA"}
        await control.options("fhir", names_places=shape, rules=[rule])
        event = an_upload(hash(shape) % 10_000)

        await fhir.upload(event)

        (row,) = await fhir.items("/uploads", lead_id=event["lead_id"])
        assert row["status"] == "uploaded", (shape, row["error"])
        noted = [(each["field"], each["action"]) for each in row["adjustments"]]
        assert noted == [("address.state", "left_out")], shape
    assert all("city" in each["address"][0] for each in await organizations(fhir))


async def test_a_refusal_that_names_nothing_leaves_what_there_must_be(
    fhir: Bench, control: Control
) -> None:
    rule = {"path": "address.state", "value": "CA"}
    await control.options("fhir", names_places="nothing", rules=[rule])

    await fhir.upload(an_upload())

    (found,) = await organizations(fhir)
    assert (found["name"], "address" in found) == ("Acme Corp", False)


async def test_a_name_that_is_too_long_is_cut_to_the_length_that_is_named(
    fhir: Bench, control: Control
) -> None:
    rule = {"path": "name", "longest": 20, "message": "at most 20 characters"}
    await control.options("fhir", rules=[rule])

    await fhir.upload(an_upload(company_name="Acme Health and Hospitals Incorporated"))

    (found,) = await organizations(fhir)
    assert found["name"] == "Acme Health and"


async def test_throttling_holds_the_connection_and_counts_no_attempt(
    fhir: Bench, control: Control
) -> None:
    await control.behave("fhir", "batch", rate_limit={"limit": 0, "retry_after": "120"})

    await fhir.upload(*uploads(2))

    (pause,) = await fhir.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "rate_limited")
    assert {job["attempts"] for job in await fhir.replica.jobs()} == {0}


async def test_an_entry_that_is_throttled_holds_the_connection(
    fhir: Bench, control: Control
) -> None:
    events = uploads(3)
    await control.options("fhir", trouble={events[1]["lead_id"]: 429})

    await fhir.upload(*events)

    assert await fhir.statuses() == ["pending", "uploaded", "uploaded"]
    (pause,) = await fhir.items("/pauses")
    assert pause["reason"] == "rate_limited"


async def test_wrong_credentials_hold_the_connection(bench: Bench) -> None:
    await bench.connect("fhir", credentials={"token": "nobody"})

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["credential_refused"])


async def test_a_right_that_is_missing_holds_the_connection(bench: Bench, control: Control) -> None:
    await control.options("fhir", rights="rs")
    await bench.connect("fhir")

    await bench.upload(*uploads(2))

    rows = await bench.items("/uploads")
    assert {(row["status"], *row["held_by"]) for row in rows} == {("pending", "credential_refused")}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"writable": False}, "write"),
        ({"organizations": False}, "Organization"),
        ({"fhir_version": "5.0.0"}, "R4"),
        ({"conditional_update": False, "conditional_create": False}, "twice"),
    ],
)
async def test_a_server_that_is_not_for_us_holds_the_connection_and_says_why(
    fhir: Bench, control: Control, options: dict[str, Any], said: str
) -> None:
    await control.options("fhir", **options)

    await fhir.upload(an_upload())

    (row,) = await fhir.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["misconfigured"])
    assert said in row["error"]
    tested = await fhir.post(f"/connections/{id_of()}/test")
    assert (tested["ok"], tested["verdict"]) == (False, "configuration")


async def test_what_a_server_does_not_do_although_it_said_so_is_asked_for_anew(
    fhir: Bench, control: Control
) -> None:
    await fhir.upload(an_upload(1))
    await control.options("fhir", conditional_update=False)
    await fhir.upload(an_upload(2))
    (row,) = await fhir.items("/uploads", status="pending")
    assert row["held_by"] == ["misconfigured"]

    await fhir.post(f"/connections/{id_of()}/test")
    await fhir.upload()

    assert await fhir.statuses() == ["uploaded"] * 2


WAYS = {
    "conditional update": {},
    "conditional create": {"conditional_update": False},
    "ids of ours": {
        "conditional_update": False,
        "conditional_create": False,
        "update_create": True,
    },
}


@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("versioning", ["no-version", "versioned", "versioned-update"])
async def test_each_way_makes_one_and_keeps_it_up_to_date(
    bench: Bench, control: Control, way: str, batch: bool, versioning: str
) -> None:
    await control.options("fhir", batch=batch, versioning=versioning, **WAYS[way])
    await bench.connect("fhir")

    await bench.upload(*uploads(3))
    changed: dict[str, Any] = {"location": {"city": "Boston", "state": "MA", "country": "US"}}
    await bench.upload(*[event | {"revision": 2} for event in uploads(3, **changed)])

    found = await organizations(bench)
    assert len(found) == 3
    assert {each["address"][0]["city"] for each in found} == {"Boston"}
    assert await bench.statuses() == ["uploaded"] * 6
    assert (bench.calls("fhir", "batch") > 0) is batch


@pytest.mark.parametrize("way", WAYS)
async def test_b34_each_way_survives_a_lost_answer(
    bench: Bench, control: Control, way: str
) -> None:
    await control.options("fhir", **WAYS[way])
    await bench.connect("fhir")
    writes = {"provider": "fhir", "operation": "batch"}
    # The look is a batch, too, where nothing else keeps a second one from being made.
    passed = [] if way == "conditional update" else [{"action": "pass"}]
    await control.script(writes["provider"], writes["operation"], *passed, {"action": "lose"})

    await bench.upload(*uploads(4))

    assert len(await organizations(bench)) == 4
    assert await bench.billed() == 4


async def test_one_that_search_does_not_find_yet_is_not_made_again(
    bench: Bench, control: Control
) -> None:
    """The condition of a creation sees more than the search does."""
    await control.options("fhir", conditional_update=False)
    await bench.connect("fhir")
    await bench.upload(an_upload())
    await control.options("fhir", search_lags=[an_upload()["lead_id"]])

    await bench.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    assert len(await organizations(bench)) == 1
    await control.options("fhir", search_lags=[])
    await bench.upload(an_upload(revision=3, company_name="Acme Incorporated"))
    assert [each["name"] for each in await organizations(bench)] == ["Acme Incorporated"]


async def test_a_server_without_batches_gets_on_with_what_an_attempt_may_call(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """A look at all of them would leave no call for a write."""
    await sandbox.control.options("fhir", batch=False)
    bench = Bench(await make_replica(upload_calls=16), sandbox)
    await bench.connect("fhir")
    await bench.upload(*uploads(30))

    await bench.upload(*[each | {"revision": 2} for each in uploads(30, domain="acme.org")])

    assert await bench.statuses() == ["uploaded"] * 60
    assert {each["telecom"][0]["value"] for each in await organizations(bench)} == {
        "https://acme.org"
    }
    assert {job["attempts"] for job in await bench.replica.jobs()} == {1}


async def test_a_server_that_throttles_is_asked_once(fhir: Bench, control: Control) -> None:
    await control.options("fhir", batch=False)
    await control.behave("fhir", "conditional_update", rate_limit={"limit": 0})

    await fhir.upload(*uploads(5))

    assert fhir.calls("fhir", "conditional_update") == 1
    (pause,) = await fhir.items("/pauses")
    assert pause["reason"] == "rate_limited"


async def test_new_leads_are_not_looked_for(fhir: Bench) -> None:
    await fhir.upload(an_upload())

    assert fhir.calls("fhir", "search") == 0
    assert fhir.calls("fhir", "conditional_update") == 1


async def test_what_is_as_it_should_be_is_not_written_again(fhir: Bench) -> None:
    await fhir.upload(an_upload())

    await fhir.upload(an_upload(revision=2))

    assert fhir.calls("fhir", "update") == 0
    assert await fhir.statuses() == ["uploaded"] * 2


async def test_b53_what_a_person_entered_stays_and_nothing_else_goes(
    fhir: Bench, person: Person
) -> None:
    await fhir.upload(an_upload(intent_score="warm"))
    (found,) = await organizations(fhir)
    theirs = {
        "name": "Our friends",
        "alias": ["Friends"],
        "telecom": [
            {"system": "phone", "value": "+1 555 0100", "use": "work"},
            *found["telecom"],
        ],
        "identifier": [{"system": "urn:theirs", "value": "7"}, *found["identifier"]],
        "contact": [{"name": {"text": "Jane Doe"}}],
        "meta": {"tag": [*found["meta"]["tag"], {"system": "urn:theirs", "code": "vip"}]},
        "extension": [{"url": "urn:theirs", "valueString": "x"}],
    }
    await person.edits(**theirs)

    await fhir.upload(an_upload(revision=2, company_name="Acme Incorporated", domain="acme.org"))

    (found,) = await organizations(fhir)
    assert found["name"] == "Our friends"
    assert [each["value"] for each in found["telecom"]] == ["+1 555 0100", "https://acme.org"]
    for name in ("alias", "identifier", "contact", "extension"):
        assert found[name] == theirs[name]
    assert {each["code"] for each in found["meta"]["tag"]} == {"vip", "hot"}


async def test_overwrite_writes_over_what_a_person_entered_and_keeps_the_rest(
    bench: Bench, person: Person
) -> None:
    await bench.connect("fhir", settings=settings(bench, on_update="overwrite"))
    await bench.upload(an_upload())
    await person.edits(name="Our friends", alias=["Friends"])

    await bench.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (found,) = await organizations(bench)
    assert (found["name"], found["alias"]) == ("Acme Incorporated", ["Friends"])


async def test_a_company_that_somebody_has_moved_is_not_moved_by_half(
    fhir: Bench, person: Person
) -> None:
    await fhir.upload(an_upload())
    await person.edits(address=[{"use": "work", "city": "Boston", "country": "US"}])

    place = {"city": "San Jose", "state": "CA", "country": "US"}
    await fhir.upload(an_upload(revision=2, location=place))

    (found,) = await organizations(fhir)
    assert found["address"] == [{"use": "work", "city": "Boston", "country": "US"}]


async def test_an_edit_between_our_look_and_our_write_is_looked_at_again(
    fhir: Bench, control: Control, person: Person
) -> None:
    """If-Match refuses what was made of an older version."""
    await fhir.upload(an_upload())
    (old,) = await organizations(fhir)
    await person.edits(name="Our friends")
    stale = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": old}]}
    await control.script("fhir", "search", {"status": 200, "body": stale})

    await fhir.upload(an_upload(revision=2, company_name="Acme Incorporated", domain="acme.org"))

    (found,) = await organizations(fhir)
    assert (found["name"], found["telecom"][0]["value"]) == ("Our friends", "https://acme.org")
    assert {job["attempts"] for job in await fhir.replica.jobs()} == {1}


async def test_one_that_was_deleted_since_is_made_again(fhir: Bench, person: Person) -> None:
    await fhir.upload(an_upload())
    (found,) = await organizations(fhir)
    await person.asks("DELETE", f"Organization/{found['id']}")

    await fhir.upload(an_upload(revision=2))

    (made,) = await organizations(fhir)
    assert made["id"] != found["id"]
    assert await fhir.statuses() == ["uploaded"] * 2


@pytest.mark.parametrize("known", [True, False])
async def test_several_are_for_a_person_to_resolve_and_all_are_named(
    fhir: Bench, person: Person, known: bool
) -> None:
    if known:
        await fhir.upload(an_upload())
    lead = {"system": SYSTEM, "value": an_upload()["lead_id"]}
    twin = {"resourceType": "Organization", "identifier": [lead], "name": "Twin"}
    for _ in range(1 if known else 2):
        await person.asks("POST", "Organization", twin)

    await fhir.upload(an_upload(revision=2), an_upload(1))

    (row,) = await fhir.items("/uploads", status="failed")
    assert row["error"].startswith("2 organizations have the identifier of lead")
    assert all(
        f"Organization/{each['id']}" in row["error"] for each in (await organizations(fhir))[:2]
    )
    (failed,) = await fhir.replica.events("lead.failed")
    assert failed["error"]["class"] == "multiple-matches"
    assert len(await organizations(fhir)) == 3


async def test_a_server_that_finds_everything_shows_us_no_other(
    fhir: Bench, control: Control
) -> None:
    await fhir.upload(*uploads(3))
    await control.options("fhir", ignores_search=True)

    await fhir.upload(
        *[event | {"revision": 2} for event in uploads(3, revenue=None, domain="x.org")]
    )

    assert len(await organizations(fhir)) == 3
    assert await fhir.statuses() == ["uploaded"] * 6


async def test_people_go_along_only_where_the_connection_says_so(bench: Bench) -> None:
    contact = {"full_name": "John Smith", "email": "john@acme.com", "phone": "+1 555"}
    people: dict[str, Any] = {"contacts": [contact], "primary_contact": contact}
    for number, (contacts, held) in enumerate(
        {
            None: [],
            "none": [],
            "names": ["John Smith"],
            "business": ["John Smith", "john@acme.com", "+1 555"],
        }.items(),
        start=1,
    ):
        given = {"contacts": contacts} if contacts else {}
        await bench.post(
            "/connections", bench.body("fhir") | {"settings": settings(bench, **given)}, status=201
        )
        event = an_upload(number, **people)

        await bench.upload(event)

        sent = bench.sandbox.ledger.entries(provider="fhir", operation="conditional_update")[-1]
        people_sent = orjson.dumps(sent.body.get("contact", [])).decode()
        assert [
            word for word in ("John Smith", "john@acme.com", "+1 555") if word in people_sent
        ] == held
        assert "AI tools" not in orjson.dumps(sent.body).decode()


async def test_naughty_text_is_carried_or_left_out_and_costs_no_lead(fhir: Bench) -> None:
    strings = orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
    texts = [text for text in strings if not is_blank(text) and "\x00" not in text]
    events = [
        an_upload(
            number,
            company_name=text,
            location={"city": text, "state": text, "country": text},
            platform="tech-platform",
        )
        for number, text in enumerate(texts)
    ]

    await fhir.upload(*events)

    assert set(await fhir.statuses()) == {"uploaded"}
    names = {each["identifier"][0]["value"]: each["name"] for each in await organizations(fhir)}
    assert names == {
        event["lead_id"]: shorten(clean(text).strip(), 500)
        for event, text in zip(events, texts, strict=True)
    }


async def test_no_text_of_a_lead_is_in_a_url(fhir: Bench) -> None:
    await fhir.upload(an_upload())
    await fhir.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    for entry in fhir.sandbox.ledger.entries(provider="fhir"):
        assert "acme" not in f"{entry['path']}{entry['query']}".lower()


async def test_a_test_says_what_was_found_and_writes_nothing(fhir: Bench) -> None:
    tested = await fhir.post(f"/connections/{id_of()}/test")

    assert tested["ok"] is True
    assert "conditional update, in batches" in tested["message"]
    assert await organizations(fhir) == []


async def test_a_test_without_the_right_to_search_says_so(bench: Bench, control: Control) -> None:
    await control.options("fhir", rights="cu")
    await bench.connect("fhir")

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert (tested["ok"], tested["verdict"], tested["status_code"]) == (False, "credential", 403)


@pytest.mark.parametrize("status", [400, 401, 403, 502])
async def test_a_proxys_page_costs_no_lead(fhir: Bench, control: Control, status: int) -> None:
    page = {"status": status, "body": "<html><body><h1>Sorry</h1></body></html>"}
    await control.script("fhir", "batch", page)

    await fhir.upload(*uploads(2))

    assert await fhir.statuses() == ["uploaded"] * 2
    assert await fhir.items("/pauses") == []


async def test_a_page_with_200_is_no_answer(fhir: Bench, control: Control) -> None:
    await control.script("fhir", "batch", {"status": 200, "body": "<html>welcome</html>"})

    await fhir.upload(*uploads(2))

    assert await fhir.statuses() == ["uploaded"] * 2
    assert len(await organizations(fhir)) == 2


async def test_refusals_without_a_word_are_understood(
    fhir: Bench, control: Control, person: Person
) -> None:
    await control.options("fhir", bare=True)
    lead = {"system": SYSTEM, "value": an_upload()["lead_id"]}
    for _ in range(2):
        await person.asks(
            "POST", "Organization", {"resourceType": "Organization", "identifier": [lead]}
        )

    await fhir.upload(an_upload())

    (row,) = await fhir.items("/uploads")
    assert (row["status"], "2 organizations" in row["error"]) == ("failed", True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": "http://169.254.169.254/fhir"}, "settings.base_url"),
        ({"base_url": "https://10.0.0.1/fhir"}, "settings.base_url"),
        ({"base_url": "https://[::ffff:10.0.0.1]/fhir"}, "settings.base_url"),
        ({"base_url": "https://fhir.internal/r4"}, "settings.base_url"),
        ({"base_url": "ftp://fhir.example.com"}, "settings.base_url"),
        ({"base_url": "https://user:secret@fhir.example.com"}, "settings.base_url"),
        ({"base_url": "https://8.8.8.8/r4?token=secret"}, "settings.base_url"),
        ({"base_url": None}, "settings.base_url"),
        ({"token_url": "http://169.254.169.254/token"}, "settings.token_url"),
        ({"contacts": "all"}, "settings.contacts"),
        ({"on_update": "sometimes"}, "settings.on_update"),
        ({"identifier_system": "leads|x"}, "settings.identifier_system"),
        ({"scope": "a  b"}, "settings.scope"),
        ({"base": "x"}, "settings.base"),
    ],
)
async def test_settings_that_cannot_work_are_refused_by_name(
    bench: Bench, changes: dict[str, Any], field: str
) -> None:
    answer = await bench.connect("fhir", settings=settings(bench, **changes), status=422)

    assert field in str(answer)
    assert "secret" not in str(answer)


async def test_a_base_that_leads_inside_when_it_is_dialled_is_not_called(bench: Bench) -> None:
    """What was saved under other rules, or resolves elsewhere by now."""
    made = await bench.connect("fhir")
    # As the row would be, had the name led outside when it was saved.
    inside = {**made["settings"], "base_url": "https://10.255.255.1/r4"}
    await bench.replica.database.pool.execute(
        "UPDATE connections SET settings = $2 WHERE id = $1", UUID(made["id"]), inside
    )

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["misconfigured"])
    assert "not public" in row["error"]
