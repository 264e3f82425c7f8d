from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from console.application import people
from leadstream.admin.person import Everything
from leadstream.admin.receipts import HOLDERS
from support.console import WORKSPACE, Called, Console, FakeServices, Page, refused

EMAIL = "kit.ohara@people.example"
REASON = "ticket 4711"
LEAD = "0190c0de-0000-7000-8000-0000000000bb"
SINCE = "2026-11-29T10:00:00Z"


class Holders:
    """Services that hold something of a person, each in two pages."""

    def __init__(self, services: FakeServices) -> None:
        self.kind: str | None = None
        self.endless = False
        services.on("discovery", "GET", "workspaces", self.workspaces)
        services.on("*", "POST", "people/show", self.show)
        services.on("delivery", "POST", "people/disclosures", self.disclosures)
        services.on("*", "POST", "people/object", self.object)
        services.on("*", "POST", "people/lift", {"lifted": True})

    def workspaces(self, call: Called) -> Any:
        row = {"id": WORKSPACE, "slug": "acme", "name": "Acme"}
        return {"items": [{**row, "created_at": SINCE, "updated_at": SINCE}], "next": None}

    def show(self, call: Called) -> Any:
        first = "after" not in call.body
        known = {"kind": self.kind, "workspace_id": None, "since": SINCE}
        return {
            "remembered": [known] if self.kind else [],
            "items": self._items(call.service) if first else [],
            "next": "jobs:" if first or self.endless else None,
        }

    def _items(self, service: str) -> list[dict[str, Any]]:
        facts = {"full_name": "Kit O'Hara", "email": EMAIL, "phone": "+1 555 0100"}
        store = {"enrichment": "contacts", "platform-upload": "jobs"}.get(service, "leads")
        item = an_item(store, facts if service == "enrichment" else {"contact": facts})
        return [item, an_item("uploads", UPLOAD)] if service == "platform-upload" else [item]

    def disclosures(self, call: Called) -> Any:
        slack = {"id": LEAD, "channel": "slack", "destination": "sales", "destination_id": LEAD}
        about = {"workspace_id": WORKSPACE, "lead_id": LEAD, "revision": 1, "origin": None}
        return {"items": [{**slack, **about, "status": "delivered", "at": "2026-11-29T11:00:00Z"}]}

    def object(self, call: Called) -> Any:
        ids = {"id": LEAD, "receipt_id": LEAD, "workspace_id": None, "dry_run": False}
        found = {"known": False, "removed": {"jobs": 2}, "elsewhere": {}}
        done = None if call.service == "discovery" else SINCE
        return {**ids, **found, "started_at": SINCE, "finished_at": done}


UPLOAD = {
    "platform": "tech-platform",
    "adapter": "hubspot",
    "external_id": "7",
    "upload": LEAD,
    "status": "uploaded",
    "at": "2026-11-29T12:00:00+00:00",
}


def an_item(store: str, facts: dict[str, Any]) -> dict[str, Any]:
    item = {"store": store, "workspace_id": WORKSPACE, "lead_id": LEAD, "revision": 1}
    return {**item, "provider": "clay", "collected_at": SINCE, "facts": facts}


@pytest.fixture
def holders(services: FakeServices) -> Holders:
    return Holders(services)


async def looked(console: Console, **more: str) -> Page:
    browser = await console.logged_in()
    form = (await browser.get("/people")).html.form("/people")
    return await browser.send(form, email=EMAIL, reason=REASON, **more)


