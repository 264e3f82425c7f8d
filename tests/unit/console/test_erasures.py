from typing import Any
from uuid import UUID

import pytest

from leadstream.admin.receipts import HOLDERS
from leadstream.erasure.chain import BEGINNING, Entry, Head, next_entry
from support.console import EMPTY, WORKSPACE, Called, Console, FakeServices, Page, refused

EMAIL = "kit.ohara@people.example"
DONE = "2026-11-29T02:10:05Z"
REASON = "ticket 4711"


class Holders:
    """Services that hold something of a person, each with its own part of the receipts."""

    def __init__(self, services: FakeServices) -> None:
        self.chains: dict[str, list[Entry]] = {}
        self.erasures: dict[tuple[str, str], dict[str, Any]] = {}
        self.finishes = True
        services.on("*", "POST", "erasures", self.erase)
        services.on("*", "GET", "erasures/*", self.get)
        services.on("*", "GET", "erasure-receipts/*", self.receipt)
        services.on("*", "POST", "erasure-receipts/*/joined", self.join)

    def erase(self, call: Called) -> Any:
        receipt = call.body.get("receipt_id", str(UUID(int=1)))
        removed = {"leads": 2, "alerts": 0} if call.service != "enrichment" else {"contacts": 3}
        found = {
            "id": receipt,
            "receipt_id": receipt,
            "workspace_id": call.body.get("workspace_id"),
            "dry_run": call.body.get("dry_run", False),
            "known": False,
            "removed": removed,
            "elsewhere": {"tech-platform": 1} if call.service == "platform-upload" else {},
            "started_at": DONE,
            "finished_at": DONE if self.finishes else None,
        }
        if not found["dry_run"]:
            self.erasures[call.service, receipt] = found
            if self.finishes:
                entry = {"entry": "erased", "at": DONE, "removed": removed, "elsewhere": []}
                self._write(call.service, UUID(receipt), entry)
        return found

    def get(self, call: Called) -> Any:
        found = self.erasures.get((call.service, call.path.split("/")[1]))
        return found or refused(404, "there is no such erasure")

    def receipt(self, call: Called) -> Any:
        receipt = call.path.split("/")[1]
        entries = [e for e in self.chains.get(call.service, []) if str(e.receipt_id) == receipt]
        if not entries:
            return refused(404, "there is no such receipt")
        return {"receipt_id": receipt, "entries": [_shown(e) for e in entries], "open": []}

    def join(self, call: Called) -> Any:
        receipt = UUID(call.path.split("/")[1])
        self._write(call.service, receipt, {"entry": "joined", "parts": call.body["parts"]})
        return {"receipt_id": str(receipt), "entries": [], "open": []}

    def _write(self, service: str, receipt: UUID, content: dict[str, Any]) -> None:
        chain = self.chains.setdefault(service, [])
        head = Head(length=len(chain), hash=chain[-1].hash if chain else BEGINNING)
        chain.append(next_entry(head, receipt, content))


def _shown(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "receipt_id": str(entry.receipt_id),
        "content": entry.content,
        "previous": entry.previous.hex(),
        "hash": entry.hash.hex(),
    }


@pytest.fixture
def holders(services: FakeServices) -> Holders:
    services.on("*", "GET", "audit", EMPTY)
    return Holders(services)


def real(services: FakeServices) -> list[Called]:
    """Erasures that were no dry runs."""
    return [each for each in services.called("POST", "erasures") if not each.body.get("dry_run")]


async def looked(console: Console, **more: str) -> Page:
    browser = await console.logged_in()
    form = (await browser.get("/erasures")).html.form("/erasures/look")
    return await browser.send(form, email=EMAIL, reason=REASON, **more)


