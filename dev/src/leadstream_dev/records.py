"""A file for each process the stack runs, so that a killed owner leaves nothing behind that nobody knows of."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import Signals

from leadstream_dev.identity import ProcessId, kill_tree
from leadstream_dev.waiting import until

SCRATCH_PREFIX = "leadstream-"
_MEMORY = Path("/dev/shm")  # noqa: S108 - each folder in it has a name of its own
# Three Postgres side by side had 0.4 GB in it at once. Containers have 64 MiB by default.
_ENOUGH_BYTES = 2 * 2**30


def scratch_root() -> Path:
    """Where servers that nobody keeps have their data: in memory where there is plenty.

    To copy a test's database is to make a thousand files: 20 ms there, and half a second on a busy disk.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return _temporary()
    return _MEMORY if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES else _temporary()


def _temporary() -> Path:
    return Path(tempfile.gettempdir()).resolve()


_GRACE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    name: str
    process: ProcessId
    owner: ProcessId
    ports: list[int]
    data_dir: str | None
    # The data is temporary and goes with the owner.
    scratch: bool
    # What ends the process when its owner is gone.
    death_signal: int


class RunRecords:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, record: RunRecord) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(record)
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
        partial.replace(path)

    def remove(self, record: RunRecord) -> None:
        self._path(record).unlink(missing_ok=True)

    def owner_of(self, data_dir: Path) -> RunRecord | None:
        """Find the living process, with a living owner, that uses a data folder."""
        for record in self:
            in_use = record.process.is_alive() and record.owner.is_alive()
            if record.data_dir == str(data_dir) and in_use:
                return record
        return None

    async def recover(self) -> list[RunRecord]:
        """End what belongs to owners that are gone, and return what was found running."""
        abandoned = [record for record in self if not record.owner.is_alive()]
        running = [record for record in abandoned if record.process.is_alive()]
        await asyncio.gather(*(_end(record) for record in running))
        for record in abandoned:
            _remove_scratch(record)
            self.remove(record)
        return running

    def __iter__(self) -> Iterator[RunRecord]:
        for path in sorted(self._folder.glob("*.json")):
            record = _read(path)
            if record is not None:
                yield record

    def _path(self, record: RunRecord) -> Path:
        return self._folder / f"{record.name}-{record.process.pid}.json"


def _read(path: Path) -> RunRecord | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        process, owner = ProcessId(**fields.pop("process")), ProcessId(**fields.pop("owner"))
        return RunRecord(process=process, owner=owner, **fields)
    except FileNotFoundError:
        return None  # its owner has just stopped it
    except (ValueError, TypeError, KeyError):
        # Another release's, or cut short: nothing that could be acted on.
        path.unlink(missing_ok=True)
        return None


async def _end(record: RunRecord) -> None:
    with suppress(ProcessLookupError):
        os.kill(record.process.pid, Signals(record.death_signal))
    if not await until(lambda: not record.process.is_alive(), within=_GRACE):
        kill_tree(record.process.pid)


def _remove_scratch(record: RunRecord) -> None:
    if not record.scratch or record.data_dir is None:
        return
    folder = Path(record.data_dir)
    in_temp = folder.parent in {_temporary(), _MEMORY}
    # The file could have been edited: never remove what we would not have made.
    if in_temp and folder.name.startswith(SCRATCH_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
