"""The admin API: connections, uploads and billing events."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from integration.platform_upload.bench import SECRET, WORKSPACE, Bench, an_upload, id_of, uploads
from leadstream.api.tokens import AdminToken, Role
from leadstream.pauses import add_pause

OTHER = UUID(int=5)


def a_token(role: Role, workspace: UUID | None = None) -> tuple[AdminToken, str]:
    secret = f"{role}-{workspace}-token"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return AdminToken(name=secret, sha256=digest, role=role, workspace=workspace), secret


async def call(
    bench: Bench, method: str, path: str, *, as_: tuple[AdminToken, str], body: Any = None
) -> Any:
    token, secret = as_
    async with bench.replica.http(tokens=[token], token=secret) as http:
        return await http.request(method, path, json=body)


async def audit(bench: Bench) -> list[Any]:
    return list(await bench.replica.database.pool.fetch("SELECT * FROM audit_log ORDER BY at"))


async def test_a_connection_is_made_with_the_id_that_leads_wait_under(bench: Bench) -> None:
    made = await bench.connect("salesforce", platform="finance-platform")

    assert made["id"] == id_of("finance-platform")
    assert made["workspace_id"] == str(WORKSPACE)
    assert (made["platform"], made["adapter"]) == ("finance-platform", "salesforce")
    assert (made["status"], made["held_by"]) == ("active", [])
    assert await bench.items("/connections") == [made]


async def test_b47_credentials_never_come_back(bench: Bench) -> None:
    answers = [
        await bench.connect("salesforce"),
        await bench.connect("webhook", platform="retail-platform"),
        await bench.items("/connections"),
        await bench.post(f"/connections/{id_of('retail-platform')}/test"),
        await audit(bench),
    ]

    shown = str(answers)
    assert "sandbox-secret" not in shown
    assert SECRET not in shown
    assert "/hooks/retail-platform" not in shown


async def test_credentials_are_encrypted_at_rest(bench: Bench) -> None:
    await bench.connect("webhook")

    (row,) = await bench.replica.database.pool.fetch("SELECT * FROM connections")
    assert SECRET.encode() not in row["credentials"]
    assert SECRET not in str(dict(row))


async def test_applying_twice_changes_nothing(bench: Bench) -> None:
    first = await bench.connect("webhook")
    rows = await audit(bench)

    second = await bench.connect("webhook")

    assert second == first
    assert await audit(bench) == rows


async def test_there_is_one_connection_for_each_workspace_and_platform(bench: Bench) -> None:
    await bench.connect("webhook")

    changed = await bench.connect("hubspot")

    assert changed["adapter"] == "hubspot"
    assert len(await bench.items("/connections")) == 1
    assert [row["action"] for row in await audit(bench)] == [
        "connection.created",
        "connection.changed",
    ]


async def test_two_people_who_make_the_same_connection_at_once_make_one(bench: Bench) -> None:
    bodies = [bench.body("webhook"), bench.body("hubspot")]
    async with bench.replica.http() as http:
        answers = await asyncio.gather(*(http.post("/connections", json=body) for body in bodies))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert len(await bench.items("/connections")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"platform": "moon-platform"}, "platform"),
        ({"adapter": "pipedrive"}, "adapter"),
        ({"credentials": {}}, "credentials.access_token"),
        ({"credentials": {"access_token": "x", "password": "y"}}, "credentials.password"),
        ({"settings": {"domain": "x"}}, "settings.domain"),
        ({"status": "disabled"}, "status"),
        ({"workspace_id": "acme"}, "workspace_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_input_is_refused_with_the_field_and_the_reason(
    bench: Bench, changes: dict[str, Any], field: str
) -> None:
    answer = await bench.post("/connections", bench.body("hubspot") | changes, status=422)

    assert answer["error"]["field"] == field
    assert answer["error"]["message"]
    assert await bench.items("/connections") == []


async def test_test_really_calls_the_platform_and_writes_nothing_there(bench: Bench) -> None:
    await bench.connect("hubspot")
    await bench.connect("salesforce", platform="finance-platform")
    await bench.connect("webhook", platform="general-platform")

    tested = [
        await bench.post(f"/connections/{id_of(platform)}/test")
        for platform in ("tech-platform", "finance-platform", "general-platform")
    ]

    assert [each["ok"] for each in tested] == [True, True, True]
    assert bench.calls("hubspot", "property_get") == 2
    assert bench.calls("salesforce", "describe") == 1
    (hook,) = bench.sandbox.ledger.entries(provider="hooks")
    assert hook.body["type"] == "connection.test"
    assert bench.sandbox.ledger.effects("record") == []
    assert bench.sandbox.ledger.effects("property") == []


async def test_a_test_that_fails_says_what_the_platform_said(bench: Bench) -> None:
    await bench.connect("hubspot", credentials={"access_token": "wrong"})

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert (tested["ok"], tested["verdict"], tested["status_code"]) == (False, "credential", 401)
    assert tested["code"] == "INVALID_AUTHENTICATION"


async def test_a_test_that_succeeds_lets_waiting_leads_go(bench: Bench) -> None:
    """Mended on the platform's side: nothing here has changed."""
    await bench.connect()
    await bench.sandbox.control.options("hubspot", missing_scopes=["x"])
    await bench.upload(an_upload())
    await bench.sandbox.control.options("hubspot", missing_scopes=[])

    await bench.post(f"/connections/{id_of()}/test")
    await bench.upload()

    assert await bench.statuses() == ["uploaded"]


