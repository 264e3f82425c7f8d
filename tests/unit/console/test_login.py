"""The way in, and what becomes of a form whose session has ended."""

import logging

import pytest

from console.entrypoints.addresses import own_address
from support.console import EMPTY, TOKENS, Browser, Called, Console, FakeServices, Page, refused


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/leads", "/leads"),
        ("/leads?q=a%20b&stage=hot", "/leads?q=a%20b&stage=hot"),
        ("/leads?q=http://evil.test", "/leads?q=http://evil.test"),
        ("/leads#top", "/leads#top"),
        ("", "/"),
        ("leads", "/"),
        ("https://evil.test/", "/"),
        ("https:evil.test", "/"),
        ("https:/evil.test", "/"),
        ("//evil.test", "/"),
        ("///evil.test", "/"),
        ("////evil.test", "/"),
        ("/\\evil.test", "/"),
        ("\\\\evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("/\n/evil.test", "/"),
        ("/leads\r\nset-cookie: a=b", "/"),
        (" //evil.test", "/"),
        ("\x00//evil.test", "/"),
        ("//[", "/"),
        ("http://[", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
        ("?next=//evil.test", "/"),
        ("/%2f/evil.test", "/%2f/evil.test"),
        ("/./@evil.test", "/./@evil.test"),
    ],
)
async def test_a_log_in_leads_to_a_page_of_the_console(
    console: Console, target: str, leads_to: str
) -> None:
    assert own_address(target) == leads_to

    shown = await console.browser().post("/login", {"token": "wrong", "next": target})
    page = await console.browser().post("/login", {"token": TOKENS["viewer"], "next": target})

    # What surrounds a field is not part of it.
    assert shown.html.form("/login").fields["next"] == own_address(target.strip())
    assert page.status == 303
    assert page.to == own_address(target.strip())


@pytest.mark.parametrize(
    "pasted", ["{}", " {} ", "{}\r\n", "'{}'", '"{}"', "\u200b{}\ufeff", "`{}`"]
)
async def test_a_token_is_found_in_what_is_pasted(console: Console, pasted: str) -> None:
    page = await console.browser().log_in(pasted.format(TOKENS["viewer"]))

    assert page.status == 303


@pytest.mark.parametrize(
    "token",
    ["", " ", "two words", "a\r\nx-injected: b", "töken", "<script>", "x\x00y", "Bearer abc"],
)
async def test_what_can_be_no_token_is_sent_to_no_service(console: Console, token: str) -> None:
    page = await console.browser().log_in(token)

    assert page.status == 401
    assert "Paste the token alone" in page.html.one(role="alert").text
    assert console.services.calls == []


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (refused(401, "the token is not known"), 401, "No service knows this token."),
        (refused(429, "too many"), 429, "wait a minute"),
        (refused(503, "a dependency is not available"), 503, "can't be checked now"),
        ({"unknown": "shape"}, 503, "can't be checked now"),
    ],
)
async def test_why_nobody_is_let_in_is_said(
    console: Console, services: FakeServices, answer: object, status: int, said: str
) -> None:
    services.holders["a-token-of-nobody"] = {}
    services.on("*", "GET", "whoami", answer)
    browser = console.browser()

    page = await browser.post("/login", {"token": "a-token-of-nobody", "next": "/audit"})

    assert page.status == status
    assert said in page.html.one(role="alert").text
    assert page.html.form("/login").fields == {"next": "/audit", "token": ""}
    assert browser.cookie is None
    assert "a-token-of-nobody" not in page.source


async def test_whoever_is_in_is_not_asked_again(console: Console) -> None:
    browser = await console.logged_in()

    page = await browser.get("/login?next=/audit")

    assert (page.status, page.to) == (303, "/audit")


