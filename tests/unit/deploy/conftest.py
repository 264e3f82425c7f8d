import importlib.util
from collections.abc import Iterator

import pytest

from support.helm import Helm, helm_process


@pytest.fixture(scope="package")
def helm() -> Iterator[Helm]:
    if importlib.util.find_spec("helm_python") is None:
        pytest.skip("helm-python-sdk has no wheel for this machine")
    with helm_process() as process:
        yield process