async def test_rotating_credentials_lets_waiting_leads_go(bench: Bench) -> None:
    await bench.connect(credentials={"access_token": "revoked"})
    await bench.upload(*uploads(3))
    assert await bench.statuses() == ["pending"] * 3

    rotated = await bench.post(
        f"/connections/{id_of()}/rotate", {"credentials": {"access_token": "sandbox-new"}}
    )
    await bench.upload()

    assert await bench.statuses() == ["uploaded"] * 3
    assert rotated["rotated_at"] is not None
    assert (await audit(bench))[-1]["action"] == "connection.rotated"


async def test_rotating_needs_credentials(bench: Bench) -> None:
    await bench.connect()

    await bench.post(f"/connections/{id_of()}/rotate", {"credentials": {}}, status=422)
    await bench.post(f"/connections/{id_of()}/rotate", {}, status=422)


async def test_a_paused_connection_sends_nothing_until_it_is_active_again(bench: Bench) -> None:
    await bench.connect()
    await bench.patch(f"/connections/{id_of()}", {"status": "paused"})
    await bench.upload(an_upload())
    assert bench.calls("hubspot", "batch_upsert") == 0
    (row,) = await bench.items("/uploads")
    assert row["held_by"] == ["connection_paused"]

    await bench.patch(f"/connections/{id_of()}", {"status": "active"})
    await bench.upload()

    assert await bench.statuses() == ["uploaded"]


async def test_an_operators_own_pause_is_not_lifted_by_saving(bench: Bench) -> None:
    async with bench.replica.database.transaction() as tx:
        await add_pause(tx, f"connection:{id_of()}", reason="end of quarter", actor="olivia")

    await bench.connect()
    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert row["held_by"] == ["end of quarter"]


async def test_changing_the_adapter_takes_the_leads_that_wait_along(bench: Bench) -> None:
    await bench.connect(credentials={"access_token": "revoked"})
    await bench.upload(an_upload())

    body = bench.body("salesforce")
    change = {name: body[name] for name in ("adapter", "settings", "credentials")}
    await bench.patch(f"/connections/{id_of()}", change)
    await bench.upload()

    (event,) = await bench.uploaded()
    assert event["adapter"] == "salesforce"


async def test_b42_another_workspaces_connection_is_404_wherever_it_is_named(bench: Bench) -> None:
    await bench.connect()
    foreign = a_token(Role.ADMIN, OTHER)
    path = f"/connections/{id_of()}"

    answers = [
        await call(bench, "GET", path, as_=foreign),
        await call(bench, "PATCH", path, as_=foreign, body={"status": "paused"}),
        await call(bench, "POST", f"{path}/test", as_=foreign),
        await call(bench, "POST", f"{path}/rotate", as_=foreign, body={"credentials": {"a": 1}}),
        await call(bench, "POST", "/connections", as_=foreign, body=bench.body("webhook")),
        await call(bench, "GET", f"/connections?workspace_id={WORKSPACE}", as_=foreign),
        await call(bench, "GET", f"/uploads?workspace_id={WORKSPACE}", as_=foreign),
        await call(bench, "GET", f"/billing-events?workspace_id={WORKSPACE}", as_=foreign),
    ]

    assert [answer.status_code for answer in answers] == [404] * 8
    assert bench.sandbox.ledger.entries() == []
    (row,) = await bench.items("/connections")
    assert (row["adapter"], row["status"]) == ("hubspot", "active")


