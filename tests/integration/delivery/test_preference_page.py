"""A recipient's own page, behind the link in their e-mails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from integration.delivery.leads import WORKSPACE, a_lead, add_recipient, announce
from integration.delivery.machine import Machine
from integration.delivery.test_erasure import erase
from leadstream.api import ApiServer, create_app
from leadstream.observability.health import Health
from leadstream_dev.sandbox import Sandbox
from support.html import Element, Html
from support.looking import SCHEMES, Visit, chromium, visiting

FILLED = {
    "min_score": "warm",
    "rhythm_hot": "at_once",
    "rhythm_warm": "hourly",
    "rhythm_cold": "weekly",
    "quiet_start": "22:00",
    "quiet_end": "07:00",
    "zone": "Europe/Berlin",
    "daily_cap": "5",
    "hot_breaks_through": "yes",
}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def a_link(machine: Machine, **body: Any) -> str:
    recipient = await add_recipient(machine, **body)
    query = "SELECT unsubscribe_token FROM recipients WHERE id = $1::text::uuid"
    return f"/u/{await machine.database.pool.fetchval(query, recipient['id'])}"


async def the_recipient(machine: Machine) -> Any:
    (found,) = (await machine.http.get("/api/admin/recipients")).json()["items"]
    return {k: v for k, v in found.items() if k not in {"updated_at", "suppressed"}}


async def suppressions(machine: Machine) -> list[str]:
    rows = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    return [row["reason"] for row in rows]


async def the_form(machine: Machine, link: str) -> Element:
    return Html.parse((await machine.http.get(link)).text).form("?do=save")


async def save(machine: Machine, link: str, **changes: str) -> httpx.Response:
    return await machine.http.post(f"{link}?do=save", data={**FILLED, **changes})


async def test_it_shows_what_holds_and_changes_it(machine: Machine) -> None:
    link = await a_link(machine, min_score="hot")
    shown = await the_form(machine, link)

    assert shown.fields == {
        "min_score": "hot",
        "rhythm_hot": "at_once",
        "rhythm_warm": "at_once",
        "rhythm_cold": "at_once",
        "quiet_start": "",
        "quiet_end": "",
        # Nobody's zone is guessed.
        "zone": "",
        "daily_cap": "",
    }

    answer = await save(machine, link)
    assert (answer.status_code, answer.headers["location"]) == (303, "?said=saved")
    assert "Saved" in (await machine.http.get(f"{link}?said=saved")).text
    assert (await the_form(machine, link)).fields == FILLED
    recipient = await the_recipient(machine)
    assert (recipient["min_score"], recipient["enabled"]) == ("warm", True)
    assert recipient["preferences"] == {
        "rhythm": {"hot": "at_once", "warm": "hourly", "cold": "weekly"},
        "quiet_hours": {"start": "22:00", "end": "07:00"},
        "zone": "Europe/Berlin",
        "daily_cap": 5,
        "hot_breaks_through": True,
    }
    audit = (await machine.http.get("/api/admin/audit")).json()["items"]
    assert next((row["actor"], row["action"]) for row in audit) == (
        "recipient",
        "recipient.changed",
    )


async def test_a_zone_that_an_operator_gave_stays_though_it_is_not_offered(
    machine: Machine,
) -> None:
    link = await a_link(machine, preferences={"zone": "US/Pacific"})

    assert (await the_form(machine, link)).fields["zone"] == "US/Pacific"


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Mars/Olympus<b>"},
        {"quiet_end": "22:00"},
        {"quiet_start": ""},
        {"daily_cap": "0"},
        {"daily_cap": "1000000"},
        {"rhythm_cold": "fortnightly"},
    ],
)
async def test_a_bad_request_says_what_is_wrong_keeps_what_was_typed_and_changes_nothing(
    machine: Machine, changes: dict[str, str]
) -> None:
    link = await a_link(machine)
    await save(machine, link)
    before = await the_recipient(machine)

    answer = await save(machine, link, rhythm_hot="hourly", **changes)

    assert answer.status_code == 422
    form = Html.parse(answer.text).form("?do=save")
    (wrong,) = form.all(aria_invalid="true")
    fault = form.one(id=wrong["aria-describedby"].split()[-1])
    assert fault.text
    assert wrong["id"] == fault["id"].removesuffix("-fault")
    assert form.fields == {**FILLED, "rhythm_hot": "hourly", **changes}
    assert await the_recipient(machine) == before


@pytest.mark.parametrize("body", [b"", b"zone=Europe%2FBerlin", b"\xff\xfe", b"{}", b"&" * 5000])
async def test_half_a_form_changes_nothing(machine: Machine, body: bytes) -> None:
    link = await a_link(machine)
    await save(machine, link)
    before = await the_recipient(machine)

    answer = await machine.http.post(f"{link}?do=save", content=body, headers=FORM)

    assert answer.status_code == 422
    assert "did not arrive" in answer.text
    assert await the_recipient(machine) == before
    assert await suppressions(machine) == []


BOUNDARY = "multipart/form-data; boundary=b"
ONE_CLICKS = [
    (FORM, b"List-Unsubscribe=One-Click"),
    (
        {"content-type": BOUNDARY},
        b'--b\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ),
    (FORM, b""),
    ({}, b""),
    (FORM, b"min_score=hot&zone="),
    ({"content-type": "text/plain"}, b"\xff\x00"),
]


@pytest.mark.parametrize(("headers", "body"), ONE_CLICKS)
async def test_b27_one_click_is_whatever_is_posted_to_the_link_itself(
    machine: Machine, headers: dict[str, str], body: bytes
) -> None:
    link = await a_link(machine)
    await save(machine, link)
    before = await the_recipient(machine)

    answer = await machine.http.post(link, content=body, headers=headers)

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert await suppressions(machine) == ["unsubscribed"]
    # What was chosen holds again when it is switched on again.
    assert await the_recipient(machine) == before


async def test_whoever_unsubscribed_can_switch_on_again(machine: Machine, sandbox: Sandbox) -> None:
    link = await a_link(machine)
    await machine.http.post(link)
    page = Html.parse((await machine.http.get(link)).text)
    assert page.form("?do=resume")
    assert page.all("form", action="?do=save") == []

    for _ in range(2):
        answer = await machine.http.post(f"{link}?do=resume")
        assert (answer.status_code, answer.headers["location"]) == (303, "?said=resumed")

    assert await suppressions(machine) == []
    await announce(machine, a_lead())
    await machine.finish()
    assert len(sandbox.ledger.emails()) == 1


async def test_a_page_that_was_open_switches_nothing_on(machine: Machine) -> None:
    link = await a_link(machine)
    await machine.http.post(link)
    before = await the_recipient(machine)

    answer = await save(machine, link)

    assert answer.status_code == 409
    assert "You are unsubscribed" in answer.text
    assert await suppressions(machine) == ["unsubscribed"]
    assert await the_recipient(machine) == before


async def test_a_form_that_is_saved_at_that_moment_undoes_no_unsubscription(
    machine: Machine,
) -> None:
    link = await a_link(machine)
    for number in range(1, 11):
        await machine.http.post(f"{link}?do=resume")
        saving = [save(machine, link, daily_cap=str(number + each)) for each in range(3)]
        await asyncio.gather(*saving[:2], machine.http.post(link), *saving[2:])

        assert await suppressions(machine) == ["unsubscribed"]


async def test_whom_an_operator_switched_off_can_switch_on(machine: Machine) -> None:
    link = await a_link(machine, enabled=False)
    assert "Lead alerts are switched off" in (await machine.http.get(link)).text

    await machine.http.post(f"{link}?do=resume")

    assert (await the_recipient(machine))["enabled"] is True
    assert (await the_form(machine, link)).fields


@pytest.mark.parametrize("reason", ["bounced", "complained", "manual"])
async def test_what_others_stopped_stays_so_and_it_says_why(machine: Machine, reason: str) -> None:
    link = await a_link(machine)
    body = {"workspace_id": str(WORKSPACE), "email": "ops@acme.example", "reason": reason}
    await machine.http.post("/api/admin/suppressions", json=body)

    answer = await machine.http.get(link)
    await machine.http.post(f"{link}?do=resume")

    page = Html.parse(answer.text)
    assert page.all("form") == []
    assert "administrator" in page.text
    assert await suppressions(machine) == [reason]


WAYS = [("GET", ""), ("POST", ""), ("POST", "?do=save"), ("POST", "?do=resume")]


async def all_ways(machine: Machine, link: str) -> list[httpx.Response]:
    return [
        await machine.http.request(method, f"{link}{query}", data=FILLED if query else None)
        for method, query in WAYS
    ]


async def test_a_token_that_is_nobodys_is_said_to_be_so(machine: Machine) -> None:
    await a_link(machine)
    before = await the_recipient(machine)

    for token in ("x" * 32, "short", "x" * 500, "ü" * 32, "x" * 31 + "%0A"):
        for answer in await all_ways(machine, f"/u/{token}"):
            assert answer.status_code == 404
            assert "This link is not valid any more" in answer.text
    assert await the_recipient(machine) == before
    assert await suppressions(machine) == []


async def test_the_link_of_somebody_who_was_erased_is_nobodys(machine: Machine) -> None:
    link = await a_link(machine)
    await save(machine, link)
    await erase(machine, "ops@acme.example")

    for answer in await all_ways(machine, link):
        assert answer.status_code == 404
        assert "This link is not valid any more" in answer.text


async def test_every_answer_is_kept_by_nobody_and_framed_by_nobody(machine: Machine) -> None:
    link = await a_link(machine)
    answers = [
        await machine.http.get(link),
        await save(machine, link),
        await save(machine, link, zone="?"),
        await machine.http.post(link),
        await machine.http.post(f"{link}?do=resume"),
        await machine.http.get("/u/nobody"),
    ]

    assert [each.status_code for each in answers] == [200, 303, 422, 200, 303, 404]
    for answer in answers:
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers
        assert "ops@acme.example" not in answer.text


@asynccontextmanager
async def served(machine: Machine) -> AsyncIterator[str]:
    app = create_app(service="delivery", health=Health(), public=machine.parts.public)
    server = ApiServer(app, host="127.0.0.1", port=0)
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop()


async def test_it_is_filled_in_without_javascript(machine: Machine) -> None:
    link = await a_link(machine)
    async with (
        chromium() as browser,
        served(machine) as url,
        visiting(browser, url, java_script_enabled=False) as visit,
    ):
        page = visit.page
        await visit.go(link)
        await page.get_by_label("Hot leads only").check()
        await page.get_by_label("Hot leads", exact=True).select_option("Together, every hour")
        await page.get_by_label("From").fill("22:00")
        await page.get_by_label("To", exact=True).fill("06:30")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("alert").get_by_text("Choose your time zone").wait_for()
        assert await page.get_by_label("From").input_value() == "22:00"

        await page.get_by_label("Time zone").select_option("Europe/Berlin")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("status").get_by_text("Saved").wait_for()

        await page.get_by_role("button", name="Unsubscribe").click()
        await page.get_by_role("button", name="Switch on again").click()
        await page.get_by_role("status").get_by_text("You get lead alerts again").wait_for()

    recipient = await the_recipient(machine)
    assert recipient["min_score"] == "hot"
    assert recipient["preferences"]["rhythm"]["hot"] == "hourly"
    assert recipient["preferences"]["zone"] == "Europe/Berlin"
    assert recipient["preferences"]["quiet_hours"] == {"start": "22:00", "end": "06:30"}


async def test_it_is_for_everybody_on_a_phone_and_in_the_dark(machine: Machine) -> None:
    link = await a_link(machine)
    async with (
        chromium() as browser,
        served(machine) as url,
        visiting(browser, url) as visit,
    ):
        await visit.page.set_viewport_size({"width": 360, "height": 800})
        assert await visit.go("/u/nobody") == 404
        await fits(visit)
        # What the browser notes of a 404 by itself.
        visit.seen.clear()
        await visit.go(link)
        await fits(visit)
        await visit.page.get_by_label("From").fill("22:00")
        await visit.page.get_by_role("button", name="Save").click()
        await visit.page.get_by_role("alert").wait_for()
        await fits(visit)
        visit.seen.clear()
        await visit.go(link)
        await visit.page.get_by_role("button", name="Unsubscribe").click()
        await visit.page.get_by_role("button", name="Switch on again").wait_for()
        await fits(visit)
        assert (visit.seen.errors, visit.seen.foreign) == ([], [])


async def fits(visit: Visit) -> None:
    for scheme in SCHEMES:
        await visit.page.emulate_media(color_scheme=scheme)
        assert await visit.findings() == []
        assert await visit.overhang() <= 0
        assert await visit.refusals() == []
