"""The webhook adapter against a receiver that checks signatures."""

import pytest

from integration.platform_upload.bench import SECRET, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream.http import WebhookSecret
from leadstream_dev.sandbox import Sandbox
from platform_upload.domain.lead import read_lead
from support.waiting import eventually

HOOK = "general-platform"
KEYS = {
    "id", "company_name", "domain", "industry", "employee_count", "revenue", "location", "intent_score",
    "intent_signals", "contacts", "primary_contact", "created_at", "enriched_at",
}  # fmt: skip


@pytest.fixture
async def general(bench: Bench) -> Bench:
    await bench.sandbox.control.hook_secrets(HOOK, SECRET)
    await bench.connect("webhook", platform=HOOK)
    return bench


async def test_b31_the_body_is_the_upload_format_and_the_signature_verifies(general: Bench) -> None:
    await general.upload(an_upload(industry="Farming"))

    (entry,) = general.sandbox.ledger.entries(provider="hooks")
    assert (entry.body["type"], set(entry.body)) == ("lead.upload", {"type", "timestamp", "data"})
    assert set(entry.body["data"]) == KEYS
    assert entry["signature"] == "valid"
    sent, asked = read_lead(entry.body["data"]), read_lead(an_upload(industry="Farming")["lead"])
    assert (sent.people, sent.score, sent.revenue) == (asked.people, asked.score, asked.revenue)


async def test_b34_every_attempt_has_the_same_id_and_the_same_body(general: Bench) -> None:
    await general.sandbox.control.script(
        "hooks", None, {"action": "lose"}, {"status": 500}, {"action": "pass"}
    )

    await general.upload(an_upload(industry="Farming"))

    entries = general.sandbox.ledger.entries(provider="hooks")
    assert len(entries) == 3
    assert all(len(ids) == 1 for ids in general.sandbox.ledger.webhook_ids().values())
    assert all(len(bodies) == 1 for bodies in general.sandbox.ledger.webhook_bodies().values())
    assert len(general.sandbox.ledger.effects("webhook")) == 1
    assert await general.billed() == 1


async def test_each_revision_is_told_as_it_was(general: Bench) -> None:
    await general.upload(an_upload(industry="Farming", intent_score="warm"))
    await general.upload(an_upload(industry="Farming", revision=2))

    scores = [
        e.body["data"]["intent_score"] for e in general.sandbox.ledger.entries(provider="hooks")
    ]
    assert scores == ["warm", "hot"]
    assert [event["outcome"] for event in await general.uploaded()] == ["created", "updated"]
    assert {event["external_id"] for event in await general.uploaded()} == {None}


async def test_a_receiver_that_is_gone_is_not_called_again_until_somebody_says_so(
    general: Bench,
) -> None:
    await general.sandbox.control.behave("hooks", errors={"status": 410})
    await general.upload(*uploads(1, industry="Farming"))
    calls = general.calls("hooks", "receive")

    await general.upload(*uploads(3, start=10, industry="Farming"))

    assert general.calls("hooks", "receive") == calls == 1
    (connection,) = await general.items("/connections")
    assert connection["status"] == "disabled"
    assert "410" in connection["disabled_reason"]
    assert connection["held_by"] == ["connection_disabled"]
    (pause,) = await general.items("/pauses")
    assert "410" in pause["detail"]
    await general.sandbox.control.clear("hooks")
    await general.patch(f"/connections/{id_of(HOOK)}", {"status": "active"})
    await general.upload()
    assert await general.statuses() == ["uploaded"] * 4


@pytest.mark.parametrize("status", [302, 500, 502, 504])
async def test_what_may_pass_is_retried(general: Bench, status: int) -> None:
    step = {"status": status, "headers": {"location": "https://elsewhere.example/"}}
    await general.sandbox.control.script("hooks", None, step)

    await general.upload(an_upload(industry="Farming"))

    assert general.calls("hooks", "receive") == 2
    assert await general.statuses() == ["uploaded"]


