"""The summaries of uploads and billing events: how it went at each platform, and whether the bills agree."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, uploads
from leadstream.jobs.ledger import read_job
from leadstream.jobs.model import JobState, Settled, Succeeded
from leadstream.troubles import KnownTroubles
from platform_upload.adapters.recorder import record_uploads
from platform_upload.application.outcomes import Upload
from platform_upload.domain.answers import Accepted

FAR = {
    "since": (datetime.now(UTC) - timedelta(days=15)).isoformat(),
    "until": (datetime.now(UTC) + timedelta(days=15)).isoformat(),
}


async def ask(bench: Bench, path: str, **query: Any) -> Any:
    async with bench.http() as http:
        answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def compared(bench: Bench, **query: Any) -> list[Any]:
    found: list[Any] = (await ask(bench, "/billing-events/summary", **(FAR | query)))["platforms"]
    return found


async def test_each_platform_says_what_it_took_and_what_went_wrong_last(bench: Bench) -> None:
    await bench.connect("salesforce")
    errors = [
        {
            "statusCode": "REQUIRED_FIELD_MISSING",
            "message": "no such field",
            "fields": ["Region__c"],
        }
    ]
    refused = {"status": 200, "body": [{"success": False, "errors": errors}]}
    await bench.sandbox.control.script("salesforce", "upsert", refused)
    await bench.upload(an_upload(1))
    await bench.upload(an_upload(2))

    found = await ask(bench, "/uploads/summary", workspace_id=WORKSPACE)

    (row,) = found["platforms"]
    assert (row["platform"], row["uploaded"], row["failed"]) == ("tech-platform", 1, 1), row
    assert "no such field" in row["last_error"]
    assert row["last_error_at"]
    later = await ask(bench, "/uploads/summary", since="2999-01-01T00:00:00Z")
    assert (later["platforms"], later["more"]) == ([], False)


async def test_what_was_accepted_and_what_is_billed_agree(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(*uploads(3))

    (row,) = await compared(bench)

    assert (row["accepted"], row["billed"], row["unbilled"], row["unfounded"]) == (3, 3, 0, 0)


async def test_a_lead_that_is_accepted_twice_is_billed_once_and_they_agree(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1))
    await bench.upload(an_upload(1, revision=2))

    (row,) = await compared(bench)

    assert (row["accepted"], row["billed"], row["unbilled"], row["unfounded"]) == (1, 1, 0, 0)


async def test_of_two_revisions_that_are_accepted_together_one_is_new_and_billed(
    bench: Bench,
) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1), an_upload(1, revision=2))
    pool, now = bench.replica.database.pool, datetime.now(UTC)
    await pool.execute("DELETE FROM billing_events")
    rows = await pool.fetch("SELECT * FROM jobs ORDER BY payload -> 'revision'")
    settled = [
        Settled(
            job=read_job({**row, "lease_id": uuid4()}),
            outcome=Succeeded(result=Upload("webhook", Accepted())),
            state=JobState.SUCCEEDED,
            attempts=1,
            started_at=now,
            finished_at=now,
            wait=timedelta(0),
        )
        for row in rows
    ]

    async with bench.replica.database.transaction(hot=True) as tx:
        events = await record_uploads(KnownTroubles(bench.replica.database), tx, settled)

    outcomes = [orjson.loads(event.payload or b"")["outcome"] for event in events]
    assert outcomes == ["created", "updated"]


async def test_what_was_billed_at_another_time_is_no_difference(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1))
    move = "UPDATE billing_events SET created_at = created_at - interval '90 days'"
    await bench.replica.database.pool.execute(move)

    (row,) = await compared(bench)

    assert (row["accepted"], row["billed"], row["elsewhen"], row["unbilled"]) == (1, 0, 1, 0)


async def test_what_does_not_agree_is_named(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(*uploads(2))
    pool = bench.replica.database.pool
    first, second = [row["lead_id"] for row in await pool.fetch("SELECT lead_id FROM uploads")]
    await pool.execute("DELETE FROM billing_events WHERE lead_id = $1", first)
    await pool.execute("DELETE FROM uploads WHERE lead_id = $1", second)

    (row,) = await compared(bench)

    assert (row["unbilled"], row["unbilled_leads"]) == (1, [str(first)])
    assert (row["unfounded"], row["unfounded_leads"]) == (1, [str(second)])


async def test_more_than_a_month_at_once_is_refused(bench: Bench) -> None:
    async with bench.http() as http:
        answer = await http.get(
            "/billing-events/summary",
            params={"since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"},
        )

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "until")
