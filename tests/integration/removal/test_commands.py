"""`leadstream workspaces delete` and `leadstream audit`, through all five services."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from click.testing import CliRunner, Result

from integration.removal.filling import fill
from integration.removal.service import ACME, GLOBEX, SERVICES, Served, by, serving
from leadstream.cli.main import main
from support.pipeline import LEADSTREAM
from support.runbooks import commands

Services = dict[str, Served]


@pytest.fixture
async def services(database_url: str) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        served = {
            name: await stack.enter_async_context(serving(name, database_url)) for name in SERVICES
        }
        for name, each in served.items():
            await fill(each, name, "acme", ACME)
            await fill(each, name, "globex", GLOBEX)
        yield served


def environment(services: Services, who: str) -> dict[str, str]:
    variables = {"LEADSTREAM_TOKEN": by(who)["authorization"].removeprefix("Bearer ")}
    for name, served in services.items():
        url = str(served.http.base_url).removesuffix("/api/admin/")
        variables[f"{name.upper().replace('-', '_')}_URL"] = url
    return variables


async def leadstream(
    services: Services, *arguments: str, who: str = "root", answer: str | None = None
) -> Result:
    variables = environment(services, who)
    # The services run in this loop.
    return await asyncio.to_thread(
        CliRunner().invoke, main, arguments, env=variables, input=answer, color=False
    )


async def left(services: Services) -> set[str]:
    """Which services have anything of ACME."""
    return {
        name
        for name, served in services.items()
        if set(await served.rows_of(ACME)) - {"lead_bindings"}
    }


async def test_a_workspace_goes_from_all_services(services: Services) -> None:
    done = await leadstream(
        services, "workspaces", "delete", "acme", "--yes", "--reason", "left us, 10 €"
    )
    again = await leadstream(services, "workspaces", "delete", "acme", "--yes")

    assert done.exit_code == 0, done.output
    assert await left(services) == set()
    assert all([await served.rows_of(GLOBEX) for served in services.values()])
    for served in services.values():
        [row] = await served.audit("workspace.deleted")
        assert (row["actor"], row["reason"]) == ("root", "left us, 10 €")
    assert (again.exit_code, "no service has anything" in again.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "answer", "code"),
    [(["--dry-run"], None, 0), ([], "n\n", 1), ([], "", 1)],
)
async def test_a_dry_run_counts_and_nothing_goes_without_a_yes(
    services: Services, arguments: list[str], answer: str | None, code: int
) -> None:
    before = await left(services)

    ran = await leadstream(services, "workspaces", "delete", "acme", *arguments, answer=answer)

    assert (ran.exit_code, await left(services)) == (code, before == set(SERVICES) and before)
    for what in ("billing_events", "contacts", "queries", "channels", "schedules"):
        assert what in ran.output


async def test_the_audit_of_all_services_is_one_list_by_time(services: Services) -> None:
    await leadstream(services, "workspaces", "delete", "acme", "--yes", "--reason", "left us")

    everything = await leadstream(services, "audit", "--limit", "500")
    deleted = await leadstream(services, "audit", "--action", "workspace.deleted")
    of_one = await leadstream(services, "audit", "delivery", "--workspace", str(GLOBEX))
    as_acme = await leadstream(services, "audit", who="acme")

    lines = deleted.output.splitlines()[1:]
    assert len(lines) == len(SERVICES)
    assert all("left us" in line and f"workspace:{ACME}" in line for line in lines)
    times = [line.split()[0] for line in everything.output.splitlines()[1:]]
    assert times == sorted(times, reverse=True)
    assert len(times) > 10
    assert {line.split()[1] for line in of_one.output.splitlines()[1:]} == {"delivery"}
    assert str(GLOBEX) not in as_acme.output


async def test_a_reason_goes_with_every_command_that_changes_something(services: Services) -> None:
    body = {"scope": "all", "reason": "quarter end"}
    (await services["delivery"].http.post("pauses", json=body)).raise_for_status()

    ran = await leadstream(services, "pauses", "lift", "delivery", "all", "--reason", "it is over")

    assert ran.exit_code == 0, ran.output
    [row] = await services["delivery"].audit("pause.deleted")
    assert row["reason"] == "it is over"


async def test_the_runbooks_commands_work_as_they_stand_there(services: Services) -> None:
    script = commands("delete-a-workspace", "dry-run", "delete")
    given = {"SLUG": "acme", "REASON": "ticket 1"} | environment(services, "root")
    path = os.pathsep.join((str(LEADSTREAM.parent), os.environ["PATH"]))

    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        env={**os.environ, **given, "PATH": path, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()
    assert "no service has anything of acme" in said.decode()
    assert said.decode().count("ticket 1") == len(SERVICES)
