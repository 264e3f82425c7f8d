from typing import Any

import pytest

from leadstream.ids import workspace_id
from support.console import EMPTY, Console, FakeServices, Page, refused
from unit.console.places import MOMENT, channel, connection, page, recipient, workspace

ACME = str(workspace_id("acme"))
SECRET = "s3cr3t-of-acme"
FIELD = "secret"


def query(**changed: Any) -> dict[str, Any]:
    return {
        "id": ACME,
        "workspace_id": ACME,
        "name": "AI tools",
        "status": "active",
        "filters": {"location": {"country": "Chile"}},
        "topic_id": ACME,
        "topic": {"id": ACME, "name": "AI", "category": "technology"},
        "last_run_at": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **changed,
    }


def account(**changed: Any) -> dict[str, Any]:
    return {
        "id": ACME,
        "workspace_id": ACME,
        "provider": "people_data_labs",
        "settings": {},
        "version": 1,
        "held_by": [],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "rotated_at": None,
        **changed,
    }


def sources(**changed: Any) -> dict[str, Any]:
    return {
        "workspace_id": ACME,
        "is_default": False,
        "training": False,
        "without_key": [],
        "updated_at": MOMENT,
        "asked": {name: [] for name in ("intent", "contacts", "verify") if name in changed},
        **changed,
    }


def caps(**changed: Any) -> dict[str, Any]:
    nothing = ("spent_today", "reserved_today", "spent_this_month", "reserved_this_month")
    return {
        "id": ACME,
        "workspace_id": ACME,
        "currency": "USD",
        "daily": None,
        "monthly": None,
        "is_default": True,
        **dict.fromkeys(nothing, "0.00"),
        **changed,
    }


def sender() -> dict[str, Any]:
    said = dict.fromkeys(("from_address", "reply_to", "footer"))
    return {"id": ACME, "workspace_id": ACME, "is_default": True, **said}


def push_source(**changed: Any) -> dict[str, Any]:
    return {
        "id": ACME,
        "workspace_id": ACME,
        "name": "Bombora",
        "query": None,
        "topics": {"AI in sales": "AI tools"},
        "status": "paused",
        "path": f"/api/sources/{ACME}/signals",
        "previous_secret_until": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **changed,
    }


@pytest.fixture(autouse=True)
def furnished(services: FakeServices) -> None:
    own = {"workspace_id": ACME}
    services.on("discovery", "GET", "workspaces", page(workspace(id=ACME)))
    services.on("discovery", "GET", f"workspaces/{ACME}", workspace(id=ACME))
    services.on("discovery", "GET", "queries", page(query()))
    services.on("enrichment", "GET", "credits", EMPTY)
    services.on("delivery", "GET", "recipients", page(recipient(**own)))
    services.on("delivery", "GET", "channels", page(channel(**own)))
    services.on("platform-upload", "GET", "connections", page(connection(**own)))
    services.on("discovery", "GET", "push-sources", page(push_source()))
    services.on("discovery", "GET", "provider-accounts", EMPTY)
    services.on("discovery", "GET", f"sources/{ACME}", sources(is_default=True, intent=None))
    services.on("enrichment", "GET", "provider-accounts", page(account()))
    said = {"contacts": ["people_data_labs", "clay"], "verify": None, "stop_when": "verified"}
    services.on("enrichment", "GET", f"sources/{ACME}", sources(**said))
    services.on("enrichment", "GET", f"spending-caps/{ACME}", caps())
    services.on("delivery", "GET", f"senders/{ACME}", sender())


async def send(console: Console, step: str, text: str, *, by: str = "admin", **more: str) -> Page:
    return await (await console.logged_in(by)).post(f"/workspaces/{step}", {FIELD: text, **more})


async def shown(console: Console) -> str:
    found = await (await console.logged_in()).get("/workspaces/acme")
    return found.html.form("/workspaces/difference").fields[FIELD]


def steps(found: Page) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in found.html.main.one("table").rows[1:]]


