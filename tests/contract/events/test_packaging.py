"""A service in an image has no repository beside it, and reads the registry all the same."""

import subprocess
import sys
from pathlib import Path

from leadstream.contracts.registry import default_root, load

SHARED = default_root().parent / "shared"
LOAD = "from leadstream.contracts import registry; print(registry.load().root)"


def run(*command: str, cwd: Path, path: Path | None = None) -> str:
    environment = {"PYTHONPATH": str(path)} if path else {}
    answer = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, *command],
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return answer.stdout.strip()


def test_wheel_carries_the_registry(tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=SHARED)
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    run("-m", "zipfile", "-e", str(wheel), str(unpacked), cwd=tmp_path)

    root = Path(run("-c", LOAD, cwd=tmp_path, path=unpacked))

    assert root == unpacked / "leadstream" / "schemas"
    assert load(root).topics == load().topics
