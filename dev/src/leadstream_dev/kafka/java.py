"""The two programs that Kafka needs, and what to say when they are missing."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

from leadstream_dev.errors import StackError

_OLDEST = 17
_ELSE = "or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that is running"


async def find_java() -> str:
    """Return a Java that can run Kafka; raise StackError if there is none."""
    java = _executable("JAVA_HOME", "java")
    if java is None:
        raise StackError(
            "Kafka needs Java 17 or newer and there is none"
            f" (Debian: apt-get install openjdk-17-jre-headless), {_ELSE}"
        )
    version = await asyncio.to_thread(_major_version, java)
    if version < _OLDEST:
        raise StackError(
            f"Kafka needs Java 17 or newer, and {java} is Java {version}"
            f" (Debian: apt-get install openjdk-17-jre-headless), {_ELSE}"
        )
    return java


def find_maven() -> str:
    """Return Maven; raise StackError if there is none."""
    maven = _executable("MAVEN_HOME", "mvn")
    if maven is None:
        raise StackError(
            "Maven fetches Kafka's jars the first time, and there is no mvn"
            f" (Debian: apt-get install maven), {_ELSE}"
        )
    return maven


def _executable(home_variable: str, name: str) -> str | None:
    home = os.environ.get(home_variable)
    if home and os.access(Path(home, "bin", name), os.X_OK):
        return str(Path(home, "bin", name))
    return shutil.which(name)


def _major_version(java: str) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 - the path was looked up above
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise StackError(f"{java} does not run: {exc}") from exc
    # "17.0.15" since Java 9, "1.8.0" before.
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    if match is None:
        raise StackError(f"{java} -version says nothing that looks like a version")
    return int(match[1])
