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


PERMISSIVE = {"x-batch-validation": "permissive"}


async def test_a_permissive_batch_sends_what_is_right_and_names_the_rest(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    emails = [
        EMAIL | {"subject": ""},
        EMAIL,
        EMAIL | {"attachments": [{"filename": "a", "content": "YQ=="}]},
        EMAIL | {"scheduled_at": "in 1 hour"},
        EMAIL | {"to": "nobody"},
        EMAIL | {"tags": [{"name": "no spaces", "value": "x"}]},
    ]

    answer = await api.post("/resend/emails/batch", json=emails, headers=PERMISSIVE)

    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 1
    assert [each["index"] for each in answer.json()["errors"]] == [0, 2, 3, 4, 5]
    assert [effect["item"] for _, effect in sandbox.ledger.effects("email")] == [1]


async def test_a_permissive_batch_sent_again_is_answered_as_before(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    emails = [EMAIL | {"subject": ""}, EMAIL]
    headers = {**PERMISSIVE, "Idempotency-Key": "key-1"}

    first = await api.post("/resend/emails/batch", json=emails, headers=headers)
    second = await api.post("/resend/emails/batch", json=emails, headers=headers)

    assert first.json() == second.json()
    assert len(sandbox.ledger.effects("email")) == 1


async def test_a_batch_of_others_under_its_key_is_refused(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    headers = {**PERMISSIVE, "Idempotency-Key": "key-1"}
    await api.post("/resend/emails/batch", json=[EMAIL, EMAIL], headers=headers)

    answer = await api.post("/resend/emails/batch", json=[EMAIL], headers=headers)

    assert (answer.status_code, answer.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(sandbox.ledger.effects("email")) == 2


async def test_a_domain_that_is_not_verified_refuses_the_whole_batch(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("resend", verified_domains=["elsewhere.example"])

    answer = await api.post("/resend/emails/batch", json=[EMAIL] * 2, headers=PERMISSIVE)

    assert answer.status_code == 403
    assert sandbox.ledger.effects("email") == []


async def test_a_batch_is_one_call_of_the_pace(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("resend", rate_limit={"limit": 1, "window": 60})

    first = await api.post("/resend/emails/batch", json=[EMAIL] * 100)
    second = await api.post("/resend/emails/batch", json=[EMAIL])

    assert [first.status_code, second.status_code] == [200, 429]
    assert first.headers["ratelimit-limit"] == "1"
    assert second.headers["ratelimit-remaining"] == "0"
    assert 1 <= int(second.headers["retry-after"]) <= 60


async def test_no_other_validation_is_known(api: httpx.AsyncClient) -> None:
    headers = {"x-batch-validation": "lenient"}

    assert (
        await api.post("/resend/emails/batch", json=[EMAIL], headers=headers)
    ).status_code == 422


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
    # In whichever order: they are two e-mails.
    told_of = sorted(event["data"]["to"][0] for event in events)
    assert told_of == ["ana@example.org", "ben@example.org"]


async def test_the_list_of_suppressed_addresses_is_the_teams(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    added = await api.post("/resend/suppressions", json={"email": "Ana@Example.org"})
    again = await api.post("/resend/suppressions", json={"email": "ana@example.org"})
    found = await api.get("/resend/suppressions/ana%40example.org")
    listed = await api.get("/resend/suppressions", params={"origin": "manual"})

    assert added.json() == again.json()
    assert found.json()["id"] == added.json()["id"]
    assert [each["email"] for each in listed.json()["data"]] == ["ana@example.org"]

    sent = await send(api)
    assert sent.status_code == 200
    (_, effect) = sandbox.ledger.effects("email")[0]
    assert (effect["recipients"], effect["suppressed"]) == ([], ["ana@example.org"])

    lifted = await api.delete(f"/resend/suppressions/{added.json()['id']}")
    gone = await api.delete("/resend/suppressions/ana@example.org")
    assert (lifted.status_code, lifted.json()["deleted"]) == (200, True)
    assert (gone.status_code, gone.json()["name"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("kinds", "bounce", "origin"),
    [
        (["email.sent", "email.bounced"], "Permanent", "bounce"),
        (["email.sent", "email.bounced"], "Transient", None),
        (["email.sent", "email.delivered", "email.complained"], "Permanent", "complaint"),
        (["email.sent", "email.delivered"], "Permanent", None),
    ],
)
async def test_what_came_back_is_sent_nothing_more(
    sandbox: Sandbox, api: httpx.AsyncClient, kinds: list[str], bounce: str, origin: str | None
) -> None:
    telling = {"events": {"ana@example.org": kinds}, "bounce": bounce}
    await sandbox.control.options("resend", telling=telling)

    first, second = [(await send(api)).json()["id"] for _ in range(2)]

    listed = (await api.get("/resend/suppressions")).json()["data"]
    assert [(each["origin"], each["source_id"]) for each in listed] == (
        [(origin, first)] if origin else []
    )
    shown = [(await api.get(f"/resend/emails/{each}")).json() for each in (first, second)]
    last = kinds[-1].removeprefix("email.")
    assert [each["last_event"] for each in shown] == [last, "suppressed" if origin else last]


async def test_a_hundred_addresses_are_suppressed_at_once(api: httpx.AsyncClient) -> None:
    emails = [f"{at}@example.org" for at in range(101)]
    place = "/resend/suppressions/batch/add"

    assert (await api.post(place, json={"emails": emails})).status_code == 422
    assert (await api.post(place, json={"emails": [*emails[:9], "nobody"]})).status_code == 422
    assert (await api.post(place, json={"emails": emails[:100]})).status_code == 200
    pages = await api.get("/resend/suppressions", params={"limit": "60"})
    rest = await api.get(
        "/resend/suppressions", params={"limit": "60", "after": pages.json()["data"][-1]["id"]}
    )
    assert (pages.json()["has_more"], rest.json()["has_more"]) == (True, False)
    assert len(pages.json()["data"]) + len(rest.json()["data"]) == 100


async def test_a_key_that_may_only_send_sees_no_list(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("resend", sending_only=["sandbox"])

    answers = [
        await api.get("/resend/suppressions"),
        await api.post("/resend/suppressions", json={"email": "ana@example.org"}),
        await api.delete("/resend/suppressions/ana@example.org"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["name"] for answer in answers} == {"restricted_api_key"}
