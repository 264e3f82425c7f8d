"""The big list of naughty strings, on every adapter: it arrives as text, or is refused alone."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import orjson
import pytest

from contract.platforms.case import Event, PlatformCase
from contract.platforms.site import Site
from leadstream.reading import clean, is_blank
from support.vectors import vectors

pytestmark = pytest.mark.asyncio(loop_scope="session")

STRINGS: list[str] = [
    text
    for text in orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
    if not is_blank(text)
]


# Of a platform that takes few leads at once, some of the list in several accounts.
SITES = 8


async def test_hostile_text_arrives_as_text_and_breaks_nothing(
    site: Site, case: PlatformCase
) -> None:
    sites = [site, *(Site(case, site.stage) for _ in range(SITES - 1))]
    each = min(case.at_once, ceil(len(STRINGS) / SITES))
    chosen = STRINGS[:: max(1, len(STRINGS) // (SITES * each))]
    events = {
        place: [_naughty(place, n, text) for n, text in enumerate(chosen[at::SITES][:each])]
        for at, place in enumerate(sites)
    }
    for place in sites:
        await place.connect()

    await site.take(*(event for listed in events.values() for event in listed))
    for place in sites:
        await place.settle()

    for place, listed in events.items():
        await _check(place, listed)
        if place is not site:
            await place.leave()


def _naughty(site: Site, number: int, text: str) -> dict[str, Any]:
    person = {"full_name": text, "email": f"john@acme{number}.com", "title": text}
    return site.lead(
        number,
        company_name=text,
        location={"city": text, "state": text, "country": text},
        contacts=[person],
        primary_contact=None,
        intent_signals=[{"signal_type": text, "signal_strength": "high"}],
    )


async def _check(site: Site, events: Sequence[Event]) -> None:
    rows = {row["lead_id"]: row for row in await site.rows()}
    assert {row["status"] for row in rows.values()} <= {"uploaded", "failed"}
    assert await site.holds() == set()
    records = await site.records()
    accepted = [event for event in events if rows[event["lead_id"]]["status"] == "uploaded"]
    assert len(accepted) > 0.9 * len(events)
    for event in accepted:
        (record,) = records[event["lead_id"]]
        there = _plain(record[site.case.name_field])
        sent = _plain(event["lead"]["company_name"])
        assert there
        assert sent.startswith(there), f"{sent!r} has become {there!r}"


def _plain(text: str) -> str:
    """Without what nobody sees, and the white space that platforms take away from the ends and fold within."""
    return " ".join(clean(text).split())
