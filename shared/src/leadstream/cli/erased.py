"""Who was erased, from service to service, as hashes: for one that was restored and has forgotten."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click
import orjson

from leadstream.admin.receipts import HOLDERS, Part
from leadstream.cli.errors import CliError
from leadstream.cli.private import write_private
from leadstream.cli.receipts import parts_of
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClients

FORMAT: Final = "leadstream-erased-people-1"
PAGE: Final = 1_000
LOOK_SECONDS: Final = 1.0

# By service: its salts, and the hashes made with them.
Known = Mapping[str, Mapping[str, Any]]


def export_people(clients: ServiceClients, target: Path) -> None:
    """Write down who was erased so far, for nobody but the file's owner: a guess can be checked with it."""
    services = _known(clients)
    document = {
        "format": FORMAT,
        "exported_at": datetime.now(UTC).isoformat(),
        "services": services,
    }
    write_private(target, orjson.dumps(document, option=orjson.OPT_INDENT_2))
    count = sum(len(each["people"]) for each in services.values())
    click.echo(f"{count} hashes of {len(services)} services are in {target}")


def reapply(
    clients: ServiceClients, receipt_id: UUID, reason: str, source: Path | None
) -> dict[str, Part]:
    """Tell each service who was erased by any, and have it look for them; return once that is done."""
    click.echo(f"receipt {receipt_id}")
    sources = [_known(clients), *([_read(source)] if source else [])]
    learnt = {service: _teach(clients, service, sources) for service in HOLDERS}
    table = make_table("service", "hashes that were new", "people who were here again")
    asked = {"receipt_id": str(receipt_id), "reason": reason}
    for service in HOLDERS:
        found = clients[service].post("erasure-searches", asked)
        while found["finished_at"] is None:
            time.sleep(LOOK_SECONDS)
            found = clients[service].get(f"erasure-searches/{found['id']}")
        add_row(table, service, learnt[service], found["found"])
    make_console().print(table)
    return parts_of(clients, receipt_id)


def _known(clients: ServiceClients) -> dict[str, dict[str, Any]]:
    return {service: _known_to(clients, service) for service in HOLDERS}


def _known_to(clients: ServiceClients, service: str) -> dict[str, Any]:
    people: list[Any] = []
    page: dict[str, str] = {}
    while True:
        body = clients[service].get("erased-people", **page)
        people += body["people"]
        if body["next"] is None:
            return {"salts": body["salts"], "people": people}
        page = {"after": body["next"]}


def _teach(clients: ServiceClients, service: str, sources: list[Known]) -> int:
    new = 0
    for source in sources:
        for known in source.values():
            for people in _pages(known["people"]):
                body = {"salts": known["salts"], "people": people}
                new += clients[service].post("erased-people", body)["new"]
    return new


def _pages(people: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(people), PAGE):
        yield people[start : start + PAGE]


def _read(source: Path) -> Known:
    try:
        document = orjson.loads(source.read_bytes())
        if document["format"] != FORMAT:
            raise ValueError
        services: Known = document["services"]
    except (ValueError, KeyError, TypeError):
        raise CliError(f"{source} is not what `leadstream erase --export` writes") from None
    return services
