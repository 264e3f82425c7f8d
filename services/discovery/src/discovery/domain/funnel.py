"""What became of a night's finds: each figure is the sum of its parts, and says which leads it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# The filters of the list of leads, by name.
Where = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    count: int
    # None: what is counted are no leads that are stored, but runs, or companies in answers.
    where: Where | None = None
    parts: Mapping[str, "Figure"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What the runs of a tick have written down."""

    by_status: Mapping[str, int]
    found: int
    created: int
    known: int
    risen: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """So many leads that are alike."""

    score: str
    enrichment_status: str
    delivery_status: str
    platform_uploaded: bool
    platform_name: str | None
    stage: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What has left for these leads, in all their revisions."""

    # By channel and by how it ended.
    messages: Mapping[tuple[str, str], int]
    # Leads by platform: each is one billing event.
    accepted: Mapping[str, int]


def funnel(runs: Runs, leads: Sequence[Leads], sent: Sent, *, where: Where) -> dict[str, Figure]:
    """The figures by their step. `where` lists the leads that the runs have found."""
    stored = _split(leads, "score", where)
    # What a retention or a removal has taken can't be listed, and is not lost either.
    removed = Figure(runs.created - stored.count)
    created = Figure(runs.created, None, {"stored": stored, "removed": removed})
    seen_again = Figure(runs.known - runs.risen)
    known = Figure(runs.known, None, {"risen": Figure(runs.risen), "seen_again": seen_again})
    rejected = Figure(sum(runs.rejected.values()), None, _plain(runs.rejected))
    found = {"created": created, "known": known, "rejected": rejected}
    return {
        "queries": Figure(sum(runs.by_status.values()), None, _plain(runs.by_status)),
        "found": Figure(runs.found, None, found),
        "enrichment": _split(leads, "enrichment_status", where, then="reason"),
        "delivery": _split(leads, "delivery_status", where, then="reason"),
        "messages": _messages(sent.messages),
        "upload": _upload(leads, where),
        "accepted": Figure(sum(sent.accepted.values()), None, _plain(sent.accepted)),
        "stages": _split(leads, "stage", where, then="reason"),
    }


def _messages(counts: Mapping[tuple[str, str], int]) -> Figure:
    """By channel, then by how they ended."""
    channels: dict[str, dict[str, int]] = {}
    for (channel, status), count in counts.items():
        channels.setdefault(channel, {})[status] = count
    parts = {
        channel: Figure(sum(channels[channel].values()), None, _plain(channels[channel]))
        for channel in sorted(channels)
    }
    return Figure(sum(counts.values()), None, parts)


def _upload(leads: Sequence[Leads], where: Where) -> Figure:
    """By platform where a lead was uploaded; else by score, since cold leads never are, and by reason."""
    done = [each for each in leads if each.platform_uploaded]
    rest = [each for each in leads if not each.platform_uploaded]
    parts = {
        "uploaded": _split(done, "platform_name", {**where, "platform_uploaded": "true"}),
        "not_uploaded": _split(
            rest, "score", {**where, "platform_uploaded": "false"}, then="reason"
        ),
    }
    return Figure(_sum(leads), where, parts)


def _split(leads: Sequence[Leads], by: str, where: Where, *, then: str | None = None) -> Figure:
    groups: dict[str, list[Leads]] = {}
    for each in leads:
        groups.setdefault(getattr(each, by) or "", []).append(each)
    parts: dict[str, Figure] = {}
    for value in sorted(groups):
        some, here = groups[value], {**where, by: value}
        parts[value] = _split(some, then, here) if then else Figure(_sum(some), here)
    return Figure(_sum(leads), where, parts)


def _plain(counts: Mapping[str, int]) -> dict[str, Figure]:
    return {name: Figure(counts[name]) for name in sorted(counts)}


def _sum(leads: Sequence[Leads]) -> int:
    return sum(each.count for each in leads)
