"""Writes down what attempts to enrich leads brought, in the transaction that settles the jobs."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import orjson

from enrichment.adapters.announcing import (
    Announced,
    completed_of,
    credits_charged,
    kept_of,
    providers_of,
)
from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.credits import settle_reservations
from enrichment.adapters.erasure import find_erased_in, kept, told
from enrichment.adapters.failures import failed_event
from enrichment.adapters.figures import observe_enriched, observe_failed
from enrichment.adapters.found_later import as_next_revisions
from enrichment.adapters.spend import Over, settle_calls
from enrichment.adapters.stored_answer import contacts_of, contacts_text
from enrichment.adapters.troubles import note_budgets
from enrichment.application.ports import Ending, ending_of
from enrichment.application.results import Completed, Kept, Skipped
from enrichment.domain.contact import EmailStatus
from leadstream.jobs.model import Failed, JobState, Passed, Released, Retry, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.pauses import add_pause
from leadstream.postgres import Tx, after_commit, load_queries
from leadstream.troubles import KnownTroubles

SQL = load_queries("enrichment.adapters", "enrichments.sql")
MAX_ERROR: Final = 500
# Whose pauses these are.
ACTOR: Final = "enrichment"
# A lead whose job was cancelled waits for nothing any more, as one whose job has failed.
GIVEN_UP: Final = frozenset({JobState.FAILED, JobState.CANCELLED})


class EnrichmentRecorder:
    def __init__(self, troubles: KnownTroubles) -> None:
        self._troubles = troubles

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        erased = await find_erased_in(tx, settled)
        new = {each.job.id: kept(found, erased) for each in settled if (found := kept_of(each))}
        settled = [told(each, erased) for each in settled] if erased else settled
        enriched = [each for each in settled if isinstance(each.outcome, Succeeded)]
        failed = [each for each in settled if each.state in GIVEN_UP]
        # Answers, then calls, then budgets: the order in which a call is begun, so that neither waits for the other.
        _keep_answers(tx, list(new.values()), settled)
        settle_calls(tx, [_over(each, new.get(each.job.id)) for each in settled])
        await _show_holds(tx, list(new.values()))
        enriched = await as_next_revisions(tx, enriched)
        await _save_enrichments(tx, enriched)
        events = [_announced(each).event for each in enriched]
        events += await _fail(tx, failed)
        settle_reservations(tx, [*enriched, *failed], is_spent=_is_spent)
        events += await note_budgets(self._troubles, tx, settled)
        for each in enriched:
            after_commit(partial(observe_enriched, _announced(each).result, each))
        return events


def _over(settled: Settled, new: Kept | None) -> Over:
    return Over(
        job_id=settled.job.id,
        lease_id=settled.job.lease_id,
        ending=_ending(settled),
        is_untried=isinstance(settled.outcome, Released),
        gave_up=_gave_up(settled),
        closed=new.closed if new else None,
    )


def _gave_up(settled: Settled) -> bool:
    """Whether what was pending is not waited for any longer: a passing fault of asking after it changes nothing."""
    outcome = settled.outcome
    if isinstance(outcome, Retry):
        return outcome.ambiguous and not outcome.own
    return isinstance(outcome, Failed)


def _ending(settled: Settled) -> Ending:
    match settled.outcome:
        case Succeeded() | Passed():
            done = completed_of(settled)
            return (done and done.refused) or Ending.UNKNOWN
        case Released():
            # Not tried, so not called: what is on record was not made.
            return Ending.REFUSED
        case outcome:
            return ending_of(outcome)


def _keep_answers(tx: Tx, new: Sequence[Kept], settled: Sequence[Settled]) -> None:
    tx.later(
        ANSWERS.keep_answers,
        [each.flight.id for each in new],
        [contacts_text(each.answer) for each in new],
        [orjson.dumps(each.answer.facts).decode() for each in new],
        [orjson.dumps(each.answer.rejected).decode() for each in new],
        [each.answer.credits_used for each in new],
        [each.at for each in new],
        [each.job.id for each in settled],
        [_gave_up(each) for each in settled],
    )


async def _show_holds(tx: Tx, new: Sequence[Kept]) -> None:
    """Verifiers that can't be asked hold no lead, and people must see that they can't be."""
    holds = {(hold.scope, hold.reason): hold for each in new for hold in each.holds}
    for (scope, reason), hold in sorted(holds.items()):
        detail = hold.problem.message
        await add_pause(tx, scope, reason=reason, actor=ACTOR, until=hold.until, detail=detail)


async def _save_enrichments(tx: Tx, enriched: Sequence[Settled]) -> None:
    """Of several jobs for one lead and revision the last counts: one statement can't write a row twice."""
    latest = {(a.result.lead.id, a.result.lead.revision): (e, a) for e, a in _pairs(enriched)}
    if not latest:
        return
    rows = [_row(each, announced) for each, announced in latest.values()]
    tx.later(SQL.save_enrichments, *map(list, zip(*rows, strict=True)))
    contacts = [row for _, announced in latest.values() for row in _contact_rows(announced)]
    leads, revisions = map(list, zip(*latest, strict=True))
    # What another job has saved is seen once its row was waited for.
    await tx.flush()
    tx.later(SQL.save_contacts, leads, revisions, contacts)