async def test_b42_lists_show_a_token_its_own_workspace_only(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.connect("webhook", workspace=OTHER)
    await bench.upload(an_upload(1), an_upload(2, workspace=OTHER))
    own = a_token(Role.VIEWER, OTHER)

    for path in ("/connections", "/uploads", "/billing-events"):
        answer = await call(bench, "GET", path, as_=own)
        assert [row["workspace_id"] for row in answer.json()["items"]] == [str(OTHER)]


async def test_roles_are_kept(bench: Bench) -> None:
    viewer, operator = a_token(Role.VIEWER), a_token(Role.OPERATOR)

    looked = await call(bench, "GET", "/connections", as_=viewer)
    changed = await call(bench, "POST", "/connections", as_=viewer, body=bench.body("webhook"))
    rotated = await call(bench, "POST", "/connections/rotate-keys", as_=operator)

    assert [looked.status_code, changed.status_code, rotated.status_code] == [200, 403, 403]


async def test_unknown_ids_are_404(bench: Bench) -> None:
    async with bench.replica.http() as http:
        answers = [
            await http.get(f"/connections/{uuid4()}"),
            await http.post(f"/connections/{uuid4()}/test"),
            await http.patch(f"/connections/{uuid4()}", json={"status": "paused"}),
        ]

    assert [answer.status_code for answer in answers] == [404] * 3


async def test_uploads_are_listed_newest_first_in_pages(bench: Bench) -> None:
    await bench.connect("webhook")
    for n in range(5):
        await bench.upload(an_upload(n))

    seen: list[str] = []
    cursor: str | None = None
    async with bench.replica.http() as http:
        while True:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await http.get("/uploads", params=params)).json()
            seen += [row["lead_id"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break

    assert seen == [an_upload(n)["lead_id"] for n in reversed(range(5))]


async def test_uploads_and_billing_events_are_filtered(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(
        an_upload(1), an_upload(2, intent_score="cold"), an_upload(3, industry="Retail")
    )

    lead = an_upload(1)["lead_id"]
    assert await bench.statuses(platform="tech-platform") == ["refused", "uploaded"]
    assert await bench.statuses(status="pending") == ["pending"]
    assert await bench.statuses(lead_id=lead) == ["uploaded"]
    assert await bench.statuses(since="2999-01-01T00:00:00Z") == []
    assert len(await bench.items("/billing-events", lead_id=lead)) == 1
    assert await bench.items("/billing-events", platform="retail-platform") == []
    assert await bench.items("/billing-events", until="2000-01-01T00:00:00Z") == []
    (billed,) = await bench.items("/billing-events", since="2000-01-01T00:00:00Z")
    assert set(billed) == {
        "id", "workspace_id", "lead_id", "platform", "event_type", "quantity", "metadata", "created_at",
    }  # fmt: skip


async def test_the_upload_that_was_billed_says_so_and_a_later_revision_does_not(
    bench: Bench,
) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1))
    await bench.upload({**an_upload(1), "revision": 2})

    second, first = await bench.items("/uploads")
    (billed,) = await bench.items("/billing-events")

    assert [first["revision"], second["revision"]] == [1, 2]
    assert {first["status"], second["status"]} == {"uploaded"}
    assert (first["billed_at"], second["billed_at"]) == (billed["created_at"], None)


@pytest.mark.parametrize("adapter", ["hubspot", "salesforce", "webhook"])
async def test_what_a_file_leaves_out_of_a_connection_stays(bench: Bench, adapter: str) -> None:
    first = await bench.connect(adapter)
    paused = await bench.patch(f"/connections/{first['id']}", {"status": "paused"})
    named = {name: first[name] for name in ("workspace_id", "platform", "adapter")}

    again = await bench.post("/connections", named, status=201)

    assert again == paused
    assert (await bench.post(f"/connections/{first['id']}/test"))["ok"]


async def test_another_adapter_needs_its_own_credentials(bench: Bench) -> None:
    first = await bench.connect("salesforce")
    named = {name: first[name] for name in ("workspace_id", "platform")}

    await bench.post("/connections", named | {"adapter": "hubspot"}, status=422)


async def test_billing_events_are_counted_for_a_nights_leads(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1), an_upload(2))
    first, last = sorted(an_upload(n)["lead_id"] for n in (1, 2))

    async def counted(first: str, last: str, **more: Any) -> dict[str, Any]:
        async with bench.replica.http() as http:
            params = {"first_lead": first, "last_lead": last, **more}
            answer = await http.get("/billing-events/count", params=params)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    assert await counted(first, last) == {"count": 2, "platforms": {"tech-platform": 2}}
    assert (await counted(first, first))["count"] == 1
    assert await counted(last, first) == {"count": 0, "platforms": {}}
    assert (await counted(first, last, workspace_id=str(WORKSPACE)))["count"] == 2
    assert (await counted(first, last, workspace_id=str(uuid4())))["count"] == 0
