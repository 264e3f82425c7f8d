"""One pipeline, one night, one console and one browser for all of these tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from support.looking import Visit, chromium, visiting
from support.pipeline import Pipeline
from support.routes import route_of, routes
from support.site import Night, Site, a_night, serving


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


async def walked(visit: Visit, night: Night) -> dict[str, str]:
    found = {route.path: route.path for route in routes() if not route.parameters}
    found |= {r.path: path for path in known(night) if (r := route_of(path))}
    ahead = [path for path in found.values() if not path.endswith(".csv")]
    while ahead:
        await visit.go(ahead.pop(0))
        for path in await visit.links():
            route = route_of(path)
            if route and route.path not in found:
                found[route.path] = path
                ahead.append(path)
    return found


def known(night: Night) -> list[str]:
    """Pages of which the night's own are the telling ones."""
    return [
        f"/leads/{night.lead}",
        f"/jobs/enrichment/{night.failed_job}",
        f"/runs/{night.tick}",
    ]