async def test_an_address_that_is_not_there_rests_and_no_attempt_is_counted(general: Bench) -> None:
    """A deploy looks like this from outside."""
    await general.sandbox.control.script("hooks", None, {"status": 404})

    await general.upload(an_upload(industry="Farming"))

    (pause,) = await general.items("/pauses")
    assert "404" in pause["detail"]
    assert pause["until"] is not None
    assert {job["attempts"] for job in await general.replica.jobs()} == {0}
    assert await general.statuses() == ["pending"]


async def test_no_answer_in_time_is_retried(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    # As often as a busy machine needs to be answered in time.
    bench = Bench(await make_replica(webhook_timeout=2, max_attempts=20), sandbox)
    await bench.connect("webhook", platform=HOOK)
    await sandbox.control.script("hooks", None, {"action": "hang"})

    await bench.upload(an_upload(industry="Farming"))

    assert await bench.statuses() == ["uploaded"]
    (job,) = await bench.replica.jobs()
    assert (await bench.replica.attempts(job["id"]))[0]["outcome"] == "unknown"


async def test_a_receiver_that_cannot_be_reached_is_retried_and_fails_visibly(bench: Bench) -> None:
    await bench.connect(
        "webhook",
        platform=HOOK,
        settings={"url": "http://127.0.0.1:9/in"},
    )

    await bench.upload(an_upload(industry="Farming"))

    (failed,) = await bench.replica.events("lead.failed")
    assert (failed["error"]["class"], failed["attempts"]) == ("not_sent", 3)


async def test_b24_during_a_rotation_both_secrets_verify(general: Bench) -> None:
    new = WebhookSecret.generate().reveal()
    await general.post(f"/connections/{id_of(HOOK)}/rotate", {"credentials": {"secret": new}})

    await general.upload(an_upload(1, industry="Farming"))
    await general.sandbox.control.hook_secrets(HOOK, new)
    await general.upload(an_upload(2, industry="Farming"))

    assert {e["signature"] for e in general.sandbox.ledger.entries(provider="hooks")} == {"valid"}


async def test_a_secret_that_the_receiver_refuses_holds_the_connection(general: Bench) -> None:
    await general.sandbox.control.hook_secrets(HOOK, WebhookSecret.generate().reveal())

    await general.upload(an_upload(industry="Farming"))

    (row,) = await general.items("/uploads")
    assert row["held_by"] == ["credential_refused"]


async def test_b28_an_address_that_is_no_longer_allowed_is_refused_when_it_is_dialled(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """Saved while it was allowed; the operator has thought better of it since."""
    lax = Bench(await make_replica(), sandbox)
    await lax.connect("webhook", platform=HOOK)
    strict = Bench(await make_replica(egress_allow="", trusted_hosts=""), sandbox)

    await strict.upload(an_upload(industry="Farming"))

    assert sandbox.ledger.entries(provider="hooks") == []
    (row,) = await strict.items("/uploads")
    assert row["held_by"] == ["misconfigured"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://user:pw@hooks.example/",
        "ftp://hooks.example/",
    ],
)
async def test_b28_a_webhook_to_a_private_address_is_refused_when_it_is_saved(
    bench: Bench, url: str
) -> None:
    body = bench.body("webhook") | {"settings": {"url": url}}

    answer = await bench.post("/connections", body, status=422)

    assert answer["error"]["field"] == "settings.url"
    assert await bench.items("/connections") == []


async def test_credentials_rotated_while_a_call_is_under_way_are_not_held_by_its_answer(
    general: Bench,
) -> None:
    """The old secret's 401 comes after the new secret was saved."""
    refused = {"status": 401, "delay": 1}
    await general.sandbox.control.script("hooks", None, refused)
    new = WebhookSecret.generate().reveal()

    async def is_asked() -> bool:
        (script,) = await general.sandbox.control.scripts()
        return bool(script["left"] == 0)

    async with general.replica.working():
        await general.take(an_upload(industry="Farming"))
        await eventually(is_asked, "nobody called")
        await general.post(f"/connections/{id_of(HOOK)}/rotate", {"credentials": {"secret": new}})

        await eventually(lambda: general.is_done(1), "the lead was held up")

    assert await general.items("/pauses") == []
