"""Links contacts to their companies."""

from collections import deque
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.domain.answers import RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit, cut, halves

LINKS = BatchLimit(items=2_000, size_bytes=10**9)
_SPOILT = frozenset({Verdict.PERMANENT, Verdict.RESOLVE_EXISTING})

# A contact, a company and their lead.
Link = tuple[str, str, UUID]


async def link(calls: HubspotCalls, links: Sequence[Link]) -> set[UUID]:
    """Return the leads with a link that HubSpot refuses. One that spoils its batch is found, and costs no other."""
    refused: set[UUID] = set()
    pending = deque[Sequence[Link]](cut(links, LINKS, len))
    while pending:
        batch = pending.popleft()
        inputs = [{"from": {"id": a}, "to": {"id": b}} for a, b, _ in batch]
        try:
            reply = await calls.associate(inputs)
        except RefusedError as exc:
            if exc.refused.verdict not in _SPOILT:
                raise
            if len(batch) > 1:
                pending.extendleft(reversed(halves(batch)))
            else:
                refused |= {lead_id for _, _, lead_id in batch}
            continue
        made = {_ends(result) for result in reply.content.get("results") or ()}
        refused |= {lead_id for a, b, lead_id in batch if (a, b) not in made}
    return refused


def _ends(result: Any) -> tuple[str, str]:
    return str(result["from"]["id"]), str(result["to"]["id"])
