"""The admin API of delivery, and the public link to unsubscribe."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from delivery.adapters.metrics import EMAIL_REPORTS_TOTAL
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    SECRET,
    WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.http import WebhookSecret, sign_webhook
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key

FIXTURE = Path(__file__).parents[2] / "contract" / "fixtures" / "webhook_out.json"
OTHER_SECRET = WebhookSecret(b"s" * 32).reveal()


async def test_a_recipient_is_what_was_applied_however_often(machine: Machine) -> None:
    body = {"full_name": "Olivia Ops", "min_score": "warm", "enabled": True}

    first = await add_recipient(machine, "Ops@Acme.example", **body)
    second = await add_recipient(machine, "ops@acme.example", **body)

    assert first == second
    assert first["email"] == "ops@acme.example"
    assert (first["full_name"], first["min_score"]) == ("Olivia Ops", "warm")
    listed = (await machine.http.get("/api/admin/recipients")).json()
    assert [row["id"] for row in listed["items"]] == [first["id"]]
    assert await audited(machine) == ["recipient.created"]


async def test_what_a_file_leaves_out_has_its_default_at_first_and_then_stays(
    machine: Machine,
) -> None:
    fresh = await add_recipient(machine)
    await add_recipient(machine, full_name="Olivia", min_score="hot", enabled=False)

    row = await add_recipient(machine)
    nameless = await add_recipient(machine, full_name=None)

    assert (fresh["full_name"], fresh["min_score"], fresh["enabled"]) == (None, "cold", True)
    assert (row["full_name"], row["min_score"], row["enabled"]) == ("Olivia", "hot", False)
    assert (nameless["full_name"], nameless["min_score"]) == (None, "hot")
    assert await audited(machine) == ["recipient.created", *["recipient.changed"] * 2]


async def test_what_a_file_leaves_out_of_a_channel_stays(machine: Machine) -> None:
    url = "https://hooks.acme.example/in"
    body = {"workspace_id": str(WORKSPACE), "type": "webhook", "name": "w", "url": url}
    first = await machine.http.post("/api/admin/channels", json=body | {"min_score": "hot"})
    await machine.http.post(f"/api/admin/channels/{first.json()['id']}/pause")

    row = (await machine.http.post("/api/admin/channels", json=body)).json()

    assert (row["min_score"], row["status"]) == ("hot", "paused")


async def test_a_recipient_is_changed_and_removed(machine: Machine) -> None:
    row = await add_recipient(machine, full_name="Olivia")
    path = f"/api/admin/recipients/{row['id']}"

    changed = (await machine.http.patch(path, json={"enabled": False})).json()
    removed = await machine.http.delete(path)

    assert (changed["enabled"], changed["full_name"]) == (False, "Olivia")
    assert removed.status_code == 200
    assert (await machine.http.get(path)).status_code == 404
    assert await audited(machine) == [
        "recipient.created",
        "recipient.changed",
        "recipient.deleted",
    ]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("email", {"email": "nobody"}),
        ("email", {"email": "a@b.example\r\nBcc: c@d.example"}),
        ("email", {"email": ""}),
        ("min_score", {"email": "a@b.example", "min_score": "tepid"}),
        ("full_name", {"email": "a@b.example", "full_name": "Ann\r\nBcc: x"}),
        ("surprise", {"email": "a@b.example", "surprise": 1}),
        ("email", {}),
    ],
)
async def test_a_bad_recipient_is_refused_by_field(
    machine: Machine, field: str, body: dict[str, Any]
) -> None:
    answer = await machine.http.post(
        "/api/admin/recipients", json={"workspace_id": str(WORKSPACE)} | body
    )

    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


async def test_a_channel_is_what_was_applied_however_often(
    machine: Machine, sandbox: Sandbox
) -> None:
    first = await add_webhook(machine, sandbox, secret=None)
    second = await add_webhook(machine, sandbox, secret=None)
    third = await add_webhook(machine, sandbox, secret=None)

    assert WebhookSecret.parse(first.pop("secret"))
    assert first == second == third
    assert await audited(machine) == ["channel.created"]


async def test_a_file_with_another_secret_rotates_to_it(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    changed = await add_webhook(machine, sandbox, secret=OTHER_SECRET)
    again = await add_webhook(machine, sandbox, secret=OTHER_SECRET)

    assert changed == again
    assert datetime.fromisoformat(changed["previous_secret_until"]) > datetime.now(UTC)
    await sandbox.control.hook_secrets("warehouse", SECRET, OTHER_SECRET)
    await announce(machine, a_lead())
    await machine.finish()
    assert sandbox.ledger.entries(provider="hooks")[0]["signed_with"] == [0, 1]


async def test_secrets_never_come_back(machine: Machine, sandbox: Sandbox) -> None:
    await add_slack(machine, sandbox)
    webhook = await add_webhook(machine, sandbox, url=f"{sandbox.url}/hooks/private?key=abc123")
    await machine.http.post(f"/api/admin/channels/{webhook['id']}/rotate")

    answers = [
        (await machine.http.get("/api/admin/channels")).text,
        (await machine.http.get(f"/api/admin/channels/{webhook['id']}")).text,
        (await machine.http.patch(f"/api/admin/channels/{webhook['id']}", json={})).text,
        (await machine.http.post(f"/api/admin/channels/{webhook['id']}/pause")).text,
        (await machine.http.delete(f"/api/admin/channels/{webhook['id']}")).text,
    ]
    audit = await machine.database.pool.fetch("SELECT before::text, after::text FROM audit_log")
    at_rest = await machine.database.pool.fetch("SELECT url, secrets FROM channels")

    seen = "".join(answers) + str(audit) + str(at_rest)
    for secret in (SECRET, "whsec_", "T0000", "private", "abc123"):
        assert secret not in seen
    assert f'"url":"{sandbox.url}/…"' in answers[1]


async def test_a_secret_that_is_none_is_refused(machine: Machine, sandbox: Sandbox) -> None:
    for body in (
        {"type": "webhook", "name": "x", "url": f"{sandbox.url}/hooks/x", "secret": "short"},
        {
            "type": "slack",
            "name": "x",
            "url": f"{sandbox.url}/slack/services/T/B/x",
            "secret": SECRET,
        },
    ):
        answer = await machine.http.post(
            "/api/admin/channels", json={"workspace_id": str(WORKSPACE)} | body
        )
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "secret"
        assert SECRET not in answer.text


async def test_rotation_tells_the_new_secret_once(machine: Machine, sandbox: Sandbox) -> None:
    channel = await add_webhook(machine, sandbox)
    path = f"/api/admin/channels/{channel['id']}/rotate"

    made = (await machine.http.post(path)).json()
    given = (await machine.http.post(path, json={"secret": OTHER_SECRET})).json()

    assert WebhookSecret.parse(made["secret"]).reveal() != SECRET
    assert given["secret"] == OTHER_SECRET
    assert given["previous_secret_until"] is not None
    assert await audited(machine) == ["channel.created", *["channel.secret_rotated"] * 2]


async def test_a_slack_channel_is_rotated_by_its_new_url(
    machine: Machine, sandbox: Sandbox
) -> None:
    channel = await add_slack(machine, sandbox)
    path = f"/api/admin/channels/{channel['id']}/rotate"

    without = await machine.http.post(path)
    new = f"{sandbox.url}/slack/services/T1/B1/new"
    rotated = await machine.http.post(path, json={"url": new})

    assert without.json()["error"]["field"] == "url"
    assert rotated.status_code == 200
    await announce(machine, a_lead())
    await machine.finish()
    assert [entry["slack_path"] for entry in sandbox.ledger.entries()] == ["T1/B1/new"]


async def test_a_test_message_really_goes_out(machine: Machine, sandbox: Sandbox) -> None:
    slack = await add_slack(machine, sandbox)
    webhook = await add_webhook(machine, sandbox)
    await sandbox.control.hook_secrets("warehouse", SECRET)

    for channel in (slack, webhook):
        answer = await machine.http.post(f"/api/admin/channels/{channel['id']}/test")
        assert answer.status_code == 200
        assert answer.json()["delivered"] is True

    posted, received = sandbox.ledger.entries()
    assert "Test message" in posted.body["text"]
    assert (received["event_type"], received["signature"]) == ("channel.test", "valid")


async def test_a_test_that_fails_says_why_and_disables_nothing(
    machine: Machine, sandbox: Sandbox
) -> None:
    channel = await add_webhook(machine, sandbox)
    await sandbox.control.behave("hooks", errors={"status": 410})

    answer = (await machine.http.post(f"/api/admin/channels/{channel['id']}/test")).json()

    assert (answer["delivered"], answer["status_code"]) == (False, 410)
    assert answer["error"] == "answered 410"
    shown = (await machine.http.get(f"/api/admin/channels/{channel['id']}")).json()
    assert shown["status"] == "active"


async def test_a_disabled_channel_is_mended_by_a_new_url_or_by_resuming(
    machine: Machine, sandbox: Sandbox
) -> None:
    for name in ("one", "two"):
        await add_webhook(machine, sandbox, name)
    await sandbox.control.script("hooks", None, {"status": 410, "times": 2})
    await announce(machine, a_lead())
    await machine.settle()
    one, two = (await machine.http.get("/api/admin/channels?status=disabled")).json()["items"]

    same = await add_webhook(machine, sandbox, one["name"])
    moved = await machine.http.patch(
        f"/api/admin/channels/{one['id']}", json={"url": f"{sandbox.url}/hooks/moved"}
    )
    resumed = await machine.http.post(f"/api/admin/channels/{two['id']}/resume")

    assert same["status"] == "disabled"
    assert (moved.json()["status"], moved.json()["disabled_reason"]) == ("active", None)
    assert resumed.json()["status"] == "active"
    await machine.finish()
    statuses = [event["status"] for event in await machine.events("lead.delivered")]
    assert statuses[-1] == "delivered"


def denied() -> list[str]:
    urls: list[str] = orjson.loads(FIXTURE.read_bytes())["ssrf_deny"]
    return [
        *urls,
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://metadata/",
        "http://acme.com/",
    ]


@pytest.mark.parametrize("url", denied())
async def test_b28_an_address_inside_is_refused_when_it_is_saved(
    database: Database, make_settings: MakeSettings, url: str
) -> None:
    strict = make_settings(egress_allow="", trusted_hosts="")
    async with running(SERVICE, strict, database, working=False) as machine:
        body = {"workspace_id": str(WORKSPACE), "type": "webhook", "name": "x", "url": url}
        answer = await machine.http.post("/api/admin/channels", json=body)

        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "url"
        assert await database.pool.fetchval("SELECT count(*) FROM channels") == 0


@pytest.mark.parametrize(
    "url", ["https://evil.example/services/T/B/x", "http://hooks.slack.com/services/T/B/x"]
)
async def test_b28_a_slack_channel_leads_to_slack(
    database: Database, make_settings: MakeSettings, url: str
) -> None:
    strict = make_settings(egress_allow="", trusted_hosts="")
    async with running(SERVICE, strict, database, working=False) as machine:
        body = {"workspace_id": str(WORKSPACE), "type": "slack", "name": "x", "url": url}
        answer = await machine.http.post("/api/admin/channels", json=body)

        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "url"


async def test_b42_another_workspaces_ids_are_unknown(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    token = "a-token-of-the-other-workspace"
    entry = {
        "name": "other",
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
        "role": "admin",
        "workspace": str(OTHER_WORKSPACE),
    }
    async with running(SERVICE, make_settings(), database) as machine:
        recipient = await add_recipient(machine)
        channel = await add_webhook(machine, sandbox)
        await announce(machine, a_lead())
        await machine.finish()
        delivery = (await machine.http.get("/api/admin/deliveries")).json()["items"][0]["id"]
    before = await contents(database)
    sent = len(sandbox.ledger.entries())

    settings = make_settings(admin_tokens=orjson.dumps([entry]).decode())
    async with running(SERVICE, settings, database) as machine:
        machine.http.headers["authorization"] = f"Bearer {token}"
        refused = [
            await machine.http.get(f"/api/admin/recipients/{recipient['id']}"),
            await machine.http.patch(f"/api/admin/recipients/{recipient['id']}", json={}),
            await machine.http.delete(f"/api/admin/recipients/{recipient['id']}"),
            await machine.http.get(f"/api/admin/channels/{channel['id']}"),
            await machine.http.patch(
                f"/api/admin/channels/{channel['id']}", json={"status": "paused"}
            ),
            await machine.http.post(f"/api/admin/channels/{channel['id']}/rotate"),
            await machine.http.post(f"/api/admin/channels/{channel['id']}/test"),
            await machine.http.delete(f"/api/admin/channels/{channel['id']}"),
            await machine.http.get(f"/api/admin/deliveries/{delivery}"),
            await machine.http.post(
                "/api/admin/recipients",
                json={"workspace_id": str(WORKSPACE), "email": "spy@evil.example"},
            ),
            await machine.http.post(
                "/api/admin/suppressions",
                json={"workspace_id": str(WORKSPACE), "email": "ops@acme.example"},
            ),
            await machine.http.get(f"/api/admin/recipients?workspace_id={WORKSPACE}"),
        ]
        assert {answer.status_code for answer in refused} == {404}
        for what in ("recipients", "channels", "deliveries", "suppressions"):
            assert (await machine.http.get(f"/api/admin/{what}")).json()["items"] == []

    assert await contents(database) == before
    assert len(sandbox.ledger.entries()) == sent


async def contents(database: Database) -> list[Any]:
    found = []
    for query in (
        "SELECT * FROM recipients ORDER BY id",
        "SELECT * FROM channels ORDER BY id",
        "SELECT * FROM suppressions ORDER BY id",
        "SELECT * FROM deliveries ORDER BY id",
    ):
        found += [tuple(row) for row in await database.pool.fetch(query)]
    return found


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "recipients/{}"),
        ("PATCH", "recipients/{}"),
        ("DELETE", "recipients/{}"),
        ("GET", "channels/{}"),
        ("PATCH", "channels/{}"),
        ("POST", "channels/{}/rotate"),
        ("POST", "channels/{}/test"),
        ("DELETE", "channels/{}"),
        ("DELETE", "suppressions/{}"),
        ("GET", "deliveries/{}"),
    ],
)
async def test_an_unknown_id_is_404(machine: Machine, method: str, path: str) -> None:
    answer = await machine.http.request(
        method, f"/api/admin/{path.format(uuid4())}", json={} if method == "PATCH" else None
    )

    assert answer.status_code == 404


async def test_lists_are_paged_in_order(machine: Machine) -> None:
    made = [await add_recipient(machine, f"r{n}@acme.example") for n in range(5)]

    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await machine.http.get("/api/admin/recipients", params=query)).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [row["id"] for row in made]


async def test_deliveries_tell_how_each_destination_went(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    await sandbox.control.behave("slack", errors={"status": 400, "body": "invalid_blocks"})
    lead = a_lead()
    await announce(machine, lead)
    await machine.finish()

    path = f"/api/admin/deliveries?lead_id={lead['lead_id']}"
    rows = (await machine.http.get(path)).json()["items"]
    failed = (await machine.http.get(f"{path}&status=failed")).json()["items"]

    assert {row["channel"]: row["status"] for row in rows} == {
        "email": "delivered",
        "slack": "failed",
    }
    assert [row["error"] for row in failed] == ["answered 400 invalid_blocks"]
    assert (await machine.http.get(f"/api/admin/jobs/{failed[0]['job_id']}")).status_code == 200


async def test_suppressions_are_listed_and_lifted(machine: Machine) -> None:
    await add_recipient(machine)
    body = {"workspace_id": str(WORKSPACE), "email": "OPS@acme.example", "reason": "complained"}
    first = await machine.http.post("/api/admin/suppressions", json=body)
    again = await machine.http.post("/api/admin/suppressions", json=body | {"reason": "manual"})

    assert first.status_code == 201
    assert first.json() == again.json()
    recipient = (await machine.http.get("/api/admin/recipients")).json()["items"][0]
    assert recipient["suppressed"] == "complained"

    lifted = await machine.http.delete(f"/api/admin/suppressions/{first.json()['id']}")
    assert lifted.status_code == 200
    recipient = (await machine.http.get("/api/admin/recipients")).json()["items"][0]
    assert recipient["suppressed"] is None


async def test_b27_the_link_in_an_email_unsubscribes_by_post_only(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await announce(machine, a_lead())
    await machine.finish()
    header = sandbox.ledger.entries(provider="resend")[0].body["headers"]["List-Unsubscribe"]
    path = header.strip("<>").removeprefix("https://alerts.leadstream.example")

    # A scanner follows the link.
    looked = await machine.http.get(path)
    assert looked.status_code == 200
    assert "Unsubscribe from lead alerts?" in looked.text
    assert (await machine.http.get("/api/admin/suppressions")).json()["items"] == []

    # A mail client's one click, as RFC 8058 has it.
    one_click = {"content": "List-Unsubscribe=One-Click"}
    form = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        done = await machine.http.post(path, headers=form, **one_click)  # type: ignore[arg-type]
        assert done.status_code == 200
    assert "You are unsubscribed" in (await machine.http.get(path)).text

    await announce(machine, a_lead())
    await machine.settle()
    assert len(sandbox.ledger.emails()) == 1
    rows = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert [row["reason"] for row in rows] == ["unsubscribed"]


@pytest.mark.parametrize("token", ["x" * 32, "short", "x" * 500])
async def test_a_wrong_unsubscribe_token_does_nothing(machine: Machine, token: str) -> None:
    for method in ("GET", "POST"):
        answer = await machine.http.request(method, f"/u/{token}")
        assert answer.status_code in {404, 422}


async def test_b47_a_new_key_takes_over_at_the_start(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    old, new = generate_key("old"), generate_key("new")
    async with running(SERVICE, make_settings(encryption_keys=old), database) as machine:
        await add_webhook(machine, sandbox)
        await add_slack(machine, sandbox)

    both = make_settings(encryption_keys=f"{new},{old}")
    async with running(SERVICE, both, database, working=False):
        pass
    async with running(SERVICE, make_settings(encryption_keys=new), database) as machine:
        await announce(machine, a_lead())
        await machine.finish()

        assert (await machine.events("lead.delivered"))[0]["status"] == "delivered"


async def test_a_missing_key_holds_the_channel_and_fails_nothing(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database) as machine:
        channel = await add_webhook(machine, sandbox)

    foreign = make_settings(encryption_keys=generate_key("foreign"))
    async with running(SERVICE, foreign, database) as machine:
        await announce(machine, a_lead())
        await machine.settle()

        pause = await database.pool.fetchrow("SELECT scope, reason FROM pauses")
        assert pause is not None
        assert (pause["scope"], pause["reason"]) == (
            f"destination:{channel['id']}",
            "credential_unreadable",
        )
        assert await machine.jobs() == {"ready": 1}


async def audited(machine: Machine) -> list[str]:
    rows = await machine.database.pool.fetch("SELECT action FROM audit_log ORDER BY at, id")
    return [row["action"] for row in rows]


async def test_b27_an_address_that_resend_reports_gets_nothing(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    secret = WebhookSecret(b"r" * 32)
    settings = make_settings(resend_webhook_secret=secret.reveal())
    async with running(SERVICE, settings, database) as machine:
        await add_recipient(machine)
        tags = {"workspace_id": str(WORKSPACE)}
        body = orjson.dumps(
            {"type": "email.complained", "data": {"to": ["ops@acme.example"], "tags": tags}}
        )
        signed = sign_webhook("msg_1", body, secrets=[secret], at=datetime.now(UTC))
        headers = {name.replace("webhook-", "svix-"): value for name, value in signed.items()}
        complaints = EMAIL_REPORTS_TOTAL.labels("complained")
        before = complaints._value.get()

        forged = await machine.http.post("/webhooks/resend", content=body)
        taken = [
            await machine.http.post("/webhooks/resend", content=body, headers=headers)
            for _ in range(2)
        ]

        assert forged.status_code == 401
        assert [answer.status_code for answer in taken] == [200, 200]
        assert complaints._value.get() == before + 1
        await announce(machine, a_lead())
        await machine.settle()
        assert sandbox.ledger.emails() == {}
        assert await audited(machine) == ["recipient.created", "suppression.created"]


async def test_without_its_secret_resend_is_not_listened_to(machine: Machine) -> None:
    assert (await machine.http.post("/webhooks/resend", content=b"{}")).status_code == 404
