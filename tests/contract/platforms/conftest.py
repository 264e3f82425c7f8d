from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contract.platforms.case import PlatformCase, Trait
from contract.platforms.cases import CASES
from contract.platforms.site import Site
from contract.platforms.stage import Stage, staged
from leadstream_dev.sandbox import Sandbox
from support.postgres import Databases


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(
    databases: Databases, sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    async with staged(databases, sandbox_process, tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(params=CASES, ids=lambda case: case.adapter)
def case(request: pytest.FixtureRequest) -> PlatformCase:
    """Each adapter in turn; a test marked `needs` a trait is skipped where the platform has nothing like it."""
    case: PlatformCase = request.param
    for marker in request.node.iter_markers("needs"):
        for trait in marker.args:
            if trait in case.lacks:
                pytest.skip(f"{case.adapter} has no {Trait(trait)}: {case.lacks[trait]}")
    return case


@pytest_asyncio.fixture(loop_scope="session")
async def site(case: PlatformCase, stage: Stage) -> AsyncIterator[Site]:
    """A new workspace, before a platform that has never heard of it and behaves."""
    await stage.sandbox.control.reset()
    logged = stage.log.stat().st_size
    site = Site(case, stage)
    yield site
    # Shown where the test has failed.
    print(await site.story())  # noqa: T201
    await site.leave()
    await stage.sandbox.close_control()
    assert await stage.dead_letters() == []
    with stage.log.open("rb") as log:
        log.seek(logged)
        said = log.read().decode()
    # A handler that raises is tried again by the worker, and could hide behind it.
    assert "bug" not in said
    for secret in secrets_of(site):
        assert secret not in said


def secrets_of(site: Site) -> list[str]:
    """What must be in no log line: credentials, and people's addresses."""
    way = site.case.way(site.stage.sandbox, site.account)
    return [*(str(value) for value in way.credentials.values()), "john@acme"]
