"""What people see of e-mails, in a real browser: a phone's width, light and dark."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from support.looking import SCHEMES, chromium, visiting
from unit.delivery import test_email, test_notices

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOWHERE = "http://nowhere.test"
WIDTHS = (360, 1200)
LONG = "W" * 300
EMAILS: dict[str, dict[str, Any]] = {
    "alert": test_email.email(),
    "alert of odd texts": test_email.email(
        company={"name": LONG, "industry": "שלום <b>", "description": LONG}, topic={"name": LONG}
    ),
    "notice": test_notices.sent(detail=LONG),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize("name", EMAILS)
async def test_an_email_can_be_read_on_a_phone_and_in_the_dark(browser: Browser, name: str) -> None:
    async with visiting(browser, NOWHERE) as visit:
        for scheme in SCHEMES:
            await visit.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                await visit.page.set_viewport_size({"width": width, "height": 900})
                await visit.page.set_content(EMAILS[name]["html"])

                assert await is_dark(visit.page) == (scheme == "dark")
                assert await visit.overhang() <= 0, f"{scheme}, {width}"
                assert await visit.findings() == [], f"{scheme}, {width}"
        assert (visit.seen.foreign, visit.seen.errors) == ([], [])


async def is_dark(page: Page) -> bool:
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 3 * 128