async def test_the_token_is_in_no_page_no_address_and_no_log(
    console: Console, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    services.on("*", "GET", "audit", EMPTY)
    browser = console.browser()
    token = TOKENS["admin"]

    pages = [await browser.log_in(token), await browser.get("/audit"), await browser.get("/no")]
    pages += [await browser.get("/audit?service=x"), await browser.post("/logout")]

    for page in pages:
        assert token not in page.source
        assert token not in str(page.headers)
        assert token not in str(page.answer.request.url)
    assert token not in caplog.text
    assert all(token not in str(record.__dict__) for record in caplog.records)


async def test_a_workspaces_visitor_is_named_with_the_workspace(console: Console) -> None:
    page = await (await console.logged_in("tenant")).get("/audit")

    assert "workspace 0190c0de" in page.html.one(class_="who").one("span")["title"]


# A session ends while somebody is in the middle of a form.

SENT = [
    ("reason", 'it\'s "broken" <b>&amp;'),
    ("ids", "1"),
    ("ids", "2"),
    ("text", "\nfirst\nsecond "),
    ("empty", ""),
    ("secret", "whsec_abc"),
    ("api_key", "k"),
]
KEPT = [(name, "" if name in {"secret", "api_key"} else value) for name, value in SENT]


def pairs(page: Page, action: str) -> list[tuple[str, str]]:
    """What the form on the page would send."""
    form = page.html.form(action)
    return [(each["name"], each._value()) for each in form.walk() if each.get("name")]


@pytest.fixture
async def ended(console: Console) -> Browser:
    """A browser whose session is over."""
    browser = await console.logged_in()
    cookie = browser.cookie
    await browser.post("/logout")
    browser.show(cookie)
    console.services.calls.clear()
    return browser


async def test_nothing_of_a_form_is_lost_and_nothing_is_sent(
    console: Console, ended: Browser
) -> None:
    asked = await ended.post("/audit?service=delivery&x=%C3%BC", SENT)
    wrong = await ended.post("/login", [*pairs(asked, "/login")[:-1], ("token", "wrong")])
    offered = await ended.post(
        "/login", [*pairs(wrong, "/login")[:-1], ("token", TOKENS["operator"])]
    )

    assert (asked.status, wrong.status, offered.status) == (401, 401, 200)
    assert "logged out" in asked.html.one(role="alert").text
    assert "Nothing of the form was lost, and nothing of it was sent" in offered.html.main.text
    assert pairs(offered, "/audit?service=delivery&x=%C3%BC") == KEPT
    assert offered.html.one("input", name="secret")["type"] == "password"
    assert "whsec_abc" not in asked.source + wrong.source + offered.source
    assert console.services.changes == []


async def test_a_form_without_a_field_is_offered_as_well(ended: Browser) -> None:
    asked = await ended.post("/audit/nothing", {})
    offered = await ended.post(
        "/login", {**asked.html.form("/login").fields, "token": TOKENS["admin"]}
    )

    assert offered.html.form("/audit/nothing").fields == {}


async def test_who_was_looking_looks_on(ended: Browser) -> None:
    asked = await ended.get("/audit?actor=ana&since=2026-11-01T00%3A00%3A00Z")
    form = (await ended.follow(asked)).html.form("/login")

    page = await ended.send(form, token=TOKENS["viewer"])

    assert page.to == "/audit?actor=ana&since=2026-11-01T00%3A00%3A00Z"


async def test_to_log_out_twice_is_to_be_out(ended: Browser) -> None:
    page = await ended.post("/logout")

    assert (page.status, page.to) == (303, "/login")


async def test_a_token_that_is_taken_away_meanwhile_keeps_the_form_too(
    console: Console, services: FakeServices
) -> None:
    """The session was good a moment ago; the service that is to change something says otherwise."""

    def gone(call: Called) -> object:
        return refused(401, "the token is not known")

    services.on("*", "POST", "erasures", gone)
    browser = await console.logged_in("admin")

    form = {"email": "kit@people.example", "reason": "ticket 7", "count": "3", "expected": "3"}
    page = await browser.post("/erasures", form)

    assert page.status == 401
    assert page.html.form("/login").fields == {
        "next": "/erasures",
        "resend": "1",
        "kept.email": "kit@people.example",
        "kept.reason": "ticket 7",
        "kept.count": "3",
        "kept.expected": "3",
        "token": "",
    }


@pytest.mark.parametrize("length", [1, 2000, 2600, 4096])
async def test_whoever_is_let_in_has_a_cookie_that_browsers_keep(
    console: Console, services: FakeServices, length: int
) -> None:
    token = "t" * length
    services.holders[token] = services.holders[TOKENS["viewer"]]
    browser = console.browser()

    page = await browser.log_in(token)

    kept = page.headers.get("set-cookie", "")
    assert len(kept) < 4096
    assert (page.status == 303) is bool(kept)
    assert kept or "too long" in page.html.main.text
    assert token not in page.source or length == 1
    assert page.status == (303 if length <= 2600 else 400)
