import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from contract.sandbox.cases import FIXTURES
from leadstream_dev.sandbox import Sandbox

VECTORS = json.loads((FIXTURES / "standard_webhooks_vectors.json").read_text(encoding="utf-8"))
OLD = VECTORS["vectors"][0]["secret"]
NEW = VECTORS["vectors"][1]["secret"]
BODY = json.dumps(
    {"type": "lead.enriched", "data": {"lead_id": "lead-1", "workspace_id": "w-1", "revision": 1}}
)


def signed(*secrets: str, webhook_id: str = "msg_1", skew_s: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) + timedelta(seconds=skew_s)
    signatures = [Webhook(secret).sign(webhook_id, at, BODY) for secret in secrets]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def receive(
    sandbox: Sandbox, api: httpx.AsyncClient, headers: dict[str, str]
) -> httpx.Response:
    return await api.post(sandbox.hook_url("warehouse"), content=BODY, headers=headers)


async def test_the_ledger_tells_what_the_signature_is_worth(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await receive(sandbox, api, signed(OLD, webhook_id="msg_0"))
    await sandbox.control.hook_secrets("warehouse", OLD, NEW)

    answers = [
        await receive(sandbox, api, signed(NEW, OLD)),
        await receive(sandbox, api, signed(NEW, webhook_id="msg_2")),
        await receive(sandbox, api, signed("whsec_" + "A" * 32)),
        await receive(sandbox, api, {"webhook-id": "msg_4"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401]
    entries = sandbox.ledger.entries(hook="warehouse")
    assert [entry["signature"] for entry in entries] == [
        "unchecked",
        "valid",
        "valid",
        "invalid",
        "missing",
    ]
    assert [entry["signed_with"] for entry in entries] == [None, [0, 1], [1], [], None]
    assert [entry.seq for entry in sandbox.ledger.bad_signatures()] == [4]
    assert (entries[1]["lead_id"], entries[1]["workspace_id"]) == ("lead-1", "w-1")


@pytest.mark.parametrize("wrong", VECTORS["must_reject"], ids=lambda wrong: str(wrong["why"]))
async def test_what_must_be_rejected_is(
    sandbox: Sandbox, api: httpx.AsyncClient, wrong: dict[str, str | int]
) -> None:
    await sandbox.control.hook_secrets("warehouse", OLD)
    skew = int(wrong.get("skew_s", 0))
    # Time goes on until the call arrives, which takes seconds off a time to come. To the second: test_signing.py.
    headers = signed(OLD, skew_s=skew + (60 if skew > 0 else 0))
    headers["webhook-signature"] = str(wrong.get("webhook-signature", headers["webhook-signature"]))

    assert (await receive(sandbox, api, headers)).status_code == 401


async def test_an_id_counts_once(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await receive(sandbox, api, signed(OLD))).status_code == 200
    await receive(sandbox, api, signed(OLD, webhook_id="msg_2"))

    outcomes = [entry.outcome for entry in sandbox.ledger.entries(hook="warehouse")]
    assert outcomes == ["accepted", "replayed", "accepted"]
    [ids] = sandbox.ledger.webhook_ids("warehouse").values()
    assert ids == {"msg_1", "msg_2"}
    assert len(sandbox.ledger.webhooks()["warehouse", "lead-1"]) == 2
