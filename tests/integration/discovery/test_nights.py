"""Ticks with their runs, and the funnel: every number is the sum of its parts, and of what lists it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest

from integration.discovery.builders import (
    ACME,
    MORNING,
    OTHER,
    TOPIC,
    a_company,
    a_lead_id,
    a_query,
    a_tick,
    companies,
    delivered,
    enriched,
    failed,
    get,
    run,
    uploaded,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from integration.discovery.test_api import TOKENS, call
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry

TOMORROW = MORNING + timedelta(days=1)
TICK = a_tick()["tick_id"]


def figures(name: str, figure: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield name, figure
    for part, its in figure["parts"].items():
        yield from figures(f"{name}.{part}", its)


def all_figures(night: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for step, figure in night["funnel"].items():
        yield from figures(step, figure)


def counts(figure: dict[str, Any]) -> dict[str, int]:
    return {name: part["count"] for name, part in figure["parts"].items()}


def told(lead_id: UUID, *ends: tuple[str, str], revision: int = 1) -> dict[str, Any]:
    """A lead.delivered that says how each destination ended."""
    channels = [
        {"channel": channel, "destination_id": str(a_lead_id()), "status": status}
        for channel, status in ends
    ]
    return delivered(lead_id, revision=revision) | {"channels": channels}


async def listed(replica: Replica, filters: str) -> int:
    """How many leads a filter lists, page by page."""
    url, seen = urlsplit(filters), 0
    assert url.path == "leads"
    params = dict(parse_qsl(url.query, strict_parsing=True)) | {"limit": "500"}
    while True:
        page = await get(replica, "leads", **params)
        seen += len(page["items"])
        if page["next"] is None:
            return seen
        params["cursor"] = page["next"]


async def answered_to(sandbox: Sandbox, searches: Sequence[Entry]) -> int:
    """How many companies were in the answers: the ledger has what was asked, and the same answer is given again."""
    env = sandbox.env()
    headers = {"authorization": f"Bearer {env['DATASHOPPER_API_KEY']}"}
    async with httpx.AsyncClient(base_url=env["DATASHOPPER_API_URL"], headers=headers) as client:
        answers = [await client.get(f"/companies/search?{search['query']}") for search in searches]
    return sum(len(answer.raise_for_status().json()["results"]) for answer in answers)


async def must_close(replica: Replica, night: dict[str, Any]) -> None:
    for name, figure in all_figures(night):
        if figure["parts"]:
            assert figure["count"] == sum(counts(figure).values()), name
        if figure["leads"]:
            assert figure["count"] == await listed(replica, figure["leads"]), name


async def a_full_night(replica: Replica, sandbox: Sandbox) -> list[UUID]:
    """Two queries of one workspace and one of another; of the leads, one of each fate."""
    await a_query(replica)
    await a_query(replica, "clouds", topic="Cloud")
    await a_query(replica, "theirs", workspace=OTHER, topic="Rain")
    mixed = [a_company(f"hot{n}.com", high=3) for n in range(4)]
    mixed += [a_company(f"warm{n}.com", high=1) for n in range(3)]
    await sandbox.control.catalogue(TOPIC, [*mixed, *companies(60)], ignore_limit=True)
    again = [a_company("cloud.com"), {"name": ""}, a_company("new.com"), a_company("new.com")]
    await sandbox.control.catalogue("Cloud", again, ignore_limit=True)
    await sandbox.control.catalogue("Rain", companies(2), ignore_limit=True)
    await run(replica)
    rows = await replica.rows("leads", "domain, workspace_id")
    mine = [row["id"] for row in rows if row["workspace_id"] == ACME]
    assert len(mine) > 10
    skipped = enriched(mine[1], status="skipped", domain="b.com")
    skipped["enrichment"]["reason"] = "missing_domain"
    for topic, event in [
        ("lead.enriched", enriched(mine[0], domain="a.com")),
        ("lead.enriched", skipped),
        ("lead.failed", failed(mine[2])),
        ("lead.enriched", enriched(mine[3], domain="c.com")),
        ("lead.delivered", delivered(mine[3])),
        ("lead.uploaded", uploaded(mine[3])),
        ("lead.enriched", enriched(mine[4], domain="d.com")),
        ("lead.delivered", delivered(mine[4], status="no_channel")),
        ("lead.failed", failed(mine[4], stage="platform-upload")),
        ("lead.enriched", enriched(mine[5], domain="e.com")),
        ("lead.delivered", delivered(mine[5], status="partial")),
        ("lead.uploaded", uploaded(mine[5], platform="finance-platform")),
        ("lead.delivered", delivered(mine[6], status="failed")),
        ("lead.delivered", delivered(mine[7], status="no_channel")),
    ]:
        await replica.take_in(topic, event)
    return mine


async def test_a8_the_funnel_closes_and_each_number_lists_what_it_counts(
    discovery: Replica, sandbox: Sandbox
) -> None:
    mine = await a_full_night(discovery, sandbox)

    night = await get(discovery, f"runs/{TICK}")

    await must_close(discovery, night)
    funnel = night["funnel"]
    assert counts(funnel["queries"]) == {"succeeded": 3}
    assert counts(funnel["found"]["parts"]["rejected"]) == {
        "missing_name": 1,
        "over_daily_limit": 17,
    }
    skipped = funnel["enrichment"]["parts"]["skipped"]
    assert counts(skipped) == {"missing_domain": 1}
    assert counts(funnel["enrichment"]["parts"]["failed"]) == {"enrichment:provider_error": 1}
    assert counts(funnel["upload"]["parts"]["uploaded"]) == {
        "finance-platform": 1,
        "tech-platform": 1,
    }
    assert counts(funnel["delivery"]["parts"]["no_channel"]) == {
        "no_channel": 1,
        "platform-upload:provider_error": 1,
    }
    assert {"discovered", "enriched", "skipped", "failed", "no_channel", "uploaded"} == set(
        funnel["stages"]["parts"]
    )
    assert funnel["stages"]["count"] == funnel["found"]["parts"]["created"]["count"]
    assert len(mine) + 2 == funnel["stages"]["count"]
    assert night["span"]["others"] == 0
    ids = sorted(str(row["id"]) for row in await discovery.rows("leads", "id"))
    assert [night["span"]["first"], night["span"]["last"]] == [ids[0], ids[-1]]


async def test_a_night_says_what_each_channel_was_sent_and_what_each_platform_took(
    discovery: Replica,
) -> None:
    await a_query(discovery)
    await run(discovery)
    one, two, *_ = [row["id"] for row in await discovery.rows("leads", "id")]
    for topic, event in [
        ("lead.delivered", told(one, ("email", "delivered"), ("email", "failed"))),
        ("lead.delivered", told(two, ("email", "delivered"), ("slack", "held"))),
        # A later revision goes out again: it is a message more, and no lead more.
        ("lead.delivered", told(one, ("email", "delivered"), revision=2)),
        ("lead.uploaded", uploaded(one)),
        ("lead.uploaded", uploaded(one, revision=2)),
        ("lead.uploaded", uploaded(two, platform="finance-platform")),
        ("lead.delivered", delivered(a_lead_id())),
    ]:
        await discovery.take_in(topic, event)

    night = await get(discovery, f"runs/{TICK}")

    messages = night["funnel"]["messages"]
    assert messages["count"] == 5
    assert counts(messages["parts"]["email"]) == {"delivered": 3, "failed": 1}
    assert counts(messages["parts"]["slack"]) == {"held": 1}
    assert counts(night["funnel"]["accepted"]) == {"finance-platform": 1, "tech-platform": 1}
    await must_close(discovery, night)
    by_mail = await get(discovery, "leads", tick_id=TICK, channel="email")
    assert {lead["id"] for lead in by_mail["items"]} == {str(one), str(two)}
    assert (await get(discovery, "leads", tick_id=TICK, channel="slack"))["items"] == []
    refused = await discovery.http.get("/leads?channel=email")
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "channel")


async def test_a_night_says_that_another_ran_at_the_same_time(discovery: Replica) -> None:
    await a_query(discovery)
    await a_query(discovery, "theirs", workspace=OTHER)
    await run(discovery)
    first, *_, last = sorted(row["id"] for row in await discovery.rows("leads", "id"))
    between = UUID(int=(first.int + last.int) // 2)
    await discovery.take_in("lead.delivered", delivered(between))

    night = await get(discovery, f"runs/{TICK}")

    assert night["span"]["others"] == 1


async def test_a_night_without_leads_has_no_span(discovery: Replica, sandbox: Sandbox) -> None:
    await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, [])
    await run(discovery)

    assert (await get(discovery, f"runs/{TICK}"))["span"] is None


async def test_a8_what_was_found_is_what_the_sandbox_says_it_has_answered(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await a_query(discovery, "clouds", topic="Cloud")
    await run(discovery)
    await run(discovery, at=TOMORROW)

    pages = (await get(discovery, "runs"))["items"]

    searches = sandbox.ledger.entries(provider="datashopper", operation="search")
    assert len(searches) == 4
    assert sum(page["found"] for page in pages) == await answered_to(sandbox, searches) > 0
    for page in pages:
        night = await get(discovery, f"runs/{page['tick_id']}")
        await must_close(discovery, night)
        same = ("runs_total", "runs_by_status", "found", "created", "known", "rejected")
        assert {name: night[name] for name in same} == {name: page[name] for name in same}
        assert night["funnel"]["found"]["count"] == page["found"]
    assert pages[0]["known"] > 0
    assert len(await discovery.rows("leads")) == sum(page["created"] for page in pages)


async def test_what_rose_and_what_was_deleted_since_is_told_apart(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, [a_company("one.com"), a_company("two.com")])
    await run(discovery)
    await sandbox.control.catalogue(TOPIC, [a_company("one.com", high=3), a_company("two.com")])
    await run(discovery, at=TOMORROW)
    await discovery.database.pool.execute("DELETE FROM leads WHERE domain = 'two.com'")

    second, first = [
        await get(discovery, f"runs/{tick['tick_id']}")
        for tick in (await get(discovery, "runs"))["items"]
    ]

    await must_close(discovery, first)
    await must_close(discovery, second)
    assert counts(first["funnel"]["found"]["parts"]["created"]) == {"stored": 1, "removed": 1}
    assert counts(second["funnel"]["found"]["parts"]["known"]) == {"risen": 1, "seen_again": 1}
    assert second["funnel"]["found"]["parts"]["created"]["count"] == 0
    assert first["funnel"]["stages"]["count"] == 1


async def test_a_run_that_failed_is_in_the_night_and_comes_first(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await a_query(discovery, "broken", topic="Broken")
    await sandbox.control.script("datashopper", "search", {"status": 400})

    await run(discovery)

    (tick,) = (await get(discovery, "runs"))["items"]
    assert tick["runs_by_status"] == {"succeeded": 1, "failed": 1}
    assert [each["status"] for each in tick["runs"]] == ["failed", "succeeded"]
    assert {each["query"] for each in tick["runs"]} == {"broken", "AI tools"}
    assert {each["workspace"] for each in tick["runs"]} == {"acme-growth"}
    assert tick["finished_at"] is not None
    await must_close(discovery, await get(discovery, f"runs/{tick['tick_id']}"))


async def test_ticks_are_paged_newest_first_each_once(discovery: Replica) -> None:
    await a_query(discovery)
    await a_query(discovery, "clouds", topic="Cloud")
    nights = [MORNING + timedelta(days=n) for n in range(5)]
    for night in nights:
        await run(discovery, at=night)

    seen: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = await get(discovery, "runs", **params)
        seen += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]

    assert [tick["run_on"] for tick in seen] == [
        night.date().isoformat() for night in reversed(nights)
    ]
    assert {tick["runs_total"] for tick in seen} == {2}
    assert all(len(tick["runs"]) == 2 for tick in seen)


async def test_a6_a_token_of_a_workspace_sees_its_part_of_a_night(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    guarded = await make_replica(admin_tokens=TOKENS)
    guarded.http.headers["authorization"] = "Bearer boss"
    await a_full_night(guarded, sandbox)
    await run(guarded, at=TOMORROW, workspace_id=ACME)
    only_acme = a_tick(at=TOMORROW, workspace_id=ACME)["tick_id"]

    theirs = (await call(guarded, "other", "GET", "runs")).json()["items"]
    night = (await call(guarded, "other", "GET", f"runs/{TICK}")).json()

    assert [tick["tick_id"] for tick in theirs] == [TICK]
    assert theirs[0]["created"] == night["funnel"]["stages"]["count"] == 2
    assert {each["workspace_id"] for each in night["runs"] + theirs[0]["runs"]} == {str(OTHER)}
    for path in (f"runs/{only_acme}", f"runs/{a_lead_id()}", f"runs?workspace_id={ACME}"):
        assert (await call(guarded, "other", "GET", path)).status_code == 404, path
    assert (await call(guarded, "nobody", "GET", "runs")).status_code == 401
    own = await get(guarded, f"runs/{TICK}", workspace_id=str(OTHER))
    assert own["funnel"]["stages"]["count"] == 2
    await must_close(guarded, own)
    mine = (await call(guarded, "acme", "GET", f"leads?tick_id={TICK}&limit=500")).json()["items"]
    assert {lead["workspace_id"] for lead in mine} == {str(ACME)}


@pytest.mark.parametrize("path", ["runs?cursor=bm9uc2Vuc2U", "runs?limit=0", "runs/nonsense"])
async def test_nonsense_is_refused(discovery: Replica, path: str) -> None:
    assert (await discovery.http.get(f"/{path}")).status_code == 422
