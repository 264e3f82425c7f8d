"""Takes a person out of the companies that we wrote. The customer behind it is the shop's own to erase."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from platform_upload.adapters.shopify.answers import judge_part, judge_user_errors
from platform_upload.adapters.shopify.answers import objects as listed
from platform_upload.adapters.shopify.api import ShopifyCalls
from platform_upload.adapters.shopify.documents import AT_ONCE, remove_contact
from platform_upload.adapters.shopify.held import Held, HeldContact
from platform_upload.adapters.shopify.mapping import ASSIGNED, EMAIL
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.answers import RefusedError, Verdict
from platform_upload.domain.gaps import digest

_NOT_THERE = "RESOURCE_NOT_FOUND"


@dataclass(slots=True)
class _Found:
    # Companies that had the person by us, or have them.
    companies: list[str] = field(default_factory=list)
    contacts: list[HeldContact] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


async def erase_person(calls: ShopifyCalls, person: Person, traces: Sequence[Trace]) -> Erased:
    found = _Found()
    for start in range(0, len(traces), AT_ONCE):
        await _look(calls, person, traces[start : start + AT_ONCE], found)
    for start in range(0, len(found.contacts), AT_ONCE):
        await _remove(calls, found.contacts[start : start + AT_ONCE])
    return Erased(
        records=tuple(found.companies),
        left=(*map(_look_yourself, found.unseen), *await _customer(calls, person, found)),
    )


async def _look(
    calls: ShopifyCalls, person: Person, traces: Sequence[Trace], found: _Found
) -> None:
    held: dict[str, Held] = {}
    named = [trace.external_id for trace in traces if trace.external_id]
    unnamed = [str(trace.lead_id) for trace in traces if not trace.external_id]
    if named:
        held |= await calls.read(named)
    if unnamed:
        held |= {each.id: each for each in (await calls.find(unnamed, likely=True)).values()}
    by_lead = {each.external_id: each for each in held.values()}
    for trace in traces:
        company = held.get(trace.external_id or "") or by_lead.get(str(trace.lead_id))
        company_id = company.id if company else trace.external_id
        contact = company.contact_of(person.email) if company else None
        if contact:
            found.contacts.append(contact)
        if company_id and (contact or _was_written(trace, person)):
            found.companies.append(company_id)
        if company and company.contacts is None:
            found.unseen.append(company.id)


async def _remove(calls: ShopifyCalls, contacts: Sequence[HeldContact]) -> None:
    reply = await calls.write("remove_contacts", [remove_contact(each.id) for each in contacts])
    for at in range(len(contacts)):
        refused = judge_part(reply, f"a{at}")
        if refused:
            raise RefusedError(refused)
        errors = listed(reply.content["data"][f"a{at}"].get("userErrors"))
        if errors and errors[0].get("code") != _NOT_THERE:
            raise RefusedError(judge_user_errors(errors, reply, of=""))


async def _customer(calls: ShopifyCalls, person: Person, found: _Found) -> list[str]:
    """What is left where somebody of that address is a customer still."""
    if not found.companies and not found.unseen:
        return []
    try:
        ids = await calls.customers([person.email])
    except RefusedError as exc:
        if exc.refused.verdict is not Verdict.CONFIGURATION:
            raise
        return ["look for the person among the shop's customers, and erase them there if they are"]
    return [
        f"{each}: a customer of the shop, who may be one by themselves; where not, erase their"
        " personal data in the shop's admin"
        for each in ids.values()
    ]


def _was_written(trace: Trace, person: Person) -> bool:
    email = person.email.casefold()
    return any(
        trace.written.get(name) == digest(trace.lead_id, name, email) for name in (EMAIL, ASSIGNED)
    )


def _look_yourself(company_id: str) -> str:
    return f"{company_id}: its contacts are hidden from the app; remove the person from them"
