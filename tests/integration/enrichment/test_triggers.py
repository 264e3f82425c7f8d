"""Cases 41 and 42: what a person may ask for, and whose leads they may ask about."""

import hashlib
from typing import Any
from uuid import UUID

import httpx
import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import account, an_account, entries, trigger
from leadstream.api.tokens import AdminToken, Role
from leadstream.ids import derived_id, new_id
from leadstream_dev.sandbox import Sandbox


async def test_b41_a_trigger_enriches_the_lead_and_names_its_durable_job(
    enrichment: Replica,
) -> None:
    lead = a_lead()
    await enrich(enrichment, lead)

    answer = await trigger(enrichment, lead, None)
    (job,) = await enrichment.rows(f"jobs WHERE id = '{answer.json()['job_id']}'")
    await enrichment.finish()

    assert answer.status_code == 202
    assert answer.json() == {"job_id": str(job["id"])}
    assert (job["kind"], str(job["lead_id"]), job["priority"]) == (
        "enrich-lead",
        lead["lead_id"],
        0,
    )
    assert len(await enrichment.events("lead.enriched")) == 2


async def test_b41_a_trigger_enriches_the_highest_revision_that_is_known(
    enrichment: Replica,
) -> None:
    lead = a_lead(score="cold")
    await discover(enrichment, {**lead, "revision": 2, "intent": {"score": "hot"}})
    await discover(enrichment, lead)
    await enrichment.finish()

    await trigger(enrichment, lead, None)
    await enrichment.finish()

    event = (await enrichment.events("lead.enriched"))[-1]
    assert (event["revision"], event["intent"]["score"]) == (2, "hot")


