"""Receipts of erasures, over all services: each keeps its own part, in a chain that nobody can change unseen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import click

from leadstream.cli.errors import CliError
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import RefusedError, ServiceClients
from leadstream.erasure.chain import Entry, Head, flaws_in

# The scheduler knows nobody. In the order in which people come: who is erased upstream is not sent downstream any more.
HOLDERS: Final = ("enrichment", "discovery", "delivery", "platform-upload")
_MOVING: Final = frozenset({"ready", "running"})
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one service says of a receipt."""

    service: str
    receipt_id: UUID
    entries: Sequence[Entry]
    open: Sequence[Mapping[str, Any]]

    @property
    def is_moving(self) -> bool:
        """Whether something is open that is not waiting for anybody."""
        return any(
            each.get("state", "running") in _MOVING and not each.get("held_by")
            for each in self.open
        )


def parts_of(clients: ServiceClients, receipt_id: UUID) -> dict[str, Part]:
    """The parts that there are, by service."""
    found = {}
    for service in HOLDERS:
        try:
            body = clients[service].get(f"erasure-receipts/{receipt_id}")
        except RefusedError as exc:
            if exc.status != _NOT_FOUND:
                raise
            continue
        entries = [_entry(each) for each in body["entries"]]
        found[service] = Part(
            service=service, receipt_id=receipt_id, entries=entries, open=body["open"]
        )
    return found


def join_parts(clients: ServiceClients, parts: Mapping[str, Part]) -> UUID:
    """Have each service take down the others' parts: whoever changes one has to change four databases."""
    hashes = {service: part.entries[-1].hash.hex() for service, part in parts.items()}
    for service in parts:
        others = {other: found for other, found in hashes.items() if other != service}
        clients[service].post(
            f"erasure-receipts/{parts[service].receipt_id}/joined", {"parts": others}
        )
    return next(iter(parts.values())).receipt_id


def show_receipt(parts: Mapping[str, Part]) -> None:
    table = make_table("service", "what", "")
    for service, part in parts.items():
        for what, how in _lines(part):
            add_row(table, service, what, how)
    make_console().print(table)


def verify(clients: ServiceClients, receipt_id: UUID) -> bool:
    """Compute each service's chain anew, and compare what they say of each other; say what is wrong."""
    parts = parts_of(clients, receipt_id)
    if not parts:
        raise CliError(f"no service knows a receipt {receipt_id}")
    show_receipt(parts)
    wrong = [*_broken_chains(clients), *_broken_joints(parts)]
    for line in wrong:
        click.echo(line, err=True)
    if not wrong:
        click.echo(f"receipt {receipt_id}: all of it is as it was written")
    return not wrong


def _broken_chains(clients: ServiceClients) -> Iterator[str]:
    for service in HOLDERS:
        entries, head = _chain(clients, service)
        for flaw in flaws_in(entries, head):
            where = f"entry {flaw.seq}" if flaw.seq is not None else "the chain"
            yield f"{service}: {where}: {flaw.what}"


def _chain(clients: ServiceClients, service: str) -> tuple[list[Entry], Head]:
    entries: list[Entry] = []
    while True:
        after = entries[-1].seq if entries else 0
        body = clients[service].get("erasure-receipts", after=after)
        entries += [_entry(each) for each in body["items"]]
        if not body["items"]:
            head = body["head"]
            return entries, Head(length=head["length"], hash=bytes.fromhex(head["hash"]))


def _broken_joints(parts: Mapping[str, Part]) -> Iterator[str]:
    for service in HOLDERS:
        if service not in parts:
            yield f"{service}: it has no part of this receipt"
    for part in parts.values():
        for entry in part.entries:
            for other, said in _joined(entry).items():
                theirs = parts[other].entries if other in parts else ()
                if said not in [each.hash.hex() for each in theirs]:
                    yield (
                        f"{other}: its part is not the one that {part.service} has taken down"
                        f" (entry {entry.seq})"
                    )


def _joined(entry: Entry) -> Mapping[str, str]:
    try:
        document = entry.document
    except ValueError:
        # Said of the chain.
        return {}
    found = document.get("parts")
    return found if isinstance(found, dict) else {}


def _lines(part: Part) -> Iterator[tuple[str, str]]:
    for entry in part.entries:
        try:
            yield from _said(entry.document)
        except (ValueError, TypeError, AttributeError, KeyError):
            yield f"entry {entry.seq}", "can't be read"
    for each in part.open:
        if each["what"] == "platform":
            waits = ", ".join(each["held_by"]) or each["state"]
            yield f"open: {each['platform']}", f"waits: {waits} (job {each['job']})"
        else:
            yield f"open: {each['what']}", str(each["count"])


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


def _entry(body: Mapping[str, Any]) -> Entry:
    return Entry(
        seq=body["seq"],
        receipt_id=UUID(body["receipt_id"]),
        content=body["content"],
        previous=bytes.fromhex(body["previous"]),
        hash=bytes.fromhex(body["hash"]),
    )
