"""What people see of e-mails, in a real browser: a phone's width, light and dark."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from support.looking import SCHEMES, chromium, visiting
from unit.delivery import test_digest_email, test_email, test_notices
from unit.delivery.digests import leads_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOWHERE = "http://nowhere.test"
WIDTHS = (360, 1200)
LONG = "W" * 300
EMAILS: dict[str, dict[str, Any]] = {
    "alert": test_email.email(),
    "alert of odd texts": test_email.email(
        company={"name": LONG, "industry": "שלום <b>", "description": LONG}, topic={"name": LONG}
    ),
    "digest": test_digest_email.digest(leads=leads_of(2, 4, 3)),
    "digest of odd texts": test_digest_email.digest(
        leads=leads_of(3, 21, 2, company={"name": LONG}, topic={"name": LONG})
        + leads_of(0, 0, 2, company={"name": "שלום <b>", "domain": None}),
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
            # Once each: colours are the same in any width.
            assert await visit.findings() == [], scheme
        assert (visit.seen.foreign, visit.seen.errors) == ([], [])


@pytest.mark.parametrize("name", test_digest_email.NAMES.values(), ids=test_digest_email.NAMES)
async def test_a_digest_of_200_leads_is_no_wider_than_a_phone(browser: Browser, name: str) -> None:
    leads = leads_of(3, 60, 137, company={"name": name})
    async with visiting(browser, NOWHERE) as visit:
        await visit.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        await visit.page.set_content(test_digest_email.digest(leads=leads)["html"])

        assert await visit.overhang() <= 0


async def is_dark(page: Page) -> bool:
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 3 * 128
