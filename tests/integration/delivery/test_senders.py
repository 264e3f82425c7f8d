"""Who a workspace's e-mails come from: saying so, and what goes out."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest

from delivery import bootstrap
from delivery.adapters.dmarc import DnsRecords
from delivery.application.sender_checks import MOST_DOMAINS, Grade
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.dns import name_server
from support.waiting import eventually

PLACE = f"/api/admin/senders/{WORKSPACE}"
ACME = {
    "from_address": "Acme Growth <leads@acme.example>",
    "reply_to": "sales@acme.example",
    "footer": "Acme Growth Inc, 1 Market Street",
}
NOTHING = {"from_address": None, "reply_to": None, "footer": None}


async def put(machine: Machine, body: dict[str, Any], **headers: str) -> Any:
    answer = await machine.http.put(PLACE, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def verify(sandbox: Sandbox, **domains: str) -> None:
    """Give the account of Resend domains: `acme="verified"` is acme.example."""
    named = {f"{name}.example": status for name, status in domains.items()}
    await sandbox.control.options("resend", domains=named)


def sent(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        email
        for entry in sandbox.ledger.entries(provider="resend")
        if entry.outcome == "accepted" and entry.operation in {"send", "send_batch"}
        for email in (entry.body if isinstance(entry.body, list) else [entry.body])
    ]


async def audited(machine: Machine) -> list[str]:
    rows = await machine.database.pool.fetch(
        "SELECT action FROM audit_log WHERE action LIKE 'sender%' ORDER BY id"
    )
    return [row["action"] for row in rows]


async def test_what_is_left_out_stays_and_null_is_the_deployments(
    machine: Machine, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified")
    at_first = (await machine.http.get(PLACE)).json()

    whole = await put(machine, ACME)
    again = await put(machine, ACME)
    less = await put(machine, {"footer": None})
    none = await put(machine, NOTHING)

    assert at_first == {
        "id": str(WORKSPACE),
        "workspace_id": str(WORKSPACE),
        "is_default": True,
        **NOTHING,
    }
    assert whole == again == {**at_first, **ACME, "is_default": False}
    assert less == {**whole, "footer": None}
    assert none == at_first
    assert await audited(machine) == ["sender.set"] * 3


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"from_address": "acme"}, "from_address", "must be an address, or `Name <address>`"),
        ({"from_address": "A <a@acme.example>\r\nBcc: b@c.example"}, "from_address", "must be"),
        ({"from_address": "a@pending.example"}, "from_address", "pending.example is pending"),
        ({"from_address": "a@strange.example"}, "from_address", "is no domain of this account"),
        ({"from_address": "a@sub.acme.example"}, "from_address", "is no domain of this account"),
        ({"reply_to": "nobody"}, "reply_to", "@-sign"),
        ({"footer": "  "}, "footer", "is empty"),
        ({"footer": "1 Market Street\nSpringfield"}, "footer", "must be a single line"),
        ({"from": "a@acme.example"}, "from", "Extra inputs"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    machine: Machine, sandbox: Sandbox, body: dict[str, Any], field: str, said: str
) -> None:
    await verify(sandbox, acme="verified", pending="pending")
    before = await put(machine, ACME)

    answer = await machine.http.put(PLACE, json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]["field"].endswith(field)
    assert said in answer.json()["error"]["message"]
    assert (await machine.http.get(PLACE)).json() == before


async def test_a_domain_is_not_taken_by_who_is_bound_to_one_workspace(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified", other="verified")
    tokens = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), **role}
        for name, role in {
            "everybody": {"role": "operator"},
            "theirs": {"role": "operator", "workspace": str(WORKSPACE)},
            "viewer": {"role": "viewer", "workspace": str(WORKSPACE)},
            "another": {"role": "operator", "workspace": str(OTHER_WORKSPACE)},
        }.items()
    ]
    settings = make_settings(admin_tokens=orjson.dumps(tokens).decode())
    async with running(SERVICE, settings, database, working=False) as machine:

        async def status(token: str, address: str) -> int:
            headers = {"authorization": f"Bearer {token}"}
            answer = await machine.http.put(PLACE, json={"from_address": address}, headers=headers)
            return answer.status_code

        assert await status("theirs", "Acme <acme@leadstream.example>") == 200
        assert await status("theirs", "leads@acme.example") == 403
        assert await status("everybody", "leads@acme.example") == 200
        assert await status("theirs", "sales@acme.example") == 200
        assert await status("theirs", "sales@other.example") == 403
        # Nor is said whether somebody has it.
        assert await status("theirs", "sales@nobodys.example") == 403
        assert await status("viewer", "sales@acme.example") == 403
        assert await status("another", "sales@acme.example") == 404


async def test_an_email_comes_from_whom_its_workspace_says(
    machine: Machine, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified")
    await add_recipient(machine)
    await add_recipient(machine, workspace_id=str(OTHER_WORKSPACE))
    await put(machine, ACME)

    await announce(machine, a_lead(), a_lead(workspace=OTHER_WORKSPACE))
    await machine.finish()

    by_workspace = {UUID(each["tags"][2]["value"]): each for each in sent(sandbox)}
    own, other = by_workspace[WORKSPACE], by_workspace[OTHER_WORKSPACE]
    assert (own["from"], own["reply_to"]) == (ACME["from_address"], ACME["reply_to"])
    assert ACME["footer"] in own["text"]
    assert own["headers"]["List-Id"] == f"<leads.{WORKSPACE}.acme.example>"
    assert other["from"] == "Leadstream <alerts@leadstream.example>"
    assert "reply_to" not in other


async def test_a_domain_that_resend_refuses_holds_its_own_workspace_until_it_is_changed(
    machine: Machine, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified")
    await add_recipient(machine)
    await add_recipient(machine, workspace_id=str(OTHER_WORKSPACE))
    await put(machine, ACME)
    await verify(sandbox, acme="failed")

    await announce(machine, a_lead(), a_lead(), a_lead(workspace=OTHER_WORKSPACE))
    await machine.settle()
    held = await machine.database.pool.fetch("SELECT scope, reason FROM pauses")
    elsewhere = [UUID(each["tags"][2]["value"]) for each in sent(sandbox)]
    await put(machine, {"from_address": None})
    await machine.finish()

    assert [tuple(each) for each in held] == [(f"provider:resend:{WORKSPACE}", "configuration")]
    assert elsewhere == [OTHER_WORKSPACE]
    assert await machine.jobs() == {"succeeded": 3}
    assert {each["from"] for each in sent(sandbox)} == {"Leadstream <alerts@leadstream.example>"}
    # What else the workspace says of its sender is in what was written anew.
    assert sum(ACME["footer"] in each["text"] for each in sent(sandbox)) == 2


async def test_an_email_that_may_have_gone_out_stays_as_it_is(
    machine: Machine, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified")
    await add_recipient(machine)
    await put(machine, ACME)
    # Sent, and the answer lost; then Resend asks us to wait until the sender has been changed.
    later = {"status": 429, "headers": {"retry-after": "2"}}
    await sandbox.control.script("resend", "send", {"action": "lose"}, later)
    await announce(machine, a_lead())

    async def is_put_off() -> bool:
        return bool(await machine.database.pool.fetchval("SELECT count(*) FROM pauses"))

    await eventually(is_put_off, "Resend has not asked us to wait")
    await put(machine, {"from_address": "Acme <other@leadstream.example>"})
    await machine.finish()

    entries = sandbox.ledger.entries(provider="resend", operation="send")
    assert {entry.body["from"] for entry in entries} == {ACME["from_address"]}
    assert [entry.outcome for entry in entries if entry.outcome == "replayed"] == ["replayed"]


@pytest.mark.parametrize(
    ("workspace", "state", "in_doubt", "is_kept"),
    [
        (WORKSPACE, "ready", False, False),
        (WORKSPACE, "ready", True, True),
        (WORKSPACE, "running", False, True),
        (OTHER_WORKSPACE, "ready", False, True),
    ],
)
async def test_a_digest_that_surely_has_not_gone_out_is_written_anew(
    database: Database,
    make_settings: MakeSettings,
    workspace: UUID,
    state: str,
    in_doubt: bool,
    is_kept: bool,
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        await database.pool.execute(_WAITING_DIGEST, workspace, in_doubt)
        await database.pool.execute(_ITS_JOB, f"workspace:{workspace}", state)

        await put(machine, {"footer": "Acme"})

        kept = await database.pool.fetchval("SELECT message IS NOT NULL FROM digests")
    assert kept is is_kept


_WAITING_DIGEST = """
INSERT INTO digests (id, workspace_id, recipient_id, window_start, window_end, message, in_doubt_since)
VALUES (gen_random_uuid(), $1, gen_random_uuid(), now(), now(), 'x', CASE WHEN $2 THEN now() END)
"""
_ITS_JOB = """
INSERT INTO jobs (id, kind, state, priority, lane, payload)
SELECT id, 'deliver-digest', $2, 1, $1, '{}' FROM digests
"""

Look = Callable[[Mapping[str, Sequence[str]]], Awaitable[dict[str, list[str]]]]
RECORD = {"_dmarc.leadstream.example": ["v=DMARC1; p=reject"]}


@pytest.fixture
def look(database: Database, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What the checks find, by grade, where DNS holds these records."""

    async def look(zone: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        async with name_server(zone) as (_, resolver):
            monkeypatch.setattr(bootstrap, "DnsRecords", partial(DnsRecords, lambda: resolver))
            async with running(SERVICE, make_settings(), database, working=False) as machine:
                answer = await machine.http.get("/api/admin/sender-checks")
        assert answer.status_code == 200, answer.text
        found: dict[str, list[str]] = {grade.value: [] for grade in Grade}
        for item in answer.json()["items"]:
            found[item["grade"]].append(item["detail"])
        return found

    return look


async def test_the_checks_look_at_every_domain_that_is_sent_from(
    machine: Machine, look: Look, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified")
    await put(machine, ACME)
    await verify(sandbox, acme="pending")

    found = await look(RECORD)

    assert found["bad"] == [
        f"acme.example, the domain of workspace {WORKSPACE}, is pending at Resend, which refuses"
        " all e-mails from it"
    ]
    [missing] = found["note"]
    assert missing.startswith("acme.example has no DMARC record")
    assert len(found["ok"]) == 3


async def test_a_domain_is_looked_at_however_many_addresses_another_has(
    database: Database, look: Look, sandbox: Sandbox
) -> None:
    await verify(sandbox, acme="verified", zeta="pending")
    await database.pool.execute(_MANY_OF_ACME_ONE_OF_ZETA, MOST_DOMAINS + 1, WORKSPACE)

    found = await look(RECORD)

    [unverified] = found["bad"]
    assert unverified.startswith(f"zeta.example, the domain of workspace {WORKSPACE}, is pending")
    [acme] = [each for each in found["ok"] if each.startswith("acme.example, the domain of")]
    assert f" and {MOST_DOMAINS} more, is verified" in acme


_MANY_OF_ACME_ONE_OF_ZETA = """
INSERT INTO senders (workspace_id, from_address)
SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN n || '@acme.example' ELSE 'A@B <' || n || '@Acme.example>' END
  FROM generate_series(1, $1) AS n
 UNION ALL SELECT $2, 'leads@zeta.example'
"""


@pytest.mark.parametrize(
    ("options", "behaviour", "grade", "said"),
    [
        ({"sending_only": ["sandbox-key"]}, {}, "note", "RESEND_API_KEY may only send"),
        ({"keys": ["another"]}, {}, "bad", "Resend answered 403 invalid_api_key"),
        ({}, {"errors": {"status": 503}}, "note", "Resend answered 503"),
        ({}, {"errors": {"status": 503, "body": "<html>"}}, "note", "is not Resend"),
        ({}, {"errors": {"status": 200, "body": []}}, "note", "can't be read"),
        ({}, {"drop": 1.0}, "note", "can't be seen"),
    ],
)
async def test_a_key_that_may_only_send_is_no_fault(
    look: Look,
    sandbox: Sandbox,
    options: dict[str, Any],
    behaviour: dict[str, Any],
    grade: str,
    said: str,
) -> None:
    await sandbox.control.options("resend", **options)
    if behaviour:
        await sandbox.control.behave("resend", "domains", **behaviour)

    found = await look(RECORD)

    [unseen] = [each for each in found[grade] if "can't be seen" in each]
    assert said in unseen
    assert (found["bad"] == []) is (grade == "note")


async def test_of_what_is_unseen_the_senders_are_let_pass(
    machine: Machine, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", sending_only=["sandbox-key"])

    assert (await put(machine, ACME))["from_address"] == ACME["from_address"]


async def test_a_domain_comes_from_any_page(machine: Machine, sandbox: Sandbox) -> None:
    await verify(sandbox, **{f"d{number}": "verified" for number in range(250)})

    for number in (0, 98, 99, 100, 249):
        address = f"leads@d{number}.example"
        assert (await put(machine, {"from_address": address}))["from_address"] == address
    refused = await machine.http.put(PLACE, json={"from_address": "leads@d250.example"})
    assert refused.status_code == 422