async def test_what_is_held_is_shown_with_where_it_is_from_and_who_got_it(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    page = await looked(console)

    got, held = page.html.main.all("table")
    assert [(row[1], row[2], row[3]) for row in got.rows[1:]] == [
        ("slack", "sales", "delivered"),
        ("tech-platform", "hubspot 7", "uploaded"),
    ]
    rows = held.rows[1:]
    assert [row[0] for row in rows] == [*HOLDERS, "platform-upload"]
    assert {(row[2], "Kit O'Hara" in row[4], row[6]) for row in rows[:4]} == {
        ("clay", True, "acme")
    }
    assert f"/leads/{LEAD}" in {each["href"] for each in held.all("a")}
    asked = services.called("POST", "people/show")
    assert {each.body["reason"] for each in asked} == {REASON}
    assert [each.body.get("after") for each in asked] == [None] * 4 + ["jobs:"] * 4
    (question,) = services.called("POST", "people/disclosures")
    assert question.body == {"leads": [{"lead_id": LEAD, "revision": 1}]}


async def test_the_address_is_in_no_url_and_nothing_is_kept(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    browser = await console.logged_in()
    page = await looked(console)
    objected = await browser.send(page.html.form("/people/object"), reason=REASON)

    for each in (page, objected):
        assert (each.status, each.to) == (200, None)
        assert each.headers["cache-control"] == "no-store"
        assert "set-cookie" not in each.headers
        links = [*each.html.all("a"), *each.html.all("form")]
        places = [link.get("href") or link.get("action") or "" for link in links]
        assert not any("people.example" in place or "%40" in place for place in places)
    for call in services.calls:
        assert "people.example" not in call.path
        assert not call.params.keys() & {"email", "q"}


async def test_a_workspace_may_be_chosen_and_stays_chosen(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    page = await looked(console, workspace_id=WORKSPACE)

    assert {each.body["workspace_id"] for each in services.called("POST", "people/show")} == {
        WORKSPACE
    }
    for action in ("/people/object", "/erasures/look"):
        assert page.html.form(action).fields["workspace_id"] == WORKSPACE


async def test_somebody_objects_and_takes_it_back(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    holders.kind = "objected"
    browser = await console.logged_in()
    page = await looked(console)

    objected = await browser.send(page.html.form("/people/object"), reason="ticket 4712")
    lifted = await browser.send(page.html.form("/people/lift"), reason="ticket 4713")

    assert "Has objected: nobody is told of them in all workspaces" in page.html.main.text
    made = services.called("POST", "people/object")
    assert [(each.service, each.body["reason"]) for each in made] == [
        (service, "ticket 4712") for service in HOLDERS
    ]
    assert ["delivery", "taken out of jobs", "2"] in objected.html.main.one("table").rows
    assert "discovery still takes them out" in objected.html.main.text
    assert [row[2] for row in lifted.html.main.one("table").rows[1:]] == ["lifted"] * 4


async def test_an_erasure_begins_with_what_was_asked(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures/look")

    assert form.fields == {"email": EMAIL, "reason": REASON}


async def test_a_service_that_is_away_makes_it_not_all(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    browser = await console.logged_in()
    services.away = {"discovery", "delivery"}

    page = await browser.post("/people", {"email": EMAIL, "reason": REASON})
    objected = await browser.post("/people/object", {"email": EMAIL, "reason": REASON})

    for service in services.away:
        assert f"{service} does not answer" in page.html.main.text
        assert f"{service} does not answer" in objected.html.main.text
    assert {row[0] for row in page.html.main.all("table")[-1].rows[1:]} == {
        "enrichment",
        "platform-upload",
    }
    assert services.called("POST", "people/disclosures") == []
    again = objected.html.form("/people/object")
    assert again.fields["email"] == EMAIL


async def test_what_takes_long_is_gone_on_with_where_it_ended(
    console: Console, services: FakeServices, holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PATIENCE", -1.0)
    holders.endless = True

    page = await looked(console)
    holders.endless = False
    further = await (await console.logged_in()).send(page.html.form("/people"))

    assert "There is more to look through" in page.html.main.text
    assert "from where the page before ended" in further.html.main.text
    assert "There is more" not in further.html.main.text
    asked = services.called("POST", "people/show")
    assert [each.body.get("after") for each in asked] == [None] * 4 + ["jobs:"] * 4


async def test_who_was_erased_and_is_not_here_is_an_answer(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    known = {"kind": "erased", "workspace_id": WORKSPACE, "since": SINCE}
    services.on("*", "POST", "people/show", {"remembered": [known], "items": [], "next": None})

    page = await looked(console)

    assert "Was erased in the workspace acme" in page.html.main.text
    assert "Nothing of this person is here" in page.html.main.text


@pytest.mark.parametrize("missing", ["email", "reason"])
async def test_a_form_without_a_person_or_a_reason_asks_nobody(
    console: Console, services: FakeServices, holders: Holders, missing: str
) -> None:
    browser = await console.logged_in()
    form = {"email": EMAIL, "reason": REASON, missing: " "}

    for path in ("/people", "/people/object", "/people/lift"):
        page = await browser.post(path, form)
        assert page.status == 422
        assert missing in page.html.main.text
    assert services.changes == []


async def test_what_all_services_refuse_is_refused(
    console: Console, services: FakeServices
) -> None:
    error = refused(422, "must be an e-mail address", field="email")
    services.on("*", "POST", "people/*", lambda _: error)
    browser = await console.logged_in()

    for path in ("/people", "/people/object", "/people/lift"):
        page = await browser.post(path, {"email": "kit", "reason": REASON})
        assert page.status == 422
        assert page.html.form(path).fields["email"] == "kit"


@pytest.mark.parametrize("name", ["viewer", "operator", "tenant"])
async def test_who_is_no_admin_sees_no_form(
    console: Console, services: FakeServices, holders: Holders, name: str
) -> None:
    services.on("*", "POST", "people/*", lambda _: refused(403, "it takes the role admin"))
    browser = await console.logged_in(name)

    page = await browser.get("/people")
    sent = await browser.post("/people", {"email": EMAIL, "reason": REASON})

    assert "It takes a token of the role admin" in page.html.main.text
    assert page.html.main.all("form") == []
    assert (sent.status, "Kit" in sent.source) == (403, False)


def test_standings_are_told_once_for_all_services() -> None:
    since = {"enrichment": datetime(2026, 11, 29, 10, tzinfo=UTC)}
    since["delivery"] = datetime(2026, 11, 29, 9, tzinfo=UTC)
    found = Everything()
    for service, at in since.items():
        found.remembered[service] = [
            {"kind": "objected", "workspace_id": str(UUID(int=1)), "since": at}
        ]

    (standing,) = people.Shown(found=found, errors=()).standings

    assert (standing.since, standing.services) == (since["delivery"], ["enrichment", "delivery"])
