"""A service starts only with a complete, valid configuration, and says what is missing in one line."""

import sys

import pytest

from leadstream_dev.services import SERVICES
from support.pipeline import Pipeline, Ran, run

NEEDED = {
    "discovery": "DATASHOPPER_API_KEY",
    "enrichment": "CLAY_API_URL",
    "delivery": "RESEND_FROM",
    "platform_upload": "ENCRYPTION_KEYS",
    "scheduler": "KAFKA_BOOTSTRAP_SERVERS",
}


async def start(pipeline: Pipeline, package: str, command: str = "worker", **env: str) -> Ran:
    environment = pipeline.environment | {"STARTUP_TIMEOUT": "1", "HTTP_PORT": "0"} | env
    # An empty variable is one that is not set.
    return await run(
        [sys.executable, "-m", package, command],
        env=environment,
        cwd=pipeline.home.path,
    )


@pytest.mark.parametrize("package", [spec.package for spec in SERVICES])
async def test_a_missing_variable_is_named_in_one_line_with_exit_code_2(
    pipeline: Pipeline, package: str
) -> None:
    ran = await start(pipeline, package, **{NEEDED[package]: ""})

    assert ran.code == 2
    (line,) = ran.stderr.splitlines()
    assert f"{NEEDED[package]} is missing" in line
    assert line.startswith(package.replace("_", "-"))
    assert not ran.stdout


async def test_all_that_is_wrong_is_said_at_once_and_no_secret_with_it(pipeline: Pipeline) -> None:
    ran = await start(
        pipeline,
        "delivery",
        ENCRYPTION_KEYS="one:c2VjcmV0",
        RESEND_API_KEY="",
        LOG_LEVEL="LOUD",
        DELIVERY_DATABASE_URL="mysql://me:hidden@somewhere/db",
    )

    assert ran.code == 2
    (line,) = ran.stderr.splitlines()
    for name in ("ENCRYPTION_KEYS", "RESEND_API_KEY is missing", "LOG_LEVEL", "DATABASE_URL"):
        assert name in line
    assert "c2VjcmV0" not in line
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("SCHEDULER_DATABASE_URL", "postgresql://a:b@127.0.0.1:1/x", "database URL"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", "KAFKA_BOOTSTRAP_SERVERS"),
    ],
)
async def test_what_does_not_come_in_time_is_named_with_what_to_look_at(
    pipeline: Pipeline, variable: str, value: str, hint: str
) -> None:
    ran = await start(pipeline, "scheduler", **{variable: value})

    assert ran.code == 69
    (line,) = ran.stderr.splitlines()
    assert "was not there within 1 s" in line
    assert hint in line
