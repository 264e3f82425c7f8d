"""A5, A6, A7: a service away, another's workspace, another site, a stolen cookie."""

import re
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import APIResponse, Browser
from playwright.async_api import Route as PlaywrightRoute

from leadstream_dev.services import SERVICES
from support.looking import Visit, visiting
from support.routes import Route, routes
from support.site import Night, Site
from support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")
EVIL = "http://evil.test/"
# Of no workspace: schedules and what nobody could read are everybody's, and of a group of failures, whose key says
# what failed, everybody sees what is theirs.
OF_ALL = ("/dead-letters/{service}/", "/schedules/{name}", "/failures/{service}/")


@pytest.mark.parametrize("service", [spec.name for spec in SERVICES])
async def test_a5_a_service_that_is_killed_is_a_grey_box(
    site: Site, night: Night, visit: Visit, service: str
) -> None:
    [replica] = site.pipeline.services[service]
    pages = [route.path for route in routes() if route.path in {"/", "/jobs", "/audit", "/pauses"}]
    # A session that was let in is asked about no more than every two seconds.
    assert [await visit.go(path) for path in pages] == [200] * len(pages)
    await replica.kill()
    try:
        for path in pages:
            # Of two, so that a busy machine's one slow moment is not taken for ours.
            took = min([await seconds(visit, path), await seconds(visit, path)])

            away = await visit.page.locator(".box.away").all_inner_texts()
            assert any(service in each for each in away), f"{path}: {away}"
            assert all(service in each for each in away), f"{path}: others are away, too: {away}"
            assert took < 1, f"{path} took {took:.2f} s"
        assert await visit.findings() == []
    finally:
        replica.start()
        await eventually(lambda: answers(site, service), f"{service} is not back", within=60)


async def seconds(visit: Visit, path: str) -> float:
    started = time.monotonic()
    assert await visit.go(path) == 200
    return time.monotonic() - started


async def answers(site: Site, service: str) -> bool:
    """Over HTTP: Kafka waits for a while before it gives a killed member's topics to the next."""
    async with site.pipeline.client(service) as client:
        try:
            return (await client.get("whoami")).is_success
        except httpx.TransportError:
            return False


def foreign(route: Route, pages: dict[str, str]) -> str | None:
    """The address of the route with the ids of a page that shows another's."""
    for shown in sorted(routes(), key=lambda each: -len(each.path)):
        beginning = re.sub(r"\{[^}]+\}", "{}", shown.path)
        wanted = re.sub(r"\{[^}]+\}", "{}", route.path)
        is_part = wanted == beginning or wanted.startswith(beginning.rstrip("/") + "/")
        if shown.parameters and shown.parameters == route.parameters and is_part:
            example = pages.get(shown.path)
            rest = route.path.split("/")[len(shown.path.split("/")) :]
            return example and "/".join([example.partition("?")[0], *rest])
    return None


async def test_a6_a_workspaces_token_finds_nothing_of_another(
    browser: Browser, site: Site, night: Night, pages: dict[str, str]
) -> None:
    """Nor does it change anything: what it sends is refused before anybody looks for the id, or finds nothing."""
    tried: dict[str, int] = {}
    before = await changes_of(site, "tenant")
    async with visiting(browser, site.url) as visit:
        await visit.log_in(site.pipeline.tokens["tenant"])
        for route in routes() + routes("POST"):
            path = foreign(route, pages)
            if path is None or route.path.startswith(OF_ALL):
                continue
            answer = await asked(visit, route, path)
            tried[f"{route.method} {route.path}"] = answer.status
            assert str(night.workspace) not in await answer.text(), path

    # 403: an operator's token may not even ask. 422: the form says too little.
    expected = {"GET": {403, 404}, "POST": {403, 404, 422}}
    assert tried
    assert {
        each: status for each, status in tried.items() if status not in expected[each.split()[0]]
    } == {}
    assert await changes_of(site, "tenant") == before


async def changes_of(site: Site, actor: str) -> list[Any]:
    """What the audit of each service has of whoever it is: other tests use the same token."""
    found = [await site.pipeline.get(spec.name, "audit", actor=actor) for spec in SERVICES]
    return [page["items"] for page in found]


async def asked(visit: Visit, route: Route, path: str) -> APIResponse:
    form: dict[str, str | float | bool] = {"reason": "not mine", "count": "1", "expected": "1"}
    headers = {"sec-fetch-site": "same-origin"}
    if route.method == "GET":
        return await visit.context.request.get(visit.url + path, headers=headers)
    # What was done is said where it leads: that is not looked at.
    return await visit.context.request.post(
        visit.url + path, headers=headers, form=form, max_redirects=0
    )


