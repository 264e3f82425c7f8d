"""A preview says what an upload would write, and writes nothing: the sandbox's ledger is the judge."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of, uploads
from integration.platform_upload.people import Sales, lead_of, leads_of, record_of, records_of

# What the sandbox calls the calls that change nothing.
READS = {
    "salesforce": {"query"},
    "hubspot": {"batch_read", "search"},
    "hooks": set[str](),
}
SESSIONS = {"token"}


class Looked:
    """One preview, and the calls that the platform has seen meanwhile."""

    def __init__(self, bench: Bench, platform: str = "tech-platform") -> None:
        self.bench = bench
        self.path = f"/connections/{id_of(platform)}/preview"
        self.operations: list[tuple[str, str]] = []
        self.calls = 0

    async def at(self, *leads: str, status: int = 200) -> list[dict[str, Any]]:
        before = len(self.bench.sandbox.ledger.entries())
        answer = await self.bench.post(self.path, {"lead_ids": list(leads)}, status=status)
        entries = self.bench.sandbox.ledger.entries()[before:]
        self.operations = [(entry["provider"], entry["operation"]) for entry in entries]
        if status != 200:
            return [answer["error"]]
        self.calls = answer["calls"]
        found: list[dict[str, Any]] = answer["leads"]
        assert [each["lead_id"] for each in found] == list(leads)
        return found

    async def at_one(self, lead: str) -> dict[str, Any]:
        (found,) = await self.at(lead)
        return found

    @property
    def reads(self) -> int:
        return sum(operation not in SESSIONS for _, operation in self.operations)

    def must_have_only_read(self, leads: int) -> None:
        for provider, operation in self.operations:
            assert operation in READS[provider] | SESSIONS, operation
        assert self.reads <= leads
        assert self.calls == len(self.operations)


@pytest.fixture
def looked(bench: Bench) -> Looked:
    return Looked(bench)


@pytest.fixture
def sales(bench: Bench) -> Sales:
    return Sales(bench)


def ids(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["lead_id"] for event in events]


def changed(preview: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["before"], each["after"]) for each in preview["changes"]}


async def take_without_uploading(bench: Bench, *events: dict[str, Any]) -> None:
    """No worker runs, so that they wait."""
    await bench.take(*events)


async def test_salesforce_new_leads_would_be_made(bench: Bench, looked: Looked) -> None:
    await bench.connect("salesforce")
    events = uploads(5)
    await take_without_uploading(bench, *events)

    found = await looked.at(*ids(events))

    looked.must_have_only_read(leads=5)
    assert looked.reads == 1
    assert {each["action"] for each in found} == {"create"}
    assert changed(found[0])["Company"] == (None, "Acme 0")
    assert {each["external_id"] for each in found} == {None}
    assert await leads_of(bench) == []


async def test_salesforce_after_an_edit_what_a_person_entered_stays(
    bench: Bench, looked: Looked, sales: Sales
) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    await sales.edits_lead(Company="ACME (our friends)")
    event = an_upload(revision=2, company_name="Acme Incorporated", employee_count=300)
    await take_without_uploading(bench, event)

    found = await looked.at_one(event["lead_id"])

    looked.must_have_only_read(leads=1)
    assert (found["action"], found["revision"]) == ("update", 2)
    assert found["external_id"].startswith("00Q")
    assert changed(found) == {"NumberOfEmployees": (250, 300)}


async def test_salesforce_after_an_edit_overwriting_says_what_would_be_lost(
    bench: Bench, looked: Looked, sales: Sales
) -> None:
    settings = {**bench.body("salesforce")["settings"], "on_update": "overwrite"}
    await bench.connect("salesforce", settings=settings)
    await bench.upload(an_upload())
    await sales.edits_lead(Company="ACME (our friends)")

    found = await looked.at_one(an_upload()["lead_id"])

    looked.must_have_only_read(leads=1)
    assert found["action"] == "update"
    assert changed(found) == {"Company": ("ACME (our friends)", "Acme Corp")}


@pytest.mark.parametrize("adapter", ["salesforce", "hubspot"])
async def test_what_was_just_uploaded_is_unchanged(
    bench: Bench, looked: Looked, adapter: str
) -> None:
    await bench.connect(adapter)
    events = uploads(4)
    await bench.upload(*events)

    found = await looked.at(*ids(events))

    looked.must_have_only_read(leads=4)
    assert [(each["action"], each["changes"], each["message"]) for each in found] == [
        ("unchanged", [], None)
    ] * 4


@pytest.mark.parametrize("on_update", ["fill_gaps", "overwrite"])
@pytest.mark.parametrize("adapter", ["salesforce", "hubspot"])
async def test_an_upload_does_what_its_preview_has_said(
    bench: Bench, looked: Looked, adapter: str, on_update: str
) -> None:
    settings = {**bench.body(adapter).get("settings", {}), "on_update": on_update}
    await bench.connect(adapter, settings=settings)
    await bench.upload(*uploads(3))
    newer = uploads(3, revision=2, company_name="Newer", revenue=77, location={"city": "Bonn"})
    await take_without_uploading(bench, *newer)

    said = [changed(each) for each in await looked.at(*ids(newer))]
    await bench.upload()

    looked.must_have_only_read(leads=3)
    assert [len(each) for each in said] == [3, 3, 3]
    after = await looked.at(*ids(newer))
    assert {each["action"] for each in after} == {"unchanged"}
    held = await (leads_of(bench) if adapter == "salesforce" else records_of(bench, "companies"))
    for each in said:
        for name, (_, then) in each.items():
            assert {str(record[name]) for record in held} == {str(then)}


async def test_hubspot_new_leads_would_be_made_with_their_contacts(
    bench: Bench, looked: Looked
) -> None:
    await bench.connect()
    events = uploads(5)
    await take_without_uploading(bench, *events)

    found = await looked.at(*ids(events))

    looked.must_have_only_read(leads=5)
    assert {each["action"] for each in found} == {"create"}
    said = changed(found[0])
    assert said["name"] == (None, "Acme 0")
    assert said["contact[1].email"] == (None, "john@acme0.com")
    # Whose it is, is in no field's name.
    assert not any("john" in name for name in said)


async def test_hubspot_one_lead_costs_one_read_and_counts_its_contacts(
    bench: Bench, looked: Looked
) -> None:
    await bench.connect()
    event = an_upload()
    await take_without_uploading(bench, event)

    found = await looked.at_one(event["lead_id"])

    looked.must_have_only_read(leads=1)
    assert found["action"] == "create"
    assert changed(found)["name"] == (None, "Acme Corp")
    assert found["message"].endswith(": 1")


async def test_hubspot_another_companys_record_is_taken_over(
    bench: Bench, looked: Looked, sales: Sales
) -> None:
    await bench.connect()
    other = an_upload(9, domain="acme.com", contacts=[], primary_contact=None)
    await bench.upload(other)
    await sales.edits("companies", await record_of(bench, "companies"), name="Theirs", city="")
    event = an_upload()
    await take_without_uploading(bench, event)

    found = await looked.at_one(event["lead_id"])

    looked.must_have_only_read(leads=1)
    company = await record_of(bench, "companies")
    assert (found["action"], found["external_id"]) == ("update", company["hs_object_id"])
    assert "name" not in changed(found)


@pytest.mark.parametrize(
    ("on_update", "expected"),
    [
        ("fill_gaps", {"numberofemployees": ("250", "300")}),
        (
            "overwrite",
            {
                "numberofemployees": ("250", "300"),
                "name": ("Our friends", "Acme Corp"),
                "contact[1].jobtitle": ("Boss", "VP of Engineering"),
            },
        ),
    ],
)
async def test_hubspot_after_a_persons_edit(
    bench: Bench, looked: Looked, sales: Sales, on_update: str, expected: dict[str, Any]
) -> None:
    await bench.connect(settings={"on_update": on_update})
    await bench.upload(an_upload())
    await sales.edits("companies", await record_of(bench, "companies"), name="Our friends")
    await sales.edits("contacts", await record_of(bench, "contacts"), jobtitle="Boss")
    event = an_upload(revision=2, employee_count=300)
    # Three, so that there are reads for the contacts.
    more = [an_upload(number, contacts=[], primary_contact=None) for number in (1, 2)]
    await take_without_uploading(bench, event, *more)

    found = await looked.at(*ids([event, *more]))

    looked.must_have_only_read(leads=3)
    assert found[0]["action"] == "update"
    assert changed(found[0]) == expected


async def test_hubspot_two_leads_of_one_domain_are_looked_at_one_by_one(
    bench: Bench, looked: Looked
) -> None:
    await bench.connect()
    events = [an_upload(1), an_upload(2, domain="acme1.com")]
    await take_without_uploading(bench, *events)

    found = await looked.at(*ids(events))

    assert [each["action"] for each in found] == ["create", "untried"]
    assert "alone" in found[1]["message"]


async def test_hubspot_without_a_right_to_contacts_shows_companies(
    bench: Bench, looked: Looked
) -> None:
    await bench.connect()
    events = uploads(3)
    await take_without_uploading(bench, *events)
    forbidden = {"status": 403, "body": {"category": "MISSING_SCOPES", "message": "no"}}
    await bench.sandbox.control.script("hubspot", "batch_read", forbidden)

    found = await looked.at(*ids(events))

    assert [each["action"] for each in found] == ["create"] * 3
    assert {each["message"][-3:] for each in found} == {": 1"}


async def test_a_webhook_is_not_called_and_its_body_is_shown(bench: Bench) -> None:
    platform = "general-platform"
    await bench.connect("webhook", platform=platform)
    events = uploads(2, industry="Farming")
    await take_without_uploading(bench, *events)
    looked = Looked(bench, platform)

    found = await looked.at(*ids(events))

    assert (looked.operations, looked.calls) == ([], 0)
    assert [each["action"] for each in found] == ["create", "create"]
    assert changed(found[1])["company_name"] == (None, "Acme 1")


async def test_what_is_not_as_the_platform_takes_it_is_said(bench: Bench, looked: Looked) -> None:
    await bench.connect("salesforce")
    event = an_upload(industry="Technology " * 10)
    await take_without_uploading(bench, event)

    found = await looked.at_one(event["lead_id"])

    (adjustment,) = found["adjustments"]
    assert (adjustment["field"], adjustment["action"], adjustment["ours"]) == (
        "Industry",
        "mended",
        "industry",
    )


async def test_cold_unknown_and_forgotten_leads_cost_no_call(bench: Bench, looked: Looked) -> None:
    await bench.connect("salesforce")
    cold, forgotten = an_upload(1, intent_score="cold"), an_upload(2)
    other = an_upload(3, platform="finance-platform")
    await take_without_uploading(bench, cold, forgotten, other)
    await bench.replica.database.pool.execute(
        "DELETE FROM jobs WHERE lead_id = $1", forgotten["lead_id"]
    )

    found = await looked.at(*ids([cold, forgotten, other]), str(uuid4()))

    assert looked.operations == []
    assert [each["action"] for each in found] == ["refused", "unknown", "unknown", "unknown"]
    assert (found[0]["refusal"]["code"], found[0]["refusal"]["ours"]) == ("cold", "intent_score")
    assert "kept" in found[1]["message"]
    assert "nobody" in found[2]["message"]


async def test_a_hidden_field_is_not_said_to_be_written(bench: Bench, looked: Looked) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(intent_score="warm"))
    await bench.sandbox.control.options("salesforce", hidden=["Rating"])
    event = an_upload(revision=2)
    await take_without_uploading(bench, event)

    found = await looked.at_one(event["lead_id"])

    assert "Rating" not in changed(found)


async def test_the_platforms_refusal_is_told_with_its_verdict(
    bench: Bench, looked: Looked, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.connect()
    await take_without_uploading(bench, an_upload())
    await bench.sandbox.control.behave(
        "hubspot", errors={"status": 401, "body": {"category": "INVALID_AUTHENTICATION"}}
    )

    (error,) = await looked.at(an_upload()["lead_id"], status=502)

    assert error["code"] == "credential"
    # Nothing has changed for the uploads: they will find out themselves.
    assert await bench.items("/pauses") == []
    assert "sandbox-" not in str(error)


@pytest.mark.parametrize(
    ("scope", "held"), [("all", True), (f"connection:{id_of()}", True), ("kind:other", False)]
)
async def test_what_holds_uploads_holds_previews(
    bench: Bench, looked: Looked, scope: str, held: bool
) -> None:
    await bench.connect("salesforce")
    await take_without_uploading(bench, an_upload())
    await bench.post("/pauses", {"scope": scope, "reason": "wait"}, status=201)

    found = await looked.at(an_upload()["lead_id"], status=409 if held else 200)

    assert bool(looked.operations) is not held
    assert ("wait" in str(found)) is held


async def test_a_paused_connection_and_one_that_is_not_there(bench: Bench, looked: Looked) -> None:
    missing = await looked.at(str(uuid4()), status=404)
    await bench.connect("salesforce")
    await bench.patch(f"/connections/{id_of()}", {"status": "paused"})

    paused = await looked.at(str(uuid4()), status=409)

    assert "no such connection" in missing[0]["message"]
    assert "paused" in paused[0]["message"]


@pytest.mark.parametrize("leads", [[], ["x"], [str(uuid4()) for _ in range(101)]])
async def test_up_to_a_hundred_leads_by_their_ids(bench: Bench, leads: list[str]) -> None:
    await bench.connect("salesforce")

    answer = await bench.post(f"/connections/{id_of()}/preview", {"lead_ids": leads}, status=422)

    assert answer["error"]["field"].startswith("lead_ids")


async def test_a_hundred_leads_take_one_query_and_leave_no_audit(
    bench: Bench, looked: Looked
) -> None:
    await bench.connect("salesforce")
    events = uploads(100)
    await take_without_uploading(bench, *events)
    before = await bench.items("/audit", limit=500)

    found = await looked.at(*ids(events))

    assert looked.reads == 1
    assert {each["action"] for each in found} == {"create"}
    assert await bench.items("/audit", limit=500) == before


async def test_an_expired_session_is_renewed(bench: Bench, looked: Looked) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    await bench.sandbox.control.expire_salesforce_sessions()

    found = await looked.at_one(an_upload()["lead_id"])

    assert found["action"] == "unchanged"
    assert (await lead_of(bench))["Company"] == "Acme Corp"
