"""A night's funnel as rows: every step with what it lost and why, and in words whatever does not add up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from console.domain.words import number, plural

# `{"count": 3, "leads": "leads?…" or None, "parts": {name: figure}}`, as discovery tells it.
Figure = Mapping[str, Any]

# What the parts of figures are called; others are their own names.
_WORDS: Final = {
    "created": "new",
    "seen_again": "seen before",
    "risen": "known, and hotter than before",
    "removed": "deleted since",
    "none": "nothing has stopped them",
    "no_channel": "nobody to tell",
    "missing_domain": "company without a domain",
    "missing_name": "without a name",
    "invalid_name": "name is no text",
    "invalid_signals": "signals can't be read",
    "not_an_object": "no company at all",
    "over_daily_limit": "over the day's limit",
    "filtered_out": "not what the query asks for",
    "completed": "enriched",
    "skipped": "skipped: nobody was asked",
    "partial": "told in part",
    "delivered": "told",
    "not_uploaded": "not uploaded",
    "pending": "not yet",
    "email": "e-mail",
    "slack": "Slack",
    "held": "held by a pause",
}
# A lead's reason is the last thing that stopped it: of these leads it was something that came later.
_LATER: Final = ("no_channel", "delivery:", "platform-upload:")
_SCORES: Final = ("hot", "warm", "cold")


@dataclass(frozen=True, slots=True)
class Row:
    """A number of the funnel. `depth` 0 begins a step; `loss`: these went no further."""

    label: str
    count: int
    depth: int = 1
    href: str | None = None
    of: int = 0
    loss: bool = False
    note: str | None = None

    @property
    def share(self) -> float:
        """Percent of its step."""
        return round(100 * self.count / self.of, 1) if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Billed:
    """What platform-upload has billed of the night's leads, by platform."""

    platforms: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.platforms.values())


def rows(night: Mapping[str, Any], billed: Billed | None = None) -> list[Row]:
    """The steps of `GET runs/{tick_id}`, in their order. `billed`: None where it is not known."""
    funnel = night["funnel"]
    return [
        *_queries(funnel["queries"]),
        *_found(funnel["found"]),
        *_scores(funnel["found"]["parts"]["created"]),
        *_enriched(funnel["enrichment"]),
        *_told(funnel["delivery"]),
        *_messages(funnel["messages"], _url(funnel["stages"])),
        *_uploaded(funnel["upload"]),
        *_billed(funnel["accepted"], billed),
    ]


def steps(shown: Sequence[Row]) -> list[tuple[Row, list[Row]]]:
    """Each step with what is right under it."""
    found: list[tuple[Row, list[Row]]] = []
    for row in shown:
        if row.depth == 0:
            found.append((row, []))
        elif row.depth == 1:
            found[-1][1].append(row)
    return found


def differences(night: Mapping[str, Any], billed: Billed | None = None) -> list[str]:
    """A sentence for each sum that does not close; none if all do."""
    funnel = night["funnel"]
    said = [said for name in funnel for said in _open_sums(name, funnel[name])]
    created = funnel["found"]["parts"]["created"]["parts"]["stored"]["count"]
    for step in ("enrichment", "delivery", "upload", "stages"):
        if funnel[step]["count"] != created:
            told = (
                f"{plural(created, 'lead')} stored, but {number(funnel[step]['count'])} in {step}"
            )
            said.append(f"{told}.")
    if billed and billed.count != funnel["accepted"]["count"]:
        said.append(_unbilled(funnel["accepted"]["count"], billed.count))
    return said


def _open_sums(name: str, figure: Figure) -> Iterator[str]:
    parts = figure["parts"]
    total = sum(part["count"] for part in parts.values())
    if parts and total != figure["count"]:
        yield f"{word(name)}: {number(figure['count'])}, but its parts are {number(total)}."
    for part, its in parts.items():
        yield from _open_sums(f"{name}, {word(part)}", its)


def _unbilled(accepted: int, billed: int) -> str:
    told = f"Platforms have taken {number(accepted)}, and {number(billed)} are billed"
    if billed < accepted:
        return f"{told}: billing lacks {number(accepted - billed)}, or keeps them no longer."
    return f"{told}: {number(billed - accepted)} more than discovery has heard of yet."


def word(name: str) -> str:
    """What a part is called on a page."""
    return _WORDS.get(name, name.replace("_", " "))


def _queries(figure: Figure) -> Iterator[Row]:
    yield Row("Queries run", figure["count"], 0, "#runs")
    for name, part in figure["parts"].items():
        lost = name not in {"succeeded", "retrying", "held"}
        yield Row(word(name), part["count"], href="#runs", of=figure["count"], loss=lost)


