"""The provider sandbox for tests: one process per session, as new for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from leadstream_dev.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox") / "ledger.jsonl")
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
async def sandbox(sandbox_process: Sandbox) -> AsyncIterator[Sandbox]:
    """A sandbox without history or misbehaviour."""
    await sandbox_process.control.reset()
    yield sandbox_process
    await sandbox_process.close_control()
