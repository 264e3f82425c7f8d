"""What went wrong, as people read it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from starlette.responses import Response

from console.entrypoints.forms import Sent
from console.entrypoints.templating import see
from console.entrypoints.visitors import Asking
from leadstream.admin.calls import Call
from leadstream.admin.client import AdminApis
from leadstream.admin.errors import AwayError
from support.console import EMPTY, TOKENS, Console, FakeServices, refused


@pytest.fixture
def failing(console: Console) -> FakeServices:
    """A route of the tests' own, which asks one service and passes on what it says."""

    async def ask(request: Request, api: Asking, form: Sent) -> Response:
        await api.ask(Call("delivery", "POST", "things", Any, reason=form.reason))
        return see("/audit", "done")

    console.app.post("/things")(ask)
    return console.services


@pytest.mark.parametrize(
    ("answer", "status", "title", "said"),
    [
        (refused(403, "the token's role may look"), 403, "Not with this token", "may look"),
        (refused(404, "there is no such job"), 404, "There is no such thing", "no such job"),
        (refused(409, "it is running"), 409, "That can't be done now", "it is running"),
        (refused(422, "too long", field="reason"), 422, "not accepted", "reason: too long"),
        (refused(413, "too large"), 422, "not accepted", "too large"),
        (refused(429, "too many"), 429, "Too many changes in a minute", "too many"),
        (refused(503, "a dependency"), 503, "can't answer now", "a dependency"),
        (refused(500, "this is our fault"), 502, "delivery failed", "our fault"),
        (httpx.Response(502, text="<h1>nginx</h1>"), 502, "delivery failed", "502 Bad Gateway"),
        (httpx.Response(404, text="<h1>nginx</h1>"), 404, "no such thing", "404 Not Found"),
        (httpx.Response(302, headers={"location": "https://evil.test"}), 502, "strange", "302"),
        (
            httpx.Response(200, text="<!doctype html><script>alert(1)</script>"),
            502,
            "strange",
            "no delivery does",
        ),
        # What nobody's service says, where the message is looked for.
        (refused(422, "no", field=["a"]), 422, "not accepted", "no"),  # type: ignore[arg-type]
        (httpx.Response(422, text='{"error":' + "[" * 100_000), 422, "not accepted", "422"),
        (httpx.Response(200, content=b"\xff\xfe\x00"), 502, "strange", "no delivery does"),
        (httpx.Response(200, text=""), 502, "strange", "no delivery does"),
    ],
)
async def test_a_refusal_says_what_and_keeps_the_form(
    console: Console, failing: FakeServices, answer: object, status: int, title: str, said: str
) -> None:
    failing.on("delivery", "POST", "things", answer)
    browser = await console.logged_in()

    page = await browser.post(
        "/things?a=1", {"reason": "because", "secret": "s3cr3t-value", "of": "x"}
    )

    assert page.status == status
    assert title in page.html.title
    assert said in page.html.main.text
    assert page.html.form("/things?a=1").fields == {"reason": "because", "secret": "", "of": "x"}
    assert "s3cr3t-value" not in page.source
    assert "<script>alert" not in page.source
    assert "Traceback" not in page.source


async def test_a_service_that_is_away_is_said_and_keeps_the_form(
    console: Console, failing: FakeServices
) -> None:
    browser = await console.logged_in()
    failing.away.add("delivery")

    page = await browser.post("/things", {"reason": "because"})

    assert page.status == 503
    assert "delivery is away" in page.html.title
    assert page.html.form("/things").fields == {"reason": "because"}


@pytest.mark.parametrize("reason", ["two\r\nlines", "a\x00b", "a\x7fb"])
async def test_a_reason_that_no_header_holds_is_not_the_services_fault(
    console: Console, failing: FakeServices, reason: str
) -> None:
    failing.on("delivery", "POST", "things", {})
    browser = await console.logged_in()

    page = await browser.post("/things", {"reason": reason})

    assert page.status == 422
    assert "reason: must be a single line" in page.html.main.text
    assert page.html.form("/things").all(name="reason")
    assert failing.changes == []


