"""Receipts hang together: each entry's hash is of the hash before it and of its own content, byte for byte. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

# What stands before the first entry.
BEGINNING: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the chain, as it is kept."""

    seq: int
    receipt_id: UUID
    # Canonical JSON.
    content: str
    previous: bytes
    hash: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Raise ValueError where somebody has made something else of it."""
        found = orjson.loads(self.content)
        if not isinstance(found, dict):
            raise ValueError("an entry's content is an object")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a chain ends."""

    length: int = 0
    hash: bytes = BEGINNING


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and with which entry; None: with the end of the chain."""

    seq: int | None
    what: str


def canonical(content: Mapping[str, Any]) -> str:
    """One way only to write it down."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def hash_of(previous: bytes, content: str) -> bytes:
    return hashlib.sha256(previous + content.encode("utf-8", "surrogatepass")).digest()


def next_entry(head: Head, receipt_id: UUID, content: Mapping[str, Any]) -> Entry:
    """The entry after the end; its content says where it stands, so that it can stand nowhere else."""
    seq = head.length + 1
    text = canonical({**content, "seq": seq, "receipt": str(receipt_id)})
    return Entry(
        seq=seq,
        receipt_id=receipt_id,
        content=text,
        previous=head.hash,
        hash=hash_of(head.hash, text),
    )


def flaws_in(entries: Sequence[Entry], head: Head) -> list[Flaw]:
    """What is not as it was written, from the first entry to the end: none where nothing was touched."""
    flaws: list[Flaw] = []
    last = Head()
    for entry in entries:
        flaws += (Flaw(entry.seq, what) for what in _wrong_with(entry, last))
        last = Head(length=entry.seq, hash=entry.hash)
    if last != head:
        flaws.append(Flaw(None, f"it ends with entry {last.length}, and should with {head.length}"))
    return flaws


def _wrong_with(entry: Entry, last: Head) -> Iterator[str]:
    if entry.seq != last.length + 1:
        yield f"it comes after entry {last.length}: some are missing, or out of their order"
    if entry.previous != last.hash:
        yield "it does not follow from the entry before it"
    if entry.hash != hash_of(entry.previous, entry.content):
        yield "its content is not what was written"
    try:
        document = entry.document
    except ValueError:
        yield "its content can't be read"
        return
    if (document.get("seq"), document.get("receipt")) != (entry.seq, str(entry.receipt_id)):
        yield "its content says that it belongs elsewhere"
