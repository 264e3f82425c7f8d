from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from delivery.adapters.vault import SigningSecrets, signing_with
from delivery.adapters.webhook.message import lead_body
from delivery.adapters.webhook.sender import WebhookSender
from delivery.application.deliver import Answer
from leadstream.http import AmbiguousError, UnsafeUrlError, WebhookSecret
from leadstream.jobs.model import Failed, Held, Outcome, Retry, Succeeded
from support.clock import FakeClock
from unit.delivery.drafts import SECRET, Canned, a_draft, a_hook, answer, content

FIXTURE = Path(__file__).parents[2] / "contract" / "fixtures" / "webhook_out.json"
OTHER = WebhookSecret(b"k" * 32).reveal()


async def send(canned: Canned, clock: FakeClock | None = None, **draft: Any) -> Outcome:
    clock = clock or FakeClock(datetime.now(UTC))
    sender = WebhookSender(canned, clock, timeout=timedelta(seconds=10))
    return await sender.send(a_draft(**draft), b'{"type":"lead.enriched"}')


def test_b25_type_time_of_the_event_and_the_lead() -> None:
    body = orjson.loads(lead_body(content()))

    assert body == {
        "type": "lead.enriched",
        "timestamp": "2026-01-22T02:16:30Z",
        "data": content(),
    }


async def test_b24_the_public_library_verifies_what_we_send() -> None:
    canned = Canned(answer(200))

    await send(canned)

    request = canned.requests[0]
    Webhook(SECRET).verify(request.content, dict(request.headers))


async def test_b24_the_id_stays_and_the_time_is_the_attempts() -> None:
    canned, clock = Canned(answer(500)), FakeClock(datetime.now(UTC) - timedelta(minutes=2))

    await send(canned, clock)
    clock.advance(timedelta(minutes=1))
    await send(canned, clock)

    first, second = (request.headers for request in canned.requests)
    assert first["webhook-id"] == second["webhook-id"] == str(a_draft().id)
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60


async def test_b24_both_secrets_verify_during_a_rotation() -> None:
    canned = Canned(answer(200))

    await send(canned, hook=a_hook(url="https://hooks.acme.example/x", secrets=(OTHER, SECRET)))

    request = canned.requests[0]
    for secret in (OTHER, SECRET):
        Webhook(secret).verify(request.content, dict(request.headers))


def test_the_old_secret_signs_until_its_time_is_over() -> None:
    now = datetime(2026, 1, 22, tzinfo=UTC)
    secrets = SigningSecrets(current=WebhookSecret.parse(SECRET)).rotated_to(
        WebhookSecret.parse(OTHER)
    )

    assert signing_with(secrets, now + timedelta(seconds=1), now=now) == (OTHER, SECRET)
    assert signing_with(secrets, now, now=now) == (OTHER,)
    assert signing_with(secrets, None, now=now) == (OTHER,)


def cases() -> list[Any]:
    fixture = orjson.loads(FIXTURE.read_bytes())
    return [
        pytest.param(case["response"], case["classify"], id=case["name"])
        for case in fixture["cases"]
    ]


@pytest.mark.parametrize(("response", "expected"), cases())
async def test_b23_every_known_answer_is_understood(response: Any, expected: str) -> None:
    headers = {name.replace("-", "_"): text for name, text in response["headers"].items()}
    outcome = await send(Canned(answer(response["status"], response["body"], **headers)))

    kinds: dict[str, tuple[type[Outcome], ...]] = {
        "success": (Succeeded,),
        "retry": (Retry, Held),
        "disable_channel": (Failed,),
    }
    assert isinstance(outcome, kinds[expected])
    if expected == "disable_channel":
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.result, Answer)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_b23_what_will_never_be_taken_is_not_repeated(status: int) -> None:
    outcome = await send(Canned(answer(status)))

    assert isinstance(outcome, Failed)
    assert outcome.result is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_b23_a_redirect_is_a_failed_attempt(status: int) -> None:
    canned = Canned(answer(status, location="https://elsewhere.example/"))

    outcome = await send(canned)

    assert isinstance(outcome, Retry)
    assert outcome.problem.error_class == "redirect"
    assert len(canned.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_b11_retry_after_rests_the_destination(status: int) -> None:
    clock = FakeClock(datetime(2026, 1, 22, tzinfo=UTC))

    outcome = await send(Canned(answer(status, retry_after="120")), clock)

    assert isinstance(outcome, Held)
    assert outcome.until == clock.now() + timedelta(seconds=120)


async def test_retry_after_of_another_failure_only_delays_this_one() -> None:
    outcome = await send(Canned(answer(502, retry_after="120")))

    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(seconds=120)


async def test_b23_no_answer_in_time_is_retried() -> None:
    outcome = await send(Canned(AmbiguousError("no answer within 10 s")))

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous


async def test_b28_an_address_the_guard_refuses_fails_for_good() -> None:
    outcome = await send(Canned(UnsafeUrlError("the host's address is not public (loopback)")))

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "unsafe_url"


def test_nothing_secret_shows_in_a_draft() -> None:
    shown = repr(a_draft(hook=a_hook(url="https://hooks.acme.example/secret-path")))

    assert SECRET not in shown
    assert "secret-path" not in shown


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_proxys_page_is_no_refusal_of_the_receiver(status: int) -> None:
    page = await send(Canned(answer(status, "<html>blocked</html>")))
    own = await send(Canned(answer(status, '{"message": "no such field"}')))

    assert isinstance(page, Retry)
    assert isinstance(own, Failed)


@pytest.mark.parametrize("kind", ["text/plain; charset=base64", "text/html; charset=utf-7", "\xff"])
@pytest.mark.parametrize("body", ["", "<html>", "\0", "ü"])
async def test_whatever_a_receiver_says_its_status_decides(kind: str, body: str) -> None:
    accepted = await send(Canned(answer(200, body, content_type=kind.encode("latin-1"))))  # type: ignore[arg-type]  # bytes
    gone = await send(Canned(answer(410, body, content_type=kind.encode("latin-1"))))  # type: ignore[arg-type]  # bytes

    assert isinstance(accepted, Succeeded)
    assert isinstance(gone, Failed)
    assert isinstance(gone.result, Answer)
