"""The commands of docs/runbooks do what the runbooks say: each test runs the blocks as they stand there."""

import asyncio
import base64
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest

from e2e.test_dead_letters import letters_when
from leadstream.ids import connection_id, derived_id, workspace_id
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.postgres.binaries import find_binaries
from leadstream_dev.services import Replica
from support.pipeline import EQUIPPED, LEADSTREAM, Pipeline, Ran, example, run
from support.runbooks import blocks, commands
from support.waiting import eventually

SALESFORCE = {
    "platform": "tech-platform",
    "adapter": "salesforce",
    "settings": {"login_url": "${SANDBOX_URL}/salesforce"},
    "credentials": {"client_id": "sandbox-rejected", "client_secret": "sandbox-secret"},
}
NIGHTLY = "daily-lead-generation"
GENERAL = (
    "add-a-workspace",
    "backfill-a-missed-night",
    "delete-a-workspace",
    "erase-a-person",
    "move-a-schema-to-its-own-postgres",
    "replay-dead-letters",
    "restore-from-backup",
    "rotate-secrets",
    "show-a-person",
    "switch-from-relay-to-debezium",
    "upgrade-with-a-schema-change",
)


@pytest.mark.parametrize("runbook", GENERAL)
def test_every_command_was_run_by_a_test_or_by_hand(runbook: str) -> None:
    found = blocks(runbook)

    assert found
    assert [each.commands for each in found if each.how is None] == []


@pytest.fixture
async def shell(pipeline: Pipeline, tmp_path: Path) -> "Shell":
    return Shell(pipeline, tmp_path)