async def test_workspaces_say_how_much_each_has(console: Console) -> None:
    found = await (await console.logged_in("viewer")).get("/workspaces")

    (row,) = found.html.main.one("table").rows[1:]
    assert row[:6] == ["acme", "Acme", "1", "1", "1", "1"]
    assert found.html.links["acme"] == "/workspaces/acme"


async def test_a_workspace_is_shown_as_a_file_that_changes_nothing(
    console: Console, services: FakeServices
) -> None:
    text = await shown(console)

    found = await send(console, "difference", text)

    assert {effect for effect, _ in steps(found)} == {"unchanged"}
    assert len(steps(found)) == 8
    assert services.changes == []
    assert "credentials" not in text
    assert "clay_compat" in text
    assert "url: https://hooks.example/…" in text
    assert "name: Bombora" in text
    assert "secret" not in text


async def test_applying_what_is_shown_sends_nothing(
    console: Console, services: FakeServices
) -> None:
    found = await send(console, "apply", await shown(console), reason="nothing")

    assert "Applied" in found.html.main.text
    assert services.changes == []


async def test_the_difference_names_what_would_change_and_hides_secrets(
    console: Console, services: FakeServices
) -> None:
    text = f"""
workspaces:
  - slug: acme
    name: Acme Growth
    recipients: [{{email: new@acme.example}}]
    connections:
      - {{platform: tech-platform, adapter: hubspot, credentials: {{access_token: {SECRET}}}}}
"""

    found = await send(console, "difference", text)

    assert steps(found) == [
        ("change", "workspace acme"),
        ("create", "recipient new@acme.example"),
        ("change", "connection tech-platform"),
    ]
    assert "name: Acme → Acme Growth" in found.html.main.text
    assert SECRET not in found.html.main.one("table").text
    assert services.changes == []


async def test_what_was_typed_stands_in_its_field_and_nowhere_else(console: Console) -> None:
    text = f"workspaces: [{{slug: acme, colour: {SECRET}}}]"

    found = await send(console, "difference", text)

    assert found.status == 422
    assert "line 1: workspaces.0.colour: there is no such key" in found.html.main.text
    assert found.source.count(SECRET) == 1
    assert found.html.form("/workspaces/difference").fields[FIELD] == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("workspaces: [", "not YAML"),
        ("workspaces: [{slug: acme, name: 012}]", "line 1, column"),
        ("workspaces: [{slug: '${HOME}'}]", "HOME is not set"),
        ("workspaces: [{slug: a}, {slug: a}]", "a twice"),
    ],
)
async def test_a_file_that_cannot_be_read_is_said_by_line(
    console: Console, services: FakeServices, text: str, said: str
) -> None:
    found = await send(console, "apply", text, reason="x")

    assert found.status == 422
    assert said in found.html.main.text
    assert services.calls[-1].path == "whoami"


async def test_applying_makes_and_changes_with_the_reason(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "POST", "recipients", lambda call: recipient(**call.body))
    text = "workspaces: [{slug: acme, recipients: [{email: new@acme.example, min_score: hot}]}]"

    found = await send(console, "apply", text, reason="a colleague")

    (change,) = services.changes
    assert change.body == {
        "workspace_id": ACME,
        "email": "new@acme.example",
        "min_score": "hot",
    }
    assert change.reason == "a colleague"
    assert steps(found)[1] == ("create", "recipient new@acme.example")
    assert found.html.main.all("textarea") == []


async def test_sources_are_set_where_they_are_known_and_say_what_they_still_need(
    console: Console, services: FakeServices
) -> None:
    set_ = sources(intent=["g2"], without_key=["g2"])
    services.on("discovery", "PUT", f"sources/{ACME}", set_)
    text = "workspaces: [{slug: acme, sources: {intent: [g2], contacts: [people_data_labs, clay]}}]"

    found = await send(console, "apply", text, reason="more of them")

    (change,) = services.changes
    assert (change.service, change.method, change.body) == ("discovery", "PUT", {"intent": ["g2"]})
    assert steps(found)[1:] == [("create", "sources (intent)"), ("unchanged", "sources (contacts)")]
    assert "no key for g2: leads wait for it" in found.html.main.text


