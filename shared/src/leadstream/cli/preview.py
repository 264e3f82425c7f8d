"""`leadstream preview`: what an upload would do."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import click

from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient

COLUMNS = ("lead", "action", "field", "there", "then")


@click.command("preview")
@click.argument("connection_id", metavar="CONNECTION", type=click.UUID)
@click.option("--lead", "leads", type=click.UUID, multiple=True, required=True, help="Up to 100.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer.")
def preview_command(connection_id: UUID, leads: Sequence[UUID], *, as_json: bool) -> None:
    """What an upload of some leads would write at a connection's platform, field by field.

    It reads there, at most once a lead, and writes nothing. The calls that it takes are the workspace's own.
    """
    body = {"lead_ids": [str(each) for each in leads]}
    answer = ServiceClient("platform-upload").post(f"connections/{connection_id}/preview", body)
    if as_json:
        click.echo(json.dumps(answer))
        return
    table = make_table(*COLUMNS, whole=("lead", "action", "field"))
    for lead in answer["leads"]:
        for row in rows_of(lead):
            add_row(table, *row)
    make_console().print(table)
    click.echo(f"calls made: {answer['calls']}; nothing was written")


def rows_of(lead: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    head = lead["lead_id"], lead["action"]
    refusal = lead["refusal"]
    changes = [
        (each["field"], _text(each["before"]), _text(each["after"])) for each in lead["changes"]
    ]
    notes = [(each["field"], each["action"], each["said"]) for each in lead["adjustments"]]
    if refusal:
        notes.append((refusal["field"] or refusal["ours"], refusal["code"], refusal["message"]))
    if lead["message"]:
        notes.append((None, None, lead["message"]))
    for row in [*changes, *notes] or [(None, None, None)]:
        yield *head, *row
        head = None, None


def _text(value: object) -> object:
    return value if value is None or isinstance(value, str) else json.dumps(value)