def _row(settled: Settled, announced: Announced) -> tuple[Any, ...]:
    result = announced.result
    lead = result.lead
    key = (lead.id, lead.revision, lead.workspace_id, settled.job.id)
    if isinstance(result, Skipped):
        return (*key, "skipped", result.reason.value, None, 0, 0, "[]", result.at)
    answer = result.answer
    rejected = orjson.dumps(answer.rejected).decode()
    found = len(answer.contacts)
    asked = providers_of(result)
    return (*key, "completed", None, asked, credits_charged(result), found, rejected, result.at)


def _contact_rows(announced: Announced) -> list[dict[str, Any]]:
    result = announced.result
    if isinstance(result, Skipped):
        return []
    primary = result.answer.primary
    return [
        {
            **contact,
            "email_status": contact["email_status"] or EmailStatus.UNKNOWN,
            "lead_id": result.lead.id,
            "revision": result.lead.revision,
            "workspace_id": result.lead.workspace_id,
            "position": position,
            "is_primary": result.answer.contacts[position] is primary,
        }
        for position, contact in enumerate(contacts_of(result.answer))
    ]


async def _fail(tx: Tx, failed: Sequence[Settled]) -> list[OutboxEvent]:
    """Say that leads failed, except those that another job has enriched: a success never shows failed."""
    latest = {(each.job.lead_id, each.job.payload["lead"]["revision"]): each for each in failed}
    if not latest:
        return []
    rows = await tx.fetch(
        SQL.fail_enrichments,
        [lead_id for lead_id, _ in latest],
        [revision for _, revision in latest],
        [each.job.workspace_id for each in latest.values()],
        [each.job.id for each in latest.values()],
        [each.problem.message[:MAX_ERROR] if each.problem else None for each in latest.values()],
    )
    known = {row["job_id"] for row in rows}
    told = [each for each in latest.values() if each.job.id in known]
    after_commit(partial(observe_failed, len(told)))
    return [failed_event(each) for each in told]


def _is_spent(settled: Settled) -> bool:
    """A credit is spent on a paid answer; one from the cache, a skip and a failure give it back."""
    if not isinstance(settled.outcome, Succeeded):
        return False
    result = _announced(settled).result
    return isinstance(result, Completed) and result.paid


def _pairs(enriched: Sequence[Settled]) -> list[tuple[Settled, Announced]]:
    return [(each, _announced(each)) for each in enriched]


def _announced(settled: Settled) -> Announced:
    assert isinstance(settled.outcome, Succeeded)  # noqa: S101 - callers ask for these only
    announced = settled.outcome.result
    assert isinstance(announced, Announced)  # noqa: S101 - the handler of this kind gives nothing else
    return announced
