"""Dead letters over real HTTP and real Kafka: listed, looked at, and put back."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import APIRouter

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.contracts.codec import Decoded, decode
from leadstream.contracts.record import Headers, Record
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.deadletter import DeadLetter, set_aside
from leadstream.observability import Health
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Database
from leadstream.runtime.routers.dead_letters import dead_letters_router
from support.intake import DEAD_LETTERS, SERVICE, TOPIC, a_lead, ensure_topics
from support.kafka import KafkaAdmin

ERROR = "company.name: missing"
JSON = {"content-type": "application/json"}


@pytest.fixture
async def config(kafka: str, kafka_admin: KafkaAdmin) -> KafkaConfig:
    await ensure_topics(kafka_admin, TOPIC, DEAD_LETTERS)
    return KafkaConfig(bootstrap_servers=kafka)


@pytest.fixture
async def api(database: Database, config: KafkaConfig) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(dead_letters_router(database, SERVICE, config)) as client:
        yield client


def serving(router: APIRouter) -> Any:
    tokens = [
        AdminToken(name=name, sha256=_digest(name), role=role, workspace=workspace)
        for name, role, workspace in (
            ("operator", Role.OPERATOR, None),
            ("viewer", Role.VIEWER, None),
            ("acme", Role.OPERATOR, UUID(int=1)),
        )
    ]
    return _Served(create_app(service=SERVICE, health=Health(), tokens=tokens, admin=[router]))


class _Served:
    def __init__(self, app: Any) -> None:
        self._served = served(app)

    async def __aenter__(self) -> httpx.AsyncClient:
        client = await self._served.__aenter__()
        client.base_url = client.base_url.join("/api/admin/")
        client.headers.update(by("operator"))
        return client

    async def __aexit__(self, *exc: Any) -> None:
        await self._served.__aexit__(*exc)


def _digest(name: str) -> str:
    return hashlib.sha256(f"token-of-{name}".encode()).hexdigest()


def by(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-of-{name}"}


class Letters:
    """Records that were set aside as the intake and the relay do it, under a key of the test's own."""

    def __init__(self, database: Database, config: KafkaConfig) -> None:
        self.key = uuid4().hex.encode()
        self._database = database
        self._config = config
        self._offset = uuid4().int % 10**12

    async def put(
        self,
        *values: bytes | None,
        reason: str = "schema_violation",
        topic: str = TOPIC,
        hours: float = 0,
        publish: bool = True,
        headers: Headers = (("ce_id", b"\xff7"), ("dlq_reason", b"earlier")),
    ) -> list[str]:
        """Their ids."""
        records = [
            Record(
                topic=topic,
                partition=3,
                offset=self._offset + n,
                timestamp=1_700_000_000_000 + n,
                key=self.key,
                value=value,
                headers=headers,
            )
            for n, value in enumerate(values)
        ]
        self._offset += len(values)
        letters = [DeadLetter(record, reason, ERROR) for record in records]
        async with self._database.transaction() as tx:
            _, events = await set_aside(tx, letters, service=SERVICE)
            await tx.execute(
                "UPDATE dead_letters SET created_at = $1 WHERE record_offset = ANY ($2)",
                datetime.now(UTC) - timedelta(hours=hours),
                [record.offset for record in records],
            )
        if publish:
            await self._publish(events)
        return [f"{r.topic}:{r.partition}:{r.offset}:{r.timestamp}" for r in records]

    async def _publish(self, events: Sequence[OutboxEvent]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._config.bootstrap_servers)
        await producer.start()
        for event in events:
            await producer.send_and_wait(
                event.topic, event.payload, key=event.key, headers=list(event.headers or ())
            )
        await producer.stop()

    async def came_back(self, admin: KafkaAdmin) -> list[Any]:
        return [record for record in await admin.records(TOPIC) if record.key == self.key]

    async def corrections(self, admin: KafkaAdmin, letter_id: str) -> list[Any]:
        """The events that stand for a letter; a corrected copy need not have its key."""
        link = letter_id.encode()
        return [each for each in await admin.records(TOPIC) if link in str(each).encode()]


@pytest.fixture
def letters(database: Database, config: KafkaConfig) -> Letters:
    return Letters(database, config)


async def listed(api: httpx.AsyncClient, **filters: Any) -> list[str]:
    answer = await api.get("dead-letters", params=filters)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_they_are_listed_newest_first_by_every_filter(
    api: httpx.AsyncClient, letters: Letters
) -> None:
    [old] = await letters.put(b"x", hours=3, publish=False)
    [broken] = await letters.put(b"x", reason="malformed_json", hours=2, publish=False)
    [other] = await letters.put(b"x", topic="scheduler.tick", hours=1, publish=False)

    assert await listed(api) == [other, broken, old]
    assert await listed(api, topic=TOPIC) == [broken, old]
    assert await listed(api, reason="schema_violation") == [other, old]
    since = (datetime.now(UTC) - timedelta(hours=2.5)).isoformat()
    assert await listed(api, since=since) == [other, broken]
    assert await listed(api, topic="unheard.of") == []


