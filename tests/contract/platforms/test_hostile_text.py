"""The big list of naughty strings, on every adapter: it arrives as text, or is refused alone."""

import orjson
import pytest

from contract.platforms.case import PlatformCase
from contract.platforms.site import Site
from leadstream.reading import is_blank
from support.vectors import vectors

pytestmark = pytest.mark.asyncio(loop_scope="session")

STRINGS: list[str] = [
    text
    for text in orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
    if not is_blank(text)
]


async def test_hostile_text_arrives_as_text_and_breaks_nothing(
    site: Site, case: PlatformCase
) -> None:
    chosen = STRINGS[:: max(1, -(-len(STRINGS) // case.at_once))]
    events = [
        site.lead(
            number,
            company_name=text,
            location={"city": text, "state": text, "country": text},
            contacts=[{"full_name": text, "email": f"john@acme{number}.com", "title": text}],
            primary_contact=None,
            intent_signals=[{"signal_type": text, "signal_strength": "high"}],
        )
        for number, text in enumerate(chosen)
    ]
    await site.connect()

    await site.upload(*events)

    rows = {row["lead_id"]: row for row in await site.rows()}
    assert {row["status"] for row in rows.values()} <= {"uploaded", "failed"}
    assert await site.holds() == set()
    records = await site.records()
    accepted = [event for event in events if rows[event["lead_id"]]["status"] == "uploaded"]
    assert len(accepted) > 0.9 * len(events)
    for event in accepted:
        (record,) = records[event["lead_id"]]
        there, sent = _plain(record[case.name_field]), _plain(event["lead"]["company_name"])
        assert there
        assert sent.startswith(there), f"{sent!r} has become {there!r}"


def _plain(text: str) -> str:
    """Without the white space that platforms take away from the ends and fold within."""
    return " ".join(text.split())
