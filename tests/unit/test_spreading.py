"""Which tests share a process."""

import pytest

from support.spreading import place_of


@pytest.mark.parametrize(
    ("nodeid", "place"),
    [
        ("tests/chaos/test_servers.py::test_a", "the world"),
        ("tests/e2e/test_roles.py::test_a[b::c]", "the pipeline"),
        ("tests/console/test_pages.py::test_a", "the pipeline"),
        ("tests/integration/cli/test_apply.py::test_a", "the pipeline"),
        ("tests/e2e/test_demo.py::test_a", "tests/e2e/test_demo.py"),
        ("tests/unit/test_ids.py::test_a", "tests/unit/test_ids.py"),
    ],
)
def test_tests_of_one_stack_run_in_one_process(nodeid: str, place: str) -> None:
    assert place_of(nodeid) == place


def test_the_scheduler_is_in_use(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("support.spreading")
