"""Reads leads, as far as Marketo shows them."""

from collections.abc import Sequence
from dataclasses import replace

from platform_upload.adapters.marketo.api import MarketoCalls
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.drafts import Fields

ID = "id"


async def read_leads(
    calls: MarketoCalls, by: str, values: Sequence[str], names: Sequence[str]
) -> list[Fields]:
    """The leads that there are, without the fields that the instance does not show: nobody knows what they hold."""
    shown = [ID, *(name for name in dict.fromkeys([by, *names]) if name != ID)]
    while values:
        try:
            rows = await calls.read(by, values, shown)
        except RefusedError as exc:
            hidden = {each.field for each in exc.refused.complaints if each.absent} - {by, ID}
            if hidden.isdisjoint(shown):
                raise RefusedError(_nobodys_fault(exc.refused)) from exc
            shown = [name for name in shown if name not in hidden]
            continue
        # A field that was asked for and is not there is empty.
        return [{name: row.get(name) for name in shown} for row in rows]
    return []


def _nobodys_fault(refused: Refused) -> Refused:
    """A question that is refused is no lead's fault."""
    spoilt = refused.verdict in {Verdict.PERMANENT, Verdict.RESOLVE_EXISTING}
    return replace(refused, verdict=Verdict.CONFIGURATION) if spoilt else refused
