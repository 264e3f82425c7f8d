"""A person out of a HubSpot account: contacts are people, companies name nobody."""

from collections.abc import Sequence

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.application.erase_person import named
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.answers import RefusedError

_NOT_OURS_TO_ERASE = 403


async def erase_person(calls: HubspotCalls, person: Person, traces: Sequence[Trace]) -> Erased:
    """By the address alone, so that it says the same whether or not an earlier attempt has done it already."""
    try:
        await calls.erase_contact(person.email)
    except RefusedError as exc:
        if exc.refused.status_code != _NOT_OURS_TO_ERASE:
            raise
        # No reason to hold companies, and nothing that waiting mends.
        return Erased(left=(_by_hand(traces),))
    companies = sorted({trace.external_id for trace in traces if trace.external_id})
    return Erased(records=tuple(companies))


def _by_hand(traces: Sequence[Trace]) -> str:
    return (
        "hubspot: the token may not erase contacts; find the person by their address among the contacts of the "
        f"companies {named(traces)}: Actions, Delete, Permanently delete"
    )
