from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port, remember_ports
from leadstream_dev.stack import clean


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A home of the test's own, which, where the tests run as root, nobody else can enter."""
    home = Home(tmp_path / "home")
    yield home
    await clean(home)


@pytest.fixture
def kafka_home(home: Home) -> Home:
    """The same, with the jars that the session has fetched and ports that only this test uses."""
    home.kafka_jars.parent.mkdir(parents=True)
    home.kafka_jars.symlink_to(Home.default().kafka_jars)
    remember_ports(home.path, {name: choose_port() for name in ("kafka", "postgres", "sandbox")})
    return home
