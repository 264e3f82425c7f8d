"""What every request passes, and what every answer may do."""

import pytest

from leadstream.admin.client import AdminApis
from support.console import TOKENS, Console, FakeServices

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CHANGE = "/login/again"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/audit", 200),
        ("/login", 303),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/static/console.css", 200),
        ("/static/nothing.css", 404),
        ("/nothing", 404),
        ("/audit?service=nobody", 422),
        ("/audit?cursor=nonsense", 422),
        ("/logout", 405),
    ],
)
async def test_every_answer_is_guarded(
    console: Console, services: FakeServices, path: str, status: int
) -> None:
    services.on("*", "GET", "audit", {"items": [], "next": None})

    page = await (await console.logged_in()).get(path)

    assert page.status == status
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    # A style without its version may have changed.
    wanted = "no-cache" if path == "/static/console.css" else "no-store"
    assert page.headers["cache-control"] == wanted


async def test_what_fails_unforeseen_is_guarded_too_and_says_nothing_of_it(
    console: Console, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await console.logged_in()

    def breaks(self: AdminApis, token: str | None) -> None:
        raise ZeroDivisionError("secret of the inside")

    page_before = await browser.get("/audit")
    console.app.state.apis = type("Broken", (), {"as_": breaks})()
    page = await browser.get("/audit")

    assert page_before.status == 200
    assert page.status == 500
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert "our fault" in page.html.title
    assert "ZeroDivision" not in page.source
    assert "secret of the inside" not in page.source


async def test_files_are_kept_for_ever_under_names_that_change(console: Console) -> None:
    browser = await console.logged_in()
    page = await browser.get("/audit")
    named = [each["src"] for each in page.html.all("script")]
    named += [each["href"] for each in page.html.all("link")]

    kept = [(await browser.get(url)).headers["cache-control"] for url in named]

    assert len(kept) == 5
    assert set(kept) == {"public, max-age=31536000, immutable"}
    assert (await browser.get("/static/nothing.js?v=1")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"sec-fetch-site": "Same-Origin"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://console.test"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.test"}, True),
        ({"origin": "https://console.test"}, True),
        ({"origin": "https://console.test:444"}, False),
        ({"origin": "https://console.test.evil.test"}, False),
        ({"origin": "https://evil.test"}, False),
        ({"origin": "https://evil.test/console.test"}, False),
        ({"origin": "https://console.test@evil.test"}, False),
        ({"origin": "null"}, False),
        ({"origin": "null", "host": ""}, False),
        ({"origin": ""}, False),
        ({"origin": "https://["}, False),
        ({"referer": "https://console.test/audit"}, False),
        ({}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/audit", "/nothing"])
async def test_a_form_comes_from_a_page_of_the_console(
    console: Console, headers: dict[str, str], path: str, *, passes: bool
) -> None:
    browser = await console.logged_in()

    page = await browser.post(path, {"token": TOKENS["viewer"]}, headers=headers)

    assert (page.status != 403) is passes
    if not passes:
        assert "another site" in page.html.main.text
        assert "set-cookie" not in page.headers
        assert console.services.changes == []
        assert console.services.ended == set()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_whatever_changes_something_is_looked_at(console: Console, method: str) -> None:
    browser = await console.logged_in()

    answer = await browser.client.request(method, "/audit", headers={"origin": "https://evil.test"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"a=" + b"x" * (1024 * 1024), 413, "larger than"),
        (b"&".join(b"a=1" for _ in range(1001)), 422, "more than 1000 fields"),
        (b"next=%ff", 422, "UTF-8"),
        (b"\xff\xfe", 422, "UTF-8"),
        (b"&".join(b"a=1" for _ in range(1000)), 401, "Paste the token"),
        (b"", 401, "Paste the token"),
    ],
    ids=["large", "many", "no UTF-8", "bytes", "just enough", "nothing"],
)
async def test_a_body_has_limits(console: Console, body: bytes, status: int, said: str) -> None:
    headers = {
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
    }

    answer = await console.browser().client.post("/login", content=body, headers=headers)

    assert answer.status_code == status
    assert said in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("path", ["/", "/audit", "/live", "/nothing", "/static", "/docs"])
async def test_there_is_nothing_to_see_for_who_is_not_in(console: Console, path: str) -> None:
    page = await console.browser().get(path)

    assert page.status == 303
    assert str(page.to).startswith("/login")
    assert console.services.calls == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_link_of_another_site_leads_whoever_is_in_to_the_page(
    console: Console, services: FakeServices, site: str
) -> None:
    """To a strict cookie a link in an e-mail is another site's, and so is where it is led on to."""
    services.on("*", "GET", "audit", {"items": [], "next": None})
    browser = await console.logged_in()
    arriving = console.browser()

    page = await arriving.get("/audit?actor=ana", headers={"sec-fetch-site": site})
    refresh = page.html.one("meta", http_equiv="refresh")["content"]
    with_cookie = await browser.get(refresh.removeprefix("0;url="))
    without = await arriving.get(refresh.removeprefix("0;url="))

    assert page.status == 200
    assert refresh == "0;url=/login?next=/audit%3Factor%3Dana"
    assert (with_cookie.status, with_cookie.to) == (303, "/audit?actor=ana")
    assert without.html.form("/login").fields["next"] == "/audit?actor=ana"


async def test_a_picture_of_another_site_gets_no_page(console: Console) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}

    assert (await console.browser().get("/audit", headers=headers)).status == 303