async def test_a_channel_changes_without_its_url(console: Console, services: FakeServices) -> None:
    services.on("delivery", "PATCH", "channels/*", channel())
    text = (await shown(console)).replace("min_score: hot", "min_score: warm")

    await send(console, "apply", text, reason="more of them")

    (change,) = services.changes
    assert change.body == {"min_score": "warm", "status": "active"}


@pytest.mark.parametrize(
    "name", ["warehouse-2", "warehouse"], ids=["of a new channel", "of another place"]
)
async def test_a_hidden_value_that_nothing_stands_for_is_refused(
    console: Console, services: FakeServices, name: str
) -> None:
    url = "https://hooks.example/…" if name == "warehouse-2" else "https://else.example/…"
    text = (
        f"workspaces: [{{slug: acme, channels: [{{type: webhook, name: {name}, url: '{url}'}}]}}]"
    )

    found = await send(console, "apply", text, reason="x")

    assert "url has a hidden value: write it whole" in found.html.main.text
    assert services.changes == []


async def test_it_stops_at_what_is_refused_and_keeps_the_file(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "POST", "recipients", refused(409, "was erased"))
    text = "workspaces: [{slug: acme, recipients: [{email: gone@acme.example}], users: []}]"

    found = await send(console, "apply", text, reason="x")

    assert steps(found) == [
        ("unchanged", "workspace acme"),
        ("failed", "recipient gone@acme.example"),
    ]
    assert "was erased" in found.html.main.one("p", class_="problem").text
    assert found.html.form("/workspaces/difference").fields[FIELD] == text


async def test_a_secret_that_a_service_made_is_told_once(
    console: Console, services: FakeServices
) -> None:
    made = channel(name="new", secret="whsec_bWFkZSBieSB0aGUgc2VydmljZQ")
    services.on("delivery", "POST", "channels", made)
    text = "workspaces: [{slug: acme, channels: [{type: webhook, name: new, url: 'https://x.example/h'}]}]"

    found = await send(console, "apply", text, reason="x")

    assert "whsec_bWFkZSBieSB0aGUgc2VydmljZQ" in found.html.main.text
    assert "whsec_" not in str(found.headers)


@pytest.mark.parametrize("by", ["operator", "viewer"])
async def test_only_an_admin_applies(console: Console, services: FakeServices, by: str) -> None:
    found = await send(console, "apply", "workspaces: [{slug: new}]", by=by, reason="x")
    place = await (await console.logged_in(by)).get("/workspaces/acme")

    assert found.status == 403
    assert services.changes == []
    assert "Apply" not in [each.text for each in place.html.all("button")]


async def test_a_reason_is_needed(console: Console, services: FakeServices) -> None:
    found = await send(console, "apply", "workspaces: [{slug: new}]")

    assert (found.status, services.changes) == (422, [])
    assert "say why" in found.html.main.text


async def test_nothing_of_a_file_is_written_back_where_a_login_comes_between(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    services.holders = {"another-token-of-the-tests": {"name": "x", "role": "admin"}}

    found = await browser.post(
        "/workspaces/difference", {FIELD: f"workspaces: [{{slug: {SECRET}}}]"}
    )

    assert found.status in {303, 401}
    assert SECRET not in found.source


async def test_a_service_that_is_away_leaves_its_part_out_and_says_so(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    services.away.add("delivery")

    found = await browser.get("/workspaces/acme")

    assert found.status == 200
    assert "delivery does not answer" in found.html.main.text
    assert "connections:" in found.source
    assert "channels:" not in found.html.form("/workspaces/difference").fields[FIELD]


async def test_a_workspace_that_is_not_there_is_said(console: Console) -> None:
    found = await (await console.logged_in()).get("/workspaces/nobody")

    assert found.status == 404
