from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from standardwebhooks import Webhook as StandardWebhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadstream.api.server import ApiServer
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

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


@pytest.fixture
async def told() -> AsyncIterator[tuple[str, list[tuple[bytes, dict[str, str]]]]]:
    """A webhook's address, and what has come to it."""
    came: list[tuple[bytes, dict[str, str]]] = []

    async def take(request: Request) -> Response:
        came.append((await request.body(), dict(request.headers)))
        return Response(status_code=200)

    app = Starlette(routes=[Route("/webhooks/resend", take, methods=["POST"])])
    server = ApiServer(app, host="127.0.0.1", port=0)
    yield f"http://127.0.0.1:{await server.start()}/webhooks/resend", came
    await server.stop()


async def come(came: list[Any], count: int) -> list[dict[str, Any]]:
    async def have_come() -> bool:
        return len(came) >= count

    await eventually(have_come, f"{count} events have not come")
    return [orjson.loads(body) for body, _ in came]


async def test_a_webhook_is_told_what_becomes_of_an_email(
    sandbox: Sandbox, api: httpx.AsyncClient, told: tuple[str, list[Any]]
) -> None:
    url, came = told
    await sandbox.control.options("resend", webhooks=[{"url": url, "secrets": [SECRET]}])

    for inbox in ("ana@example.org", "bounced+1@resend.dev", "complained@resend.dev"):
        await send(api, to=[inbox])
    suppressed = (await send(api, to=["suppressed@resend.dev"])).json()["id"]

    events = await come(came, 8)
    kinds = [(event["data"]["to"][0], event["type"]) for event in events]
    assert sorted(kinds) == [
        ("ana@example.org", "email.delivered"),
        ("ana@example.org", "email.sent"),
        ("bounced+1@resend.dev", "email.bounced"),
        ("bounced+1@resend.dev", "email.sent"),
        ("complained@resend.dev", "email.complained"),
        ("complained@resend.dev", "email.delivered"),
        ("complained@resend.dev", "email.sent"),
        ("suppressed@resend.dev", "email.suppressed"),
    ]
    assert all(event["data"]["tags"]["lead_id"] == "lead-1" for event in events)
    shown = await api.get(f"/resend/emails/{suppressed}")
    assert shown.json()["last_event"] == "suppressed"
    # Another library than ours agrees that they are signed.
    for body, headers in came:
        renamed = {name.replace("svix-", "webhook-"): value for name, value in headers.items()}
        StandardWebhook(SECRET).verify(body, renamed)


async def test_it_is_told_more_than_once_in_any_order_and_of_other_peoples_emails(
    sandbox: Sandbox, api: httpx.AsyncClient, told: tuple[str, list[Any]]
) -> None:
    url, came = told
    telling = {"copies": 2, "shuffled": True, "strangers": True, "age": 7 * 24 * 3600}
    await sandbox.control.options(
        "resend", webhooks=[{"url": url, "secrets": [SECRET]}], telling=telling
    )

    email_id = (await send(api, "key-1")).json()["id"]
    await send(api, "key-1")

    events = await come(came, 8)
    ours = [event["data"]["email_id"] == email_id for event in events]
    assert (len(events), sum(ours)) == (8, 4)
    ids = [headers["svix-id"] for _, headers in came]
    assert sorted(ids.count(each) for each in set(ids)) == [2] * 4
    for event in events:
        happened = datetime.fromisoformat(event["created_at"])
        assert datetime.now(UTC) - happened > timedelta(days=6)


async def test_a_webhook_is_told_of_what_it_asked_for(
    sandbox: Sandbox, api: httpx.AsyncClient, told: tuple[str, list[Any]]
) -> None:
    url, came = told
    webhook = {"url": url, "secrets": [SECRET], "events": ["email.delivered"]}
    await sandbox.control.options("resend", webhooks=[webhook])

    await api.post("/resend/emails/batch", json=[EMAIL, EMAIL | {"to": "ben@example.org"}])

    events = await come(came, 2)
    assert {event["type"] for event in events} == {"email.delivered"}
    assert [event["data"]["to"] for event in events] == [["ana@example.org"], ["ben@example.org"]]
