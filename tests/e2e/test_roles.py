"""b43: after `leadstream db init` each service's role can touch its own schema, and nothing else."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from leadstream_dev.services import SERVICES
from support.pipeline import Pipeline

SCHEMAS = [spec.package for spec in SERVICES]
TABLES = {
    "discovery": "leads",
    "enrichment": "contacts",
    "delivery": "recipients",
    "platform_upload": "connections",
    "scheduler": "ticks",
}


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_b43_a_role_reads_and_writes_its_own_schema_only(
    pipeline: Pipeline, schema: str
) -> None:
    connection = await _connect(pipeline, schema)
    try:
        assert await connection.fetchval(f"SELECT count(*) FROM {schema}.jobs") is not None  # noqa: S608
        for other in set(SCHEMAS) - {schema}:
            for statement in (
                f"SELECT * FROM {other}.{TABLES[other]}",  # noqa: S608
                f"DELETE FROM {other}.jobs",  # noqa: S608
                f"CREATE TABLE {other}.mine (id int)",
                f"SET ROLE {other}_e2e",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        for statement in (
            "CREATE TABLE public.mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_b43_the_services_run_as_their_own_roles(pipeline: Pipeline) -> None:
    rows = await pipeline.sql(
        "SELECT DISTINCT usename FROM pg_stat_activity"
        " WHERE usename IS NOT NULL AND usename <> current_user"
    )

    assert {row["usename"] for row in rows} == {f"{schema}_e2e" for schema in SCHEMAS}


async def test_b43_init_can_be_run_again_and_sets_the_password_that_the_url_has(
    pipeline: Pipeline,
) -> None:
    url = pipeline.environment["SCHEDULER_DATABASE_URL"]
    password = str(urlsplit(url).password)
    changed = url.replace(password, "another'password")
    arguments = ("db", "init", "--admin-url", pipeline.postgres.url)

    # `'` has to be quoted by whoever writes the statement, and in a URL by nobody.
    (
        await pipeline.cli(
            *arguments, "--service", "scheduler", env={"SCHEDULER_DATABASE_URL": changed}
        )
    ).ok()
    try:
        await (await asyncpg.connect(changed)).close()
    finally:
        # At once: the scheduler goes on running, and connects with the old one whenever it needs to.
        await pipeline.sql(f"ALTER ROLE {urlsplit(url).username} PASSWORD '{password}'")
    again = (await pipeline.cli(*arguments)).ok()
    await (await asyncpg.connect(url)).close()

    assert again.stdout.count("owns the schema") == 5
    assert password not in again.output


async def test_b43_init_says_what_is_missing(pipeline: Pipeline) -> None:
    nobody = pipeline.postgres.url.replace("leadstream:", "nobody:")

    unset = await pipeline.cli(
        "db", "init", "--admin-url", nobody, env={"DELIVERY_DATABASE_URL": ""}
    )
    refused = await pipeline.cli("db", "init", "--admin-url", nobody)

    assert (unset.code, refused.code) == (1, 1)
    assert "DELIVERY_DATABASE_URL is missing" in unset.stderr
    assert "--admin-url" in refused.stderr
    assert "Traceback" not in unset.stderr + refused.stderr


async def _connect(pipeline: Pipeline, schema: str) -> Any:
    return await asyncpg.connect(pipeline.environment[f"{schema.upper()}_DATABASE_URL"], timeout=10)
