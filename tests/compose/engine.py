"""The Docker engine and Compose, as a person would use them: through their command lines."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OVERRIDE = Path(__file__).with_name("override.yml")
_PASSED_ON = re.compile(
    r"PATH|HOME|TMPDIR|XDG_\w+|SSH_AUTH_SOCK|(DOCKER|BUILDX|BUILDKIT)_\w+|LEADSTREAM_VERSION|(?i:\w+_proxy)"
)


class EngineError(Exception):
    """A command failed. The message is what it said."""


def engine_version() -> str | None:
    """The engine's version, or None where there is none to talk to."""
    if shutil.which("docker") is None:
        return None
    answer = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],  # noqa: S607 - from PATH, as a person has it
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or None


def compose_version() -> str | None:
    """The version of the engine's Compose plugin, or None where it has none."""
    try:
        return docker("compose", "version", "--short").strip()
    except EngineError:
        return None


def docker(*arguments: str, env: dict[str, str] | None = None, stdin: str | None = None) -> str:
    """Run a docker command and return its output; raise EngineError if it fails."""
    answer = subprocess.run(  # noqa: S603 - our own arguments
        ["docker", *arguments],  # noqa: S607 - from PATH, as a person has it
        cwd=ROOT,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        said = "\n".join((answer.stdout + answer.stderr).splitlines()[-40:])
        raise EngineError(f"docker {' '.join(arguments)}: exit code {answer.returncode}\n{said}")
    return answer.stdout


@dataclass(frozen=True, slots=True)
class Container:
    name: str
    service: str
    # `running`, `exited`, `restarting` …
    state: str
    # `healthy`, `unhealthy`, `starting`; empty without a probe.
    health: str
    exit_code: int


class Project:
    """One Compose project with volumes, network and free ports of its own, beside whatever else runs."""

    def __init__(self, name: str, *, profiles: Sequence[str]) -> None:
        self._name = name
        self._profiles = profiles
        self._env = _own_environment() | {
            "COMPOSE_PROJECT_NAME": name,
            "NETWORK_PREFIX": "10.213.86",
        }

    def compose(self, *arguments: str, stdin: str | None = None) -> str:
        files = ["-f", str(ROOT / "docker-compose.yml"), "-f", str(OVERRIDE)]
        profiles = [part for profile in self._profiles for part in ("--profile", profile)]
        options = ["--env-file", os.devnull, *files, *profiles]
        return docker("compose", *options, *arguments, env=self._env, stdin=stdin)

    def up(self, *services: str) -> float:
        """Bring it up and wait until all is healthy; return the seconds that took."""
        started = time.monotonic()
        self.compose("up", "--wait", "--wait-timeout", "420", "--no-build", *services)
        return time.monotonic() - started

    def containers(self) -> list[Container]:
        return [
            Container(
                name=row["Name"],
                service=row["Service"],
                state=row["State"],
                health=row["Health"],
                exit_code=row["ExitCode"],
            )
            for row in _rows(self.compose("ps", "--all", "--format", "json"))
        ]

    def container(self, service: str) -> Container:
        return next(each for each in self.containers() if each.service == service)

    def memory(self) -> dict[str, str]:
        """By service: what the container uses now, and its limit."""
        running = {each.name: each.service for each in self.containers() if each.state == "running"}
        rows = _rows(docker("stats", "--no-stream", "--format", "json", *running))
        return {running[row["Name"]]: row["MemUsage"] for row in rows}

    def kill(self, service: str, *, image: str) -> None:
        """Kill -9 the container's process from outside.

        `docker kill` would not do: the engine takes it as a wish, and restarts nothing.
        """
        pid = inspect(self.container(service).name)["State"]["Pid"]
        options = ["--rm", "--pid=host", "--user=0", "--network=none"]
        docker("run", *options, image, "sh", "-c", f"kill -9 {pid}")

    def wait_healthy(self, service: str, *, restarts: int, seconds: float = 90.0) -> float:
        """Wait until a container has been restarted so often and is healthy; return how long it took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            # Both from one answer: a moment after the kill, its health is still that of before.
            found = inspect(self.container(service).name)
            healthy = found["State"]["Health"]["Status"] == "healthy"
            if healthy and found["RestartCount"] >= restarts:
                return time.monotonic() - started
            time.sleep(0.5)
        raise EngineError(f"{service} did not come back within {seconds:g} s")


def _own_environment() -> dict[str, str]:
    """What docker itself needs, and nothing that Compose would fill in: keys of real providers, above all."""
    return {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}


def inspect(container: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("inspect", container))[0]
    return found


def image_size(image: str, *, without: str) -> int:
    """Bytes, uncompressed, that an image has on top of its base."""
    whole, base = (
        int(docker("image", "inspect", "--format", "{{.Size}}", name)) for name in (image, without)
    )
    return whole - base


def base_image() -> str:
    """What our images begin with: a stand-in for it has another size than the real one."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return [line.split()[1] for line in lines if line.startswith("FROM ")][-1]


def _rows(output: str) -> Iterator[dict[str, Any]]:
    """Compose writes one document a line; before 2.21 it wrote one list."""
    for line in output.splitlines():
        row = json.loads(line)
        yield from row if isinstance(row, list) else [row]