async def test_first_it_is_said_what_there_is(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    page = await looked(console)

    assert page.status == 200
    assert page.html.main.one("table").rows[1:] == [
        ["enrichment", "contacts", "3"],
        ["discovery", "leads", "2"],
        ["delivery", "leads", "2"],
        ["platform-upload", "leads", "2"],
        ["platform-upload", "uploads to tech-platform", "1"],
    ]
    assert real(services) == []
    assert [each.service for each in services.called("POST", "erasures")] == list(HOLDERS)


async def test_a_person_is_erased_upstream_first_with_one_receipt_that_is_joined(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()

    page = await browser.send(form, count="10")
    receipt = await browser.follow(page)

    calls = real(services)
    assert [each.service for each in calls] == list(HOLDERS)
    [receipt_id] = {each.body["receipt_id"] for each in calls}
    assert {each.body["email"] for each in calls} == {EMAIL}
    assert {each.body["reason"] for each in calls} == {REASON}
    assert page.to == f"/erasures/{receipt_id}"
    joined = services.called("POST", "erasure-receipts/*/joined")
    assert {each.service: set(each.body["parts"]) for each in joined} == {
        service: set(HOLDERS) - {service} for service in HOLDERS
    }
    assert [each.text for each in receipt.html.main.all("h2")][:4] == [
        f"{service} completed" for service in HOLDERS
    ]
    assert "contacts 3" in receipt.html.main.text
    assert "Each service has taken down" in receipt.html.main.text
    assert receipt.html.main.all(class_="problem") == []


async def test_the_address_is_in_no_url(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    browser = await console.logged_in()
    page = await looked(console)
    done = await browser.send(page.html.form("/erasures"), count="10")
    receipt = await browser.follow(done)

    for each in (page, done, receipt):
        assert EMAIL.partition("@")[0] not in str(each.answer.request.url) + str(each.to)
        assert EMAIL not in str(each.headers)
    assert EMAIL not in receipt.source
    for link in page.html.all("a"):
        assert "people.example" not in link["href"]
    assert all("people" not in f"{each.path} {each.params}" for each in services.calls)


@pytest.mark.parametrize("count", ["", "9", "11", "all"])
async def test_nobody_is_erased_by_a_slip(
    console: Console, services: FakeServices, holders: Holders, count: str
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()

    page = await browser.send(form, count=count)

    assert page.status == 422
    assert real(services) == []
    # It is offered to be sent again, with all of it.
    assert page.html.form("/erasures").fields["email"] == EMAIL


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "reason": "r"}, "email"),
        ({"reason": "r"}, "email"),
        ({"email": EMAIL, "reason": " "}, "ticket"),
        ({"email": EMAIL, "reason": "r", "count": "1"}, "the number that the page shows"),
        ({"email": EMAIL, "reason": "r", "count": "1", "expected": "1", "receipt": "x"}, "receipt"),
    ],
)
async def test_a_form_that_says_too_little_erases_nobody(
    console: Console, services: FakeServices, fields: dict[str, str], said: str
) -> None:
    page = await (await console.logged_in()).post("/erasures", fields)

    assert page.status == 422
    assert said in page.html.main.one(class_="problem").text
    assert services.changes == []


async def test_in_one_workspace_only_if_that_is_asked(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console, workspace_id=WORKSPACE)).html.form("/erasures")

    await (await console.logged_in()).send(form, count="10")

    asked = services.called("POST", "erasures")
    assert {each.body["workspace_id"] for each in asked} == {WORKSPACE}


