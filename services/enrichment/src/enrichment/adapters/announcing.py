"""What other services hear of an enrichment: the event is made with the attempt, outside of any transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from enrichment.application.results import Completed, Kept, PassedOn, Result, Skipped
from enrichment.domain.answer import fill_gaps
from enrichment.domain.contact import Contact, EmailStatus
from leadstream.contracts import Company, LeadEnriched, UnsendableError
from leadstream.ids import derived_id
from leadstream.jobs.model import Failed, Job, Outcome, Passed, Problem, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce

Handler = Callable[[Job], Awaitable[Outcome]]

_TOO_LARGE: Final = Problem(
    error_class="unsendable", message="with its contacts the lead is too large for an event"
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A result together with the event that tells of it."""

    result: Result
    event: OutboxEvent


class AnnouncingHandler:
    """Gives each result of a handler its event."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, job: Job) -> Outcome:
        outcome = await self._handler(job)
        if not isinstance(outcome, Succeeded):
            return outcome
        try:
            return Succeeded(result=announced(job, outcome.result))
        except UnsendableError:
            return Failed(problem=_TOO_LARGE)


def announced(job: Job, result: Result) -> Announced:
    """The result with its event. Raises UnsendableError."""
    return Announced(result, _event(job, result))


def completed_of(settled: Settled) -> Completed | None:
    """What an attempt of this service's handler has completed, if it has."""
    outcome = settled.outcome
    if not isinstance(outcome, Succeeded) or not isinstance(outcome.result, Announced):
        return None
    result = outcome.result.result
    return result if isinstance(result, Completed) else None


def kept_of(settled: Settled) -> Kept | None:
    """The new answer that an attempt has brought, if it has."""
    outcome = settled.outcome
    if isinstance(outcome, Passed) and isinstance(outcome.result, PassedOn):
        return outcome.result.kept
    done = completed_of(settled)
    return done.kept if done else None


def told_anew(settled: Settled, done: Completed) -> Settled:
    """The attempt with another result, and the event that tells of that. Raises UnsendableError."""
    result = announced(settled.job, done)
    return replace(settled, outcome=Succeeded(result=result))


def _event(job: Job, result: Result) -> OutboxEvent:
    lead = job.payload["lead"]
    facts = result.answer.facts if isinstance(result, Completed) else {}
    company = Company.model_validate(fill_gaps(lead["company"], facts))
    event = LeadEnriched.of({**lead, "company": company}, _enrichment(result))
    event_id = derived_id("lead.enriched", job.id)
    return announce(event, event_id=event_id, traceparent=job.traceparent)


def _enrichment(result: Result) -> dict[str, Any]:
    if isinstance(result, Skipped):
        return {"status": "skipped", "reason": result.reason.value, "enriched_at": result.at}
    answer = result.answer
    return {
        "status": "completed",
        "enriched_at": result.at,
        "provider": providers_of(result),
        "credits_used": credits_charged(result),
        "total_contacts": len(answer.contacts),
        "contacts": [_contact(contact) for contact in answer.contacts],
        "primary_contact": _contact(answer.primary) if answer.primary else None,
    }


def providers_of(result: Completed) -> str:
    """Who was asked, in words for people."""
    return ", ".join(result.providers)


def credits_charged(result: Completed) -> int | float:
    """What this lead's enrichment cost: nothing, where the answer was there already."""
    return result.answer.credits_used if result.paid else 0


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.full_name,
        "email": contact.email,
        "verified_email": contact.is_verified,
        "email_status": contact.email_status or EmailStatus.UNKNOWN,
        "phone": contact.phone,
        "title": contact.title,
        "seniority": contact.seniority,
        "department": contact.department,
        "linkedin_url": contact.linkedin_url,
        "location": contact.location,
        "provider": contact.provider,
        "collected_at": contact.collected_at,
    }
