"""What really goes out, as the sandbox judges it."""

import logging
from io import StringIO
from typing import Any

import orjson
import pytest

from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    SECRET,
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.observability.logs import LineFormatter
from leadstream.observability.metrics import render_metrics
from leadstream.observability.redact import Redactor
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually


async def test_b24_signatures_verify_and_during_a_rotation_with_both_secrets(
    machine: Machine, sandbox: Sandbox
) -> None:
    channel = await add_webhook(machine, sandbox)
    await sandbox.control.hook_secrets("warehouse", SECRET)
    await announce(machine, a_lead())
    await machine.finish()

    rotated = await machine.http.post(f"/api/admin/channels/{channel['id']}/rotate")
    await sandbox.control.hook_secrets("warehouse", SECRET, rotated.json()["secret"])
    await announce(machine, a_lead())
    await machine.finish()

    before, during = sandbox.ledger.entries(provider="hooks")
    assert (before["signature"], before["signed_with"]) == ("valid", [0])
    assert (during["signature"], during["signed_with"]) == ("valid", [0, 1])


async def test_b24_a_repetition_has_the_same_id_and_body_and_its_own_time(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(machine, sandbox)
    await sandbox.control.hook_secrets("warehouse", SECRET)
    await sandbox.control.script("hooks", None, {"status": 500, "delay": 1.0}, {"status": 200})

    await announce(machine, a_lead())
    await machine.finish()

    first, second = sandbox.ledger.entries(provider="hooks")
    assert first["webhook_id"] == second["webhook_id"]
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert (first["signature"], second["signature"]) == ("valid", "valid")


async def test_b25_the_webhook_holds_the_lead(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    lead = a_lead()

    await announce(machine, lead)
    await machine.finish()

    body = sandbox.ledger.entries(provider="hooks")[0].body
    assert (body["type"], body["timestamp"]) == ("lead.enriched", "2026-01-22T02:16:30Z")
    assert body["data"]["lead_id"] == lead["lead_id"]
    assert body["data"]["company"]["name"] == "Acme Corp"
    assert body["data"]["enrichment"]["primary_contact"]["email"] == "john@acme.com"


async def test_b25_slack_and_resend_accept_the_messages(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)

    await announce(machine, a_lead())
    await machine.finish()

    email = sandbox.ledger.entries(provider="resend")[0].body
    assert email["subject"] == "New HOT Lead: Acme Corp"
    assert email["headers"]["List-Unsubscribe"].startswith("<https://alerts.leadstream.example/u/")
    message = sandbox.ledger.entries(provider="slack")[0].body
    assert message["blocks"][0]["text"]["text"] == "🔥 New HOT Lead: Acme Corp"
    assert {entry.status for entry in sandbox.ledger.entries()} == {200}


HOSTILE: dict[str, Any] = {
    "name": "<img src=x onerror=alert(1)>\r\nBcc: everyone@example.com <!channel>",
    "website": "javascript:alert(1)",
    "domain": "javascript:alert(1)",
    "industry": "<!here> <https://evil.example|click>",
    "description": "</td><script>alert(1)</script>",
}


async def test_b26_a_hostile_lead_is_inert_everywhere(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    await add_webhook(machine, sandbox)

    await announce(machine, a_lead(company=HOSTILE, topic={"name": "<@U123> & friends"}))
    await machine.finish()

    email = sandbox.ledger.entries(provider="resend")[0]
    assert "\n" not in email.body["subject"]
    assert "\r" not in email.body["subject"]
    assert "<img" not in email.body["html"]
    assert "<script" not in email.body["html"]
    assert "javascript:" not in email.body["html"]
    assert email.body["to"] == ["ops@acme.example"]
    ((_, slack),) = sandbox.ledger.effects("message")
    assert (slack["mentions"], slack["links"], slack["unescaped"]) == ([], [], False)
    assert {entry.status for entry in sandbox.ledger.entries()} == {200}


async def test_b28_an_address_that_is_not_allowed_any_more_is_not_dialled(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    """Saved while it was allowed; what counts is the moment of the call."""
    async with running(SERVICE, make_settings(), database) as machine:
        await add_webhook(machine, sandbox)
        await add_slack(machine, sandbox)

    strict = make_settings(egress_allow="", trusted_hosts="")
    async with running(SERVICE, strict, database) as machine:
        await announce(machine, a_lead())
        await machine.finish()

        assert sandbox.ledger.entries() == []
        delivered = (await machine.events("lead.delivered"))[0]
        assert delivered["status"] == "failed"
        assert {each["attempts"] for each in delivered["channels"]} == {1}


async def test_b47_no_secret_url_or_address_in_logs_or_metrics(
    machine: Machine, sandbox: Sandbox
) -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    # No redaction: what is not logged need not be taken out.
    handler.setFormatter(LineFormatter("delivery", Plain()))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    try:
        await add_recipient(machine)
        await add_slack(machine, sandbox)
        await add_webhook(machine, sandbox, url=f"{sandbox.url}/hooks/private-path?token=abc123")
        await sandbox.control.behave("slack", errors={"status": 500})
        await sandbox.control.behave("hooks", errors={"status": 410})
        await sandbox.control.script("resend", None, {"status": 500}, {"action": "lose"})
        await announce(machine, a_lead())

        async def only_the_gone_one_is_left() -> bool:
            jobs = await machine.jobs()
            # The e-mail about that has gone out, too.
            return (jobs.get("ready"), jobs.get("running"), sum(jobs.values())) == (1, None, 4)

        await eventually(only_the_gone_one_is_left, "not all have ended", within=60)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)

    ours = [
        line
        for line in stream.getvalue().splitlines()
        if orjson.loads(line)["logger"].startswith(("delivery", "leadstream"))
    ]
    seen = "\n".join(ours) + render_metrics()[0].decode()
    assert "job.attempted" in seen
    for secret in ("ops@acme.example", "john@acme.com", "T0000/B0000", "private-path", "abc123",
                   SECRET, "sandbox-key"):  # fmt: skip
        assert secret not in seen


class Plain(Redactor):
    def text(self, text: str) -> str:
        return text

    def field(self, name: str, value: object, depth: int = 0) -> object:
        return str(value)


@pytest.mark.parametrize("code", [401, 403])
async def test_a_refused_key_holds_all_email_and_fails_none(
    machine: Machine, sandbox: Sandbox, code: int
) -> None:
    await add_recipient(machine)
    name = {401: "restricted_api_key", 403: "invalid_api_key"}[code]
    body = {"statusCode": code, "name": name, "message": "no"}
    await sandbox.control.behave("resend", errors={"status": code, "body": body})

    await announce(machine, a_lead(), a_lead())
    await machine.settle()

    assert (await machine.jobs()) == {"ready": 2}
    pause = await machine.database.pool.fetchrow("SELECT scope, reason FROM pauses")
    assert pause is not None
    assert (pause["scope"], pause["reason"]) == ("provider:resend", "credential_refused")
