"""A workspace's people and its pauses: they see what is theirs, and lift what they may."""

from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

import pytest

from integration.removal.filling import fill
from integration.removal.service import ACME, GLOBEX, Served, by, serving
from leadstream.pauses import add_pause
from leadstream.postgres import SHARED, Database, migrate

# Whose scopes a service has, beside the workspace's.
KINDS = {
    "delivery": ("destination", "SELECT id FROM channels WHERE workspace_id = $1"),
    "platform-upload": ("connection", "SELECT id FROM connections WHERE workspace_id = $1"),
}


@pytest.fixture(params=KINDS)
async def served(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Served]:
    async with serving(request.param, database_url) as served:
        await fill(served, request.param, "acme", ACME)
        await fill(served, request.param, "globex", GLOBEX)
        yield served


async def scopes(served: Served) -> tuple[str, str]:
    """One of ACME's, and one of GLOBEX's."""
    kind, statement = next(
        value for value in KINDS.values() if value[0] in served.parts.holdings.scopes
    )
    found = [await served.database.pool.fetchval(statement, each) for each in (ACME, GLOBEX)]
    return f"{kind}:{found[0]}", f"{kind}:{found[1]}"


async def hold(served: Served, scope: str, **given: Any) -> str:
    async with served.database.transaction() as tx:
        pause = await add_pause(tx, scope, reason="circuit_open", actor="worker", **given)
    return str(pause.id)


async def seen(served: Served, who: str = "acme-operator") -> list[str]:
    answer = await served.http.get("pauses", headers=by(who))
    return [item["scope"] for item in answer.json()["items"]]


async def test_a_workspace_sees_the_pauses_of_what_is_its_own(served: Served) -> None:
    own, theirs = await scopes(served)
    for scope in (own, theirs, f"workspace:{ACME}", f"workspace:{GLOBEX}", "all", "provider:clay"):
        await hold(served, scope)

    assert await seen(served) == [own, f"workspace:{ACME}"]
    assert len(await seen(served, "operator")) == 6


async def test_a_workspace_holds_and_lifts_what_is_its_own(served: Served) -> None:
    own, theirs = await scopes(served)
    by_worker, by_worker_there = await hold(served, own), await hold(served, theirs)
    body = {"scope": own, "reason": "moving house"}

    made = await served.http.post("pauses", json=body, headers=by("acme-operator"))
    foreign = await served.http.post(
        "pauses", json=body | {"scope": theirs}, headers=by("acme-operator")
    )
    lifted = [
        (await served.http.delete(f"pauses/{each}", headers=by("acme-operator"))).status_code
        for each in (made.json()["id"], by_worker, by_worker_there)
    ]

    assert (made.status_code, foreign.status_code) == (201, 403)
    assert lifted == [200, 200, 404]
    assert await seen(served, "operator") == [theirs]


@pytest.mark.parametrize("who", ["root", "operator"])
async def test_what_somebody_above_the_workspace_holds_it_does_not_lift(
    served: Served, who: str
) -> None:
    own, _ = await scopes(served)
    for scope in (own, f"workspace:{ACME}"):
        body = {"scope": scope, "reason": "unpaid"}
        pause = (await served.http.post("pauses", json=body, headers=by(who))).json()

        refused = await served.http.delete(f"pauses/{pause['id']}", headers=by("acme"))
        still = await seen(served)
        lifted = await served.http.delete(f"pauses/{pause['id']}", headers=by("operator"))

        assert refused.status_code == 403
        assert who in refused.json()["error"]["message"]
        assert (still, lifted.status_code) == ([scope], 200)


async def test_a_workspaces_own_pause_is_anybodys_of_it(served: Served) -> None:
    body = {"scope": f"workspace:{ACME}", "reason": "holidays"}
    pause = (await served.http.post("pauses", json=body, headers=by("acme"))).json()

    lifted = await served.http.delete(f"pauses/{pause['id']}", headers=by("acme-operator"))

    assert lifted.status_code == 200


async def test_pauses_from_before_the_upgrade_stay_with_whom_they_were(database_url: str) -> None:
    await migrate(database_url, schema="core", packages=[SHARED])
    database = await Database.connect(database_url, schema="core")
    async with database.transaction() as tx:
        by_hand = await add_pause(tx, f"workspace:{ACME}", reason="unpaid", actor="olivia")
        await add_pause(tx, f"workspace:{ACME}", reason="circuit_open", actor="worker")
    await database.pool.execute(
        "INSERT INTO audit_log (id, actor, action, target) VALUES ($1, 'olivia', 'pause.created', $2)",
        by_hand.id,
        f"pause:{by_hand.id}",
    )
    # As it was before.
    await database.pool.execute("ALTER TABLE pauses DROP COLUMN is_locked")

    folder = resources.files("leadstream.postgres").joinpath("migrations")
    [file] = [each for each in folder.iterdir() if each.name.endswith("_pause_owner.sql")]
    await database.pool.execute(file.read_text())

    rows = await database.pool.fetch("SELECT reason, is_locked FROM pauses ORDER BY reason")
    assert [tuple(row) for row in rows] == [("circuit_open", False), ("unpaid", True)]
    await database.close()
