"""Who is let in, and for how long."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from leadstream.crypto import Keyring
from support.clock import FakeClock
from support.console import TOKENS, Browser, Called, Console, FakeServices, refused

OLD, NEW = bytes(31) + b"1", bytes(31) + b"2"


async def comes_in(browser: Browser) -> bool:
    return (await browser.get("/audit")).status == 200


async def test_the_cookie_is_for_the_consoles_own_pages_only(console: Console) -> None:
    page = await console.browser().log_in(TOKENS["admin"])

    name, *attributes = page.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-leadstream=")
    assert {each.lower() for each in attributes} == {
        "httponly",
        "max-age=28800",
        "path=/",
        "samesite=strict",
        "secure",
    }


@pytest.mark.parametrize(
    ("url", "public_url", "name", "secure"),
    [
        ("https://console.test", None, "__Host-leadstream", True),
        ("http://console.test", None, "__Host-leadstream", True),
        ("https://console.test", "https://console.test", "__Host-leadstream", True),
        ("http://localhost:8000", None, "leadstream", False),
        ("http://127.0.0.1:8000", "https://console.test", "leadstream", False),
        ("http://[::1]:8000", None, "leadstream", False),
        ("http://console.test", "http://console.test", "leadstream", False),
        ("http://localhost.evil.test", None, "__Host-leadstream", True),
    ],
)
async def test_the_cookie_goes_over_tls_only_but_on_this_machine(
    services: FakeServices, url: str, public_url: str | None, name: str, *, secure: bool
) -> None:
    async with Console(services, public_url=public_url) as console:
        page = await console.browser(url=url).log_in(TOKENS["admin"])

    set_cookie = page.headers["set-cookie"]
    assert set_cookie.startswith(f"{name}=")
    assert ("Secure" in set_cookie.split("; ")) is secure


async def test_where_the_cookie_is_over_tls_a_plain_one_lets_nobody_in(console: Console) -> None:
    browser = await console.logged_in()
    cookie = browser.cookie
    stranger = console.browser(cookie=f"leadstream={cookie}")

    assert not await comes_in(stranger)


async def test_a_token_is_not_sent_over_plain_http_from_another_machine(console: Console) -> None:
    browser = console.browser(url="http://console.test")
    headers = {"origin": "http://console.test"}

    page = await browser.post("/login", {"token": TOKENS["admin"]}, headers=headers)

    assert page.status == 400
    assert "https" in page.html.one(role="alert").text
    assert console.services.calls == []


async def test_a_sealed_session_says_nothing_of_its_token(console: Console) -> None:
    browser = await console.logged_in()

    assert browser.cookie is not None
    assert TOKENS["admin"] not in browser.cookie
    assert "admin" not in browser.cookie


def _swapped(cookie: str) -> str:
    """Under another session's id."""
    return f"{uuid4()}.{cookie.partition('.')[2]}"


def _damaged(cookie: str) -> str:
    return cookie[:-8] + ("AAAAAAA=" if not cookie.endswith("AAAAAAA=") else "BBBBBBB=")


@pytest.mark.parametrize(
    "tamper",
    [
        _swapped,
        _damaged,
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: cookie.partition(".")[0] + ".",
        lambda cookie: cookie.partition(".")[2],
        lambda cookie: cookie[:-20],
        lambda cookie: "x" * 5000,
        lambda cookie: f"{uuid4()}.%%%",
        lambda cookie: TOKENS["admin"],
    ],
)
async def test_a_session_that_was_touched_lets_nobody_in(console: Console, tamper: object) -> None:
    browser = await console.logged_in()
    assert browser.cookie is not None
    assert callable(tamper)
    touched = tamper(browser.cookie)
    assert await comes_in(browser)

    browser.show(touched)
    page = await browser.get("/audit")

    assert (page.status, page.to) == (303, "/login?next=/audit")


async def test_a_session_of_another_key_lets_nobody_in(services: FakeServices) -> None:
    async with Console(services, keys=Keyring({"a": OLD})) as ours:
        browser = await ours.logged_in()
    async with Console(services, keys=Keyring({"a": NEW})) as theirs:
        stranger = theirs.browser()
        stranger.show(browser.cookie)

        assert not await comes_in(stranger)


