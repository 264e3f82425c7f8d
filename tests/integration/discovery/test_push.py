"""Signals that others push: signed, taken in once, wholly or not at all, and brought in as what a search finds is."""

import asyncio
import os
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from discovery.adapters.push_sources import sealed_sources
from integration.discovery.builders import ACME, a_query, get, post
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream.api import ApiServer
from leadstream.crypto import Keyring, key_id_of
from leadstream.http import WebhookSecret, sign_webhook
from leadstream.rotation import rotate_keys
from support.clock import FakeClock
from support.keys import generate_key

SECRET = WebhookSecret.generate()
NOW = datetime(2026, 1, 22, 12, 0, tzinfo=UTC)
SIGNALS = Path(__file__).parents[3] / "docs/signals.md"


@pytest.fixture
async def discovery(make_replica: MakeReplica) -> Replica:
    return await make_replica(encryption_keys=generate_key("a"), push_per_second=500)


async def a_source(replica: Replica, name: str = "bombora", **more: Any) -> dict[str, Any]:
    body = {"workspace_id": str(ACME), "name": name, "secret": SECRET.reveal(), **more}
    made: dict[str, Any] = await post(replica, "push-sources", {"query": "AI tools"} | body)
    return made


def a_signal(name: str = "Acme", *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {
        "company": {"name": name, "domain": f"{name.lower()}.com"},
        "signal_type": "Pricing page",
        "signal_strength": "high",
        "detected_at": (at or NOW).isoformat(),
        **more,
    }


async def push(
    replica: Replica,
    source: dict[str, Any],
    *signals: Any,
    message_id: str | None = None,
    secret: WebhookSecret = SECRET,
    at: datetime | None = None,
    **changed: str | None,
) -> httpx.Response:
    body = orjson.dumps({"signals": signals})
    signed = sign_webhook(
        message_id or f"msg_{uuid4().hex}", body, secrets=[secret], at=at or datetime.now(UTC)
    )
    headers = {"content-type": "application/json", **signed}
    headers |= {f"webhook-{name}": value for name, value in changed.items() if value is not None}
    kept = {name: value for name, value in headers.items() if changed.get(name[8:], "") is not None}
    return await replica.http.post(f"http://127.0.0.1{source['path']}", content=body, headers=kept)


async def nothing_is_taken(replica: Replica) -> bool:
    tables = ("push_requests", "arrivals", "jobs", "query_runs")
    return not any([await replica.rows(table) for table in tables])


async def test_what_is_pushed_becomes_leads_as_what_is_found_does(discovery: Replica) -> None:
    query_id = await a_query(discovery)
    source = await a_source(discovery)
    first = [a_signal(), a_signal("Beta", signal_strength="tremendous")]

    accepted = await push(discovery, source, *first, message_id="msg_1")
    await discovery.finish()
    again = await push(discovery, source, *first, message_id="msg_1")
    other = await push(discovery, source, a_signal("Other"), message_id="msg_1")
    for hour in (1, 2):
        risen = a_signal(at=NOW - timedelta(hours=hour))
        assert (await push(discovery, source, risen)).status_code == 202
        await discovery.finish()

    assert (accepted.status_code, accepted.json()) == (202, {"accepted": 2, "repeated": False})
    assert (again.status_code, again.json()) == (202, {"accepted": 2, "repeated": True})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")
    events = await discovery.events("lead.discovered")
    told = [(e["company"]["name"], e["intent"]["score"], e["revision"]) for e in events]
    # Three requests with a signal each add up: hot.
    assert told == [("Acme", "warm", 1), ("Beta", "cold", 1), ("Acme", "hot", 2)]
    assert events[0]["intent"]["signals"][0]["source"] == "bombora"
    runs = await discovery.rows("query_runs", "started_at")
    assert {(run["source"], run["query_id"], run["status"]) for run in runs} == {
        ("push", query_id, "succeeded")
    }
    assert [(run["found"], run["created"], run["known"]) for run in runs] == [
        (2, 2, 0),
        (1, 0, 1),
        (1, 0, 1),
    ]
    # A source's day has a funnel as a night has, and is none.
    (day,) = {run["tick_id"] for run in runs}
    funnel = (await get(discovery, f"runs/{day}"))["funnel"]
    assert (funnel["found"]["count"], funnel["queries"]["count"]) == (4, 3)
    assert (await get(discovery, "runs"))["items"] == []
    assert (await get(discovery, "runs", workspace_id=ACME))["items"] == []
    assert await discovery.rows("arrivals") == []


async def test_a_search_takes_nothing_from_what_was_pushed(discovery: Replica) -> None:
    await a_query(discovery)
    source = await a_source(discovery)
    await push(discovery, source, *(a_signal(at=NOW - timedelta(hours=n)) for n in range(3)))
    await discovery.finish()

    await post(discovery, "trigger-lead-generation", {})
    await discovery.finish()

    (lead,) = (await get(discovery, "leads", domain="acme.com"))["items"]
    assert lead["intent_data"]["score"] == "hot"


async def test_the_release_before_goes_on_beside_sources_that_it_does_not_know(
    discovery: Replica,
) -> None:
    query_id = await a_query(discovery)
    source = await a_source(discovery)
    await push(discovery, source, a_signal())
    await discovery.finish()
    (lead,) = await discovery.rows("leads")

    # As it writes down whatever it has read, in its own words, and what DataShopper says today.
    await discovery.database.pool.execute(
        """
        INSERT INTO lead_intents (lead_id, query_id, topic_id, signals)
        SELECT lead_id, query_id, topic_id, signals FROM lead_intents
        UNION ALL SELECT id, query_id, NULL, '[]' FROM leads
        ON CONFLICT (lead_id, query_id) DO UPDATE SET signals = excluded.signals
        """
    )
    await push(discovery, source, a_signal(signal_type="Hiring"))
    await discovery.finish()

    told = (await get(discovery, f"leads/{lead['id']}"))["intents"]
    assert [(each["query_id"], each["source"], len(each["signals"])) for each in told] == [
        (str(query_id), "datashopper", 0),
        (str(query_id), "push", 2),
    ]
    assert told[1]["query_name"] == "AI tools"


async def test_who_only_pushes_needs_no_key_and_a_night_finds_nobody_to_ask(
    make_replica: MakeReplica,
) -> None:
    none = {"datashopper_api_key": None, "datashopper_api_url": None}
    discovery = await make_replica(**none, keyless=True, encryption_keys=generate_key("a"))
    await a_query(discovery)
    source = await a_source(discovery)

    night = await post(discovery, "trigger-lead-generation")
    await push(discovery, source, a_signal())
    await discovery.finish()

    assert night["jobs"] == []
    assert [lead["domain"] for lead in await discovery.rows("leads")] == ["acme.com"]


async def test_of_a_day_and_query_the_best_fifty_become_leads(discovery: Replica) -> None:
    await a_query(discovery)
    source = await a_source(discovery)
    cold = [a_signal(f"Cold{n}", signal_strength="low") for n in range(20)]
    warm = [a_signal(f"Warm{n}") for n in range(45)]

    await push(discovery, source, *cold, *warm)
    await discovery.finish()

    (run,) = await discovery.rows("query_runs")
    assert (run["found"], run["created"], run["rejected"]) == (65, 50, 15)
    events = await discovery.events("lead.discovered")
    assert Counter(event["intent"]["score"] for event in events) == {"warm": 45, "cold": 5}


async def test_topics_feed_their_queries_and_none_other(discovery: Replica) -> None:
    await a_query(discovery)
    payroll = await a_query(discovery, "Payroll", topic="Payroll software")
    source = await a_source(discovery, query=None, topics={"Payroll software": "Payroll"})

    good = await push(discovery, source, a_signal(topic="payroll-software"))
    wrong = await push(discovery, source, a_signal(topic="Rockets"), a_signal(), a_signal("x"))
    await discovery.finish()

    assert good.status_code == 202
    assert [row["query_id"] for row in await discovery.rows("query_runs")] == [payroll]
    assert wrong.status_code == 422
    assert wrong.json()["signals"] == [
        {"index": 0, "field": "topic", "reason": "feeds no query of this source"},
        {"index": 1, "field": "topic", "reason": "is missing"},
        {"index": 2, "field": "topic", "reason": "is missing"},
    ]


async def test_the_last_that_a_source_feeds_can_not_be_taken_from_it(discovery: Replica) -> None:
    await a_query(discovery)
    both = await a_source(discovery, topics={"Payroll": "AI tools"})
    topics = await a_source(discovery, "6sense", query=None, topics={"Payroll": "AI tools"})

    kept = await discovery.http.patch(f"/push-sources/{both['id']}", json={"topics": {}})
    refused = await discovery.http.patch(f"/push-sources/{topics['id']}", json={"topics": {}})

    assert (kept.status_code, kept.json()["topics"]) == (200, {})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "query")


