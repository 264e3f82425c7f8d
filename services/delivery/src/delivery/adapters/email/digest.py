"""The e-mail about all leads of a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from delivery.adapters.email.message import BADGES, Addressee, Letterhead, render, write_email
from delivery.adapters.lead_view import LeadView, view_of
from delivery.domain.digest import Digest
from delivery.domain.score import Score
from leadstream.reading import one_line

# Gmail cuts HTML off at 102 KB, and the link to unsubscribe with it. The frame and the headings need up to 8 KB.
ROOM = 86_000
BRIEF, LINE, WHOLE = "brief", "line", "whole"
# The first leads are shown whole, then all have their reason told; what room is left is the next ones'.
FIRST, MOST_WHOLE = 5, 25
NAMED = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A lead in the form that there was room for."""

    lead: LeadView
    form: str
    html: str

    @property
    def text(self) -> str:
        return render("digest_lead.txt.j2", {"lead": self.lead, "form": self.form})


@dataclass(frozen=True, slots=True)
class Section:
    score: Score
    count: int
    leads: Sequence[Entry]

    @property
    def title(self) -> str:
        return f"{self.score.upper()}: {_leads(self.count)}"


def digest_email(digest: Digest, letterhead: Letterhead, *, app_url: str | None) -> bytes:
    """The body of `POST /emails`."""
    views = [view_of(lead.content, app_url=app_url) for lead in digest.leads]
    entries = fit(views)
    sections = [
        Section(score, len(digest.of(score)), [entries[at] for at in places])
        for score, places in _places(digest, shown=len(entries)).items()
    ]
    hidden = len(views) - len(entries)
    values = {
        "headline": f"{len(views):,} new {'lead' if len(views) == 1 else 'leads'}",
        "window": _window(digest),
        "preview": _names(views),
        "sections": sections,
        "left_out": f"There was no room for {_leads(hidden)} more." if hidden else "",
        "accent": BADGES[sections[0].score].accent,
    }
    addressee = Addressee(
        email=digest.mailbox.email,
        unsubscribe_token=digest.mailbox.unsubscribe_token,
        delivery_id=digest.id,
        sender=digest.mailbox.sender,
        workspace_id=digest.workspace_id,
    )
    tags = {"workspace_id": str(digest.workspace_id), "digest_id": str(digest.id)}
    return write_email("digest", subject_of(digest), values, letterhead, addressee, tags=tags)


def subject_of(digest: Digest) -> str:
    """`3 hot, 12 warm leads — Mon 30 Nov`."""
    counts = {score: len(digest.of(score)) for score in reversed(Score)}
    named = ", ".join(f"{count:,} {score}" for score, count in counts.items() if count)
    leads = "lead" if len(digest.leads) == 1 else "leads"
    return f"{named} {leads} — {_day(_local(digest, digest.window_end))}"


def fit(views: Sequence[LeadView], room: int = ROOM) -> list[Entry]:
    """Each lead in as much of a form as all together have room for; the first ones before the others.

    Fewer than there are where not even the least of each fits.
    """
    entries: list[Entry] = []
    for view in views:
        entry = _entry(view, BRIEF)
        if _size(entry) > room:
            break
        room -= _size(entry)
        entries.append(entry)
    room = _enlarge(entries, slice(FIRST), WHOLE, room)
    room = _enlarge(entries, slice(FIRST, None), LINE, room)
    _enlarge(entries, slice(FIRST, MOST_WHOLE), WHOLE, room)
    return entries


def _enlarge(entries: list[Entry], which: slice, form: str, room: int) -> int:
    """Bring one after the other to the form while there is room; return what is left of it."""
    for at in range(*which.indices(len(entries))):
        larger = _entry(entries[at].lead, form)
        more = _size(larger) - _size(entries[at])
        if more > room:
            break
        entries[at], room = larger, room - more
    return room


def _entry(lead: LeadView, form: str) -> Entry:
    return Entry(lead, form, render("digest_lead.html.j2", {"lead": lead, "form": form}))


def _size(entry: Entry) -> int:
    # With the line break after it.
    return len(entry.html.encode()) + 1


def _places(digest: Digest, *, shown: int) -> dict[Score, list[int]]:
    """The places of the leads that are shown, by score."""
    places: dict[Score, list[int]] = {}
    for at, lead in enumerate(digest.leads[:shown]):
        places.setdefault(lead.score, []).append(at)
    return places


def _leads(count: int) -> str:
    return f"{count:,} {'lead' if count == 1 else 'leads'}"


def _names(views: Sequence[LeadView]) -> str:
    named = ", ".join(one_line(view.company, 40) for view in views[:NAMED])
    return f"{named} and {len(views) - NAMED:,} more" if len(views) > NAMED else named


def _window(digest: Digest) -> str:
    start, end = (_local(digest, each) for each in (digest.window_start, digest.window_end))
    return f"{_day(start)}, {start:%H:%M} to {_day(end)}, {end:%H:%M} ({digest.zone or 'UTC'})"


def _local(digest: Digest, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(digest.zone) if digest.zone else UTC)


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