async def test_sessions_outlast_a_rotation_of_keys(services: FakeServices) -> None:
    rotating = [
        Keyring({"a": OLD}),
        Keyring({"a": OLD, "b": NEW}),
        Keyring({"b": NEW, "a": OLD}),
    ]
    seen = []
    for sealing in rotating:
        async with Console(services, keys=sealing) as before:
            cookie = (await before.logged_in()).cookie
        for opening in rotating[1:]:
            async with Console(services, keys=opening) as after:
                browser = after.browser()
                browser.show(cookie)
                seen.append(await comes_in(browser))

    assert seen == [True] * 6


async def test_a_session_ends_after_eight_hours(services: FakeServices) -> None:
    clock = FakeClock(datetime(2026, 11, 29, 20, tzinfo=UTC))
    async with Console(services, clock=clock) as console:
        browser = await console.logged_in()
        services.on("*", "GET", "audit", {"items": [], "next": None})

        clock.advance(timedelta(hours=8, seconds=-1))
        before = await comes_in(browser)
        clock.advance(timedelta(seconds=1))
        after = await comes_in(browser)

    assert (before, after) == (True, False)


async def test_a_session_that_was_logged_out_of_lets_nobody_in_on_any_replica(
    services: FakeServices,
) -> None:
    async with Console(services) as one, Console(services) as another:
        browser = await one.logged_in()
        thieves = one.browser(), another.browser()
        for thief in thieves:
            thief.show(browser.cookie)
        assert [await comes_in(thief) for thief in thieves] == [True, True]

        page = await browser.post("/logout")

        assert (page.status, page.to) == (303, "/login")
        assert browser.cookie is None
        assert [await comes_in(thief) for thief in thieves] == [False, False]
    assert len(services.called("POST", "sessions/*/end")) == 5


async def test_a_log_out_that_one_service_has_heard_of_counts(services: FakeServices) -> None:
    async with Console(services) as one, Console(services) as another:
        browser = await one.logged_in()
        thief = another.browser()
        thief.show(browser.cookie)
        services.on("delivery", "GET", "whoami", lambda call: whoami(call, ended=True))

        assert not await comes_in(thief)


def whoami(call: object, *, ended: bool) -> dict[str, object]:
    return {"name": "admin", "role": "admin", "workspace_id": None, "session_ended": ended}


