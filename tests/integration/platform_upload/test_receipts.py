"""Receipts over the service's API: whose they are, what can be asked, and what stays of one that was altered."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from integration.platform_upload.bench import KEY, WORKSPACE, Bench, an_upload
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.erasing import (
    ADA,
    PEOPLE,
    entries,
    erase,
    going_on,
    receipt,
)
from integration.platform_upload.machine import work
from leadstream.api import AdminToken, Role
from support.erased import hashed, search, teach

OTHER = UUID(int=5)
READ, WRITE = "GET", "POST"
UNKNOWN = UUID(int=404)
NOBODY: dict[str, Any] = {"salts": [], "people": []}


def a_token(name: str, role: Role, *, workspace: UUID | None = None) -> AdminToken:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role, workspace=workspace)


TOKENS = [
    a_token("viewer", Role.VIEWER),
    a_token("operator", Role.OPERATOR),
    a_token("theirs", Role.ADMIN, workspace=WORKSPACE),
    a_token("others", Role.ADMIN, workspace=OTHER),
    a_token("admin", Role.ADMIN),
]


async def answers(bench: Bench, method: str, path: str, body: Any = None) -> dict[str, int]:
    """What each token is answered."""
    found = {}
    for token in TOKENS:
        async with bench.replica.http(tokens=TOKENS, token=token.name) as http:
            found[token.name] = (await http.request(method, path, json=body)).status_code
    return found


ROUTES: list[tuple[str, str, Any]] = [
    (READ, "/erasure-receipts", None),
    (READ, "/erased-people", None),
    (WRITE, "/erased-people", NOBODY),
    (WRITE, "/erasure-searches", {"reason": "restored"}),
    (READ, f"/erasure-searches/{UNKNOWN}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_what_concerns_all_workspaces_is_for_an_admin_of_all(
    bench: Bench, method: str, path: str, body: Any
) -> None:
    found = await answers(bench, method, path, body)

    rest = ("viewer", "operator", "theirs", "others")
    assert [found[name] for name in rest] == [403] * 4
    assert found["admin"] in {200, 404}


@pytest.mark.parametrize("what", ["", "/joined"])
async def test_a_receipt_is_for_admins_of_its_workspace(bench: Bench, what: str) -> None:
    erased = await erase(bench, workspace_id=str(WORKSPACE))
    path = f"/erasure-receipts/{erased['receipt_id']}{what}"

    if what:
        found = await answers(bench, WRITE, path, {"parts": {}})
    else:
        found = await answers(bench, READ, path)

    assert found == {"viewer": 403, "operator": 403, "theirs": 200, "others": 404, "admin": 200}


async def test_a_receipt_of_many_workspaces_is_none_of_theirs(bench: Bench) -> None:
    """A search after a restore finds people of several: the first entry is of one of them."""
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    async with bench.replica.http() as http:
        await teach(http, hashed(ADA, WORKSPACE))
        found = await search(http)
    await going_on(bench.replica)
    await work(bench.replica)

    seen = await answers(bench, READ, f"/erasure-receipts/{found['id']}")

    assert found["found"] == 1
    assert (seen["theirs"], seen["others"], seen["admin"]) == (404, 404, 200)


@pytest.mark.parametrize(
    "content", ["", "[]", "null", "1", "{", '{"workspace_id":"x"}', '{"workspace_id":[1]}']
)
async def test_a_receipt_that_was_altered_is_shown_as_it_is(bench: Bench, content: str) -> None:
    erased = await erase(bench, workspace_id=str(WORKSPACE))
    await bench.replica.database.pool.execute("UPDATE erasure_receipts SET content = $1", content)

    seen = await answers(bench, READ, f"/erasure-receipts/{erased['receipt_id']}")

    assert (seen["admin"], seen["theirs"]) == (200, 404)
    assert [each["content"] for each in (await receipt(bench, erased))["entries"]] == [content]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/erasure-receipts/{UNKNOWN}", 404),
        ("/erasure-receipts/one", 422),
        ("/erasure-receipts/%00", 422),
        ("/erasure-receipts?after=-1", 200),
        (f"/erasure-receipts?after={2**63 - 1}", 200),
        (f"/erasure-receipts?after={2**63}", 422),
        (f"/erasure-receipts?after={-(2**64)}", 422),
        ("/erasure-receipts?limit=0", 422),
        ("/erasure-receipts?limit=1001", 422),
        ("/erased-people?after=x", 422),
    ],
)
async def test_what_can_not_be_asked_is_no_error_of_ours(
    bench: Bench, path: str, status: int
) -> None:
    async with bench.replica.http() as http:
        answer = await http.get(path)

    assert answer.status_code == status, answer.text


async def test_after_a_restart_a_receipt_says_the_same(
    make_replica: MakeReplica, bench: Bench
) -> None:
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    erased = await erase(bench)
    await work(bench.replica)
    before = await receipt(bench, erased)

    again = Bench(await make_replica(encryption_keys=KEY), bench.sandbox)
    after = await receipt(again, erased)

    assert after == before
    assert [each["state"] for each in entries(after)] == ["done"]


async def test_a_search_again_is_the_same_search(bench: Bench) -> None:
    """`erase --reapply` twice: with the same receipt nothing more, with another nobody more."""
    await bench.connect()
    await bench.upload(an_upload(1, **PEOPLE))
    body = {"receipt_id": str(uuid4()), "reason": "restored"}
    async with bench.replica.http() as http:
        await teach(http, hashed(ADA))
        first = await searched(http, body)
        await going_on(bench.replica)
        await work(bench.replica)
        one = (await http.get(f"/erasure-receipts/{body['receipt_id']}")).json()
        again = await searched(http, body)
        two = (await http.get(f"/erasure-receipts/{body['receipt_id']}")).json()
        new = await teach(http, hashed(ADA))
        other = await searched(http, {"receipt_id": str(uuid4()), "reason": "restored"})

    assert (first["found"], again["found"]) == (1, 1)
    assert two == one
    assert (new, other["found"]) == (0, 0)
    assert bench.calls("hubspot", "gdpr_delete") == 1


async def searched(http: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post("/erasure-searches", json=body)
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_audit_of_a_search_names_nobody(bench: Bench) -> None:
    async with bench.replica.http() as http:
        body = {"receipt_id": str(uuid4()), "reason": f"{ADA} was restored"}
        await searched(http, body)

    assert ADA not in str(await bench.items("/audit"))
