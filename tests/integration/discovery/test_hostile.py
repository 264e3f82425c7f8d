"""Case 45: whatever is on the topics, the intake lives, sets it aside whole, and its neighbours are untouched."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.discovery.builders import (
    a_lead_id,
    at,
    delivered,
    enriched,
    failed,
    uploaded,
)
from integration.discovery.replicas import Replica

TOPICS = ("scheduler.tick", "lead.enriched", "lead.delivered", "lead.uploaded", "lead.failed")
GARBAGE = [b"", b"\xff\xfe", b"{", b"null", b"[]", b"{}", b'{"lead_id": "\\u0000"}', b"[" * 5000]


@pytest.mark.parametrize("topic", TOPICS)
async def test_b45_garbage_is_set_aside_and_its_neighbours_are_taken(
    discovery: Replica, topic: str
) -> None:
    lead_id = a_lead_id()

    await discovery.take_in(topic, *GARBAGE)
    await discovery.take_in("lead.delivered", GARBAGE[0], delivered(lead_id), GARBAGE[2])

    assert len(await discovery.rows("dead_letters")) == len(GARBAGE) + 2
    (lead,) = await discovery.rows("leads")
    assert lead["id"] == lead_id
    letters = await discovery.database.pool.fetch(
        "SELECT payload FROM outbox WHERE topic = $1", f"{topic}.discovery.dlq"
    )
    assert {letter["payload"] for letter in letters} >= set(GARBAGE)


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_TIMES = st.sampled_from([at(1), "1900-01-01T00:00:00Z", "2999-12-31T23:59:59.999999+00:00"])
_REVISIONS = st.sampled_from([1, 2, 2**31 - 1])


@st.composite
def _events(draw: Any) -> tuple[str, dict[str, Any]]:
    """Valid events with the oddest content there is."""
    lead_id, revision = a_lead_id(), draw(_REVISIONS)
    text, time = draw(_TEXT), draw(_TIMES)
    company = {"name": text, "domain": draw(_TEXT), "website": draw(_TEXT)}
    told = {
        "lead.enriched": enriched(lead_id, revision=revision, company=company)
        | {"discovered_at": time},
        "lead.delivered": delivered(lead_id, revision=revision, status="partial")
        | {"delivered_at": time},
        "lead.uploaded": uploaded(lead_id, revision=revision, platform=text or "x")
        | {"uploaded_at": time, "external_id": text},
        "lead.failed": failed(lead_id, revision=revision)
        | {"failed_at": time, "error": {"class": text or "x", "message": text}},
    }
    topic = draw(st.sampled_from(sorted(told)))
    return topic, told[topic]


async def test_b45_no_valid_event_is_too_odd_for_the_read_model(discovery: Replica) -> None:
    events = _drawn(200)

    for topic, event in events:
        await discovery.take_in(topic, event)

    assert await discovery.rows("dead_letters") == []
    assert len(await discovery.rows("leads")) == len(events)


def _drawn(count: int) -> list[tuple[str, dict[str, Any]]]:
    drawn: list[tuple[str, dict[str, Any]]] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(_events())
    def draw(event: tuple[str, dict[str, Any]]) -> None:
        drawn.append(event)

    draw()
    return drawn
