"""A process has in memory what it works with, and not what other processes need (bench/README.md, B5)."""

import subprocess
import sys
from collections.abc import Set

import pytest

CALLERS = {"discovery", "enrichment", "delivery", "platform_upload", "console"}
CONSUMERS = CALLERS - {"console"}
# What costs a megabyte or more, and the processes that work with it.
NEEDED_BY: dict[str, Set[str]] = {
    "aiohttp": CALLERS,
    "aiokafka": CONSUMERS | {"scheduler"},
    "cryptography": CALLERS,
    "dns": {"delivery"},
    "faust": CONSUMERS,
    "jinja2": {"delivery", "console"},
    "leadstream.cli": set(),
    "leadstream.jobs": CONSUMERS | {"scheduler"},
    "leadstream_dev": set(),
    "opentelemetry.sdk": set(),
    "pygments": set(),
    "resend": {"delivery"},
    "rich": set(),
}


@pytest.mark.parametrize("package", sorted(CALLERS | {"scheduler"}))
def test_a_process_loads_what_it_works_with(package: str) -> None:
    code = f"import sys, {package}.__main__; print(*sys.modules, sep='\\n')"

    run = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    loaded = run.stdout.split()
    assert [name for name, by in NEEDED_BY.items() if name in loaded and package not in by] == []