async def test_pages_show_every_one_once(api: httpx.AsyncClient, letters: Letters) -> None:
    there = await letters.put(*[b"x"] * 5, publish=False)

    seen: list[str] = []
    params = {"limit": "2"}
    while True:
        page = (await api.get("dead-letters", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params = {"limit": "2", "cursor": page["next"]}

    assert sorted(seen) == sorted(there)


@pytest.mark.parametrize("value", [b'{"a": "\xff"}', b"", None, b"x" * 70_000])
async def test_one_is_shown_as_kafka_keeps_it(
    api: httpx.AsyncClient, letters: Letters, value: bytes | None
) -> None:
    _, letter_id, _ = await letters.put(b"before", value, b"after")

    letter = (await api.get(f"dead-letters/{letter_id}")).json()

    assert (letter["id"], letter["topic"], letter["letters"]) == (letter_id, TOPIC, DEAD_LETTERS)
    assert (letter["reason"], letter["error"]) == ("schema_violation", ERROR)
    assert bytes.fromhex(letter["key"]["hex"]) == letters.key
    if value is None:
        assert letter["value"] is None
    else:
        shown = letter["value"]
        assert (shown["size"], shown["more"]) == (len(value), len(value) > 65_536)
        assert bytes.fromhex(shown["hex"]) == value[:65_536]
        assert shown["text"] == value[:65_536].decode(errors="backslashreplace")
    headers = {each["name"]: each["value"]["text"] for each in letter["headers"]}
    assert (headers["ce_id"], headers["dlq_error"]) == ("\\xff7", ERROR)


async def test_what_is_not_there_is_404(api: httpx.AsyncClient, letters: Letters) -> None:
    [unpublished] = await letters.put(b"x", publish=False)

    for letter_id in (f"{TOPIC}:0:1:2", unpublished):
        assert (await api.get(f"dead-letters/{letter_id}")).status_code == 404
    answer = await api.post("dead-letters/replay", json={"ids": [f"{TOPIC}:0:1:2"]})
    assert answer.status_code == 404


async def test_those_that_are_named_are_put_back_and_a_dry_run_only_tells(
    api: httpx.AsyncClient, letters: Letters, kafka_admin: KafkaAdmin, database: Database
) -> None:
    first, _, third = await letters.put(b"1", b"2", b"3")
    [unpublished] = await letters.put(b"x", publish=False)
    body = {"ids": [first, third, unpublished], "reason": "they mended it"}

    dry = await api.post("dead-letters/replay", json=body | {"dry_run": True})
    before = await letters.came_back(kafka_admin)
    real = await api.post("dead-letters/replay", json=body)

    counts = {"total": 2, "missing": 1, "more": False, "event_id": None}
    assert (dry.status_code, dry.json()) == (202, {"dry_run": True} | counts)
    assert before == []
    assert real.json() == {"dry_run": False} | counts
    came = await letters.came_back(kafka_admin)
    assert [record.value for record in came] == [b"1", b"3"]
    assert [record.headers for record in came] == [(("ce_id", b"\xff7"),)] * 2
    [entry] = await database.pool.fetch("SELECT action, reason, actor, after FROM audit_log")
    assert (entry["action"], entry["reason"]) == ("dead-letters.replayed", "they mended it")
    assert set(entry["after"]["ids"]) == {first, third, unpublished}


async def test_those_that_a_filter_finds_are_put_back(
    api: httpx.AsyncClient,
    letters: Letters,
    kafka_admin: KafkaAdmin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await letters.put(b"broken", reason="malformed_json")
    await letters.put(b"1", hours=1)
    await letters.put(b"2", b"3")
    monkeypatch.setattr("leadstream.runtime.letters.MOST", 2)
    body = {"filter": {"topic": TOPIC, "reason": "schema_violation"}}

    answer = await api.post("dead-letters/replay", json=body)

    counts = {"total": 2, "missing": 0, "more": True, "event_id": None}
    assert answer.json() == {"dry_run": False} | counts
    assert [each.value for each in await letters.came_back(kafka_admin)] == [b"2", b"3"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": ["a:1:1:1"], "filter": {}},
        {"filter": {"reason": "x"}},
        {"filter": {}, "corrected": {"value": "{}"}},
        {"ids": ["a:1:1:1", "a:1:1:2"], "corrected": {"value": "{}"}},
        {"ids": ["a:1:1:1"], "corrected": {"value": ""}},
        {"ids": ["a:1:1:1"], "corrected": {"value": "{}", "key": "\ud800"}},
    ],
)
async def test_a_replay_that_makes_no_sense_is_422(
    api: httpx.AsyncClient, body: dict[str, Any], database: Database
) -> None:
    # httpx refuses to send half a surrogate pair; others escape it.
    sent = json.dumps(body)

    answer = await api.post("dead-letters/replay", content=sent, headers=JSON)

    assert answer.status_code == 422
    assert await database.pool.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_what_was_put_back_waits_no_more_and_all_that_wait_goes_on_with_the_rest(
    api: httpx.AsyncClient,
    letters: Letters,
    kafka_admin: KafkaAdmin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = await letters.put(b"1", b"2", b"3")
    monkeypatch.setattr("leadstream.runtime.letters.MOST", 2)
    body = {"filter": {"topic": TOPIC, "replayed": False}}

    answers = [(await api.post("dead-letters/replay", json=body)).json() for _ in range(3)]

    assert [(each["total"], each["more"]) for each in answers] == [
        (2, True),
        (1, False),
        (0, False),
    ]
    came = [record.value for record in await letters.came_back(kafka_admin)]
    assert sorted(came) == [b"1", b"2", b"3"]
    assert await listed(api, replayed=False) == []
    assert sorted(await listed(api, replayed=True)) == sorted(there)
    rows = (await api.get("dead-letters")).json()["items"]
    assert all(row["replayed_at"] for row in rows)


async def test_what_waits_is_counted_by_topic_and_reason(
    api: httpx.AsyncClient, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    await letters.put(b"x", b"x", hours=3, publish=False)
    await letters.put(b"x", reason="malformed_json", hours=1, publish=False)
    await letters.put(b"x", topic="scheduler.tick", publish=False)
    [back] = await letters.put(b"back")
    await api.post("dead-letters/replay", json={"ids": [back]})

    async def counted(**params: Any) -> tuple[list[tuple[str, str, int]], bool]:
        answer = (await api.get("dead-letters/summary", params=params)).json()
        counts = [(each["topic"], each["reason"], each["count"]) for each in answer["items"]]
        return counts, answer["more"]

    assert await counted() == (
        [
            (TOPIC, "schema_violation", 2),
            (TOPIC, "malformed_json", 1),
            ("scheduler.tick", "schema_violation", 1),
        ],
        False,
    )
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    assert [count for *_, count in (await counted(since=since))[0]] == [1, 1]
    monkeypatch.setattr("leadstream.runtime.routers.dead_letters.MOST_COUNTED", 3)
    assert (await counted())[1] is True


async def test_a_corrected_copy_is_a_new_event_that_says_what_it_stands_for(
    api: httpx.AsyncClient, letters: Letters, kafka_admin: KafkaAdmin, database: Database
) -> None:
    lead = uuid4()
    headers = (
        ("ce_id", b"old"),
        ("ce_type", b"lead.discovered.v99"),
        ("ce_source", b"/crm"),
        ("dlq_reason", b"earlier"),
        ("mine", None),
    )
    [letter] = await letters.put(b'{"name": "broken', headers=headers)
    value = a_lead("Acme, put right", lead=lead).decode()
    body = {"ids": [letter], "corrected": {"value": value}, "reason": "a quote was missing"}

    dry = await api.post("dead-letters/replay", json=body | {"dry_run": True})
    before = await letters.corrections(kafka_admin, letter)
    answers = [(await api.post("dead-letters/replay", json=body)).json() for _ in range(2)]

    event_id = answers[0]["event_id"]
    counts = {"total": 1, "missing": 0, "more": False, "event_id": event_id}
    assert (dry.status_code, dry.json()) == (202, {"dry_run": True} | counts)
    assert before == []
    assert answers == [{"dry_run": False} | counts] * 2
    came = await letters.corrections(kafka_admin, letter)
    assert len(came) == 2
    for record in came:
        assert record.value == value.encode()
        assert record.key == str(lead).encode()
        expected = (
            ("ce_source", b"/crm"),
            ("mine", None),
            ("ce_id", event_id.encode()),
            ("ce_corrects", letter.encode()),
        )
        assert tuple(record.headers) == expected
        event = decode(record)
        assert isinstance(event, Decoded)
        # Sent twice it is one event still.
        assert event.id == event_id
    entries = await database.pool.fetch("SELECT action, target, reason, after FROM audit_log")
    assert [tuple(entry)[:3] for entry in entries] == [
        ("dead_letter.corrected", f"dead-letter:{letter}", "a quote was missing")
    ] * 2
    assert entries[0]["after"] == {"event_id": event_id, "bytes": len(value)}
    assert await listed(api, replayed=True) == [letter]


async def test_a_corrected_copy_of_a_structured_event_is_named_inside(
    api: httpx.AsyncClient, letters: Letters, kafka_admin: KafkaAdmin
) -> None:
    headers = (("content-type", b"application/cloudevents+json"),)
    [letter] = await letters.put(b"{", headers=headers)
    envelope = {"specversion": "1.0", "type": "lead.discovered.v1", "id": "old", "data": {}}
    body = {**envelope, "data": orjson.loads(a_lead())}
    sent = {"value": orjson.dumps(body).decode(), "key": letters.key.decode()}

    answer = await api.post("dead-letters/replay", json={"ids": [letter], "corrected": sent})

    [record] = await letters.came_back(kafka_admin)
    assert orjson.loads(record.value) == body | {
        "id": answer.json()["event_id"],
        "corrects": letter,
    }
    assert tuple(record.headers) == headers


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        ('{"lead_id": 7}', "corrected.value.lead_id", "lead_id: expected a UUID"),
        ("{", "corrected.value", "at character"),
        ("[]", "corrected.value", "value: expected an object"),
        ('{"a": "\\u0000"}', "corrected.value", "text with \\u0000"),
    ],
)
async def test_a_corrected_copy_that_no_consumer_could_use_is_refused_with_its_path(  # noqa: PLR0913 - the table's columns
    api: httpx.AsyncClient,
    letters: Letters,
    kafka_admin: KafkaAdmin,
    database: Database,
    value: str,
    field: str,
    message: str,
) -> None:
    [letter] = await letters.put(b"x")

    for dry_run in (True, False):
        body = {"ids": [letter], "corrected": {"value": value}, "dry_run": dry_run}
        answer = await api.post("dead-letters/replay", json=body)

        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == field
        assert message in answer.json()["error"]["message"]

    assert await letters.corrections(kafka_admin, letter) == []
    assert await database.pool.fetchval("SELECT count(*) FROM audit_log") == 0
    assert await listed(api, replayed=True) == []


async def test_showing_one_says_who_looked_and_why(
    api: httpx.AsyncClient, letters: Letters, database: Database
) -> None:
    [letter] = await letters.put(b"jane@acme.com")

    silent = await api.post(f"dead-letters/{letter}/show")
    shown = await api.post(f"dead-letters/{letter}/show", json={"reason": "acme asked"})
    missing = await api.post(f"dead-letters/{TOPIC}:0:1:2/show", json={"reason": "x"})

    assert (silent.status_code, silent.json()["error"]["field"]) == (422, "reason")
    assert shown.json()["value"]["text"] == "jane@acme.com"
    assert missing.status_code == 404
    [entry] = await database.pool.fetch("SELECT action, target, reason, actor FROM audit_log")
    assert tuple(entry)[:3] == ("dead_letter.shown", f"dead-letter:{letter}", "acme asked")
    assert entry["actor"] == "operator"


async def test_who_may_do_what(api: httpx.AsyncClient, letters: Letters) -> None:
    [letter] = await letters.put(b"x")
    calls: list[tuple[str, str, Any, int]] = [
        ("GET", "dead-letters", None, 200),
        ("GET", f"dead-letters/{letter}", None, 200),
        ("GET", "dead-letters/summary", None, 200),
        ("POST", f"dead-letters/{letter}/show", {"reason": "x"}, 403),
        ("POST", "dead-letters/replay", {"filter": {}}, 403),
        ("POST", "dead-letters/replay", {"ids": [letter], "corrected": {"value": "{}"}}, 403),
    ]

    for method, path, body, viewers in calls:
        for who, expected in (("nobody", 401), ("viewer", viewers), ("acme", 403)):
            answer = await api.request(method, path, json=body, headers=by(who))
            assert (answer.status_code, path, who) == (expected, path, who)


async def test_while_kafka_is_away_it_is_503(database: Database, letters: Letters) -> None:
    [letter] = await letters.put(b"x", publish=False)
    away = dead_letters_router(database, SERVICE, KafkaConfig(bootstrap_servers="127.0.0.1:1"))

    async with serving(away) as client:
        answers = [
            await client.get(f"dead-letters/{letter}"),
            await client.post("dead-letters/replay", json={"ids": [letter]}),
            await client.post(f"dead-letters/{letter}/show", json={"reason": "x"}),
            await client.post(
                "dead-letters/replay", json={"ids": [letter], "corrected": {"value": "{}"}}
            ),
        ]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert await database.pool.fetchval("SELECT count(*) FROM audit_log") == 0