async def test_two_spellings_of_one_topic_do_not_feed_two_queries(discovery: Replica) -> None:
    await a_query(discovery)
    await a_query(discovery, "Payroll", topic="Payroll software")
    topics = {"Payroll software": "Payroll", "payroll-software": "AI tools"}
    body = {"workspace_id": str(ACME), "name": "bombora", "topics": topics}

    refused = await discovery.http.post("/push-sources", json=body)

    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "topics.payroll-software"
    assert refused.json()["error"]["message"] == "is the same topic as Payroll software"


async def test_what_is_not_signed_is_refused_and_said_why(discovery: Replica) -> None:
    await a_query(discovery)
    source = await a_source(discovery)
    now = datetime.now(UTC)

    async def code(**how: Any) -> tuple[int, str]:
        answer = await push(discovery, how.pop("source", source), a_signal(), **how)
        return answer.status_code, answer.json()["error"]["code"]

    assert await code(signature=None) == (401, "signature_missing")
    assert await code(id=None) == (401, "signature_missing")
    assert await code(timestamp=None) == (401, "signature_missing")
    assert await code(at=now - timedelta(seconds=310)) == (401, "signature_expired")
    assert await code(at=now + timedelta(seconds=310)) == (401, "signature_expired")
    assert await code(timestamp="soon") == (401, "signature_expired")
    assert await code(secret=WebhookSecret.generate()) == (401, "signature_wrong")
    assert await code(signature="garbage") == (401, "signature_wrong")
    assert await code(id="another") == (401, "signature_wrong")
    nobody = {"path": f"/api/sources/{uuid4()}/signals"}
    assert await code(source=nobody) == (401, "signature_wrong")
    assert await nothing_is_taken(discovery)


