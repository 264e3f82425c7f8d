import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM

import httpx

from leadstream_dev.home import Home
from leadstream_dev.kafka import cluster_id
from leadstream_dev.postgres import accepts_queries


def environment(home: Home, **changes: str) -> dict[str, str]:
    unset = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "JAVA_HOME")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return inherited | {"LEADSTREAM_HOME": str(home.path)} | changes


@contextmanager
def a_command(*arguments: str, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "leadstream_dev", *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_settings(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Read the printed settings up to the last that is always there."""
    settings = {}
    assert process.stdout is not None
    for line in process.stdout:
        name, _, value = line.rstrip("\n").partition("=")
        settings[name] = value.strip("'")
        if name == "TRUSTED_HOSTS":
            break
    return settings


async def test_up_prints_settings_that_work_and_stops_when_told(kafka_home: Home) -> None:
    with a_command("up", env=environment(kafka_home)) as process:
        settings = read_settings(process)

        assert await cluster_id(settings["KAFKA_BOOTSTRAP_SERVERS"])
        assert await accepts_queries(settings["DATABASE_URL"])
        assert await is_served(settings["CLAY_API_URL"])
        process.send_signal(SIGTERM)
        _, errors = process.communicate(timeout=90)

    assert process.returncode == 0
    assert errors.endswith("Stopped.\n")
    assert not await accepts_queries(settings["DATABASE_URL"])


async def test_up_says_in_one_line_what_is_missing(kafka_home: Home, tmp_path: Path) -> None:
    with a_command("up", env=environment(kafka_home, PATH=str(tmp_path))) as process:
        _, errors = process.communicate(timeout=90)

    assert process.returncode == 1
    assert errors.splitlines()[1:] == [
        "leadstream_dev: Kafka needs Java 17 or newer and there is none"
        " (Debian: apt-get install openjdk-17-jre-headless),"
        " or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that is running"
    ]


async def test_clean_deletes_data_and_keeps_downloads(kafka_home: Home) -> None:
    for folder in (kafka_home.kafka_data, kafka_home.logs, kafka_home.sandbox):
        folder.mkdir(parents=True)

    with a_command("clean", env=environment(kafka_home)) as process:
        process.communicate(timeout=90)

    assert process.returncode == 0
    assert kafka_home.kafka_jars.exists()
    assert not any(
        folder.exists() for folder in (kafka_home.kafka_data, kafka_home.logs, kafka_home.sandbox)
    )


async def is_served(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return (await client.get(url)).status_code < 500