async def test_b41_a_cold_lead_asked_for_by_hand_goes_before_the_hot_ones(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead(score="cold")
    await enrich(enrichment, lead)

    await trigger(enrichment, lead, None)

    (job,) = await enrichment.rows("jobs WHERE (payload ->> 'manual')::boolean")
    assert job["priority"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"lead_id": str(new_id())}, 404),
        ({"lead_id": "acme"}, 422),
        ({}, 422),
        ({"lead_id": str(new_id()), "user": "olivia"}, 422),
    ],
)
async def test_b41_unknown_leads_and_bad_input_are_told_apart(
    enrichment: Replica, body: dict[str, str], status: int
) -> None:
    answer = await enrichment.http.post("/trigger-enrichment", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert await enrichment.rows("jobs") == []


async def test_b41_an_unknown_user_is_not_found_and_nothing_is_started(
    enrichment: Replica,
) -> None:
    lead = a_lead()
    await enrich(enrichment, lead)

    answer = await trigger(enrichment, lead, str(new_id()))

    assert answer.status_code == 404
    assert len(await enrichment.rows("jobs")) == 1


async def test_a_trigger_is_written_into_the_audit_log(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)
    lead = a_lead()
    await enrich(enrichment, lead)

    job = (await trigger(enrichment, lead, user)).json()["job_id"]

    (row,) = await enrichment.rows("audit_log WHERE action = 'enrichment.triggered'")
    assert row["target"] == f"lead:{lead['lead_id']}"
    assert row["after"] == {"job_id": job, "user_id": user}
    assert row["workspace_id"] == ACME


async def test_b42_a_caller_of_another_workspace_does_not_find_the_lead(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(admin_tokens=[a_token("acme", ACME), a_token("other", OTHER)])
    lead = a_lead(workspace=ACME)
    await enrich(replica, lead)
    before = len(sandbox.ledger.entries())

    foreign = await call(replica, "other", "/trigger-enrichment", {"lead_id": lead["lead_id"]})
    own = await call(replica, "acme", "/trigger-enrichment", {"lead_id": lead["lead_id"]})
    await replica.finish()

    assert (foreign.status_code, own.status_code) == (404, 202)
    assert len(await replica.rows("jobs")) == 2
    assert len(sandbox.ledger.entries()) == before


async def test_b42_a_user_of_another_workspace_can_pay_for_nothing(enrichment: Replica) -> None:
    stranger = await an_account(enrichment, limit=3, workspace=OTHER)
    lead = a_lead(workspace=ACME)
    await enrich(enrichment, lead)

    answer = await trigger(enrichment, lead, stranger)

    assert answer.status_code == 404
    assert (await account(enrichment, stranger))["daily_credits_used"] == 0
    assert await entries(enrichment) == {}


async def test_b42_a_record_that_carries_a_lead_into_another_workspace_does_nothing(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead(workspace=ACME)
    await enrich(enrichment, lead)

    await enrich(enrichment, {**lead, "workspace_id": str(OTHER), "revision": 2})

    assert {event["workspace_id"] for event in await enrichment.events("lead.enriched")} == {
        str(ACME)
    }
    (letter,) = await enrichment.rows("outbox WHERE topic = 'lead.discovered.enrichment.dlq'")
    assert letter["headers"]
    (known,) = await enrichment.rows("leads")
    assert (known["workspace_id"], known["revision"]) == (ACME, 1)


async def test_b42_accounts_and_budgets_of_another_workspace_are_not_found(
    make_replica: MakeReplica,
) -> None:
    replica = await make_replica(admin_tokens=[a_token("root", None), a_token("other", OTHER)])
    body = {"workspace_id": str(ACME), "email": "olivia@acme.example"}
    made = (await call(replica, "root", "/credits", body)).json()

    answers = [
        await call(replica, "other", "/credits", body),
        await call(replica, "other", f"/credits/{made['id']}"),
        await call(replica, "other", f"/credits/{made['id']}/ledger"),
        await call(replica, "other", f"/credits?workspace_id={ACME}"),
        await call(replica, "other", f"/provider-budgets/{ACME}"),
    ]
    listed = await call(replica, "other", "/credits")

    assert [answer.status_code for answer in answers] == [404] * 5
    assert listed.json() == {"items": [], "next": None}


async def test_accounts_have_derived_ids_and_are_made_once(enrichment: Replica) -> None:
    body = {
        "workspace_id": str(ACME),
        "email": " Olivia@Acme.example ",
        "role": "admin",
        "daily_credit_limit": 3,
    }

    first = await enrichment.http.post("/credits", json=body)
    again = await enrichment.http.post("/credits", json={**body, "email": "olivia@acme.example"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["id"] == str(derived_id("user", ACME, "olivia@acme.example"))
    assert first.json()["email"] == "olivia@acme.example"
    assert first.json()["daily_credits_used"] == 0
    assert len(await enrichment.rows("credit_accounts")) == 1
    assert len(await enrichment.rows("audit_log")) == 1


async def test_a_changed_limit_leaves_what_is_used_alone(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)
    lead = a_lead()
    await enrich(enrichment, lead)
    await enrichment.database.pool.execute("DELETE FROM company_answers")
    await trigger(enrichment, lead, user)
    await enrichment.finish()

    await an_account(enrichment, limit=2)

    changed = await account(enrichment, user)
    assert (changed["daily_credit_limit"], changed["daily_credits_used"]) == (2, 1)
    actions = [row["action"] for row in await enrichment.rows("audit_log ORDER BY at, id")]
    assert actions == ["credits.created", "enrichment.triggered", "credits.changed"]


async def test_accounts_and_their_ledgers_are_listed_in_pages(enrichment: Replica) -> None:
    for n in range(5):
        await an_account(enrichment, limit=1, email=f"u{n}@acme.example")
    user = await an_account(enrichment, limit=9, email="zoe@acme.example")
    lead = a_lead()
    await enrich(enrichment, lead)
    for _ in range(2):
        await trigger(enrichment, lead, user)
        await enrichment.finish()

    accounts = await all_pages(enrichment, "/credits?limit=4")
    ledger = await all_pages(enrichment, f"/credits/{user}/ledger?limit=3")
    found = (await enrichment.http.get("/credits", params={"email": "ZOE@acme.example"})).json()

    assert [a["email"] for a in accounts] == [f"u{n}@acme.example" for n in range(5)] + [
        "zoe@acme.example"
    ]
    assert [entry["entry"] for entry in ledger] == ["release", "reserve", "release", "reserve"]
    assert {entry["lead_id"] for entry in ledger} == {lead["lead_id"]}
    assert [a["id"] for a in found["items"]] == [user]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody"},
        {"email": "a b@acme.example"},
        {"daily_credit_limit": -1},
        {"daily_credit_limit": 10**9},
        {"daily_credit_limit": "many"},
        {"role": "Admin!"},
        {"workspace_id": "acme"},
        {"colour": "red"},
    ],
    ids=str,
)
async def test_accounts_that_make_no_sense_are_refused(
    enrichment: Replica, change: dict[str, Any]
) -> None:
    body = {"workspace_id": str(ACME), "email": "olivia@acme.example"}

    answer = await enrichment.http.post("/credits", json={**body, **change})

    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == next(iter(change))


def a_token(name: str, workspace: UUID | None) -> AdminToken:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=Role.OPERATOR, workspace=workspace)


async def call(
    replica: Replica, token: str, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    if body is None:
        return await replica.http.get(path, headers=headers)
    return await replica.http.post(path, headers=headers, json=body)


async def all_pages(replica: Replica, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": None}
    first = True
    while first or page["next"]:
        url = path if first else f"{path}&cursor={page['next']}"
        page = (await replica.http.get(url)).json()
        items += page["items"]
        first = False
    return items