async def test_a_request_with_a_fault_is_refused_as_a_whole(discovery: Replica) -> None:
    await a_query(discovery)
    source = await a_source(discovery)
    ahead = datetime.now(UTC) + timedelta(minutes=6)

    faulty = await push(
        discovery, source, a_signal(), a_signal(company=None), "text", a_signal(at=ahead)
    )
    none = await push(discovery, source)
    many = await push(discovery, source, *[a_signal()] * 1_001)
    large = await push(discovery, source, a_signal(note="x" * 1024 * 1024))

    assert faulty.status_code == 422
    assert faulty.json()["rejected"] == 3
    assert [(each["index"], each["field"]) for each in faulty.json()["signals"]] == [
        (1, "company"),
        (2, ""),
        (3, "detected_at"),
    ]
    assert faulty.json()["error"]["field"] == "signals.1.company"
    assert [none.status_code, many.status_code, large.status_code] == [422, 422, 413]
    assert await nothing_is_taken(discovery)


async def test_both_secrets_are_good_while_one_follows_the_other(
    make_replica: MakeReplica,
) -> None:
    clock = FakeClock(NOW)
    discovery = await make_replica(clock=clock, encryption_keys=generate_key("a"))
    await a_query(discovery)
    source = await a_source(discovery)

    rotated = await post(discovery, f"push-sources/{source['id']}/rotate")
    new = WebhookSecret.parse(rotated["secret"])
    during = [
        (await push(discovery, source, a_signal(), secret=each, at=NOW)).status_code
        for each in (SECRET, new)
    ]
    clock.advance(timedelta(days=1, seconds=1))
    after = [
        (await push(discovery, source, a_signal(), secret=each, at=clock.now())).status_code
        for each in (SECRET, new)
    ]

    assert (during, after) == ([202, 202], [401, 202])
    shown = await get(discovery, f"push-sources/{source['id']}")
    stored = str(await discovery.rows("push_sources")) + str(await discovery.rows("audit_log"))
    for secret in (SECRET.reveal(), new.reveal()):
        assert secret not in str(shown)
        assert secret.removeprefix("whsec_") not in stored


