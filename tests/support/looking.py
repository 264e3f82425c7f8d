"""A real browser on the console's pages: what it saw, and what a page may not do."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

# The standards of WCAG 2.2 AA, as axe calls them.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (320, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_NOTE_VIOLATIONS = """
window.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refusedByPolicy.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; where there is none tests are skipped, in CI they fail."""
    path = shutil.which("chromium")
    if path is None:
        said = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(slots=True)
class Seen:
    """What a page did that pages may not."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def clear(self) -> None:
        for each in (self.errors, self.foreign, self.dialogs):
            each.clear()


@dataclass(slots=True)
class Visit:
    """A person's browser."""

    context: BrowserContext
    page: Page
    seen: Seen
    url: str

    async def go(self, path: str) -> int:
        """Open a page; return its status."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        return answer.status

    async def log_in(self, token: str) -> None:
        await self.go("/login")
        await self.page.get_by_label("Token").fill(token)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("button", name="Log out").wait_for()

    async def links(self) -> list[str]:
        """Paths of the console that the page leads to."""
        # A form's address may be a page as well, where what it is to do is said.
        script = """
            [...document.querySelectorAll('a[href], form[action]')].map((each) => each.href ?? each.action)
        """
        found: list[str] = await self.page.evaluate(script)
        own = [urlsplit(each) for each in found if each.startswith(self.url + "/")]
        return [f"{each.path}?{each.query}" if each.query else each.path for each in own]

    async def refusals(self) -> list[str]:
        """What the page's policy has refused, with JavaScript on."""
        found: list[str] = await self.page.evaluate("window.refusedByPolicy")
        return found

    async def findings(self) -> list[str]:
        """What axe has against the page."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(Axe().axe_script)
        options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": STANDARDS}}
        results = await self.page.evaluate("(options) => axe.run(options)", options)
        return [_finding(each) for each in results["violations"]]

    async def can_be_read(self, status: int = 200) -> None:
        """Assert that there is nothing against the page, on any screen, by day and by night."""
        page, at = self.page, urlsplit(self.page.url).path
        assert await page.locator("h1").count() == 1
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                assert await self.findings() == [], f"{at} {scheme} {width}"
                assert await self.overhang() <= 0, f"{at} is wider than {width}"
        for details in await page.locator("details").all():
            await details.evaluate("(each) => { each.open = true; }")
        await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        assert await self.findings() == [], f"{at} with all of it open"
        assert await self.overhang() <= 0, f"{at} is wider than {WIDTHS[0]} with all of it open"
        assert await self.refusals() == []
        # Chromium writes the page's own status there, if it is none of success.
        own = [each for each in self.seen.errors if f"status of {status}" not in each]
        assert (own, self.seen.foreign, self.seen.dialogs) == ([], [], [])

    async def overhang(self) -> int:
        """Pixels by which the page is wider than its window."""
        script = "document.documentElement.scrollWidth - window.innerWidth"
        wider: int = await self.page.evaluate(script)
        return wider


def _finding(violation: dict[str, Any]) -> str:
    nodes = "; ".join(f"{each['target']} {each['failureSummary']}" for each in violation["nodes"])
    return re.sub(r"\s+", " ", f"{violation['id']}: {nodes}")[:600]


@asynccontextmanager
async def visiting(browser: Browser, url: str, **settings: Any) -> AsyncIterator[Visit]:
    """A new profile. `settings` are Playwright's, such as `java_script_enabled`."""
    context = await browser.new_context(**settings)
    context.set_default_timeout(15_000)
    await context.add_init_script(_NOTE_VIOLATIONS)
    page = await context.new_page()
    seen = Seen()

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            seen.errors.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", said)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((url + "/", "data:"))
            else seen.foreign.append(request.url)
        ),
    )

    async def dismiss(dialog: Any) -> None:
        seen.dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", dismiss)
    try:
        yield Visit(context, page, seen, url)
    finally:
        await context.close()
