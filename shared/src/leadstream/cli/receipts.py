"""Receipts of erasures, over all services: each keeps its own part, in a chain that nobody can change unseen."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import click

from leadstream.admin.receipts import HOLDERS, Part, broken_joints, lines_of, others_of
from leadstream.cli.errors import CliError
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import RefusedError, ServiceClients
from leadstream.erasure.chain import Entry, Head, flaws_in

_NOT_FOUND: Final = 404


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
        found[service] = Part(service=service, entries=body["entries"], open=body["open"])
    return found


def join_parts(clients: ServiceClients, receipt_id: UUID, parts: Mapping[str, Part]) -> None:
    """Have each service take down the others' parts."""
    for service, others in others_of(parts).items():
        clients[service].post(f"erasure-receipts/{receipt_id}/joined", {"parts": others})


def show_receipt(parts: Mapping[str, Part]) -> None:
    table = make_table("service", "what", "")
    for service, part in parts.items():
        for what, how in lines_of(part):
            add_row(table, service, what, how)
    make_console().print(table)


def verify(clients: ServiceClients, receipt_id: UUID) -> bool:
    """Compute each service's chain anew, and compare what they say of each other; say what is wrong."""
    parts = parts_of(clients, receipt_id)
    if not parts:
        raise CliError(f"no service knows a receipt {receipt_id}")
    show_receipt(parts)
    wrong = [*_broken_chains(clients), *broken_joints(parts)]
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


def _entry(body: Mapping[str, Any]) -> Entry:
    return Entry(
        seq=body["seq"],
        receipt_id=UUID(body["receipt_id"]),
        content=body["content"],
        previous=bytes.fromhex(body["previous"]),
        hash=bytes.fromhex(body["hash"]),
    )
