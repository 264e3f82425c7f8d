"""Dead letters over real HTTP and real Kafka: listed, looked at, and put back."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import APIRouter

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.contracts.record import Record
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.deadletter import DeadLetter, set_aside
from leadstream.observability import Health
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Database
from leadstream.runtime.routers.dead_letters import dead_letters_router
from support.intake import DEAD_LETTERS, SERVICE, TOPIC, ensure_topics
from support.kafka import KafkaAdmin

ERROR = "company.name: missing"


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
                headers=(("ce_id", b"\xff7"), ("dlq_reason", b"earlier")),
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

    counts = {"total": 2, "missing": 1, "more": False}
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
    monkeypatch.setattr("leadstream.runtime.routers.dead_letters.MOST", 2)
    body = {"filter": {"topic": TOPIC, "reason": "schema_violation"}}

    answer = await api.post("dead-letters/replay", json=body)

    assert answer.json() == {"dry_run": False, "total": 2, "missing": 0, "more": True}
    assert [each.value for each in await letters.came_back(kafka_admin)] == [b"2", b"3"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": ["a:1:1:1"], "filter": {}},
        {"filter": {"reason": "x"}},
    ],
)
async def test_a_replay_that_makes_no_sense_is_422(
    api: httpx.AsyncClient, body: dict[str, Any], database: Database
) -> None:
    assert (await api.post("dead-letters/replay", json=body)).status_code == 422
    assert await database.pool.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_who_may_do_what(api: httpx.AsyncClient, letters: Letters) -> None:
    [letter] = await letters.put(b"x")
    calls: list[tuple[str, str, Any, int]] = [
        ("GET", "dead-letters", None, 200),
        ("GET", f"dead-letters/{letter}", None, 200),
        ("POST", "dead-letters/replay", {"filter": {}}, 403),
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
        ]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert await database.pool.fetchval("SELECT count(*) FROM audit_log") == 0
