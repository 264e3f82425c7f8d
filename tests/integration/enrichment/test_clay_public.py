"""Clay's public API answers later: what waits for it is bought once, found by asking, and sooner where Clay says so."""

import hashlib
import hmac
from typing import Any, Final

import httpx
import orjson

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover
from integration.enrichment.replicas import Replica
from integration.enrichment.test_once import LEASE, _lose_the_worker
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key
from support.waiting import eventually

NAME: Final = "clay_public_v0"
SECRET: Final = "whsec_sandbox"
ANN: Final = {"name": "Ann Smith", "title": "CTO", "email": "ann@acme.com"}
BOB: Final = {"name": "Bob Jones", "title": "CEO", "email": None}


def only_this_source(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    return {
        "clay_api_key": None,
        "clay_public_v0_api_key": "sandbox-clay-public",
        "clay_public_v0_api_url": sandbox.env()["CLAY_PUBLIC_V0_API_URL"],
        "clay_public_v0_routine_id": "function:t_abc123",
        "clay_public_v0_webhook_secret": SECRET,
        **changes,
    }


async def tell(
    replica: Replica, run_id: str, *, to: str = "deployment", secret: str = SECRET
) -> httpx.Response:
    """Say that a run is done, as Clay does."""
    body = orjson.dumps({"webhookId": "wh_1", "data": {"routine_run_id": run_id}})
    digest = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    headers = {"x-clay-signature": f"sha256={digest}"}
    return await replica.http.post(
        f"http://127.0.0.1/webhooks/clay/{to}", content=body, headers=headers
    )


async def pending_run(replica: Replica) -> str:
    """Wait until the addresses are being looked for, and the lead waits for them."""

    async def is_waiting() -> bool:
        return bool(await replica.rows("jobs WHERE state = 'ready' AND run_at > now()"))

    await eventually(is_waiting, "nothing is pending")
    (answer,) = await replica.rows("company_answers WHERE state = 'pending'")
    return str(answer["ref"])


async def test_what_is_pending_while_its_worker_dies_is_bought_once(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**only_this_source(sandbox, job_lease=LEASE))
    await sandbox.control.options(NAME, companies={"acme.com": [ANN, BOB]}, run_seconds=3600)
    await sandbox.control.behave(NAME, "results", hang=1.0)
    await discover(replica, a_lead())
    run_id = await pending_run(replica)
    # It asks whether the run is done, and never hears the answer.
    await tell(replica, run_id)

    async def asks() -> bool:
        return bool(sandbox.ledger.entries(provider=NAME, operation="results"))

    await eventually(asks, "nobody asks")
    await _lose_the_worker(replica)
    await sandbox.control.clear()
    await sandbox.control.options(NAME, run_seconds=0)
    # Faults in between lose nothing, either.
    await sandbox.control.script(
        NAME,
        "results",
        {"status": 503, "body": {"message": "busy"}},
        {"status": 429, "body": {"message": "slow down"}, "headers": {"retry-after": "1"}},
    )

    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    people = {c["full_name"]: c["email"] for c in event["enrichment"]["contacts"]}
    assert people == {"Ann Smith": "ann@acme.com", "Bob Jones": None}
    assert event["enrichment"]["credits_used"] == 2
    assert sandbox.ledger.credits(NAME) == {"acme.com": 2}
    assert len(sandbox.ledger.entries(provider=NAME, operation="run_search")) == 1
    (call,) = await replica.rows("provider_calls")
    assert (call["outcome"], call["ref"], call["units"]) == ("succeeded", run_id, 2)


async def test_a_run_that_was_not_answered_is_not_begun_again(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**only_this_source(sandbox))
    await sandbox.control.options(NAME, companies={"acme.com": [ANN]})
    await sandbox.control.script(NAME, "run_routine", {"action": "lose"})

    await discover(replica, a_lead())
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    assert [(c["full_name"], c["email"]) for c in event["enrichment"]["contacts"]] == [
        ("Ann Smith", None)
    ]
    assert sandbox.ledger.credits(NAME) == {"acme.com": 1}
    calls = await replica.rows("provider_calls ORDER BY started_at")
    assert [call["outcome"] for call in calls] == ["unknown", "succeeded"]


async def test_a_run_whose_worker_died_is_not_begun_again(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**only_this_source(sandbox, job_lease=LEASE))
    await sandbox.control.options(NAME, companies={"acme.com": [ANN]})
    await sandbox.control.script(NAME, "run_routine", {"action": "hang"})
    await discover(replica, a_lead())

    async def runs() -> bool:
        return bool(sandbox.ledger.entries(provider=NAME, operation="run_routine"))

    await eventually(runs, "no run was begun")
    await _lose_the_worker(replica)
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    people = event["enrichment"]["contacts"]
    assert [(c["full_name"], c["email"]) for c in people] == [("Ann Smith", None)]
    # Whether that one was done, and paid for, nobody knows.
    assert len(sandbox.ledger.entries(provider=NAME, operation="run_routine")) == 1


async def test_a_run_that_never_ends_is_given_up_and_not_begun_again(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**only_this_source(sandbox))
    await sandbox.control.options(NAME, companies={"acme.com": [ANN]}, run_seconds=9999)
    await discover(replica, a_lead())
    run_id = await pending_run(replica)
    # Two hours pass.
    await replica.database.pool.execute(
        "UPDATE provider_calls SET started_at = started_at - interval '2 hours'"
    )

    await tell(replica, run_id)
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    people = event["enrichment"]["contacts"]
    assert [(c["full_name"], c["email"]) for c in people] == [("Ann Smith", None)]
    assert sandbox.ledger.credits(NAME) == {"acme.com": 1}
    calls = await replica.rows("provider_calls ORDER BY started_at")
    assert [(c["outcome"], c["ref"]) for c in calls] == [("unknown", run_id), ("succeeded", None)]


async def test_a_webhook_wakes_what_waits_and_is_believed_in_nothing(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**only_this_source(sandbox), encryption_keys=generate_key("k"))
    await sandbox.control.options(NAME, companies={"acme.com": [ANN]}, run_seconds=3600)
    own = {
        "workspace_id": str(ACME),
        "provider": NAME,
        "credentials": {"api_key": "sandbox-own", "webhook_secret": SECRET},
        "settings": {"routine_id": "function:t_abc123"},
    }
    assert (await replica.http.post("/provider-accounts", json=own)).is_success
    await discover(replica, a_lead())
    run_id = await pending_run(replica)

    async def asked() -> bool:
        return bool(sandbox.ledger.entries(provider=NAME, operation="results"))

    # Who signs with another secret is nobody, and an account wakes what waits for itself.
    for to, secret in [(str(ACME), "whsec_other"), (str(OTHER), SECRET), ("x", SECRET)]:
        assert (await tell(replica, run_id, to=to, secret=secret)).status_code == 401
    assert (await tell(replica, run_id)).status_code == 204
    assert (await tell(replica, "run_unknown", to=str(ACME))).status_code == 204
    assert not await asked()

    # It is not done, whatever is said.
    assert (await tell(replica, run_id, to=str(ACME))).status_code == 204
    await eventually(asked, "nobody was woken", within=5)
    assert await pending_run(replica) == run_id

    await sandbox.control.options(NAME, run_seconds=0)
    await tell(replica, run_id, to=str(ACME))
    await replica.finish(seconds=5)
    again = await tell(replica, run_id, to=str(ACME))

    assert again.status_code == 204
    (event,) = await replica.events("lead.enriched")
    assert [c["email"] for c in event["enrichment"]["contacts"]] == ["ann@acme.com"]
    assert sandbox.ledger.credits(NAME) == {"acme.com": 1}
