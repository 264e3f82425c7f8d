"""Reads Clay's answers: what is malformed is left out with a reason, the rest is used."""

from typing import Any, Final

from enrichment.adapters.people import MalformedAnswerError, read_facts, read_people, read_units
from enrichment.adapters.stored_answer import plain_number
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from enrichment.domain.merging import MAX_CONTACTS
from leadstream.reading import entries, pick, word

_VERDICTS: Final = {
    **dict.fromkeys(("true", "yes", "valid"), EmailStatus.VALID),
    **dict.fromkeys(("false", "no", "invalid"), EmailStatus.INVALID),
}


def read_enrichment(document: Any, *, domain: str, limit: int = MAX_CONTACTS) -> Answer:
    """Raises MalformedAnswerError where there is something else than a list of contacts; none is an empty one."""
    listed = entries(document, "contacts")
    if listed is None:
        raise MalformedAnswerError("there is no list of contacts")
    about = document if isinstance(document, dict) else {}
    people = read_people(listed, domain=domain, limit=limit)
    return Answer(
        contacts=people.contacts,
        facts=read_facts(about.get("company_info")),
        credits_used=plain_number(float(read_units(about.get("credits_used")) or 0)),
        rejected=people.rejected,
    )


def read_verdict(document: Any) -> EmailStatus:
    """What the verifier says; what it does not say is unknown, never invalid."""
    if not isinstance(document, dict):
        return EmailStatus.UNKNOWN
    status = document.get("status")
    # Of these it is the call that is well, and not the address.
    if word(status) not in {None, "ok", "success"}:
        return pick(EmailStatus, status) or EmailStatus.UNKNOWN
    if status is not None and not isinstance(status, str):
        return EmailStatus.UNKNOWN
    # The first clients of this API know no status.
    valid = document.get("valid")
    said = str(valid).lower() if isinstance(valid, bool) else word(valid)
    return _VERDICTS.get(said or "", EmailStatus.UNKNOWN)