async def test_who_rotates_twice_shuts_nobody_out(make_replica: MakeReplica) -> None:
    """As whoever never got the first answer does: the sender has neither of the new secrets."""
    clock = FakeClock(NOW)
    discovery = await make_replica(clock=clock, encryption_keys=generate_key("a"))
    await a_query(discovery)
    source = await a_source(discovery)

    async def codes() -> list[int]:
        given = (SECRET, first, second)
        return [
            (await push(discovery, source, a_signal(), secret=each, at=clock.now())).status_code
            for each in given
        ]

    first = await _rotated(discovery, source)
    clock.advance(timedelta(hours=20))
    second = await _rotated(discovery, source)
    during = await codes()
    # Each has its own day.
    clock.advance(timedelta(hours=5))
    later = await codes()
    await discovery.http.delete(f"/push-sources/{source['id']}")
    again = await a_source(discovery, secret=WebhookSecret.generate().reveal())

    assert (during, later) == ([202, 202, 202], [401, 202, 202])
    assert again["id"] == source["id"]
    assert await codes() == [401, 401, 401]


async def _rotated(discovery: Replica, source: dict[str, Any]) -> WebhookSecret:
    rotated = await post(discovery, f"push-sources/{source['id']}/rotate")
    return WebhookSecret.parse(rotated["secret"])


async def test_a_new_encryption_key_seals_secrets_anew_at_the_start_and_when_asked(
    make_replica: MakeReplica,
) -> None:
    old = generate_key("k1")
    first = await make_replica(encryption_keys=old)
    await a_query(first)
    source = await a_source(first)
    await post(first, f"push-sources/{source['id']}/rotate")
    new = generate_key("k2")

    async def sealed_with(replica: Replica) -> str:
        (row,) = await replica.rows("push_sources")
        return key_id_of(row["secrets"])

    await make_replica(encryption_keys=f"{new},{old}")
    after_start = await sealed_with(first)
    # Somebody goes back, and asks for it.
    back = await make_replica(encryption_keys=f"{new},{old}")
    await rotate_keys(sealed_sources(back.database, Keyring.parse(old + "," + new)))
    before = await sealed_with(back)
    asked = await post(back, "provider-accounts/rotate-keys")
    last = await make_replica(encryption_keys=new)

    assert [after_start, before, await sealed_with(last)] == ["k2", "k1", "k2"]
    assert asked == {"rewrapped": 1, "unreadable": 0, "key_id": "k2"}
    assert (await push(last, source, a_signal())).status_code == 202


async def test_what_is_paused_takes_nothing(discovery: Replica) -> None:
    query_id = await a_query(discovery)
    source = await a_source(discovery)

    async def code() -> tuple[int, str | None]:
        answer = await push(discovery, source, a_signal())
        return answer.status_code, answer.json().get("error", {}).get("code")

    await post(discovery, f"push-sources/{source['id']}/pause")
    assert await code() == (409, "paused")
    await post(discovery, f"push-sources/{source['id']}/resume")
    await post(discovery, f"queries/{query_id}/pause")
    assert await code() == (409, "paused")
    assert await nothing_is_taken(discovery)
    await post(discovery, f"queries/{query_id}/resume")
    assert await code() == (202, None)


