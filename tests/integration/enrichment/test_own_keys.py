"""A workspace that pays with its own key: its faults are its own, and a new one is used at once."""

from typing import Any

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover
from integration.enrichment.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key
from support.waiting import eventually

SCOPE = f"provider:clay:{ACME}"


async def put_account(replica: Replica, key: str) -> dict[str, Any]:
    credentials = {"api_key": key}
    body = {"workspace_id": str(ACME), "provider": "clay", "credentials": credentials}
    answer = await replica.http.post("/provider-accounts", json=body)
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


async def try_out(replica: Replica, account: dict[str, Any]) -> dict[str, Any]:
    answer = await replica.http.post(f"/provider-accounts/{account['id']}/test", json={})
    said: dict[str, Any] = answer.raise_for_status().json()
    return said


async def test_a_refused_own_key_holds_its_workspace_alone_until_there_is_another(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(encryption_keys=generate_key("k1"))
    account = await put_account(replica, "sandbox-own")
    assert (await try_out(replica, account))["ok"]
    await sandbox.control.revoke("clay", "sandbox-own")

    refused = await try_out(replica, account)
    await discover(replica, a_lead("one.com"), a_lead("two.com", workspace=OTHER))
    await replica.rest()

    assert "it is another provider's, mistyped or revoked" in refused["message"]
    (pause,) = await replica.rows("pauses")
    assert (pause["scope"], pause["reason"]) == (SCOPE, "credential_refused")
    (event,) = await replica.events("lead.enriched")
    assert event["workspace_id"] == str(OTHER)

    rotated = await replica.http.post(
        f"/provider-accounts/{account['id']}/rotate",
        json={"credentials": {"api_key": "sandbox-new"}},
    )
    await replica.finish()

    assert rotated.json()["held_by"] == []
    assert len(await replica.events("lead.enriched")) == 2
    paid = {
        entry["domain"]: entry["account"]
        for entry in sandbox.ledger.entries(provider="clay", operation="enrich", status=200)
        if entry["domain"] in {"one.com", "two.com"}
    }
    assert paid["one.com"] != paid["two.com"]
    (own,) = await replica.rows("company_answers WHERE domain = 'one.com'")
    assert own["owner"] == str(ACME)


async def test_a_refused_key_of_the_deployment_holds_nobody_who_has_an_own_one(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(encryption_keys=generate_key("k1"))
    await put_account(replica, "sandbox-own")
    await sandbox.control.revoke("clay", "sandbox-clay")
    await discover(replica, a_lead("two.com", workspace=OTHER))
    await replica.rest()
    (pause,) = await replica.rows("pauses")
    assert (pause["scope"], pause["reason"]) == ("provider:clay", "credential_refused")

    await discover(replica, a_lead("one.com"), a_lead("three.com", workspace=OTHER))

    async def is_told() -> bool:
        return bool(await replica.events("lead.enriched"))

    await eventually(is_told, "it waits for a key that it does not use")
    (event,) = await replica.events("lead.enriched")
    assert event["workspace_id"] == str(ACME)
    assert {contact["verified_email"] for contact in event["enrichment"]["contacts"]} >= {True}
    assert [row["workspace_id"] for row in await replica.rows("jobs WHERE state = 'ready'")] == [
        OTHER,
        OTHER,
    ]


async def test_an_operators_pause_of_a_provider_holds_all_keys(make_replica: MakeReplica) -> None:
    replica = await make_replica(encryption_keys=generate_key("k1"))
    await put_account(replica, "sandbox-own")
    asked = {"scope": "provider:clay", "reason": "quota_exhausted"}
    (await replica.http.post("/pauses", json=asked)).raise_for_status()

    await discover(replica, a_lead("one.com"))
    await replica.rest()

    assert await replica.events("lead.enriched") == []