async def test_a_log_out_that_no_service_hears_of_is_said(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    cookie = browser.cookie
    services.on("*", "POST", "sessions/*/end", refused(503, "no database"))

    page = await browser.post("/logout")
    browser.show(cookie)

    assert page.status == 503
    # It has ended here all the same.
    assert not await comes_in(browser)


async def test_a_token_that_was_taken_away_ends_its_sessions(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in("operator")
    del services.holders[TOKENS["operator"]]

    page = await browser.get("/audit")

    assert (page.status, page.to) == (303, "/login?next=/audit")


async def test_a_session_is_asked_about_no_more_than_it_need_be(services: FakeServices) -> None:
    async with Console(services, checked=60) as console:
        browser = await console.logged_in()
        for _ in range(5):
            assert await comes_in(browser)

    # One by logging in, one by the first page; each at five services.
    assert len(services.called("GET", "whoami")) == 10


async def test_while_services_are_away_whoever_was_in_stays_in(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    assert await comes_in(browser)
    stranger = console.browser()
    stranger.show(browser.cookie)
    services.away = {*services.away, "discovery", "enrichment", "delivery", "platform-upload"}
    with_one = await comes_in(browser)
    services.away.add("scheduler")

    page = await browser.get("/audit")

    assert with_one
    assert page.status == 200
    assert len(page.html.main.one("div", class_="away").all("strong")) == 5
    # That there is nothing is not known.
    assert "No change matches" not in page.html.main.text
    assert "is not known" in page.html.main.text


async def test_nobody_is_let_in_while_no_service_answers(
    console: Console, services: FakeServices
) -> None:
    cookie = (await console.logged_in()).cookie
    services.away = {"discovery", "enrichment", "delivery", "platform-upload", "scheduler"}
    async with Console(services) as fresh:
        browser = fresh.browser()
        browser.show(cookie)

        page = await browser.get("/audit")
        login = await browser.log_in(TOKENS["admin"])

    assert page.status == 503
    assert "No service answers" in page.html.title
    assert login.status == 503
    assert "can't be checked" in login.html.one(role="alert").text


# Without tokens: this machine only.


@pytest.fixture
def tokenless(services: FakeServices) -> FakeServices:
    services.holders = {}
    services.on("*", "GET", "audit", {"items": [], "next": None})
    return services


@pytest.mark.parametrize(
    ("at", "url", "headers", "lets_in"),
    [
        ("127.0.0.1", "http://localhost:8000", {}, True),
        ("127.0.0.1", "http://127.0.0.1:8000", {}, True),
        ("::1", "http://[::1]:8000", {}, True),
        ("::ffff:127.0.0.1", "http://localhost:8000", {}, True),
        ("127.0.0.1", "http://localhost:8000", {"origin": "http://localhost:8000"}, True),
        ("192.0.2.7", "http://localhost:8000", {}, False),
        # DNS rebinding: the name is another's, the address this machine's.
        ("127.0.0.1", "http://evil.test:8000", {}, False),
        ("127.0.0.1", "http://localhost.evil.test:8000", {}, False),
        ("127.0.0.1", "http://localhost:8000", {"origin": "https://evil.test"}, False),
        ("127.0.0.1", "http://localhost:8000", {"origin": "null"}, False),
        ("127.0.0.1", "http://localhost:8000", {"x-forwarded-for": "203.0.113.5"}, False),
        ("127.0.0.1", "http://localhost:8000", {"forwarded": "for=203.0.113.5"}, False),
    ],
)
async def test_without_tokens_this_machine_alone_is_let_in(
    console: Console,
    tokenless: FakeServices,
    at: str,
    url: str,
    headers: dict[str, str],
    *,
    lets_in: bool,
) -> None:
    assert await comes_in(console.browser(at=at, url=url, **headers)) is lets_in


async def test_without_tokens_any_token_is_none(console: Console, tokenless: FakeServices) -> None:
    """The services, which are asked from this machine, would take it for this machine's."""
    stranger = console.browser(at="203.0.113.5")

    page = await stranger.log_in("anything-at-all")

    assert page.status == 401
    assert stranger.cookie is None


async def test_a_session_of_before_the_tokens_went_lets_nobody_in(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in("viewer")
    services.holders = {}

    assert not await comes_in(browser)


async def test_without_tokens_an_old_cookie_is_in_nobodys_way(
    console: Console, tokenless: FakeServices
) -> None:
    browser = console.browser(
        at="127.0.0.1", url="http://localhost:8000", cookie="leadstream=of-another-demo"
    )

    assert await comes_in(browser)


async def test_one_service_without_tokens_makes_nobody_an_admin(
    console: Console, services: FakeServices
) -> None:
    local = {"name": "local", "role": "admin", "workspace_id": None, "local": True}
    services.on("discovery", "GET", "whoami", {**local, "session_ended": False})

    browser = await console.logged_in("viewer")
    page = await browser.get("/audit")

    assert "viewer · viewer" in page.html.one("header").text


async def test_a_service_that_hangs_holds_nobody_up_at_the_door(
    console: Console, services: FakeServices
) -> None:
    services.hanging = {"delivery", "scheduler"}

    async with asyncio.timeout(5):
        browser = await console.logged_in()
        page = await browser.get("/login?next=/audit")

    assert (page.status, page.to) == (303, "/audit")


async def test_all_services_are_asked_whether_a_session_has_ended(
    console: Console, services: FakeServices
) -> None:
    """Even where most are quicker to say that they know of nothing."""
    browser = await console.logged_in()

    async def slow(call: Called) -> object:
        await asyncio.sleep(0.05)
        return whoami(call, ended=True)

    services.on("scheduler", "GET", "whoami", slow)

    assert not await comes_in(browser)