def _found(figure: Figure) -> Iterator[Row]:
    total, parts = figure["count"], figure["parts"]
    yield Row("Companies found", total, 0, "#runs")
    created, known, rejected = parts["created"], parts["known"], parts["rejected"]
    stored = created["parts"]["stored"]
    yield Row("new", created["count"], href=_url(stored), of=total)
    yield Row("known", known["count"], href="#runs", of=total, loss=True)
    yield from _parts(known, total, href="#runs", loss=True)
    yield Row("rejected", rejected["count"], href="#runs", of=total, loss=True)
    yield from _parts(rejected, total, href="#runs", loss=True)


def _scores(created: Figure) -> Iterator[Row]:
    stored, removed = created["parts"]["stored"], created["parts"]["removed"]
    yield Row("New leads", created["count"], 0, _url(stored))
    for score in _SCORES:
        part = stored["parts"].get(score)
        if part:
            yield Row(score, part["count"], href=_url(part), of=created["count"])
    if removed["count"]:
        note = "by a retention, an erasure, or with their workspace"
        yield Row(
            word("removed"), removed["count"], of=created["count"], loss=True, note=note, depth=1
        )


def _enriched(figure: Figure) -> Iterator[Row]:
    total = figure["count"]
    yield Row("Enrichment", total, 0, _url(figure))
    for name in ("completed", "skipped", "failed", "pending"):
        part = figure["parts"].get(name)
        if part is None:
            continue
        lost = name in {"skipped", "failed"}
        yield Row(word(name), part["count"], href=_url(part), of=total, loss=lost)
        if lost:
            yield from _parts(part, total, loss=True, later=True)


def _told(figure: Figure) -> Iterator[Row]:
    total = figure["count"]
    yield Row("Telling the workspace", total, 0, _url(figure))
    for name in ("delivered", "partial", "failed", "no_channel", "pending"):
        part = figure["parts"].get(name)
        if part is None:
            continue
        lost = name in {"failed", "no_channel"}
        yield Row(word(name), part["count"], href=_url(part), of=total, loss=lost)
        if name in {"partial", "failed"}:
            yield from _parts(part, total, loss=True)


def _messages(figure: Figure, leads: str | None) -> Iterator[Row]:
    total = figure["count"]
    yield Row("Messages sent for them", total, 0, note="one a destination; again when a lead rose")
    for channel, part in figure["parts"].items():
        told = f"{leads}&channel={channel}"
        yield Row(word(channel), part["count"], href=told, of=total)
        for status, its in part["parts"].items():
            if status == "delivered":
                continue
            failed = f"{leads}&reason=delivery:{channel}"
            href = failed if status == "failed" else None
            yield Row(word(status), its["count"], 2, href, total, loss=True)


def _uploaded(figure: Figure) -> Iterator[Row]:
    total = figure["count"]
    done, rest = figure["parts"]["uploaded"], figure["parts"]["not_uploaded"]
    yield Row("Upload to platforms", total, 0, _url(figure))
    yield Row("uploaded", done["count"], href=_url(done), of=total)
    yield from _parts(done, total)
    for score in _SCORES:
        part = rest["parts"].get(score)
        if part is None:
            continue
        if score == "cold":
            label = "cold leads are never uploaded"
            yield Row(label, part["count"], href=_url(part), of=total, loss=True)
            continue
        yield Row(f"{score}, not uploaded", part["count"], href=_url(part), of=total, loss=True)
        yield from _parts(part, total, loss=True)


def _billed(accepted: Figure, billed: Billed | None) -> Iterator[Row]:
    note = "one for each lead and platform that took it"
    if billed is None:
        yield Row("To be billed", accepted["count"], 0, "/spend", note=note)
        yield from _parts(accepted, accepted["count"], depth=1)
        return
    yield Row("Billed", billed.count, 0, "/spend", note=note)
    for platform in sorted({*accepted["parts"], *billed.platforms}):
        count = billed.platforms.get(platform, 0)
        taken = accepted["parts"].get(platform, {"count": 0})["count"]
        differs = None if count == taken else f"{number(taken)} taken"
        yield Row(platform, count, of=billed.count, note=differs)


def _parts(
    figure: Figure,
    of: int,
    *,
    href: str | None = None,
    loss: bool = False,
    later: bool = False,
    depth: int = 2,
) -> Iterator[Row]:
    for name, part in figure["parts"].items():
        label = word(name)
        if later and name.startswith(_LATER):
            label = f"and later: {label}"
        if part["count"]:
            yield Row(label, part["count"], depth, _url(part) or href, of, loss)


def _url(figure: Figure) -> str | None:
    """The page that lists these leads."""
    return f"/{figure['leads']}" if figure["leads"] else None