async def at_another_site(visit: Visit, html: str) -> None:
    """Open a page of another site."""

    async def answer(route: PlaywrightRoute) -> None:
        await route.fulfill(body=html, content_type="text/html")

    await visit.context.unroute(EVIL)
    await visit.context.route(EVIL, answer)
    await visit.page.goto(EVIL)


async def test_a7_a_form_of_another_site_changes_nothing(site: Site, visit: Visit) -> None:
    pauses = await site.pipeline.pauses("delivery")
    for path in ("/logout", "/pauses", "/erasures"):
        html = f"""<!doctype html><title>evil</title>
            <form method=post action="{site.url}{path}"><input name=reason value=evil>
            <button id=go>go</button></form>"""
        await at_another_site(visit, html)
        async with visit.page.expect_response(f"{site.url}{path}") as answered:
            await visit.page.locator("#go").click()
        answer = await answered.value
        assert answer.status == 403
        assert answer.request.headers.get("cookie") is None

    assert await site.pipeline.pauses("delivery") == pauses
    await visit.go("/audit")
    assert await visit.page.get_by_role("button", name="Log out").count() == 1


async def test_a7_no_other_site_shows_the_console_in_a_frame(site: Site, visit: Visit) -> None:
    html = f'<!doctype html><iframe src="{site.url}/audit"></iframe>'
    await at_another_site(visit, html)

    [_, frame] = visit.page.frames
    await frame.wait_for_load_state()

    assert "Audit" not in await frame.content()


async def test_a_link_of_another_site_leads_to_the_page(site: Site, visit: Visit) -> None:
    """As one in an e-mail does, though a strict cookie does not come along."""
    html = f'<!doctype html><a href="{site.url}/audit?actor=ana">the story</a>'
    await at_another_site(visit, html)

    await visit.page.get_by_role("link").click()
    await visit.page.wait_for_url("**/audit?actor=ana")

    assert await visit.page.locator("h1").inner_text() == "Audit"


async def test_a7_a_stolen_cookie_is_worth_nothing_after_the_log_out(
    browser: Browser, site: Site
) -> None:
    async with visiting(browser, site.url) as owner, visiting(browser, site.url) as thief:
        await owner.log_in(site.pipeline.tokens["operator"])
        [cookie] = [each for each in await owner.context.cookies() if each["name"] == "leadstream"]
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        await thief.context.add_cookies([cookie])  # type: ignore[list-item]  # as it was given
        await thief.go("/audit")
        before = await thief.page.locator("h1").inner_text()

        await owner.page.get_by_role("button", name="Log out").click()
        await owner.page.wait_for_url("**/login")
        await thief.go("/audit")
        after = await thief.page.locator("h1").inner_text()

    assert (before, after) == ("Audit", "Log in")


async def test_what_a_page_keeps_from_scripts(visit: Visit) -> None:
    await visit.go("/audit")

    kept = await visit.page.evaluate(
        "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
    )
    assert await visit.page.evaluate("document.cookie") == ""
    # htmx's, the page's own address.
    assert set(kept) <= {"htmx-current-path-for-history"}


async def test_a_form_whose_session_ends_is_sent_by_a_second_click(
    browser: Browser, site: Site
) -> None:
    """Somebody types a reason, logs out in another tab, sends, logs in again, and sends."""
    email = f"{uuid4().hex}@people.example"
    token = site.pipeline.tokens["admin"]
    async with visiting(browser, site.url) as visit:
        await visit.log_in(token)
        await visit.go("/erasures")
        await visit.page.get_by_label("E-mail address").fill(email)
        await visit.page.get_by_label("Who asked, and when?").fill("ticket 4711")
        other = await visit.context.new_page()
        await other.goto(f"{site.url}/audit")
        await other.get_by_role("button", name="Log out").click()
        await other.wait_for_url("**/login")

        await visit.page.get_by_role("button", name="Look what there is").click()
        await visit.page.get_by_label("Token").fill(token)
        await visit.page.get_by_role("button", name="Log in").click()
        offered = await visit.page.locator("h1").inner_text()
        await visit.page.get_by_role("button", name="Send").click()

        assert offered == "Send it now?"
        assert await visit.page.locator("h1").inner_text() == f"What there is of {email}"
        assert await visit.findings() == []