async def test_where_a_service_is_away_the_same_receipt_goes_on(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()
    services.away.add("delivery")
    stopped = await browser.send(form, count="10")
    services.away.clear()
    receipt = await browser.follow(stopped)

    again = await browser.send(
        receipt.html.form("/erasures/look"), email=EMAIL, reason="ticket 4711 again"
    )
    done = await browser.send(again.html.form("/erasures"), count="10")

    assert "delivery: does not answer" in receipt.html.one(id="said").text
    assert [each.text for each in receipt.html.main.all("h2")][:4] == [
        "enrichment completed",
        "discovery completed",
        "delivery not reached",
        "platform-upload not reached",
    ]
    assert done.to == stopped.to
    assert services.called("POST", "erasure-receipts/*/joined") != []


async def test_what_takes_longer_is_joined_when_it_is_done(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    holders.finishes = False
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()
    going = await browser.follow(await browser.send(form, count="10"))
    holders.finishes = True
    for call in list(real(services)):
        holders.erase(call)
    at = str(going.answer.request.url.path)

    ended = await browser.get(at)
    joined = await browser.follow(await browser.send(ended.html.form(f"{at}/join")))

    assert going.html.main.text.count("still being looked for") == 4
    assert going.html.all("form", action=f"{at}/join") == []
    assert "Each service has taken down the others' parts" in joined.html.main.text


async def test_a_part_that_somebody_has_changed_is_said(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()
    done = await browser.send(form, count="10")
    chain = holders.chains["delivery"]
    chain[0] = next_entry(Head(), chain[0].receipt_id, {"entry": "erased", "at": "never"})

    receipt = await browser.follow(done)

    flaws = [each.text for each in receipt.html.main.all("p", class_="problem")]
    assert flaws
    assert all(each.startswith("delivery: its part is not the one") for each in flaws)
    assert "can't be read" in receipt.html.main.text


async def test_a_service_that_is_away_is_a_grey_box(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()
    done = await browser.send(form, count="10")
    services.away.add("discovery")

    pages = [await browser.get("/erasures"), await browser.follow(done), await looked(console)]

    assert [page.status for page in pages] == [200, 200, 200]
    assert [len(page.html.main.all("div", class_="away")) for page in pages] == [1, 1, 1]


async def test_past_erasures_are_listed_once_each(console: Console, services: FakeServices) -> None:
    row = {
        "id": str(UUID(int=5)),
        "at": "2026-11-28T02:10:00Z",
        "actor": "ana",
        "action": "person.erased",
        "target": f"erasure:{UUID(int=9)}",
        "reason": "ticket 1",
        "before": None,
        "after": None,
        "workspace_id": None,
    }
    services.on("*", "GET", "audit", EMPTY)
    for service in ("enrichment", "delivery"):
        services.on(service, "GET", "audit", {"items": [row], "next": None})

    page = await (await console.logged_in("viewer")).get("/erasures")

    assert [r[2:4] for r in page.html.main.one("table").rows[1:]] == [
        ["ticket 1", "enrichment, delivery"]
    ]
    assert page.html.main.one("table").one("a")["href"] == f"/erasures/{UUID(int=9)}"
    # Whoever may not erase sees no form.
    assert page.html.main.all("form") == []
    assert {each.params["action"] for each in services.called("GET", "audit")} == {"person.erased"}


@pytest.mark.parametrize(
    "path", [f"/erasures/{UUID(int=3)}", "/erasures/nonsense", "/erasures/kit@people.example"]
)
async def test_a_receipt_that_there_is_none_of_is_not_found(
    console: Console, holders: Holders, path: str
) -> None:
    assert (await (await console.logged_in()).get(path)).status == 404


async def test_what_a_service_says_of_the_form_is_said(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "GET", "audit", EMPTY)
    said = refused(422, "must be an e-mail address", field="email")
    services.on("*", "POST", "erasures", said)

    page = await looked(console)

    assert page.status == 422
    assert "email: must be an e-mail address" in page.html.main.text
    assert page.html.form("/erasures/look").fields["email"] == EMAIL


async def test_where_nothing_was_done_the_form_is_kept(
    console: Console, services: FakeServices, holders: Holders
) -> None:
    form = (await looked(console)).html.form("/erasures")
    browser = await console.logged_in()
    services.away.add("enrichment")

    page = await browser.send(form, count="10")

    assert page.status == 503
    assert page.html.form("/erasures").fields["email"] == EMAIL
    assert real(services) == []
