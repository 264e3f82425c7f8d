"""Dead letters: look at them, and put them back once the cause is mended."""

import re
from typing import Any

import click

from leadstream.cli.errors import CliError
from leadstream.cli.kafka import run_on_kafka
from leadstream.cli.screen import add_row, make_console, make_table, printable
from leadstream.contracts import registry
from leadstream.kafka.letters import Letter, read, read_one, replay

PLACE = re.compile(r"^(\d+):(\d+)$")


class Place(click.ParamType):
    name = "P:O"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        match = PLACE.match(str(value))
        if match is None:
            self.fail("expected PARTITION:OFFSET, such as 0:17", param, ctx)
        return int(match[1]), int(match[2])


@click.group("dlq")
def dlq_group() -> None:
    """Dead letters: records that a consumer could not use, set aside whole."""


@dlq_group.command("list")
@click.argument("topic", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    help="Records shown, the newest.",
)
def list_letters(topic: str | None, limit: int) -> None:
    """What lies in one dead-letter topic, or in all of them."""
    letters, kept = run_on_kafka(lambda config: read(config, _topics(topic), limit=limit))
    columns = ("topic", "at", "bytes", "came from", "put back", "reason", "error")
    table = make_table(*columns, whole=columns[:-1])
    for letter in letters:
        _add(table, letter)
    if letters:
        make_console().print(table)
    click.echo(f"{kept} dead letters")


@dlq_group.command("show")
@click.argument("topic")
@click.argument("place", type=Place())
def show_letter(topic: str, place: tuple[int, int]) -> None:
    """One dead letter: its headers, and its bytes as text as far as they are any."""
    _topics(topic)
    record = run_on_kafka(lambda config: read_one(config, topic, place))
    for name, value in record.headers:
        click.echo(f"{printable(name)}: {_text(value or b'')}")
    click.echo(f"key: {_text(record.key) if record.key is not None else '(none)'}")
    click.echo("")
    click.echo("(null)" if record.value is None else _text(record.value))


@dlq_group.command("replay")
@click.argument("topic")
@click.option("--offset", "place", type=Place(), help="This one only, replayed before or not.")
@click.option("--limit", type=click.IntRange(1), help="No more than so many, the oldest first.")
@click.option("--dry-run", is_flag=True, help="Say what would be put back.")
def replay_letters(
    topic: str, place: tuple[int, int] | None, limit: int | None, *, dry_run: bool
) -> None:
    """Put dead letters back where they came from: all that were not put back before.

    A record whose cause is not mended comes back as a new dead letter.
    """
    _topics(topic)
    count = run_on_kafka(lambda config: replay(config, topic, place, limit=limit, dry_run=dry_run))
    verb = "would be put back" if dry_run else "put back"
    click.echo(f"{count} dead letters {verb}")


def _topics(wanted: str | None) -> list[str]:
    known = [t.name for t in registry.load().topics.values() if t.kind == "dead-letters"]
    if wanted is None:
        return known
    if wanted not in known:
        hint = "\n  ".join(["There are:", *known])
        raise CliError(f"{wanted} is no dead-letter topic", hint=hint)
    return [wanted]


def _add(table: Any, letter: Letter) -> None:
    why = letter.why
    add_row(
        table,
        letter.topic,
        letter.place,
        "null" if letter.bytes is None else letter.bytes,
        f"{why['dlq_topic']} {why['dlq_partition']}:{why['dlq_offset']}",
        "yes" if letter.put_back else "",
        why["dlq_reason"],
        why["dlq_error"],
    )


def _text(raw: bytes) -> str:
    return printable(raw.decode(errors="backslashreplace"))
