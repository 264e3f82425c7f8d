"""What became of a lead, in one sentence: for whoever asks why it did not arrive."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from console.domain import reasons
from console.domain.steps import BAD, Step, Words, joined
from console.domain.words import plural

COLD: Final = "cold leads are not uploaded"


def verdict(lead: dict[str, Any], score: str | None, steps: Sequence[Step]) -> list[Words]:
    """Clauses, in the order in which things happen. `steps` are those of the newest revision."""
    of = {
        service: [step for step in steps if step.service == service]
        for service in ("enrichment", "delivery", "platform-upload")
    }
    clauses = [
        ("found ", lead["created_at"], f", {score}" if score else "") if lead["created_at"] else (),
        _enriched(lead, of["enrichment"]),
        *_told(lead, score, of["delivery"]),
        *_uploaded(lead, score, of["platform-upload"]),
    ]
    return [clause for clause in clauses if clause]


def _enriched(lead: dict[str, Any], steps: Sequence[Step]) -> Words:
    waiting = [step for step in steps if step.waits]
    match lead["enrichment_status"]:
        case "completed":
            return ("enriched",)
        case "skipped":
            code = (lead["contact_data"] or {}).get("reason") or "other"
            return (f"not enriched: {reasons.reason(code)}",)
        case _ if waiting:
            return ("not enriched yet: ", *waiting[0].waits)
        case "failed":
            return (f"its enrichment failed: {_why(steps, lead)}",)
    return ("not enriched yet: it is on its way there",)


def _told(lead: dict[str, Any], score: str | None, steps: Sequence[Step]) -> Iterator[Words]:
    if told := _channels(steps, {"delivered"}):
        yield (f"told {told}",)
    if sent := _channels(steps, {"accepted"}):
        yield (f"sent {sent}, and not heard of since",)
    if put_off := _channels(steps, {"delayed"}):
        yield (f"sent {put_off}, and put off by the mail server",)
    for step in steps:
        channel = _by(step)
        if step.waits:
            yield (f"not told {channel} yet: ", *step.waits)
        elif step.state in BAD:
            yield (f"telling {channel} failed: {step.why or 'for no reason that was kept'}",)
    if not steps:
        yield from _told_as_discovery_heard(lead, score)


def _told_as_discovery_heard(lead: dict[str, Any], score: str | None) -> Iterator[Words]:
    match lead["delivery_status"]:
        case "unknown":
            return
        case "no_channel":
            yield (
                f"nobody was told: no recipient or channel of the workspace wants {score or 'such'} leads",
            )
        case "failed" | "partial":
            yield (f"telling somebody failed: {_why((), lead)}",)
        case "delivered":
            yield ("told",)
        case _ if lead["enrichment_status"] in {"completed", "skipped"}:
            yield ("not told yet: it is on its way there",)


def _channels(steps: Sequence[Step], states: set[str]) -> str:
    names = [_by(step) for step in steps if step.state in states]
    counted = {name: names.count(name) for name in names}
    said = [name if n == 1 else f"{name} ({plural(n, 'time')})" for name, n in counted.items()]
    return joined(said) if said else ""


def _by(step: Step) -> str:
    return "in Slack" if step.what == "Slack" else f"by {step.what}"


def _uploaded(lead: dict[str, Any], score: str | None, steps: Sequence[Step]) -> Iterator[Words]:
    for step in steps:
        if clause := _upload(step):
            yield clause
    if steps:
        return
    if score == "cold":
        yield (COLD,)
    elif lead["delivery_status"] == "unknown":
        return
    elif lead["platform_uploaded"]:
        yield (f"uploaded to {lead['platform_name']}",)
    elif lead["enrichment_status"] in {"completed", "skipped"}:
        yield ("not uploaded yet: it is on its way there",)


def _upload(step: Step) -> Words:
    if step.waits:
        return (f"not uploaded to {step.what} yet: ", *step.waits)
    match step.state:
        case "uploaded":
            return (f"uploaded to {step.what}",)
        case "cancelled":
            return (f"the upload to {step.what} was cancelled",)
        case "failed" | "closed":
            return (f"the upload to {step.what} was refused: {step.why or 'it is not known why'}",)
        case "refused":
            return (COLD,)
    return ()


def _why(steps: Sequence[Step], lead: dict[str, Any]) -> str:
    said = [step.why for step in steps if step.why and step.state in BAD]
    return said[-1] if said else reasons.reason(lead["reason"])


def mood(lead: dict[str, Any], steps: Sequence[Step]) -> str:
    """`bad`: something went wrong; `open`: it is on its way; `good`: it has arrived; `plain`: it went no further."""
    if any(step.is_open for step in steps):
        return "open"
    if lead["last_error"] or any(step.state in BAD for step in steps):
        return "bad"
    if lead["reason"] != reasons.NONE:
        return "plain"
    is_pending = "pending" in {lead["enrichment_status"], lead["delivery_status"]}
    return "open" if is_pending else "good"
