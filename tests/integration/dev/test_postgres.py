import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.identity import ProcessId
from leadstream_dev.locks import FileLock
from leadstream_dev.postgres import PostgresServer, PostgresUrl, require_recent
from leadstream_dev.postgres.binaries import find_binaries
from leadstream_dev.postgres.unprivileged import reachable_binaries, remove_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its rights away")
as_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root runs Postgres as nobody")


@pytest.fixture
def sleeper_of_the_server_user() -> Iterator["subprocess.Popen[bytes]"]:
    user = "nobody" if os.geteuid() == 0 else None
    process = subprocess.Popen(["/bin/sleep", "600"], user=user)
    yield process
    process.kill()
    process.wait()


async def execute(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(statement)
    await connection.close()


async def fetch(server: PostgresServer, query: str) -> Any:
    connection = await asyncpg.connect(server.url)
    value = await connection.fetchval(query)
    await connection.close()
    return value


async def test_commits_survive_a_restart_and_a_kill(own_postgres: PostgresServer) -> None:
    url = own_postgres.url
    await execute(own_postgres, "CREATE TABLE leads AS SELECT 1 AS id")

    await own_postgres.restart()
    await execute(own_postgres, "INSERT INTO leads VALUES (2)")
    await own_postgres.kill()
    await own_postgres.start()

    assert own_postgres.url == url
    assert await fetch(own_postgres, "SELECT array_agg(id ORDER BY id) FROM leads") == [1, 2]


async def test_a_kill_leaves_no_process_behind(own_postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    family = psutil.Process(own_postgres.pid).children(recursive=True)

    await own_postgres.kill()

    assert len(family) > 1
    assert not psutil.wait_procs(family, timeout=30)[1]
    connection.terminate()


async def test_a_lock_file_whose_pid_has_another_process_does_not_block(
    own_postgres: PostgresServer, sleeper_of_the_server_user: "subprocess.Popen[bytes]"
) -> None:
    lock = own_postgres.data_dir / "server" / "cluster" / "postmaster.pid"
    await own_postgres.kill()
    lines = lock.read_text(encoding="utf-8").splitlines()
    lock.write_text("\n".join([str(sleeper_of_the_server_user.pid), *lines[1:]]) + "\n")

    await own_postgres.start()

    assert await fetch(own_postgres, "SELECT 1") == 1
    assert sleeper_of_the_server_user.poll() is None


async def test_a_server_that_nobody_remembers_is_found_by_its_data(
    own_postgres: PostgresServer, home: Home
) -> None:
    first = own_postgres.pid
    second = PostgresServer(data_dir=own_postgres.data_dir, home=home, durable=False)

    await second.start()

    assert ProcessId.of(first) is None
    assert await fetch(second, "SELECT 1") == 1
    await second.stop()


async def test_data_in_use_is_refused(own_postgres: PostgresServer) -> None:
    second = PostgresServer(data_dir=own_postgres.data_dir)

    with pytest.raises(StackError, match=f"in use by postgres, process {own_postgres.pid}"):
        await second.start()

    assert own_postgres.running


async def test_a_port_that_another_server_has_is_no_start(
    own_postgres: PostgresServer, home: Home
) -> None:
    second = PostgresServer(data_dir=home.postgres_data, port=own_postgres.port, home=home)

    with pytest.raises(StackError, match=r"exit code 1 (?s:.*)Address already in use"):
        await second.start()


async def test_an_interrupted_initdb_is_begun_again(home: Home) -> None:
    server = PostgresServer(data_dir=home.postgres_data, home=home, durable=False)
    await server.start()
    await server.stop()
    cluster = (server.data_dir / "server").resolve() / "cluster"
    cluster.rename(cluster.with_name("cluster.new"))

    async with server:
        assert await fetch(server, "SELECT 1") == 1


async def test_only_the_password_lets_in(own_postgres: PostgresServer) -> None:
    url = f"postgresql://leadstream:wrong@127.0.0.1:{own_postgres.port}/leadstream"

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


async def test_settings_are_those_asked_for(home: Home) -> None:
    server = PostgresServer(data_dir=home.postgres_data, home=home, settings={"work_mem": "7MB"})

    async with server:
        assert await fetch(server, "SHOW work_mem") == "7MB"
        assert await fetch(server, "SHOW max_connections") == "200"
        assert await fetch(server, "SHOW fsync") == "on"


async def test_tests_run_without_fsync_but_lose_no_commit(own_postgres: PostgresServer) -> None:
    assert await fetch(own_postgres, "SHOW fsync") == "off"
    assert await fetch(own_postgres, "SHOW synchronous_commit") == "on"


@as_root
async def test_root_gives_its_rights_away(own_postgres: PostgresServer) -> None:
    assert psutil.Process(own_postgres.pid).username() == "nobody"


@as_root
async def test_data_moves_where_nobody_can_reach_it(home: Home, tmp_path: Path) -> None:
    # pytest's folders are closed to all but their owner.
    server = PostgresServer(data_dir=home.postgres_data, home=home, durable=False)

    await server.start()
    await execute(server, "CREATE TABLE leads (id int)")
    await server.restart()

    moved_to = (server.data_dir / "server").readlink()
    assert not moved_to.is_relative_to(tmp_path)
    assert await fetch(server, "SELECT count(*) FROM leads") == 0
    await server.remove()
    assert not moved_to.exists()


@as_root
async def test_a_temporary_folder_that_was_cleared_is_made_again(
    home: Home, tmp_path: Path
) -> None:
    server = PostgresServer(data_dir=home.postgres_data, home=home, durable=False)
    await server.start()
    await server.remove()
    (server.data_dir).mkdir()
    (server.data_dir / "server").symlink_to(tmp_path / "gone")

    async with server:
        assert await fetch(server, "SELECT 1") == 1


async def test_data_of_a_version_that_is_not_here_is_explained(home: Home) -> None:
    server = PostgresServer(data_dir=home.postgres_data, home=home, durable=False)
    await server.start()
    await server.stop()
    version = (server.data_dir / "server").resolve() / "cluster" / "PG_VERSION"
    version.write_text("9\n", encoding="ascii")

    with pytest.raises(StackError, match="was made by PostgreSQL 9, which is not here"):
        await server.start()


async def test_a_database_url_that_leads_nowhere_is_explained() -> None:
    with pytest.raises(StackError, match="DATABASE_URL is set, but Postgres does not let us in"):
        await require_recent("postgresql://leadstream@127.0.0.1:1/leadstream")


def test_another_database_of_a_url() -> None:
    address = PostgresUrl("postgresql://me:p%40ss@db.example:5433/leadstream?sslmode=require")

    assert (
        address.url_for("other") == "postgresql://me:p%40ss@db.example:5433/other?sslmode=require"
    )


@as_root
async def test_binaries_that_nobody_can_reach_are_copied_once(home: Home, tmp_path: Path) -> None:
    found = find_binaries()
    hidden = replace(found, bin=tmp_path / "venv" / "wheel" / "pginstall" / "bin")
    hidden.bin.parent.parent.mkdir(parents=True)
    shutil.copytree(found.bin.parent, hidden.bin.parent, symlinks=True)

    copied = await reachable_binaries(hidden, home.path / "binaries")
    again = await reachable_binaries(hidden, home.path / "binaries")

    assert copied == again
    assert not copied.bin.is_relative_to(tmp_path)
    run = subprocess.run(  # noqa: S603, ASYNC221 - our own arguments, and it only prints its version
        [copied.path("postgres"), "--version"], user="nobody", capture_output=True, check=True
    )
    assert b"PostgreSQL" in run.stdout
    remove_folder(home.path / "binaries")


async def test_a_lock_has_one_holder(home: Home) -> None:
    first, second = FileLock(home.path / "lock"), FileLock(home.path / "lock")

    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
