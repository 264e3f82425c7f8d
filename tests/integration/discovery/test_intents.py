"""What several queries see of one company, from the answers to the rows and events; and what a lead was found for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from discovery.bootstrap import SERVICE
from integration.discovery.builders import (
    MORNING,
    a_company,
    a_lead_id,
    a_query,
    companies,
    enriched,
    get,
    run,
)
from integration.discovery.replicas import Replica
from leadstream.ids import derived_id
from leadstream.postgres import migrate
from leadstream.postgres.migrations import load_migrations
from leadstream_dev.sandbox import Sandbox
from support.postgres import Databases

NIGHTS = [MORNING + timedelta(days=number) for number in range(5)]
SUNDAY = datetime(2026, 1, 25, 3, 0, tzinfo=UTC)


async def night(
    replica: Replica, sandbox: Sandbox, number: int, **seen: list[dict[str, Any]]
) -> None:
    """One night in which each query, by its name and topic, sees these companies."""
    for topic, found in seen.items():
        await sandbox.control.catalogue(topic, found)
    await run(replica, at=NIGHTS[number])


async def the_lead(replica: Replica) -> dict[str, Any]:
    (lead,) = await replica.rows("leads")
    return lead


async def test_b50_what_a_query_sees_takes_nothing_from_what_another_saw(
    discovery: Replica, sandbox: Sandbox
) -> None:
    a, b = await a_query(discovery, "a", topic="A"), await a_query(discovery, "b", topic="B")
    await night(discovery, sandbox, 0, A=[a_company(high=3)], B=[])

    await night(discovery, sandbox, 1, A=[a_company(high=3)], B=[a_company(high=0)])

    lead = await the_lead(discovery)
    assert (lead["intent_data"]["score"], lead["revision"]) == ("hot", 1)
    assert len(lead["intent_data"]["signals"]) == 3
    assert len(await discovery.events("lead.discovered")) == 1
    story = await get(discovery, f"leads/{lead['id']}")
    assert {each["query_id"]: len(each["signals"]) for each in story["intents"]} == {
        str(a): 3,
        str(b): 0,
    }
    assert {(each["query_name"], each["topic_name"]) for each in story["intents"]} == {
        ("a", "A"),
        ("b", "B"),
    }


async def test_b50_what_two_queries_see_counts_together_and_a_rise_is_told_once(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, "a", topic="A")
    await a_query(discovery, "b", topic="B")
    first, second, third = a_company(high=3)["intent_signals"]
    one, rest = a_company(intent_signals=[first]), a_company(intent_signals=[second, third])
    await night(discovery, sandbox, 0, A=[one], B=[])

    await night(discovery, sandbox, 1, A=[one], B=[rest])
    await night(discovery, sandbox, 2, A=[one], B=[rest])
    risen = await the_lead(discovery)
    await night(discovery, sandbox, 3, A=[a_company()], B=[a_company()])

    assert (risen["intent_data"]["score"], risen["revision"]) == ("hot", 2)
    events = await discovery.events("lead.discovered")
    assert [(each["revision"], each["intent"]["score"]) for each in events] == [
        (1, "warm"),
        (2, "hot"),
    ]
    assert len(events[1]["intent"]["signals"]) == 3
    fallen = await the_lead(discovery)
    assert (fallen["intent_data"]["score"], fallen["revision"]) == ("cold", 2)


async def test_b50_what_a_paused_query_saw_still_counts(
    discovery: Replica, sandbox: Sandbox
) -> None:
    paused = await a_query(discovery, "a", topic="A")
    await a_query(discovery, "b", topic="B")
    await night(discovery, sandbox, 0, A=[a_company(high=3)], B=[])
    await discovery.http.post(f"/queries/{paused}/pause")

    await night(discovery, sandbox, 1, A=[], B=[a_company()])

    assert (await the_lead(discovery))["intent_data"]["score"] == "hot"


async def test_b50_what_a_lead_made_elsewhere_was_told_with_counts_beside_what_a_query_sees(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, "a", topic="A")
    lead_id = a_lead_id()
    first, second, third = a_company(high=3)["intent_signals"]
    told = {"score": "hot", "signals": [first, second, third]}
    await discovery.take_in("lead.enriched", enriched(lead_id) | {"intent": told})

    await night(discovery, sandbox, 0, A=[a_company()])

    assert (await the_lead(discovery))["intent_data"]["score"] == "hot"
    rows = await discovery.rows("lead_intents", "query_id")
    assert [len(row["signals"]) for row in rows] == [3, 0]


async def test_b51_the_days_leads_are_the_best_of_what_came(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, topic="A")
    cold = companies(50)
    warm = [a_company(f"warm-{n}.com", high=1) for n in range(5)]
    hot = [a_company(f"hot-{n}.com", high=3) for n in range(10)]
    answer = {"body": {"results": [*cold, *warm, *hot]}}
    await sandbox.control.script("datashopper", "search", answer)

    await run(discovery, at=MORNING)

    created = [lead["domain"] for lead in await discovery.rows("leads")]
    assert sorted(created) == sorted(each["domain"] for each in [*hot, *warm, *cold[:35]])
    (ran,) = await discovery.rows("query_runs")
    assert (ran["found"], ran["created"], ran["rejected"]) == (65, 50, 15)


async def test_b51_a_re_run_of_the_day_gives_what_is_left_to_the_best(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, topic="A")
    again = [*companies(10, first=40), a_company("hot.com", high=3), *companies(9, first=50)]
    for found in (companies(45), again):
        await sandbox.control.script("datashopper", "search", {"body": {"results": found}})

    await run(discovery, at=MORNING)
    await run(discovery, at=MORNING + timedelta(hours=1))

    leads = {lead["domain"] for lead in await discovery.rows("leads")}
    assert len(leads) == 50
    assert leads == {
        each["domain"] for each in [*companies(45), again[10], *companies(4, first=45)]
    }


async def test_a_company_that_is_found_by_its_domain_later_is_the_lead_of_its_name(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, topic="A")
    await night(discovery, sandbox, 0, A=[a_company(None, name="Acme, Inc.")])

    await night(discovery, sandbox, 1, A=[a_company("acme.com", name="ACME Inc")])
    located = await the_lead(discovery)
    await night(discovery, sandbox, 2, A=[a_company(None, name="Acme Inc", website="acme.com")])

    assert (located["domain"], located["company_data"]["domain"]) == ("acme.com", "acme.com")
    assert (await the_lead(discovery))["id"] == located["id"]
    keys = [row["key"] for row in await discovery.rows("lead_keys", "key")]
    assert keys == ["domain:acme.com", "name:acme"]


async def test_a_lead_keeps_its_topic_when_its_query_gets_another(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(discovery, topic="A")
    await night(discovery, sandbox, 0, A=[a_company(), a_company("other.com")])
    await _found_on(discovery, datetime(2026, 1, 20, tzinfo=UTC))
    await run(discovery, schedule="weekly-trends", at=SUNDAY)
    before = await discovery.rows("trends", "topic_id")

    change = await discovery.http.patch(f"/queries/{query_id}", json={"topic": {"name": "B"}})
    await night(discovery, sandbox, 1, B=[a_company(high=3), a_company("new.com")])
    await _found_on(discovery, datetime(2026, 1, 20, tzinfo=UTC), "other.com", "acme.com")
    await run(discovery, schedule="weekly-trends", at=SUNDAY + timedelta(minutes=1))

    assert change.status_code == 200
    after = await discovery.rows("trends", "topic_id")
    assert [each for each in after if each["volume"]] == [each for each in before if each["volume"]]
    assert [(each["topic_id"], each["volume"]) for each in after if each["volume"]] == [
        (derived_id("topic", "A"), 2)
    ]
    risen = [each for each in await discovery.events("lead.discovered") if each["revision"] == 2]
    assert [each["topic"]["name"] for each in risen] == ["A"]


async def _found_on(replica: Replica, moment: datetime, *domains: str) -> None:
    await replica.database.pool.execute(
        "UPDATE leads SET created_at = $1 WHERE $2::text[] = '{}' OR domain = ANY ($2)",
        moment,
        list(domains),
    )


async def test_leads_of_before_have_the_intent_and_topic_that_they_had(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await databases.create()
    everything = load_migrations("discovery")
    (change,) = [each for each in everything if each.name.endswith("_lead_intents.sql")]
    earlier = [each for each in everything if each.version < change.version]
    known = {"discovery": earlier, "leadstream.postgres": load_migrations("leadstream.postgres")}
    with monkeypatch.context() as patch:
        patch.setattr("leadstream.postgres.migrations.load_migrations", known.__getitem__)
        await migrate(url, schema="discovery", packages=SERVICE.packages)
    await _a_lead_of_before(url)

    await migrate(url, schema="discovery", packages=SERVICE.packages)

    (row,) = await _rows(url, "SELECT * FROM discovery.lead_intents")
    assert (row["query_id"], row["topic_id"]) == (UUID(int=2), UUID(int=3))
    assert row["source"] == "datashopper"
    assert '"signal_type": "Research"' in row["signals"]
    await databases.drop(url)


async def _a_lead_of_before(url: str) -> None:
    await _rows(
        url,
        """
        WITH space AS (INSERT INTO discovery.workspaces (id, slug, name) VALUES ($1, 'acme', 'Acme')),
             topic AS (INSERT INTO discovery.topics (id, name) VALUES ($3, 'A')),
             query AS (INSERT INTO discovery.queries (id, workspace_id, topic_id, name) VALUES ($2, $1, $3, 'a'))
        INSERT INTO discovery.leads (id, workspace_id, query_id, intent_data)
        VALUES ($4, $1, $2, '{"score": "warm", "signals": [{"signal_type": "Research", "signal_strength": "high"}]}'),
               ($5, $1, NULL, '{"score": "cold", "signals": []}')
        """,
        *(UUID(int=number) for number in range(1, 6)),
    )


async def _rows(url: str, sql: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()
