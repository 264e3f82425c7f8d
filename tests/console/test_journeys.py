"""A3, A4: from a failed lead to its story, by keyboard, and with JavaScript off. A person is erased."""

import pytest
from playwright.async_api import Browser, Page

from support.looking import Visit, visiting
from support.routes import route_of
from support.site import Night, Site
from support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


def has_pages(night: Night) -> bool:
    job = f"/jobs/enrichment/{night.failed_job}"
    return all(route_of(path) for path in ("/jobs", job, f"/leads/{night.failed_lead}"))


async def focus(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus: by keyboard nothing else gets there."""
    wanted = page.locator(selector).first
    await wanted.wait_for(state="attached")
    for _ in range(400):
        if await wanted.evaluate("(each) => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard on {page.url}")


async def test_a3_by_keyboard_a_failed_lead_is_found_retried_and_read(
    site: Site, night: Night, visit: Visit
) -> None:
    if not has_pages(night):
        pytest.skip("the pages of jobs and leads are not there")
    page = visit.page
    await visit.go("/audit")
    await page.keyboard.press("g")
    await page.keyboard.press("j")
    await page.wait_for_url("**/jobs")
    await visit.go(f"/jobs?state=failed&service=enrichment&workspace_id={night.workspace}")
    await focus(page, f"a[href^='/jobs/enrichment/{night.failed_job}']")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/jobs/enrichment/{night.failed_job}*")

    form = f"form[action^='/jobs/enrichment/{night.failed_job}/retry']"
    await focus(page, f"details:has({form}) > summary")
    await page.keyboard.press("Enter")
    await focus(page, f"{form} [name=reason]")
    await page.keyboard.type("the provider knows it now")
    await page.keyboard.press("Enter")
    await page.locator("#said .done").wait_for()
    await focus(page, f"a[href^='/leads/{night.failed_lead}']")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/leads/{night.failed_lead}*")

    assert await visit.findings() == []
    assert visit.seen.errors == []
    await retried(site, night, "the provider knows it now")


async def test_a4_without_javascript_all_of_it_works(
    browser: Browser, site: Site, night: Night
) -> None:
    if not has_pages(night):
        pytest.skip("the pages of jobs and leads are not there")
    async with visiting(browser, site.url, java_script_enabled=False) as visit:
        page = visit.page
        await visit.log_in(site.pipeline.tokens["operator"])
        await visit.go(f"/jobs?service=enrichment&workspace_id={night.workspace}")
        await page.locator(f"a[href^='/jobs/enrichment/{night.failed_job}']").first.click()
        await page.locator(f"a[href^='/leads/{night.failed_lead}']").first.click()
        assert await page.locator("h1").count() == 1
        await visit.go("/pauses")
        await page.locator("form.find [name=q]").fill(night.failed_lead)
        await page.locator("form.find [name=q]").press("Enter")
        await page.wait_for_url("**/leads?q=*")
        assert night.failed_lead in await page.content()


async def retried(site: Site, night: Night, reason: str) -> None:
    asked = {"target": f"job:{night.failed_job}"}
    entries = (await site.pipeline.get("enrichment", "audit", **asked))["items"]
    assert reason in [each["reason"] for each in entries]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
async def test_a_person_is_erased(
    browser: Browser, site: Site, night: Night, *, javascript: bool
) -> None:
    email = f"{'with' if javascript else 'without'}@erased.example"
    asked = {"workspace_id": str(night.workspace), "email": email}
    await site.pipeline.post("delivery", "recipients", asked)
    async with visiting(browser, site.url, java_script_enabled=javascript) as visit:
        page = visit.page
        await visit.log_in(site.pipeline.tokens["admin"])
        await visit.go("/erasures")
        await page.get_by_label("E-mail address").fill(email)
        await page.get_by_label("Who asked, and when?").fill("ticket 4711")
        await page.get_by_role("button", name="Look what there is").click()
        rows = await page.locator("tbody tr").all_inner_texts()
        count = await page.locator("[name=expected]").input_value()
        await page.locator("[name=count]").fill(count)
        await page.get_by_role("button", name="Erase the person").click()
        await page.wait_for_url("**/erasures/*-*")
        said = await page.locator("#said").inner_text()
        main = await page.locator("main").inner_text()

    assert any("recipients" in each for each in rows)
    assert "remembered as a hash" in said
    assert "Each service has taken down the others' parts" in main

    async def is_gone() -> bool:
        query = "SELECT FROM delivery.recipients WHERE email = $1"
        return not await site.pipeline.sql(query, email)

    await eventually(is_gone, "the recipient is still there")
