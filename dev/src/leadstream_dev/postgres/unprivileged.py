"""Postgres refuses to run as root: then it runs as `nobody`, from and in folders that nobody can reach."""

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from leadstream_dev.errors import StackError
from leadstream_dev.locks import locked
from leadstream_dev.postgres.binaries import Binaries
from leadstream_dev.records import SCRATCH_PREFIX

_NOBODY = "nobody"


def server_user() -> str | None:
    """Return the user to run Postgres as, or None where that is the present one."""
    return _NOBODY if os.geteuid() == 0 else None


def give_to_server(path: Path) -> None:
    """Let the server's user own a file or folder."""
    if server_user() is not None:
        user = pwd.getpwnam(_NOBODY)
        os.chown(path, user.pw_uid, user.pw_gid)


def reachable_folder(path: Path) -> Path:
    """Make a folder that the server's user can get to, and return where it really is.

    Under a path that only root may enter this is a folder in the system's temporary one, and `path` a link to it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        if _is_ours(path.resolve()):
            return path.resolve()
        path.unlink()  # the temporary folder was cleared, say by a reboot
    if server_user() is not None and not _anyone_may_enter(path.parent):
        path.symlink_to(temporary_folder(path.name))
        return path.resolve()
    path.mkdir(exist_ok=True)
    if server_user() is not None:
        path.chmod(0o711)
    return path


def remove_folder(path: Path) -> None:
    """Remove what `reachable_folder` made."""
    if path.is_symlink():
        shutil.rmtree(path.resolve(), ignore_errors=True)
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def temporary_folder(name: str, root: Path | None = None) -> Path:
    """Make a folder in `root`, or the system's temporary one, that the server's user can enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{name}-", dir=root)).resolve()
    folder.chmod(0o711)
    if not _anyone_may_enter(folder):
        raise StackError(
            f"Postgres cannot run as root, and user {_NOBODY} cannot reach {folder}:"
            " set TMPDIR to a folder everyone may enter, or DATABASE_URL to a running Postgres"
        )
    return folder


async def reachable_binaries(binaries: Binaries, cache: Path) -> Binaries:
    """Return binaries that the server's user can run: these, or a copy of them made once."""
    if server_user() is None or _anyone_may_enter(binaries.bin):
        return binaries
    async with locked(cache.with_suffix(".lock"), within=120):
        return replace(binaries, bin=_copied(binaries, reachable_folder(cache)) / "bin")


def _copied(binaries: Binaries, cache: Path) -> Path:
    install = binaries.bin.parent
    # The wheel's programs find their libraries by a path relative to themselves, two folders up.
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    target = cache / f"{install.parent.name}" / install.name
    if _same_age(install, target):
        return target
    shutil.rmtree(target, ignore_errors=True)
    if libraries.is_dir():
        shutil.copytree(libraries, cache / libraries.name, dirs_exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(install, partial, symlinks=True)
    _let_everyone_read(cache)
    partial.rename(target)
    return target


def _same_age(install: Path, copy: Path) -> bool:
    program = copy / "bin" / "postgres"
    return program.exists() and (
        program.stat().st_mtime == (install / "bin" / "postgres").stat().st_mtime
    )


def _let_everyone_read(folder: Path) -> None:
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            file = Path(parent, name)
            if not file.is_symlink():
                file.chmod(file.stat().st_mode | stat.S_IRGRP | stat.S_IROTH)


def _anyone_may_enter(path: Path) -> bool:
    resolved = path.resolve()
    return all(p.stat().st_mode & stat.S_IXOTH for p in (resolved, *resolved.parents))


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and folder.stat().st_uid == os.geteuid()
