"""What a lead cost, and what was earned by it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from console.domain.amounts import amount
from console.domain.words import plural


def cost_lines(costs: dict[str, Any] | None, uploads: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each kind of it."""
    return [*_calls(costs), *_credits(costs), *_bills(uploads)]


def _calls(costs: dict[str, Any] | None) -> list[str]:
    if costs is None:
        return []
    if not costs["calls"]:
        return ["No paid call: the provider was not asked, or its answer was known already."]
    said = []
    for operation, what in (
        ("enrich", "call for contacts"),
        ("verify", "call to verify an address"),
    ):
        made = [call for call in costs["calls"] if call["operation"] == operation]
        # In the order in which they were asked.
        providers = dict.fromkeys(call["provider"] for call in made)
        of = ([call for call in made if call["provider"] == each] for each in providers)
        said += [_asked(calls, what) for calls in of]
    used = sum(each["credits_used"] for each in costs["enrichments"])
    if used:
        said.append(f"{used:g} {'credit' if used == 1 else 'credits'} of the provider.")
    paid = sum((Decimal(call["cost"] or 0) for call in costs["calls"]), Decimal(0))
    return [*said, f"{amount(paid)} in money."] if paid else said


def _asked(made: Sequence[dict[str, Any]], what: str) -> str:
    unsure = sum(call["outcome"] == "unknown" for call in made)
    free = sum(call["outcome"] in {"refused", "failed"} for call in made)
    trained = sum(call["training"] for call in made)
    notes = [f"{unsure} of which nobody knows whether it was paid"] if unsure else []
    notes += [f"{free} not paid, since it failed"] if free else []
    notes += [f"{trained} in training, which costs nothing"] if trained else []
    calls = plural(len(made), what, what.replace("call", "calls", 1))
    return f"{calls} to {made[0]['provider']}{_in_brackets(notes)}."


def _credits(costs: dict[str, Any] | None) -> list[str]:
    entries = costs["credits"] if costs else []
    spent = sum(each["credits"] for each in entries if each["entry"] == "commit")
    held = sum(each["credits"] for each in entries if each["open"])
    return [
        *([f"{plural(spent, 'credit')} of a user who asked by hand."] if spent else []),
        *([f"{plural(held, 'credit')} of a user set aside for it."] if held else []),
    ]


def _bills(uploads: Sequence[dict[str, Any]]) -> list[str]:
    billed = [each for each in uploads if each["billed_at"]]
    return [f"Billed once for {each['platform']}." for each in billed]


def _in_brackets(notes: Sequence[str]) -> str:
    return f" ({', '.join(notes)})" if notes else ""
