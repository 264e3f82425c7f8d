"""A person in enrichment: a contact of leads, of cached answers and of answers to come; or a user with credits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final
from uuid import UUID

from enrichment.adapters.announcing import completed_of, kept_of, told_anew
from enrichment.application.results import Kept
from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact
from leadstream.erasure import (
    ERASED,
    ErasedPeople,
    Part,
    Person,
    Sweep,
    Swept,
    erased_by_now,
    find_erased,
    normal_address,
)
from leadstream.jobs.model import Settled
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("enrichment.adapters", "erasure.sql")
# Owners of answers that are no workspace.
SHARED: Final = ("all", "training")


async def _erase_from_enrichments(tx: Tx, person: Person, part: Part) -> Swept:
    who, where = (person.email, person.workspace_id), (part.after, part.until)
    gone = await tx.fetch(SQL.delete_contacts, *who, *where)
    changed = sorted({(row["lead_id"], row["revision"]) for row in gone})
    if changed:
        keys = ([lead_id for lead_id, _ in changed], [revision for _, revision in changed])
        await tx.execute(SQL.recount_contacts, *keys)
        await tx.execute(SQL.choose_primaries, *keys)
    errors = await tx.fetch(SQL.erase_from_enrichments, *who, ERASED, *where)
    return Swept({"contacts": len(gone), "enrichments": len(errors)})


async def _erase_from_answers(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, part.after, part.until)
    answers = await tx.fetch(SQL.erase_from_answers, *where, person.workspace_id)
    return Swept({"company_answers": len(answers)})


async def _erase_accounts(tx: Tx, person: Person, part: Part) -> Swept:
    accounts = await tx.fetch(SQL.erase_accounts, person.email, person.workspace_id)
    return Swept({"credit_accounts": len(accounts)})


SWEEPS = (
    Sweep(
        name="credit_accounts",
        erase=_erase_accounts,
        show=(SQL.show_accounts,),
        addresses=SQL.addresses_of_accounts,
    ),
    Sweep(
        name="enrichments",
        erase=_erase_from_enrichments,
        show=(SQL.show_contacts, SQL.show_errors),
        last=SQL.last_enriched,
        addresses=SQL.addresses_in_enrichments,
    ),
    Sweep(
        name="company_answers",
        erase=_erase_from_answers,
        show=(SQL.show_answers,),
        last=SQL.last_answer,
        addresses=SQL.addresses_in_answers,
    ),
)


async def without_erased(database: Database, answer: Answer) -> Answer:
    """The answer without who was erased everywhere by now: they are neither verified nor cached."""
    erased = await erased_by_now(database, addresses_of([answer]))
    return _left(answer, erased.everywhere) if erased else answer


async def find_erased_in(tx: Tx, settled: Sequence[Settled]) -> ErasedPeople:
    """Look once more as results are written down: somebody may have been erased during the attempt."""
    kept_ones = (kept_of(each) for each in settled)
    done_ones = (completed_of(each) for each in settled)
    return await find_erased(
        tx, addresses_of(each.answer for each in chain(kept_ones, done_ones) if each)
    )


def kept(new: Kept, erased: ErasedPeople) -> Kept:
    """An answer as the cache may keep it: all workspaces', unless a workspace's own key bought it."""
    owner = new.flight.owner
    is_shared = owner in SHARED
    is_erased = erased.everywhere if is_shared else erased.within(UUID(owner))
    return replace(new, answer=_left(new.answer, is_erased))


def told(settled: Settled, erased: ErasedPeople) -> Settled:
    """The attempt as its workspace, and who hears of it, may know it."""
    done = completed_of(settled)
    if done is None:
        return settled
    left = _left(done.answer, erased.within(settled.job.workspace_id))
    return settled if left is done.answer else told_anew(settled, replace(done, answer=left))


def _left(answer: Answer, is_erased: Callable[[str], bool]) -> Answer:
    def stays(contact: Contact) -> bool:
        return not (contact.email and is_erased(normal_address(contact.email)))

    left = tuple(contact for contact in answer.contacts if stays(contact))
    return answer if len(left) == len(answer.contacts) else replace(answer, contacts=left)


def addresses_of(answers: Iterable[Any]) -> list[str]:
    return [normal_address(c.email) for answer in answers for c in answer.contacts if c.email]
