import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM
from types import SimpleNamespace

import pytest

from leadstream_dev import records
from leadstream_dev.home import Home
from leadstream_dev.identity import ProcessId
from leadstream_dev.postgres.unprivileged import temporary_folder
from leadstream_dev.records import RunRecord, RunRecords

_GONE = ProcessId(1, "another boot:1")


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["/bin/sleep", "600"])
    yield process
    process.kill()
    process.wait()


def identify(process: "subprocess.Popen[bytes]") -> ProcessId:
    found = ProcessId.of(process.pid)
    assert found is not None
    return found


def a_record(
    process: ProcessId,
    *,
    owner: ProcessId = _GONE,
    data_dir: Path | None = None,
    scratch: bool = False,
) -> RunRecord:
    return RunRecord(
        name="sleeper",
        process=process,
        owner=owner,
        ports=[],
        data_dir=None if data_dir is None else str(data_dir),
        scratch=scratch,
        death_signal=SIGTERM,
    )


async def test_what_a_dead_owner_left_is_ended(
    home: Home, sleeper: "subprocess.Popen[bytes]"
) -> None:
    run_records = RunRecords(home.run)
    run_records.write(a_record(identify(sleeper)))

    found = await run_records.recover()

    assert [record.process.pid for record in found] == [sleeper.pid]
    assert sleeper.wait(30) == -SIGTERM
    assert list(run_records) == []


async def test_a_process_that_only_has_the_pid_is_left_alone(
    home: Home, sleeper: "subprocess.Popen[bytes]"
) -> None:
    run_records = RunRecords(home.run)
    run_records.write(a_record(ProcessId(sleeper.pid, "another boot:1")))

    found = await run_records.recover()

    assert found == []
    assert sleeper.poll() is None
    assert list(run_records) == []


async def test_the_process_of_a_living_owner_is_left_alone(
    home: Home, sleeper: "subprocess.Popen[bytes]"
) -> None:
    run_records = RunRecords(home.run)
    record = a_record(identify(sleeper), owner=ProcessId.mine())
    run_records.write(record)

    await run_records.recover()

    assert sleeper.poll() is None
    assert list(run_records) == [record]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "kafka"}'])
async def test_a_record_that_cannot_be_read_blocks_nothing(home: Home, text: str) -> None:
    home.run.mkdir(parents=True)
    (home.run / "kafka-1.json").write_text(text, encoding="utf-8")

    await RunRecords(home.run).recover()

    assert not list(home.run.iterdir())


async def test_temporary_data_goes_with_its_owner(home: Home) -> None:
    data = temporary_folder("test")
    run_records = RunRecords(home.run)
    run_records.write(a_record(_GONE, data_dir=data, scratch=True))

    await run_records.recover()

    assert not data.exists()


async def test_data_that_the_stack_would_not_have_made_is_never_deleted(home: Home) -> None:
    data = home.path / "documents"
    data.mkdir(parents=True)
    run_records = RunRecords(home.run)
    run_records.write(a_record(_GONE, data_dir=data, scratch=True))

    await run_records.recover()

    assert data.exists()


def test_a_zombie_is_no_running_process() -> None:
    process = subprocess.Popen(["/bin/true"])
    try:
        while ProcessId.of(process.pid) is not None:
            pass
    finally:
        process.wait()


@pytest.mark.parametrize(
    ("free", "tmpdir", "in_memory"),
    [(8 * 2**30, None, True), (64 * 2**20, None, False), (8 * 2**30, "given", False)],
)
async def test_scratch_is_in_memory_where_there_is_plenty_and_goes_with_its_owner(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    tmpdir: str | None,
    *,
    in_memory: bool,
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(records, "_MEMORY", memory)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    monkeypatch.delenv("TMPDIR", raising=False)
    if tmpdir:
        monkeypatch.setenv("TMPDIR", tempfile.gettempdir())

    root = records.scratch_root()

    assert (root == memory) == in_memory
    folder = tempfile.mkdtemp(prefix=records.SCRATCH_PREFIX, dir=root)
    kept = RunRecords(home.run)
    kept.write(a_record(_GONE, data_dir=Path(folder), scratch=True))
    await kept.recover()
    assert not os.path.exists(folder)  # noqa: ASYNC240 - a stat of a folder in memory
