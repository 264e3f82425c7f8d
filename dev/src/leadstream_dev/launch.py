"""Become another command that ends when the process that started it does.

Run as a file, not as a module: `python -I -S launch.py --parent PID --signal N [--nice N] [--user NAME] -- COMMAND …`.
Popen's preexec_fn could do the same, but it runs Python between fork and exec, where a process with threads may hang.
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--user")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    if arguments.nice:
        _be_nice(arguments.nice)
    if arguments.user:
        _become(arguments.user)
    if arguments.signal and sys.platform == "linux":
        _die_with(arguments.parent, arguments.signal)
    # Python ignores these two, and what is ignored stays so across exec.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(arguments.command[0], arguments.command)  # noqa: S606 - there is no shell on purpose


def _be_nice(by: int) -> None:
    os.nice(by)
    # Where Linux divides its processors between sessions first, of which this is one, that counts within it only.
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as autogroup:
        autogroup.write(str(by))


def _become(name: str) -> None:
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _die_with(parent: int, number: int) -> None:
    # After the change of user, which would reset it.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have ended before the line above.
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main()
