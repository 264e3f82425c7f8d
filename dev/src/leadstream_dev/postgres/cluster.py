"""A folder of Postgres data: made once, cleared of what a crash left in it."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGQUIT, Signals

import psutil

from leadstream_dev.postgres.binaries import Binaries
from leadstream_dev.postgres.unprivileged import give_to_server, server_user
from leadstream_dev.process import Command, run
from leadstream_dev.records import RunRecords

ROLE = "leadstream"
# Debian and most images have it without further packages; macOS has it not.
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
# sun_path holds 108 bytes on Linux and 104 on macOS, the file's own name included.
_LONGEST_SOCKET_FOLDER = 80


class Cluster:
    def __init__(self, folder: Path) -> None:
        """Use `folder`, which the server's user must be able to enter."""
        self.data = folder / "cluster"
        self._password = folder / "password"

    @property
    def password(self) -> str:
        return self._password.read_text(encoding="ascii")

    def major(self) -> int | None:
        """Return the major version that made the data, or None if there is none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    async def create(self, binaries: Binaries, log: Path, records: RunRecords) -> None:
        # Under another name until it is complete: an initdb that was killed must not look like a cluster.
        fresh = self.data.with_name("cluster.new")
        password_file = self._new_password()
        await asyncio.to_thread(_make_empty, fresh)
        command = Command(
            name="initdb",
            argv=[binaries.path("initdb"), "-D", str(fresh), *_initdb_options(password_file)],
            log=log,
            user=server_user(),
            cwd=fresh.parent,
        )
        await run(command, records, within=120)
        self._keep(fresh, password_file)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write postgresql.conf; what ALTER SYSTEM has set still overrides it."""
        path = self.data / "postgresql.conf"
        path.write_text("".join(f"{k} = '{v}'\n" for k, v in settings.items()), encoding="utf-8")
        give_to_server(path)

    def socket_folder(self) -> str:
        """Return where the Unix socket goes, or nothing where the path is too long for one."""
        folder = str(self.data)
        return folder if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER else ""

    async def clear_leftovers(self) -> None:
        """End a server that still runs on this data, and remove the lock file of one that does not.

        Postgres itself judges the lock file by the pid alone, and does not start if another process of the same user
        has that pid by now.
        """
        for signal in (SIGQUIT, SIGKILL):
            if await self._ended(signal):
                break
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    async def _ended(self, signal: Signals) -> bool:
        leftovers = list(_servers_in(self.data))
        for process in leftovers:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal)
        _, alive = await asyncio.to_thread(psutil.wait_procs, leftovers, timeout=5)
        return not alive

    def _new_password(self) -> Path:
        path = self._password.with_name("password.new")
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(18), encoding="ascii")
        give_to_server(path)
        return path

    def _keep(self, fresh: Path, password_file: Path) -> None:
        # The password first: a cluster without it could not be used.
        os.chown(password_file, os.geteuid(), os.getegid())
        password_file.rename(self._password)
        fresh.rename(self.data)


def _initdb_options(password_file: Path) -> list[str]:
    return [
        *("--username", ROLE, "--pwfile", str(password_file), "--auth", "scram-sha-256"),
        *("--encoding", "UTF8", "--locale", _LOCALE, "--no-sync"),
    ]


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    give_to_server(folder)


def _servers_in(data: Path) -> Iterator[psutil.Process]:
    """Find the server processes on this data: Postgres changes into its data folder, and whose it is tells no name."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.cwd() == str(data) and Path(process.exe()).name == "postgres":
                yield process
