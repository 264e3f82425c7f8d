"""What the services say of an erasure's receipt, of which each has its own part. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from leadstream.admin.answers import EntryShown

# The scheduler knows nobody. In the order in which people come: who is erased upstream is not sent downstream any more.
HOLDERS: Final = ("enrichment", "discovery", "delivery", "platform-upload")
_MOVING: Final = frozenset({"ready", "running"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one service says of a receipt."""

    service: str
    entries: Sequence[EntryShown]
    open: Sequence[Mapping[str, Any]]

    @property
    def is_moving(self) -> bool:
        """Whether something is open that is not waiting for anybody."""
        return any(
            each.get("state", "running") in _MOVING and not each.get("held_by")
            for each in self.open
        )


def others_of(parts: Mapping[str, Part]) -> dict[str, dict[str, str]]:
    """By service, what it is to take down of the others: whoever changes one has to change four databases."""
    hashes = {service: part.entries[-1]["hash"] for service, part in parts.items() if part.entries}
    return {
        service: {other: found for other, found in hashes.items() if other != service}
        for service in hashes
    }


def broken_joints(parts: Mapping[str, Part]) -> Iterator[str]:
    """What the services say of each other that is not so."""
    for service in HOLDERS:
        if service not in parts:
            yield f"{service}: it has no part of this receipt"
    for part in parts.values():
        for entry in part.entries:
            for other, said in joined_in(entry).items():
                theirs = parts[other].entries if other in parts else ()
                if said not in [each["hash"] for each in theirs]:
                    yield (
                        f"{other}: its part is not the one that {part.service} has taken down"
                        f" (entry {entry['seq']})"
                    )


def joined_in(entry: EntryShown) -> Mapping[str, str]:
    """The others' hashes that an entry takes down."""
    try:
        found = _document(entry).get("parts")
    except ValueError:
        # Said of the chain.
        return {}
    return found if isinstance(found, dict) else {}


def lines_of(part: Part) -> Iterator[tuple[str, str]]:
    """What was done, what is left to people, and what is open."""
    for entry in part.entries:
        try:
            yield from _said(_document(entry))
        except (ValueError, TypeError, AttributeError, KeyError):
            yield f"entry {entry['seq']}", "can't be read"
    for each in part.open:
        try:
            yield _open(each)
        except (TypeError, AttributeError, KeyError):
            yield "open", "can't be read"


def _open(each: Mapping[str, Any]) -> tuple[str, str]:
    if each["what"] == "platform":
        waits = ", ".join(each["held_by"]) or each["state"]
        return f"open: {each['platform']}", f"waits: {waits} (job {each['job']})"
    return f"open: {each['what']}", str(each["count"])


def _said(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match document.get("entry"):
        case "erased":
            rows = ", ".join(f"{what} {n}" for what, n in document["removed"].items())
            yield f"erased {document['at']}", rows or "nothing"
            for each in document["elsewhere"]:
                yield f"goes on to {each['platform']}", f"leads {each['leads']}"
        case "platform":
            how = document["state"] + (f" ({document['error']})" if "error" in document else "")
            records = ", ".join(document.get("records", ()))
            yield f"at {document['platform']}", f"{how}: {records}" if records else how
            for left in document.get("left", ()):
                yield "by hand", left
        case "searched":
            yield f"looked for again {document['at']}", f"found {document['found']}"
        case "joined":
            return
        case other:
            yield str(other), ""


def _document(entry: EntryShown) -> dict[str, Any]:
    """Raises ValueError where somebody has made something else of it."""
    found = orjson.loads(entry["content"])
    if not isinstance(found, dict):
        raise ValueError("an entry's content is an object")
    return found
