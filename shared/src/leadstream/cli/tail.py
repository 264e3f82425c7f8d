"""Follow the events as they pass."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import click
import orjson
from aiokafka import AIOKafkaConsumer
from rich.text import Text

from leadstream.cli.errors import CliError
from leadstream.cli.kafka import run_on_kafka
from leadstream.cli.screen import make_console, printable
from leadstream.contracts import registry
from leadstream.kafka.client import KafkaConfig
from leadstream.observability.redact import Redactor

COLOURS = {
    "scheduler.tick": "white",
    "lead.discovered": "cyan",
    "lead.enriched": "blue",
    "lead.delivered": "green",
    "lead.upload": "yellow",
    "lead.uploaded": "green",
    "lead.failed": "red",
    "workspace.trouble": "red",
}
_redactor = Redactor()


@click.command("tail")
@click.argument("topics", nargs=-1)
@click.option(
    "--from-beginning", is_flag=True, help="Begin with what is kept, not with what comes."
)
@click.option(
    "--json", "as_json", is_flag=True, help="The values whole, contacts and all, one a line."
)
@click.option("--for", "seconds", type=float, help="Stop after so many seconds.")
def tail_command(
    topics: tuple[str, ...], *, from_beginning: bool, as_json: bool, seconds: float | None
) -> None:
    """Follow events; of all topics when none is named. Ctrl-C ends it."""
    follow = _Follow(_known(topics), from_beginning, as_json, seconds)
    with suppress(KeyboardInterrupt):
        run_on_kafka(follow)


def _known(wanted: tuple[str, ...]) -> list[str]:
    names = list(registry.load().topics)
    for topic in wanted:
        if topic not in names:
            raise CliError(f"there is no topic {topic}", hint="See `leadstream topics list`.")
    return list(wanted) or names


class _Follow:
    def __init__(
        self, topics: list[str], from_beginning: bool, as_json: bool, seconds: float | None
    ) -> None:
        self._topics = topics
        self._offset_reset = "earliest" if from_beginning else "latest"
        self._as_json = as_json
        self._seconds = seconds
        self._console = make_console()

    async def __call__(self, config: KafkaConfig) -> None:
        consumer = AIOKafkaConsumer(
            *self._topics,
            **config.options(),
            auto_offset_reset=self._offset_reset,
            enable_auto_commit=False,
        )
        try:
            await consumer.start()
            await self._check(consumer)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    async for record in consumer:
                        self._show(record)
        finally:
            await consumer.stop()

    async def _check(self, consumer: AIOKafkaConsumer) -> None:
        missing = sorted(set(self._topics) - await consumer.topics())
        if missing:
            hint = "Run `leadstream topics apply`."
            raise CliError(f"the broker has no topic {missing[0]}", hint=hint)

    def _show(self, record: Any) -> None:
        if self._as_json:
            click.echo(printable((record.value or b"").decode(errors="replace")))
            return
        time = datetime.fromtimestamp(record.timestamp / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
        key = printable((record.key or b"-").decode(errors="replace"))
        colour = COLOURS.get(record.topic, "magenta")
        line = Text.assemble(
            f"{time} ", (f"{record.topic:<16}", colour), f" {key:<36} {summary(record)}"
        )
        self._console.print(line, soft_wrap=True)


def summary(record: Any) -> str:
    """One line about an event: nobody's address, however much the record holds."""
    return printable(_redactor.text(_summary(record))).replace("\n", " ")


def _summary(record: Any) -> str:
    if record.topic.endswith(".dlq"):
        headers = dict(record.headers)
        found = [headers.get(name) or b"" for name in ("dlq_reason", "dlq_error")]
        return " ".join(value.decode(errors="replace") for value in found)
    if record.value is None:
        return "(null)"
    try:
        value = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return "(not JSON)"
    return _describe(value) if isinstance(value, dict) else "(not an object)"


def _describe(value: dict[str, Any]) -> str:
    lead = _part(value, "lead")
    parts = [
        _part(value, "company").get("name") or lead.get("company_name"),
        _part(value, "intent").get("score") or lead.get("intent_score"),
        _part(value, "enrichment").get("status"),
        value.get("schedule"),
        value.get("status"),
        value.get("platform"),
        value.get("outcome"),
        value.get("stage"),
        _part(value, "error").get("message"),
    ]
    return " · ".join(str(part) for part in parts if part)


def _part(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Anything can be in a record; only an object has parts."""
    part = value.get(name)
    return part if isinstance(part, dict) else {}
