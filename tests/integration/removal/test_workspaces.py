"""A workspace goes with everything it has, and takes nothing of another's with it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from integration.removal.filling import SHORT, fill
from integration.removal.service import ACME, GLOBEX, SERVICES, Served, by, serving
from leadstream.api import Caller, Role
from leadstream.pauses import active_pauses, add_pause
from leadstream.removal.holdings import PAGE
from leadstream.removal.router import PATIENCE


@pytest.mark.parametrize("service", SERVICES)
async def test_everything_goes_and_the_others_keep_theirs(database_url: str, service: str) -> None:
    async with serving(service, database_url) as served:
        await fill(served, service, "acme", ACME, rows=3)
        await fill(served, service, "globex", GLOBEX, rows=2)
        theirs = await served.rows_of(GLOBEX)

        dry = await served.http.delete(f"workspaces/{ACME}", params={"dry_run": "true"})
        there = await served.rows_of(ACME)
        real = await served.http.delete(
            f"workspaces/{ACME}", headers={"x-reason": "the contract has ended"}
        )
        again = await served.http.delete(f"workspaces/{ACME}")

        counted = dry.json()["rows"]
        assert (dry.status_code, dry.json()["dry_run"]) == (200, True)
        # The dry run counts each table that knows workspaces, but for figures, and changes nothing.
        figures = {"lead_counts", "lead_count_changes"}
        listed = {table: rows for table, rows in there.items() if table not in figures}
        assert {table: counted[table] for table in listed} == listed
        assert (real.status_code, real.json()["done"]) == (200, True), real.text
        assert again.status_code == 404
        left = await served.rows_of(ACME)
        # Bindings say for a while that the leads are gone.
        assert left == ({"lead_bindings": 3})
        marked = "SELECT count(*) FROM lead_bindings WHERE gone_at IS NOT NULL"
        assert await served.database.pool.fetchval(marked) == 3
        assert await served.rows_of(GLOBEX) == theirs
        held = [pause.scope for pause in await active_pauses(served.database)]
        assert [scope for scope in held if str(ACME) in scope] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_the_audit_says_who_why_and_how_much_but_shows_nothing_of_it_any_more(
    database_url: str, service: str
) -> None:
    async with serving(service, database_url) as served:
        await fill(served, service, "acme", ACME)

        await served.http.delete(f"workspaces/{ACME}", headers={"x-reason": "left us"})

        [deleted] = await served.audit("workspace.deleted")
        assert (deleted["actor"], deleted["reason"]) == ("root", "left us")
        assert deleted["target"] == f"workspace:{ACME}"
        assert deleted["after"]["jobs"] == 2
        [begun] = await served.audit("workspace.removal_begun")
        assert (begun["actor"], begun["reason"]) == ("root", "left us")
        documents = await served.database.pool.fetchval(
            "SELECT count(*) FROM audit_log WHERE workspace_id = $1 AND action <> 'workspace.deleted'"
            " AND (before IS NOT NULL OR after IS NOT NULL)",
            ACME,
        )
        assert documents == 0


async def test_who_may_delete_a_workspace(database_url: str) -> None:
    async with serving("delivery", database_url) as served:
        await fill(served, "delivery", "acme", ACME)
        await fill(served, "delivery", "globex", GLOBEX)

        refused = {
            name: (await served.http.delete(f"workspaces/{ACME}", headers=by(name))).status_code
            for name in ("viewer", "operator", "acme-operator", "nobody")
        }
        foreign = await served.http.delete(f"workspaces/{GLOBEX}", headers=by("acme"))
        unknown = await served.http.delete(f"workspaces/{uuid4()}")
        own = await served.http.delete(f"workspaces/{ACME}", headers=by("acme"))

        assert refused == {"viewer": 403, "operator": 403, "acme-operator": 403, "nobody": 401}
        assert (foreign.status_code, unknown.status_code, own.status_code) == (404, 404, 200)
        assert await served.rows_of(GLOBEX) != {}


async def test_running_jobs_end_first_and_nothing_begins_meanwhile(database_url: str) -> None:
    async with serving("delivery", database_url) as served:
        await fill(served, "delivery", "acme", ACME)
        await served.database.pool.execute(
            "UPDATE jobs SET state = 'running', leased_until = now() + interval '1 hour' WHERE state = 'ready'"
        )
        remover = served.remover
        deleting = asyncio.create_task(served.http.delete(f"workspaces/{ACME}", timeout=60))
        async with asyncio.timeout(30):
            while not await remover.has_begun(ACME):  # noqa: ASYNC110 - only the table knows
                await asyncio.sleep(0.02)

        waiting = await remover.advance(ACME, patience=SHORT)
        held = [pause.scope for pause in await active_pauses(served.database)]
        await served.database.pool.execute("UPDATE jobs SET state = 'ready', leased_until = NULL")
        answer = await deleting

        assert (waiting.done, waiting.running_jobs) == (False, 1)
        assert held == [f"workspace:{ACME}"]
        assert (answer.status_code, answer.json()["done"]) == (200, True)
        assert await served.rows_of(ACME) == {"lead_bindings": 1}


async def test_it_goes_on_where_it_was_left_off(database_url: str) -> None:
    async with serving("delivery", database_url) as served:
        await fill(served, "delivery", "acme", ACME)
        await _many_bindings(served, ACME, PAGE * 3)
        await _begin(served, ACME)

        steps = 0
        while not (progress := await served.remover.advance(ACME, patience=SHORT)).done:
            steps += 1
            assert steps < 100
        assert steps > 10
        assert progress.deleted["lead_bindings"] == PAGE * 3 + 1
        assert await served.rows_of(ACME) == {"lead_bindings": PAGE * 3 + 1}


async def test_what_was_begun_ends_by_itself(database_url: str) -> None:
    async with serving("delivery", database_url) as served:
        await fill(served, "delivery", "acme", ACME)
        await _begin(served, ACME)
        stop = asyncio.Event()
        running = asyncio.create_task(served.remover.run(stop))

        async with asyncio.timeout(30):
            while await served.remover.has_begun(ACME):  # noqa: ASYNC110 - only the table knows
                await asyncio.sleep(0.02)

        stop.set()
        await running
        assert await served.rows_of(ACME) == {"lead_bindings": 1}


async def test_a_workspace_that_is_made_again_is_deleted_again(database_url: str) -> None:
    async with serving("discovery", database_url) as served:
        for _ in range(2):
            await fill(served, "discovery", "acme", ACME)
            answer = await served.http.delete(f"workspaces/{ACME}")
            assert (answer.status_code, answer.json()["rows"]["workspaces"]) == (200, 1)
        assert len(await served.audit("workspace.deleted")) == 2


async def test_pauses_of_what_it_had_go_with_it(database_url: str) -> None:
    async with serving("delivery", database_url) as served:
        await fill(served, "delivery", "acme", ACME)
        [channel] = await served.database.pool.fetch("SELECT id FROM channels")
        async with served.database.transaction() as tx:
            await add_pause(tx, f"destination:{channel['id']}", reason="circuit_open", actor="w")
            await add_pause(tx, f"workspace:{ACME}", reason="unpaid", actor="olivia")
            await add_pause(tx, "kind:deliver-email", reason="all of them", actor="olivia")

        await served.http.delete(f"workspaces/{ACME}")

        left = [pause.scope for pause in await active_pauses(served.database)]
        assert left == ["kind:deliver-email"]


async def _many_bindings(served: Served, workspace: UUID, count: int) -> None:
    await served.database.pool.execute(
        "INSERT INTO lead_bindings (lead_id, workspace_id)"
        " SELECT gen_random_uuid(), $1 FROM generate_series(1, $2)",
        workspace,
        count,
    )


async def _begin(served: Served, workspace: UUID) -> None:
    await served.remover.begin(Caller("root", Role.ADMIN), workspace)


def test_a_call_ends_before_its_caller_gives_up() -> None:
    assert timedelta(0) < PATIENCE < timedelta(seconds=25)
