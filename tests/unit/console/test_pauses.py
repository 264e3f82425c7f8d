"""What is held, why, and what waits behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.admin_answers import JOB, PAUSE, WORKSPACE, a_pause, page
from support.console import Console, FakeServices, refused

CHANNEL = "0190c0de-0000-7000-8000-0000000000c1"
CONNECTION = "0190c0de-0000-7000-8000-0000000000c2"
LIFT = f"/pauses/delivery/{PAUSE}/lift"
NOW = "2026-11-28T02:00:00Z"


@pytest.fixture(autouse=True)
def _quiet(services: FakeServices) -> None:
    for path in ("pauses", "workspaces", "channels", "connections"):
        services.on("*", "GET", path, page())


def rows(found: Any) -> list[list[str]]:
    return list(found.html.main.one("table").rows[1:])


async def test_pauses_of_all_services_say_what_waits_and_why(
    console: Console, services: FakeServices
) -> None:
    circuit = a_pause(
        scope="provider:resend",
        reason="circuit_open",
        actor="circuit-breaker",
        detail='503 {"token": "t0k3n-value", "to": "kit@example.com"}',
        waiting=1000,
        more=True,
        probe_at=NOW,
    )
    topic = a_pause(scope="topic:lead.upload", reason="flood of bad records", waiting=None)
    services.on("delivery", "GET", "pauses", page(a_pause(), circuit))
    services.on("platform-upload", "GET", "pauses", page({**topic, "oldest": None}))

    found = await (await console.logged_in("viewer")).get("/pauses")

    assert [(row[1], row[2], row[7]) for row in rows(found)] == [
        ("delivery", "person", "7"),
        ("delivery", "circuit", "1 000+"),
        ("platform-upload", "stopped topic", "records"),
    ]
    assert found.html.one("a", href="/jobs?service=delivery&state=ready&kind=deliver-email")
    assert rows(found)[1][6].startswith("next probe")
    assert "They said: 503" in rows(found)[1][3]
    for hidden in ("t0k3n-value", "kit@example.com"):
        assert hidden not in found.source
    assert not [form for form in found.html.main.all("form") if form.get("method") == "post"]


async def test_ids_have_names_where_one_call_gives_them(
    console: Console, services: FakeServices
) -> None:
    workspace = {"id": WORKSPACE, "slug": "acme", "name": "Acme", **dates()}
    services.on("discovery", "GET", "workspaces", page(workspace))
    services.on("delivery", "GET", "channels", page(a_channel()))
    services.on("platform-upload", "GET", "connections", page(a_connection()))
    held = [f"workspace:{WORKSPACE}", f"destination:{CHANNEL}", f"connection:{CONNECTION}"]
    services.on("delivery", "GET", "pauses", page(*(a_pause(scope=scope) for scope in held)))

    found = await (await console.logged_in("viewer")).get("/pauses")

    names = [row[0].removesuffix(scope) for row, scope in zip(rows(found), held, strict=True)]
    assert [name.strip() for name in names] == [
        "workspace Acme",
        "destination CRM intake",
        "connection tech-platform",
    ]


async def test_without_names_and_with_services_away_the_rest_is_there(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", "pauses", page(a_pause(scope=f"workspace:{WORKSPACE}")))
    browser = await console.logged_in()
    services.away |= {"discovery", "platform-upload"}

    found = await browser.get("/pauses")

    away = found.html.one("div", class_="away")
    assert [each.text for each in away.all("strong")] == ["discovery", "platform-upload"]
    assert f"workspace:{WORKSPACE}" in rows(found)[0][0]


async def test_a_cause_is_looked_at_alone_and_counted_among_all(
    console: Console, services: FakeServices
) -> None:
    quota = a_pause(reason="quota_exhausted", scope="provider:apollo")
    services.on("discovery", "GET", "pauses", page(quota))
    services.on("delivery", "GET", "pauses", page(a_pause()))

    found = await (await console.logged_in()).get("/pauses?cause=quota")

    assert [row[2] for row in rows(found)] == ["quota"]
    tally = found.html.one(class_="tally")
    assert [each.text for each in tally.all("li")] == ["1 provider: quota", "1 kind: person"]


@pytest.mark.parametrize("query", ["cause=nope", "service=nope"])
async def test_a_filter_that_makes_no_sense_is_said(console: Console, query: str) -> None:
    found = await (await console.logged_in()).get(f"/pauses?{query}")

    assert found.status == 422
    assert "there is no such" in found.html.main.text


async def test_nothing_is_held(console: Console) -> None:
    found = await (await console.logged_in()).get("/pauses")

    assert "leadstream pauses hold" in found.html.one(class_="empty").text


async def test_a_scope_is_held_with_a_reason_and_an_end(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "POST", "pauses", a_pause())
    browser = await console.logged_in("operator")
    form = (await browser.get("/pauses?service=delivery&scope=kind:deliver-email")).html.form(
        "/pauses"
    )

    done = await browser.send(form, reason="quarter end", until="2h")

    [call] = services.changes
    until = datetime.fromisoformat(call.body.pop("until"))
    assert abs(datetime.now(UTC) + timedelta(hours=2) - until) < timedelta(minutes=1)
    assert (call.service, call.body) == (
        "delivery",
        {"scope": "kind:deliver-email", "reason": "quarter end"},
    )
    assert "kind:deliver-email is held" in (await browser.follow(done)).html.text


async def test_without_an_end_it_is_held_until_somebody_lifts_it(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "POST", "pauses", a_pause())

    await (await console.logged_in()).post(
        "/pauses", {"service": "delivery", "scope": "all", "reason": "r", "until": ""}
    )

    assert services.changes[0].body == {"scope": "all", "reason": "r"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": ""}, "say why"),
        ({"scope": ""}, "what is to be held"),
        ({"service": ""}, "which one"),
        ({"service": "nope"}, "there is no such service"),
        ({"until": "soon"}, "is no moment"),
    ],
)
async def test_what_can_not_be_held_is_said_and_the_form_is_kept(
    console: Console, services: FakeServices, changed: dict[str, str], said: str
) -> None:
    given = {"service": "delivery", "scope": "all", "reason": "r", "until": "2h", **changed}

    found = await (await console.logged_in()).post("/pauses", given)

    assert found.status == 422
    assert said in found.html.main.text
    assert found.html.form("/pauses").fields == given
    assert services.changes == []


async def test_what_the_service_does_not_hold_is_said(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", "pauses", refused(422, "should match the pattern", field="scope"))

    found = await (await console.logged_in()).post(
        "/pauses", {"service": "delivery", "scope": "kind:x", "reason": "r"}
    )

    assert found.status == 422
    assert "scope: should match" in found.html.main.text


async def test_a_pause_is_lifted_with_a_reason(console: Console, services: FakeServices) -> None:
    services.on("delivery", "GET", "pauses", page(a_pause()))
    services.on("delivery", "DELETE", f"pauses/{PAUSE}", a_pause())
    browser = await console.logged_in("operator")

    done = await browser.send((await browser.get("/pauses")).html.form(LIFT), reason="it is over")

    [call] = services.changes
    assert (call.method, call.path, call.reason) == ("DELETE", f"pauses/{PAUSE}", "it is over")
    assert "kind:deliver-email goes on" in (await browser.follow(done)).html.text


async def test_what_was_lifted_meanwhile_is_said(console: Console, services: FakeServices) -> None:
    services.on("delivery", "DELETE", "pauses/*", refused(404, "there is no such pause"))
    browser = await console.logged_in()

    assert (await browser.post(LIFT, {"reason": "over"})).status == 404
    assert (await browser.post(f"/pauses/nope/{JOB}/lift", {"reason": "over"})).status == 404


def dates() -> dict[str, str]:
    return {"created_at": NOW, "updated_at": NOW}


def a_channel() -> dict[str, Any]:
    return {
        "id": CHANNEL,
        "workspace_id": WORKSPACE,
        "type": "webhook",
        "name": "CRM intake",
        "min_score": "hot",
        "status": "active",
        "disabled_reason": None,
        "held_by": None,
        "url": "https://crm.example",
        "previous_secret_until": None,
        **dates(),
    }


def a_connection() -> dict[str, Any]:
    return {
        "id": CONNECTION,
        "workspace_id": WORKSPACE,
        "platform": "tech-platform",
        "adapter": "hubspot",
        "settings": {},
        "status": "active",
        "disabled_reason": None,
        "version": 1,
        "held_by": [],
        "rotated_at": None,
        **dates(),
    }


@pytest.mark.parametrize("scope", ["nonsense", "kind:", "workspace:acme-growth", "Kind:x", "all:"])
async def test_a_scope_that_is_none_is_said_in_words(
    console: Console, services: FakeServices, scope: str
) -> None:
    browser = await console.logged_in("operator")

    found = await browser.post(
        "/pauses", {"service": "delivery", "scope": scope, "reason": "quarter end"}
    )

    assert found.status == 422
    assert "kind:deliver-email" in found.html.main.text
    assert "its whole id" in found.html.main.text
    assert services.changes == []
