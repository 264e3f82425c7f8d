from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox

EMAIL: dict[str, Any] = {
    "from": "Leadstream <alerts@leadstream.example>",
    "to": ["ana@example.org"],
    "subject": "New HOT Lead: Acme Corp",
    "html": "<p>Acme</p>",
    "tags": [
        {"name": "lead_id", "value": "lead-1"},
        {"name": "revision", "value": "1"},
        {"name": "workspace_id", "value": "workspace-1"},
    ],
}


async def send(api: httpx.AsyncClient, key: str | None = None, **changes: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    email = {name: value for name, value in (EMAIL | changes).items() if value is not None}
    return await api.post("/resend/emails", json=email, headers=headers)


async def test_a_key_sends_one_email(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    first = await send(api, "key-1")
    second = await send(api, "key-1")

    assert first.json() == second.json()
    outcomes = [entry.outcome for entry in sandbox.ledger.entries(idempotency_key="key-1")]
    assert outcomes == ["accepted", "replayed"]
    [email] = sandbox.ledger.emails()["lead-1", "ana@example.org"]
    assert email["id"] == first.json()["id"]
    assert (email["revision"], email["workspace_id"]) == ("1", "workspace-1")


async def test_a_key_is_free_again_after_a_day(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    first = await send(api, "key-1")
    await sandbox.control.settings(clock_offset=24 * 3600 + 1)
    second = await send(api, "key-1")

    assert first.json()["id"] != second.json()["id"]
    assert sandbox.ledger.doubled_emails() == {("lead-1", "1", "ana@example.org"): 2}


async def test_a_refused_email_does_not_use_its_key_up(api: httpx.AsyncClient) -> None:
    assert (await send(api, "key-1", to=[])).status_code == 422
    assert (await send(api, "key-1")).status_code == 200


async def test_a_batch_has_one_key(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    emails = [EMAIL, EMAIL | {"to": "ben@example.org"}]
    headers = {"Idempotency-Key": "key-1"}

    first = await api.post("/resend/emails/batch", json=emails, headers=headers)
    second = await api.post("/resend/emails/batch", json=emails, headers=headers)

    assert first.json() == second.json()
    assert len({email["id"] for email in first.json()["data"]}) == 2
    assert len(sandbox.ledger.effects("email")) == 2


async def test_a_strict_batch_is_all_or_nothing(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    answer = await api.post("/resend/emails/batch", json=[EMAIL, EMAIL | {"subject": ""}])

    assert answer.status_code == 422
    assert sandbox.ledger.effects("email") == []


async def test_a_batch_holds_a_hundred(api: httpx.AsyncClient) -> None:
    assert (await api.post("/resend/emails/batch", json=[EMAIL] * 100)).status_code == 200
    assert (await api.post("/resend/emails/batch", json=[EMAIL] * 101)).status_code == 422


async def test_a_sent_email_can_be_read(api: httpx.AsyncClient) -> None:
    sent = await api.post("/resend/emails/batch", json=[EMAIL, EMAIL | {"subject": "Second"}])

    read = await api.get(f"/resend/emails/{sent.json()['data'][1]['id']}")

    assert read.json()["subject"] == "Second"
    assert read.json()["to"] == ["ana@example.org"]


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"from": "alerts@localhost"}, 422, "invalid_from_address"),
        ({"from": "Leadstream alerts@leadstream.example"}, 422, "invalid_from_address"),
        ({"from": None}, 422, "missing_required_field"),
        ({"to": ["a b@example.org"]}, 422, "validation_error"),
        ({"to": ["a@example.org"] * 51}, 422, "validation_error"),
        ({"cc": "nobody"}, 422, "validation_error"),
        ({"html": None}, 422, "missing_required_field"),
        ({"html": 5}, 422, "validation_error"),
        ({"subject": "Hot\r\nBcc: x@evil.example"}, 422, "validation_error"),
        ({"subject": 5}, 422, "validation_error"),
        ({"headers": {"X-A": "a\nb"}}, 422, "validation_error"),
        ({"headers": {"X A": "a"}}, 422, "validation_error"),
        ({"headers": ["X-A"]}, 422, "validation_error"),
        ({"tags": [{"name": "lead id", "value": "1"}]}, 422, "validation_error"),
        ({"tags": [{"name": "lead_id", "value": "é"}]}, 422, "validation_error"),
        ({"tags": [{"name": "lead_id", "value": "x" * 257}]}, 422, "validation_error"),
        ({"tags": [{"name": "lead_id", "value": ""}]}, 422, "validation_error"),
        ({"attachments": [{"filename": "a.pdf"}]}, 422, "invalid_attachment"),
    ],
)
async def test_what_resend_refuses(
    sandbox: Sandbox, api: httpx.AsyncClient, changes: dict[str, Any], status: int, name: str
) -> None:
    answer = await send(api, **changes)

    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert sandbox.ledger.effects("email") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "ana@example.org"},
        {"to": ['"Ops, Team" <ops@example.org>']},
        {"to": ["a@example.org"] * 50},
        {"html": None, "text": "Acme"},
        {"subject": "Héllo — 東京"},
        {"headers": {"List-Unsubscribe": "<https://app.example.com/u/token>"}},
        {"reply_to": "owner@example.org", "cc": ["a@example.org"], "bcc": []},
    ],
)
async def test_what_resend_accepts(api: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    answer = await send(api, **changes)

    assert answer.status_code == 200, answer.text


async def test_other_methods_and_paths_are_refused(api: httpx.AsyncClient) -> None:
    assert (await api.get("/resend/emails")).json()["name"] == "method_not_allowed"
    assert (await api.get("/resend/audiences")).json()["name"] == "not_found"
    assert (await api.delete("/resend/domains")).json()["name"] == "method_not_allowed"
