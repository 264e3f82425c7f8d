"""People who were found where an earlier answer had none: the lead is announced again, as its next revision.

Delivery and upload act once for each (lead, revision), so the same revision told again would reach nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from enrichment.adapters.announcing import completed_of, told_anew
from enrichment.domain.lead import Lead
from leadstream.jobs.model import Settled
from leadstream.postgres import Tx, load_queries

SQL: Final = load_queries("enrichment.adapters", "found_later.sql")


async def as_next_revisions(tx: Tx, enriched: Sequence[Settled]) -> list[Settled]:
    """The attempts as they are to be told: people found for a lead that was announced without any are a revision more.

    Only what a person asked for asks twice about a revision; the nightly pipeline pays nothing for this look.
    """
    asked = {(lead.id, lead.revision): each for each in enriched if (lead := _found_by_hand(each))}
    if not asked:
        return list(enriched)
    rows = await tx.fetch(
        SQL.raise_revisions,
        [lead_id for lead_id, _ in asked],
        [revision for _, revision in asked],
    )
    raised = {asked[row["id"], row["revision"] - 1].job.id: row["revision"] for row in rows}
    return [
        _as_revision(each, raised[each.job.id]) if each.job.id in raised else each
        for each in enriched
    ]


def _found_by_hand(settled: Settled) -> Lead | None:
    done = completed_of(settled)
    is_found = done is not None and bool(done.answer.contacts)
    return done.lead if done and is_found and settled.job.payload["manual"] else None


def _as_revision(settled: Settled, revision: int) -> Settled:
    done = completed_of(settled)
    assert done is not None  # noqa: S101 - only these are raised
    payload = settled.job.payload
    lead = {**payload["lead"], "revision": revision}
    job = replace(settled.job, payload={**payload, "lead": lead})
    done = replace(done, lead=replace(done.lead, revision=revision))
    return told_anew(replace(settled, job=job), done)
