"""A person asks what there is of them, objects, and is told of again: by an operator, in a browser."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from support.looking import Visit, visiting
from support.site import Night, Site
from support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")
REASON = "ticket 4711"


@dataclass(frozen=True, slots=True)
class Someone:
    email: str
    lead: str


async def someone(site: Site, night: Night) -> Someone:
    """Who is in a lead that a platform has."""
    found: list[Any] = []

    async def is_uploaded() -> bool:
        nonlocal found
        query = (
            "SELECT email, lead_id FROM enrichment.contacts JOIN platform_upload.uploads USING (lead_id)"
            " WHERE contacts.workspace_id = $1 AND is_primary AND email IS NOT NULL AND status = 'uploaded'"
            " ORDER BY lead_id LIMIT 1"
        )
        found = await site.pipeline.sql(query, night.workspace)
        return bool(found)

    await eventually(is_uploaded, "nobody was uploaded", within=60)
    return Someone(email=found[0]["email"], lead=str(found[0]["lead_id"]))


async def history(page: Page) -> list[str]:
    """All that the browser remembers of this tab."""
    session = await page.context.new_cdp_session(page)
    entries = (await session.send("Page.getNavigationHistory"))["entries"]
    return [each["url"] for each in entries]


async def look(visit: Visit, email: str) -> None:
    await visit.go("/people")
    await visit.page.get_by_label("E-mail address").fill(email)
    await visit.page.get_by_label("Who asked, and when?").fill(REASON)
    await visit.page.get_by_role("button", name="Look what there is").click()
    await visit.page.get_by_role("heading", name=f"What there is of {email}").wait_for()


async def change(visit: Visit, label: str, *, reason: str) -> None:
    details = visit.page.locator("details.change", has_text=label)
    await details.locator("summary").click()
    await details.get_by_label("Why?").fill(reason)
    await details.get_by_role("button", name=label).click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
async def test_a_person_is_shown_objects_and_is_told_of_again(
    browser: Browser, site: Site, night: Night, *, javascript: bool
) -> None:
    kit = await someone(site, night)
    email = kit.email
    async with visiting(browser, site.url, java_script_enabled=javascript) as visit:
        page = visit.page
        await visit.log_in(site.pipeline.tokens["admin"])
        await look(visit, email)
        got, held = [await each.inner_text() for each in await page.locator("main table").all()]
        await change(visit, "Tell nobody of them any more", reason="ticket 4712")
        await page.get_by_role("heading", name="Nobody is told of").wait_for()
        objected = await page.locator("main").inner_text()
        await look(visit, email)
        standing = await page.locator(".verdict").inner_text()
        await change(visit, "Take the objection back", reason="ticket 4713")
        await page.get_by_role("heading", name="is told of again").wait_for()
        lifted = await page.locator("main").inner_text()
        remembered = await history(page)

    assert kit.lead[-8:] in held
    assert "clay" in held
    # The recipient, the channels and the platform of the night.
    assert {"kit@e2e.example", "slack", "webhook"} <= set(got.split())
    assert "-platform" in got
    assert objected.count("from now on") == 4
    assert "Has objected" in standing
    assert lifted.count("lifted") >= 4
    # Neither the address bar nor the history ever had the address.
    assert [url for url in remembered if url.endswith("/people/object")]
    assert not [url for url in remembered if "?" in url or email.partition("@")[0] in url]


async def test_the_pages_about_a_person_can_be_read_by_anybody(
    admin: Visit, site: Site, night: Night
) -> None:
    await look(admin, (await someone(site, night)).email)
    await admin.can_be_read()

    await admin.page.reload()
    await change(admin, "Tell nobody of them any more", reason=REASON)
    await admin.page.get_by_role("heading", name="Nobody is told of").wait_for()
    await admin.can_be_read()


async def test_no_log_has_the_address(admin: Visit, site: Site) -> None:
    email = "nobody.anywhere@people.example"
    await look(admin, email)
    body = await admin.page.locator("main").inner_text()

    assert "Nothing of this person is here" in body
    logs = [path.read_text(errors="replace") for path in site.pipeline.logs()]
    assert logs
    assert not any("nobody.anywhere" in log for log in logs)


async def test_who_is_no_admin_is_told_so(visit: Visit) -> None:
    await visit.go("/people")

    assert "It takes a token of the role admin" in await visit.page.locator("main").inner_text()
    assert await visit.page.locator("main form").count() == 0
    await visit.can_be_read()
