"""The leads that every stage gets: the full example, each with ids of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from bench.topics import Load
from leadstream.contracts.envelope import headers_of
from leadstream.contracts.registry import default_root
from leadstream.ids import derived_id, new_id

SOURCE = "lead.discovered"
TARGET = "lead.enriched"
WORKSPACES = 20


def leads(count: int) -> Iterator[Load]:
    lead = orjson.loads((default_root() / f"examples/{SOURCE}/v1/full.json").read_bytes())
    workspaces = [derived_id("bench-workspace", n) for n in range(WORKSPACES)]
    for n in range(count):
        lead_id = str(new_id())
        lead |= {"lead_id": lead_id, "workspace_id": str(workspaces[n % WORKSPACES])}
        headers = headers_of(
            event_id=new_id(),
            event_type=f"{SOURCE}.v1",
            source="/leadstream/discovery",
            time=datetime.now(UTC),
            subject=lead_id,
        )
        yield Load(lead_id.encode(), orjson.dumps(lead), headers)
