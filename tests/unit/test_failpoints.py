import os
import subprocess
import sys
from signal import SIGKILL

PASSES = """
from leadstream.failpoints import failpoint

for n in range(3):
    print(n, flush=True)
    failpoint("settled")
"""
LATER = """
import asyncio
from leadstream.failpoints import failpoint_later

async def main():
    failpoint_later("call_sent", 0.01)
    print("sent", flush=True)
    await asyncio.sleep(30)
    print("answered", flush=True)

asyncio.run(main())
"""


def run(code: str, armed: str) -> tuple[int, list[str]]:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env={**os.environ, "LEADSTREAM_FAILPOINTS": armed},
        stdout=subprocess.PIPE,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stdout.decode().split()


def test_the_process_dies_at_the_pass_that_was_asked_for() -> None:
    assert run(PASSES, "settled:2") == (-SIGKILL, ["0", "1"])


def test_other_points_are_passed() -> None:
    assert run(PASSES, "claimed:1") == (0, ["0", "1", "2"])


def test_the_process_dies_while_it_waits() -> None:
    assert run(LATER, "call_sent") == (-SIGKILL, ["sent"])