async def test_a_burst_is_brought_in_whole(make_replica: MakeReplica) -> None:
    keys = generate_key("a")
    replicas = [await make_replica(encryption_keys=keys, push_per_second=500) for _ in range(2)]
    await a_query(replicas[0])
    source = await a_source(replicas[0])

    answers = await asyncio.gather(
        *(push(replicas[n % 2], source, a_signal(f"Firm{n}")) for n in range(60))
    )
    await replicas[0].finish()

    assert Counter(answer.status_code for answer in answers) == {202: 60}
    runs = await replicas[0].rows("query_runs")
    assert Counter(run["status"] for run in runs) == {"succeeded": 60}
    assert sum(run["found"] for run in runs) == 60
    assert len(await replicas[0].events("lead.discovered")) == 50


async def test_a_run_away_sender_is_told_to_wait_and_no_other(make_replica: MakeReplica) -> None:
    keys = generate_key("a")
    # One in a hundred seconds, all replicas together.
    replicas = [await make_replica(encryption_keys=keys, push_per_second=0.01) for _ in range(2)]
    await a_query(replicas[0])
    source, other = await a_source(replicas[0]), await a_source(replicas[0], "6sense")

    first = await push(replicas[0], source, a_signal())
    again = await push(replicas[1], source, a_signal())
    others = await push(replicas[1], other, a_signal())

    assert [first.status_code, again.status_code, others.status_code] == [202, 429, 202]
    assert 1 <= int(again.headers["retry-after"]) <= 100
    assert len(await replicas[0].rows("push_requests")) == 2


async def test_the_same_message_at_once_is_taken_once(discovery: Replica) -> None:
    await a_query(discovery)
    source = await a_source(discovery)

    answers = await asyncio.gather(
        *(push(discovery, source, a_signal(), message_id="msg_1") for _ in range(8))
    )
    await discovery.finish()

    assert {answer.status_code for answer in answers} == {202}
    assert [answer.json()["repeated"] for answer in answers].count(False) == 1
    assert len(await discovery.rows("query_runs")) == 1


async def test_a_source_is_made_once_and_changed_as_it_is_said(discovery: Replica) -> None:
    await a_query(discovery)
    made = await post(
        discovery,
        "push-sources",
        {"workspace_id": str(ACME), "name": "bombora", "query": "AI tools"},
    )
    same = await a_source(discovery, secret=made["secret"])
    answers = [
        await discovery.http.post("/push-sources", json={"workspace_id": str(ACME)} | body)
        for body in (
            {"name": "x"},
            {"name": "x", "query": "none such"},
            {"name": "x", "topics": {"a": "none such"}},
            {"name": "x", "query": "AI tools", "secret": "whsec_short"},
        )
    ]
    listed = await get(discovery, "push-sources", workspace_id=ACME)
    deleted = await discovery.http.delete(f"/push-sources/{made['id']}")

    assert WebhookSecret.parse(made["secret"])
    assert "secret" not in same
    assert same["updated_at"] == made["updated_at"]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert [answer.json()["error"]["field"] for answer in answers] == [
        "query",
        "query",
        "topics.a",
        "secret",
    ]
    assert [UUID(row["id"]) for row in listed["items"]] == [UUID(made["id"])]
    assert deleted.status_code == 200
    assert (await get(discovery, "push-sources"))["items"] == []


@pytest.mark.parametrize("language", ["python", "bash"])
async def test_the_documented_example_is_accepted(discovery: Replica, language: str) -> None:
    await a_query(discovery)
    source = await a_source(discovery)
    (example,) = re.findall(rf"```{language}\n(.*?)```", SIGNALS.read_text(), re.DOTALL)
    command = [sys.executable, "-c"] if language == "python" else ["bash", "-euc"]
    transport = discovery.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    server = ApiServer(transport.app, host="127.0.0.1", port=0)
    port = await server.start()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            example,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ
            | {
                "SOURCE_URL": f"http://127.0.0.1:{port}{source['path']}",
                "SOURCE_SECRET": SECRET.reveal(),
            },
        )
        said, _ = await process.communicate()
    finally:
        await server.stop()

    assert process.returncode == 0, said
    assert b'{"accepted":1,"repeated":false}' in said
