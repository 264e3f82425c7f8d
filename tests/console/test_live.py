"""Live pages in a real browser: a change comes by itself, and nothing moves under whoever reads."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route

from support.ledger import until
from support.looking import Visit
from support.site import Night, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Between one change and the next: what a change is compared with must have been looked at.
ROUND_SECONDS = 5.0
ROUNDS = 12


async def mark(page: Page) -> None:
    """Know the region that is there now from the one that is fetched."""
    await page.evaluate("document.querySelector('.live').dataset.old = ''")


async def is_fetched_again(page: Page) -> bool:
    return await page.locator(".live[data-old]").count() == 0


async def waiting(page: Page) -> str:
    button = page.locator("[data-live-show]")
    return await button.inner_text() if await button.is_visible() else ""


async def change_until(
    site: Site, night: Night, holds: Callable[[], Awaitable[object]], otherwise: str
) -> None:
    """Run the night's queries again and again until the page has taken notice."""
    for _ in range(ROUNDS):
        body = {"workspace_id": str(night.workspace)}
        await site.pipeline.post("discovery", "trigger-lead-generation", body)
        for _ in range(int(ROUND_SECONDS / 0.1)):
            if await holds():
                return
            await asyncio.sleep(0.1)
    raise AssertionError(otherwise)


async def test_what_has_changed_comes_by_itself(visit: Visit, site: Site, night: Night) -> None:
    await visit.go("/")
    await mark(visit.page)

    await change_until(site, night, lambda: is_fetched_again(visit.page), "nothing came")

    assert await visit.page.locator("[data-live-state]").inner_text() == "live"
    assert (visit.seen.errors, await visit.refusals()) == ([], [])


async def test_rows_wait_for_a_click_and_the_focus_follows(
    visit: Visit, site: Site, night: Night
) -> None:
    await visit.go("/runs")
    await mark(visit.page)
    rows = visit.page.locator("tbody tr")
    before = await rows.count()

    await change_until(site, night, lambda: waiting(visit.page), "no change was said")

    assert not await is_fetched_again(visit.page)
    assert await rows.count() == before
    assert "show" in await waiting(visit.page)
    await visit.page.locator("[data-live-show]").click()
    await rows.nth(before).wait_for()
    assert await waiting(visit.page) == ""
    assert await visit.page.locator(".live:focus").count() == 1


async def test_a_tab_that_nobody_looks_at_gives_its_connection_back(
    visit: Visit, night: Night
) -> None:
    begun: list[str] = []
    ended: list[str] = []
    visit.page.on("request", lambda request: begun.append(request.url))
    for event in ("requestfailed", "requestfinished"):
        visit.page.on(event, lambda request: ended.append(request.url))
    await visit.go("/")
    await until(lambda: _streams(begun) == 1)
    await mark(visit.page)

    await _look(visit.page, away=True)
    await until(lambda: _streams(ended) == 1)
    assert _streams(begun) == 1

    await _look(visit.page, away=False)
    await until(lambda: _streams(begun) == 2)
    # What it may have missed.
    await visit.page.locator(".live:not([data-old])").wait_for()


async def test_a_tab_that_was_left_before_it_was_live_asks_what_it_has_missed(
    visit: Visit, night: Night
) -> None:
    begun = asyncio.Event()

    async def hold(route: Route) -> None:
        begun.set()

    await visit.page.route("**/live", hold)
    await visit.go("/")
    await begun.wait()
    await mark(visit.page)

    await _look(visit.page, away=True)
    await visit.page.unroute("**/live")
    await _look(visit.page, away=False)

    await visit.page.locator(".live:not([data-old])").wait_for()


def _streams(urls: list[str]) -> int:
    return sum(url.endswith("/live") for url in urls)


async def _look(page: Page, *, away: bool) -> None:
    """As a browser tells a page of it when somebody goes to another tab: without a screen it tells none."""
    await page.evaluate(
        """away => {
          Object.defineProperty(document, "hidden", { get: () => away, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        away,
    )


async def test_a_page_that_is_paused_stands_still_and_says_what_it_lacks(
    visit: Visit, site: Site, night: Night
) -> None:
    await visit.go("/")
    await mark(visit.page)
    pause = visit.page.get_by_role("button", name="Pause live")
    await pause.click()

    await change_until(site, night, lambda: waiting(visit.page), "no change was said")

    assert not await is_fetched_again(visit.page)
    await pause.click()
    await visit.page.locator(".live:not([data-old])").wait_for()
    assert await waiting(visit.page) == ""


async def test_whoever_is_in_the_middle_of_a_region_is_left_alone(
    visit: Visit, site: Site, night: Night
) -> None:
    await visit.go("/")
    await mark(visit.page)
    link = visit.page.locator(".live a").first
    await link.focus()

    await change_until(site, night, lambda: waiting(visit.page), "no change was said")

    assert not await is_fetched_again(visit.page)
    assert await link.evaluate("(link) => link === document.activeElement")


async def test_where_the_stream_is_cut_the_page_asks_by_itself(visit: Visit) -> None:
    await visit.page.route("**/live", lambda route: route.abort())
    await visit.go("/")
    await mark(visit.page)

    await visit.page.locator(".live:not([data-old])").wait_for(timeout=60_000)

    assert "asking" in await visit.page.locator("[data-live-state]").inner_text()
