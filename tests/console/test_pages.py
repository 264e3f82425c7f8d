"""A1: every page, on narrow and wide screens, by day and by night."""

import pytest
from playwright.async_api import Browser

from support.looking import Visit, visiting
from support.routes import routes
from support.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")
# These are looked at in a browser; of the others there is nothing to see.
SHOWN = [route.path for route in routes() if not route.path.endswith(".csv")]


async def test_every_page_is_led_to_by_another(pages: dict[str, str]) -> None:
    assert sorted(set(SHOWN) - pages.keys()) == []


@pytest.mark.parametrize("route", SHOWN)
async def test_a1_a_page_can_be_read_by_anybody(
    admin: Visit, pages: dict[str, str], route: str
) -> None:
    if route not in pages:
        pytest.skip("no page leads there: see the test above")
    await looked_at(admin, pages[route], 200)


@pytest.mark.parametrize("path", ["/nothing", "/audit?service=nobody", "/audit?cursor=x"])
async def test_a1_what_goes_wrong_can_be_read_by_anybody(visit: Visit, path: str) -> None:
    await looked_at(visit, path, 404 if path == "/nothing" else 422)


async def test_a1_the_way_in_can_be_read_by_anybody(browser: Browser, site: Site) -> None:
    async with visiting(browser, site.url) as visit:
        await looked_at(visit, "/login", 200)


async def looked_at(visit: Visit, path: str, status: int) -> None:
    visit.seen.clear()
    assert await visit.go(path) == status
    await visit.can_be_read(status)