class Shell:
    """A terminal in a folder of its own, with what an operator has set."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self._folder = folder
        # The server's own psql and pg_dump: an older pg_dump refuses a newer server.
        path = [str(LEADSTREAM.parent), str(find_binaries().bin), os.environ["PATH"]]
        self._environment = dict(pipeline.environment) | {
            "PATH": os.pathsep.join(path),
            "LEADSTREAM_TOKEN": pipeline.tokens["admin"],
            "ADMIN_DATABASE_URL": pipeline.postgres.url,
            "COLUMNS": "240",
            "NO_COLOR": "1",
        }

    async def __call__(self, runbook: str, *names: str, **variables: str) -> str:
        """Run blocks of a runbook as one script that stops at the first failure."""
        script = ["bash", "-xeuo", "pipefail", "-c", commands(runbook, *names)]
        given = self._environment | variables
        ran: Ran = await run(script, env=given, within=110, cwd=self._folder)
        return ran.ok().stdout


async def run_with(pipeline: Pipeline, service: str, changes: Mapping[str, str]) -> None:
    """Run the service with other settings from here on."""
    replicas = pipeline.services[service]
    if replicas[0].running:
        await replicas[0].stop()
    usual, environment = replicas[0], {**pipeline.environment, **changes}
    replicas[0] = Replica(
        usual.spec, env=environment, port=usual.port, number=2, home=pipeline.home
    )
    await replicas[0].restart()


async def test_a_missed_night_is_backfilled_once(pipeline: Pipeline, shell: Shell) -> None:
    slug = f"missed-{uuid4().hex[:8]}"
    topic = {"name": f"missed {slug}"}
    await pipeline.apply_quietly({"slug": slug, "queries": [{"name": "q", "topic": topic}]})
    query = derived_id("query", workspace_id(slug), "q")
    night, book = {"NIGHT": "2026-01-05"}, "backfill-a-missed-night"

    looked = await shell(book, "look", "jobs")
    planned = await shell(book, "dry-run", **night)
    done = await shell(book, "backfill", **night)

    assert NIGHTLY in looked
    assert f"{NIGHTLY}: 1 ticks would be emitted\n  2026-01-05T02:00:00Z" in planned
    assert f"{NIGHTLY}: 1 ticks emitted" in done

    async def has_run() -> bool:
        runs = await pipeline.sql(
            "SELECT run_on::text, status FROM discovery.query_runs WHERE query_id = $1", query
        )
        return [tuple(each) for each in runs] == [("2026-01-05", "succeeded")]

    await eventually(has_run, "the missed night has not run", within=30)
    again = await pipeline.post("scheduler", f"schedules/{NIGHTLY}/backfill", _day("2026-01-05"))
    assert again["ticks"] == []
    await shell(book, "undo")
    assert await pipeline.pauses("discovery") == {}


async def test_a_rejected_upload_is_found_corrected_and_looked_at(
    pipeline: Pipeline, shell: Shell
) -> None:
    workspace, book = await pipeline.workspace(connections=[SALESFORCE]), "uploads-rejected"
    error = {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no such company"}
    rejected = {"success": False, "errors": [{**error, "fields": ["Company"]}]}
    await pipeline.sandbox.control.script(
        "salesforce", "upsert", {"status": 200, "body": [rejected]}
    )
    lead = await pipeline.produce_lead(workspace, topic="lead.upload", platform="tech-platform")
    upload = await _upload_when(pipeline, lead, "failed")

    listed = await shell(book, "look", UPLOAD_ID=upload["id"])
    await shell(book, "resend", UPLOAD_ID=upload["id"], NAME="Acme GmbH", REASON="ticket 7")
    done = await _upload_when(pipeline, lead, "uploaded")
    connection = str(connection_id(workspace, "tech-platform"))
    shown = await shell(book, "preview", CONNECTION_ID=connection, LEAD_ID=str(lead))

    (line,) = [each for each in listed.splitlines() if str(lead) in each and "failed" in each]
    assert "Company" in line
    assert "no such company" in line
    assert done["overrides"] == {"company_name": "Acme GmbH"}
    assert "unchanged" in shown
    assert "calls made: 1" in shown
    bills = await pipeline.get("platform-upload", "billing-events", lead_id=str(lead))
    assert len(bills["items"]) == 1


async def _upload_when(pipeline: Pipeline, lead: UUID, status: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    async def is_so() -> bool:
        nonlocal found
        found = (await pipeline.get("platform-upload", "uploads", lead_id=str(lead)))["items"]
        return [each["status"] for each in found] == [status]

    await eventually(is_so, f"the upload of {lead} is not {status}", within=60)
    return found[0]


async def test_dead_letters_are_replayed(pipeline: Pipeline, shell: Shell) -> None:
    topic, letters, book = "lead.uploaded", "lead.uploaded.discovery.dlq", "replay-dead-letters"
    await pipeline.produce(topic, b"garbage", key="runbook")
    (letter,) = await letters_when(pipeline, letters, "runbook", 1)
    which = {"LETTERS": letters, "PLACE": f"{letter.partition}:{letter.offset}"}

    shown = await shell(book, "look", **which)
    planned = await shell(book, "dry-run", **which)
    await shell(book, "one", **which)

    assert "garbage" in shown
    assert "would be put back" in planned
    # Its cause is not mended: it is set aside again.
    await letters_when(pipeline, letters, "runbook", 2)
    assert "yes" in await shell(book, "all", **which)
    await pipeline.post("discovery", "pauses", {"scope": f"topic:{topic}", "reason": "flood"})
    await shell(book, "lift", TOPIC=topic)
    assert await pipeline.pauses("discovery") == {}


async def test_a_workspace_is_added_tried_and_held(pipeline: Pipeline, shell: Shell) -> None:
    sandbox = pipeline.environment["SANDBOX_URL"]
    acme = {
        "ACME_HOOK_URL": f"{sandbox}/hooks/hookpath",
        "ACME_HOOK_SECRET": pipeline.environment["HOOK_SECRET"],
        "ACME_HUBSPOT_TOKEN": "sandbox-hubspot",
    }

    said = await shell("add-a-workspace", "file", "apply", "try", "undo", **acme)

    assert '"delivered":true' in said, said
    assert '"ok":true' in said, said
    assert re.search(r"discovery: tick [0-9a-f-]{36}, 1 jobs", said)
    held = await pipeline.pauses("platform-upload")
    assert f"workspace:{workspace_id('acme-example')}" in held


async def test_a_person_is_erased(pipeline: Pipeline, shell: Shell) -> None:
    ada = "ada@runbook.example"
    workspace = await pipeline.workspace(recipients=[{"email": ada}])
    which = {"EMAIL": ada, "REASON": "ticket 1"}

    planned = await shell("erase-a-person", "dry-run", **which)
    done = await shell("erase-a-person", "erase", **which)
    refused = await _recipient(pipeline, workspace, ada)
    await shell("erase-a-person", "allow", **which)

    (receipt,) = {found[1] for found in re.finditer(r"^receipt (\S+)$", done, re.MULTILINE)}
    proved = await shell("erase-a-person", "verify", RECEIPT=receipt)

    assert "all of it is as it was written" in proved
    assert re.search(r"delivery\s+recipients\s+1\b", planned)
    assert "erased" in done
    assert "nothing of this person is here" in done
    assert refused == httpx.codes.CONFLICT
    assert await _recipient(pipeline, workspace, ada) == httpx.codes.CREATED


async def test_a_person_is_shown_and_objects(pipeline: Pipeline, shell: Shell) -> None:
    ada = "ada@shown.example"
    await pipeline.workspace(recipients=[{"email": ada}])
    which = {"EMAIL": ada, "REASON": "ticket 1"}

    shown = await shell("show-a-person", "show", **which)
    objected = await shell("show-a-person", "object", **which)
    still = await shell("show-a-person", "show", **which)
    lifted = await shell("show-a-person", "lift", **which)

    assert re.search(rf"delivery\s+recipients\b.*{ada}", shown)
    assert objected.count("from now on") == 4
    assert re.search(rf"delivery\s+suppressions\b.*{ada}", still)
    assert re.search(r"delivery\s+objected \(all\)", still)
    assert re.search(rf"delivery\s+recipients\b.*{ada}", still), "what is here stays"
    assert lifted.count("lifted") == 4


async def test_a_restored_service_erases_again(
    pipeline: Pipeline, shell: Shell, tmp_path: Path
) -> None:
    """Discovery is restored from a backup that was made before somebody was erased."""
    ada, book = f"ada-{uuid4().hex[:8]}@runbook.example", "restore-from-backup"
    workspace = await pipeline.workspace()
    lead = await _lead_with(pipeline, workspace, ada)
    dump = str(tmp_path / "discovery.dump")
    url, bin_folder = pipeline.postgres.url, find_binaries().bin
    dumping = ("--format=custom", "--schema=discovery", f"--file={dump}", url)
    (await run([bin_folder / "pg_dump", *dumping], env={})).ok()

    await shell("erase-a-person", "erase", EMAIL=ada, REASON="ticket 2")
    where = {"RESTORED": "discovery", "ERASED": str(tmp_path / "erased")}
    await shell(book, "export", **where)
    await pipeline.services["discovery"][0].stop()
    await pipeline.sql("DROP SCHEMA discovery CASCADE")
    restoring = ("--exit-on-error", "--single-transaction", f"--dbname={url}", dump)
    (await run([bin_folder / "pg_restore", *restoring], env={})).ok()
    await shell(book, "hold", **where)
    await run_with(pipeline, "discovery", {})
    restored = await _people_of(pipeline, lead)
    said = await shell(book, "reapply", **where)
    await shell(book, "go-on", **where)

    assert ada in restored
    assert ada not in await _people_of(pipeline, lead)
    found = re.findall(r"^\W*discovery\s+(\d+)\s+(\d+)\W*$", said, re.MULTILINE)
    assert [int(again) for _, again in found] == [1, 0], said
    assert await pipeline.pauses("discovery") == {}


async def _lead_with(pipeline: Pipeline, workspace: UUID, email: str) -> UUID:
    found = orjson.loads(orjson.dumps(example("lead.enriched", "full")["enrichment"]))
    ada = {**found["contacts"][0], "email": email, "full_name": "Ada"}
    found |= {"contacts": [ada], "primary_contact": ada, "total_contacts": 1}
    lead = await pipeline.produce_lead(workspace, topic="lead.enriched", enrichment=found)
    await pipeline.lead_when(lead, enrichment_status="completed")
    return lead


async def _people_of(pipeline: Pipeline, lead: UUID) -> str:
    (row,) = await pipeline.sql(
        "SELECT contact_data::text FROM discovery.leads WHERE id = $1", lead
    )
    return str(row["contact_data"])


async def test_a_schema_moves_to_a_postgres_of_its_own(
    pipeline: Pipeline, shell: Shell, own_postgres: PostgresServer
) -> None:
    book = "move-a-schema-to-its-own-postgres"
    at = urlsplit(own_postgres.url)
    place = f"@{at.hostname}:{at.port}{at.path}"
    new_url, newer_url = (f"postgresql://mover:{secrets.token_hex(8)}{place}" for _ in range(2))
    move = {
        "SERVICE": "scheduler",
        "SCHEMA": "scheduler",
        "VARIABLE": "SCHEDULER_DATABASE_URL",
        "OLD_ADMIN_URL": pipeline.postgres.url,
        "NEW_ADMIN_URL": own_postgres.url,
        "NEW_URL": new_url,
    }
    path = f"schedules/{NIGHTLY}/backfill"
    await pipeline.post("scheduler", path, _day("2026-01-06"))
    await pipeline.services["scheduler"][0].stop()
    try:
        said = await shell(book, "size", "move", "compare", "rename", **move)
        await run_with(pipeline, "scheduler", {"SCHEDULER_DATABASE_URL": new_url})
        checked = await shell(book, "check", **move)
        again = await pipeline.post("scheduler", path, _day("2026-01-06"))
        changed = {"URL_WITH_NEW_PASSWORD": newer_url, "ADMIN_DATABASE_URL": own_postgres.url}
        await shell("rotate-secrets", "password", **move, **changed)
        await (await asyncpg.connect(newer_url)).close()
    finally:
        if await pipeline.sql("SELECT FROM pg_namespace WHERE nspname = 'scheduler_moved'"):
            await pipeline.sql("ALTER SCHEMA scheduler_moved RENAME TO scheduler")
        await run_with(pipeline, "scheduler", {})

    assert said.splitlines()[-2] == "same", said
    assert NIGHTLY in checked
    # It remembers what it has done before it moved.
    assert again["ticks"] == []


async def test_tokens_and_encryption_keys_are_rotated(pipeline: Pipeline, shell: Shell) -> None:
    workspace, book = await pipeline.workspace(**EQUIPPED), "rotate-secrets"
    account = {"provider": "people_data_labs", "credentials": {"api_key": "sandbox-own"}}
    await pipeline.post(
        "enrichment", "provider-accounts", {"workspace_id": str(workspace), **account}
    )
    new_token, digest = (await shell(book, "token")).split()
    new_key = (await shell(book, "new-key")).strip()
    tokens = orjson.loads(pipeline.environment["ADMIN_TOKENS"])
    tokens.append({"name": "new", "sha256": digest, "role": "admin"})
    both = {
        "ENCRYPTION_KEYS": f"{new_key},{pipeline.environment['ENCRYPTION_KEYS']}",
        "ADMIN_TOKENS": orjson.dumps(tokens).decode(),
    }

    assert _keys(await shell(book, "keys-in-use")) == {"e2e"}
    await _keepers_run_with(pipeline, both)
    rotated = orjson.loads(await shell(book, "rotate-keys", LEADSTREAM_TOKEN=new_token))
    assert _keys(await shell(book, "keys-in-use")) == {new_key.partition(":")[0]}

    # The old key is thrown away, and the new token is taken back.
    await _keepers_run_with(pipeline, {"ENCRYPTION_KEYS": new_key})
    given = {
        "CHANNEL": await _only(pipeline, "delivery", "channels", workspace, type="webhook"),
        "CONNECTION": await _only(
            pipeline, "platform-upload", "connections", workspace, platform="general-platform"
        ),
        "NEW_SECRET": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    refused = {"scope": "provider:resend", "reason": "credential_refused"}
    await pipeline.post("delivery", "pauses", refused)
    said = await shell(
        book,
        *("channel-secret", "connection-secret", "provider-key", "lift-provider", "token-use"),
        **given,
    )

    assert rotated["unreadable"] == 0
    assert "whsec_" in said
    assert '"connection_id"' in said
    assert "credential_refused" in said
    assert "platform_upload|new|1|" in said
    assert await pipeline.pauses("delivery") == {}
    async with pipeline.client("delivery", new_token) as client:
        assert (await client.get("channels")).status_code == httpx.codes.UNAUTHORIZED


async def _keepers_run_with(pipeline: Pipeline, changes: Mapping[str, str]) -> None:
    """The services that keep secrets run with other settings."""
    keepers = ("discovery", "enrichment", "delivery", "platform-upload")
    await asyncio.gather(*(run_with(pipeline, service, changes) for service in keepers))


async def _recipient(pipeline: Pipeline, workspace: UUID, email: str) -> int:
    async with pipeline.client("delivery") as client:
        answer = await client.post(
            "recipients", json={"workspace_id": str(workspace), "email": email}
        )
    return answer.status_code


async def _only(pipeline: Pipeline, service: str, path: str, workspace: UUID, **which: str) -> str:
    asked = {"workspace_id": str(workspace), **which}
    [row] = (await pipeline.get(service, path, **asked))["items"]
    return str(row["id"])


def _day(date: str) -> dict[str, str]:
    return {"from": f"{date}T00:00:00Z", "to": f"{date}T23:00:00Z"}


def _keys(said: str) -> set[str]:
    return {line.split("|")[1] for line in said.splitlines()}