@pytest.mark.parametrize("reason", ["👩\u200d🚒 it burns", "no\u00a0break", "a\u0085b"])
async def test_a_reason_in_any_language_reaches_the_service(
    console: Console, failing: FakeServices, reason: str
) -> None:
    failing.on("delivery", "POST", "things", {})
    browser = await console.logged_in()

    page = await browser.post("/things", {"reason": reason})

    assert page.status == 303
    assert failing.changes[0].reason == reason


async def test_a_service_that_only_drips_is_given_up(services: FakeServices) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    services.on("delivery", "GET", "things", lambda _: httpx.Response(200, content=drip()))
    urls = {"delivery": "http://delivery.test"}
    apis = AdminApis(urls, transport=services.transport, timeout=0.1)

    with pytest.raises(AwayError, match="TimeoutError"):
        async with asyncio.timeout(5):
            await apis.as_(TOKENS["admin"]).ask(Call("delivery", "GET", "things", Any))

    await apis.close()


async def test_a_page_is_there_soon_although_a_service_hangs(
    console: Console, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.admin.client.LOOK_SECONDS", 0.1)
    services.on("*", "GET", "audit", EMPTY)
    browser = await console.logged_in()
    services.hanging.add("delivery")

    async with asyncio.timeout(5):
        page = await browser.get("/audit")

    assert page.status == 200
    assert "does not answer" in page.html.one("div", class_="away").text


async def test_only_what_can_be_looked_at_again_has_a_link_to_it(console: Console) -> None:
    browser = await console.logged_in()

    unread = await browser.post("/jobs/retry", {"reason": "x" * 2_000_000})
    unknown = await browser.get("/audit?service=nobody")

    assert unread.status == 413
    assert "Try again" not in unread.html.main.text
    assert "Try again" in unknown.html.main.text


async def test_a_form_that_goes_well_is_said_once_where_it_leads(
    console: Console, failing: FakeServices
) -> None:
    failing.on("delivery", "POST", "things", {})
    failing.on("*", "GET", "audit", EMPTY)
    browser = await console.logged_in()

    page = await browser.follow(await browser.post("/things", {"reason": "für Müller — 10 €"}))
    again = await browser.get("/audit")

    assert page.html.one(id="said").text == "done"
    assert again.html.one(id="said").text == ""
    assert failing.changes[0].reason == "für Müller — 10 €"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, "There is no such page"),
        ("/audit/nothing", 404, "There is no such page"),
        ("/audit?cursor=nonsense", 422, "That page is not there"),
        ("/audit?cursor=%FF", 422, "That page is not there"),
        ("/audit?service=nobody", 422, "there is no such service"),
        ("/logout", 405, "That does not work"),
        ("/static/../settings.py", 404, "There is no such page"),
        ("/static/%2e%2e/settings.py", 404, "There is no such page"),
        ("/static/vendor", 404, "There is no such page"),
    ],
)
async def test_what_is_not_there_is_readable(
    console: Console, services: FakeServices, path: str, status: int, said: str
) -> None:
    services.on("*", "GET", "audit", EMPTY)

    page = await (await console.logged_in()).get(path)

    assert page.status == status
    assert said in page.html.main.text
    assert path.startswith("/static") or page.html.one("nav", class_="pages")


@pytest.mark.parametrize("path", ["//evil.test/", "//evil.test/x?y=1", "///evil.test"])
async def test_no_link_of_a_page_leads_to_another_site(console: Console, path: str) -> None:
    browser = await console.logged_in()

    page = await browser.get(f"https://console.test{path}")

    assert "evil.test" not in page.source
    assert "evil.test" not in (page.to or "")


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/audit/", "/audit"), ("/audit//?a=1", "/audit?a=1"), ("/a%2fb/", "/a%2fb")],
)
async def test_a_slash_too_many_leads_to_the_page_on_whatever_host_it_is(
    console: Console, path: str, leads_to: str
) -> None:
    page = await (await console.logged_in()).get(path)

    assert (page.status, page.to) == (307, leads_to)


async def test_what_is_wrong_with_an_address_is_written_as_text(console: Console) -> None:
    browser = await console.logged_in()

    page = await browser.get("/audit?service=%3Cscript%3Ealert(1)%3C/script%3E&q=%22onload=")

    assert page.status == 422
    assert "<script>alert" not in page.source
    assert '"onload=' not in page.source
