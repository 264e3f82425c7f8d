"""Finding leads: by what a company is called, by how far it came, by why it went no further."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from integration.discovery.builders import (
    ACME,
    MORNING,
    OTHER,
    a_lead_id,
    delivered,
    enriched,
    failed,
    get,
    uploaded,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from integration.discovery.test_api import TOKENS, call


async def a_lead(
    replica: Replica, name: str = "Acme", *, domain: str | None = None, **more: Any
) -> UUID:
    lead_id = a_lead_id()
    await replica.database.pool.execute(
        "INSERT INTO leads (id, workspace_id, domain, company_data) VALUES ($1, $2, $3, $4)",
        lead_id,
        more.get("workspace", ACME),
        domain,
        {"name": name},
    )
    return lead_id


async def found(replica: Replica, **params: Any) -> set[UUID]:
    return {UUID(lead["id"]) for lead in (await get(replica, "leads", **params))["items"]}


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Acme Corp", "acme"),
        ("Acme Corp", "ACME  c"),
        ("The Acme Corp", "acme"),
        ("The Acme Corp", "the acme"),
        ("the", "the"),
        ("Société Générale", "societe gen"),
        ("Societe Generale", "Société"),
        ("Ørsted A/S", "orsted a"),
        ("Łódź Works", "lodz"),
        ("Müller & Söhne", "muller sohne"),
        ("AT&T", "at t"),
        ("100% Pure_Juice", "100% pure_"),
        (r"Back\slash", r"back\s"),
        ("'; DROP TABLE leads; --", "'; drop"),
        ("=cmd|' /C calc'!A0", "=cmd"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("ﬁne print", "fine"),
        ("株式会社", "株式"),
        ("Имя", "Имя"),
        ("x" * 250, "x" * 240),
    ],
)
async def test_a_name_is_found_by_how_it_begins(discovery: Replica, name: str, q: str) -> None:
    lead = await a_lead(discovery, name)
    await a_lead(discovery, "Something else")

    assert await found(discovery, q=q) == {lead}


@pytest.mark.parametrize("q", ["%", "_", "\\", "%cme", "a_me", "???", "corp", "acme corq", "*"])
async def test_what_is_a_pattern_elsewhere_is_text_here(discovery: Replica, q: str) -> None:
    await a_lead(discovery, "Acme Corp", domain="acme.com")

    assert await found(discovery, q=q) == set()


async def test_a_domain_and_an_id_are_found_too(discovery: Replica) -> None:
    by_domain = await a_lead(discovery, "Somebody", domain="acme-2.example.com")
    by_name = await a_lead(discovery, "Acme-2 Ltd")
    other = await a_lead(discovery, "Else", domain="example.com")

    assert await found(discovery, q="acme-2") == {by_domain, by_name}
    assert await found(discovery, q="Acme-2.EXAMPLE") == {by_domain}
    assert await found(discovery, q=str(other).upper()) == {other}
    assert await found(discovery, q=f" {other} ") == {other}
    assert await found(discovery, q="  ") == {by_domain, by_name, other}


async def test_a_search_has_a_length_and_no_nul(discovery: Replica) -> None:
    for params in ({"q": "x" * 256}, {"reason": "x" * 111}, {"stage": "sleeping"}):
        answer = await discovery.http.get("/leads", params=params)
        assert answer.status_code == 422, params
        assert answer.json()["error"]["field"] == next(iter(params))
    for params in ({"q": "a\0b"}, {"reason": "a\0b"}):
        assert (await discovery.http.get("/leads", params=params)).status_code == 422, params


SKIPPED = {"status": "skipped", "enriched_at": "2026-01-22T03:00:00Z", "reason": "missing_domain"}


Told = tuple[str, Callable[..., dict[str, Any]], dict[str, Any]]
FATES: list[tuple[list[Told], str, str | None]] = [
    ([], "discovered", "none"),
    ([("lead.enriched", enriched, {})], "enriched", "none"),
    ([("lead.enriched", enriched, {"enrichment": SKIPPED})], "skipped", "missing_domain"),
    ([("lead.failed", failed, {})], "failed", "enrichment:provider_error"),
    (
        [("lead.enriched", enriched, {}), ("lead.delivered", delivered, {})],
        "delivered",
        "none",
    ),
    (
        [("lead.enriched", enriched, {}), ("lead.delivered", delivered, {"status": "partial"})],
        "delivered",
        "delivery:partial",
    ),
    ([("lead.delivered", delivered, {"status": "failed"})], "failed", "delivery:failed"),
    ([("lead.delivered", delivered, {"status": "no_channel"})], "no_channel", "no_channel"),
    (
        [
            ("lead.enriched", enriched, {"enrichment": SKIPPED}),
            ("lead.delivered", delivered, {}),
        ],
        "delivered",
        "missing_domain",
    ),
    (
        [
            ("lead.delivered", delivered, {}),
            ("lead.failed", failed, {"stage": "platform-upload"}),
        ],
        "delivered",
        "platform-upload:provider_error",
    ),
    ([("lead.delivered", delivered, {}), ("lead.uploaded", uploaded, {})], "uploaded", "none"),
    ([("lead.uploaded", uploaded, {}), ("lead.failed", failed, {})], "uploaded", None),
]


@pytest.mark.parametrize(("events", "stage", "reason"), FATES)
async def test_a_lead_is_listed_by_its_stage_and_its_reason(
    discovery: Replica, events: list[Told], stage: str, reason: str | None
) -> None:
    lead = await a_lead(discovery)
    for topic, event, more in events:
        told = event(lead, **{k: v for k, v in more.items() if k != "enrichment"}) | {
            k: v for k, v in more.items() if k == "enrichment"
        }
        await discovery.take_in(topic, told)

    shown = await get(discovery, f"leads/{lead}")
    assert (shown["stage"], shown["reason"]) == (stage, reason or "enrichment:provider_error")
    for each in (
        "discovered",
        "enriched",
        "skipped",
        "no_channel",
        "failed",
        "delivered",
        "uploaded",
    ):
        assert await found(discovery, stage=each) == ({lead} if each == stage else set()), each
    assert await found(discovery, reason=shown["reason"], stage=stage) == {lead}
    assert await found(discovery, reason="something") == set()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("the provider refused ada@acme.com", "other"),
        ("delivery: ada@acme.com: bounced", "other"),
        ("delivery: email: ada@acme.com bounced", "delivery:email"),
        ("delivery: email", "delivery:email"),
        ("enrichment: PermanentError: no", "enrichment:PermanentError"),
        ("enrichment: Two words: no", "other"),
        ("", "other"),
        ("a: b\nc", "other"),
        ("enrichment: " + "x" * 400, "other"),
    ],
)
async def test_a_reason_has_no_message_in_it(discovery: Replica, error: str, reason: str) -> None:
    lead = await a_lead(discovery)
    await discovery.database.pool.execute("UPDATE leads SET last_error = $1", error)

    assert (await get(discovery, f"leads/{lead}"))["reason"] == reason
    assert await found(discovery, reason=reason) == {lead}


async def test_filters_narrow_together_and_page_on(discovery: Replica) -> None:
    leads = [await a_lead(discovery, f"Acme {n}", domain=f"acme{n}.com") for n in range(7)]
    await a_lead(discovery, "Acme theirs", workspace=OTHER)
    for lead in leads[:5]:
        await discovery.take_in("lead.failed", failed(lead))
    asked = {
        "q": "acme",
        "stage": "failed",
        "reason": "enrichment:provider_error",
        "workspace_id": ACME,
        "since": (MORNING - timedelta(days=9)).isoformat(),
        "limit": 2,
    }

    seen: list[UUID] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(discovery, "leads", **asked, **cursor)
        seen += [UUID(lead["id"]) for lead in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert len(seen) == 5
    assert set(seen) == set(leads[:5])


async def test_a6_a_search_of_a_workspace_finds_its_own_only(make_replica: MakeReplica) -> None:
    guarded = await make_replica(admin_tokens=TOKENS)
    theirs = await a_lead(guarded, "Acme", domain="acme.com", workspace=OTHER)

    for q in ("acme", "acme.com", str(theirs)):
        page = (await call(guarded, "acme", "GET", f"leads?q={q}")).json()
        assert page["items"] == [], q
        page = (await call(guarded, "other", "GET", f"leads?q={q}")).json()
        assert [lead["id"] for lead in page["items"]] == [str(theirs)], q
    assert (await call(guarded, "acme", "GET", f"leads?workspace_id={OTHER}")).status_code == 404
