"""One pipeline, one night, one console and one browser for all of these tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from support.looking import Visit, chromium, visiting
from support.pipeline import Pipeline
from support.site import Night, Site, a_night, serving
from support.walking import walked


# Before the pipeline: where there is no browser nothing has to be started.
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(browser: Browser, pipeline_process: Pipeline) -> AsyncIterator[Site]:
    async with serving(pipeline_process) as site:
        yield site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def night(site: Site) -> Night:
    return await a_night(site.pipeline)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, site: Site) -> AsyncIterator[Visit]:
    """An operator's browser, logged in."""
    async with visiting(browser, site.url) as visit:
        await visit.log_in(site.pipeline.tokens["operator"])
        yield visit


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages(browser: Browser, site: Site, night: Night) -> dict[str, str]:
    """An address of each page by its route: those that links lead to from the pages that need no id."""
    async with visiting(browser, site.url) as visit:
        await visit.log_in(site.pipeline.tokens["admin"])
        return await walked(visit, night)
