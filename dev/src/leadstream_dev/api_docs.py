"""Write docs/api from the services' routes, and their answers as types; or check that they agree.

Needs neither Kafka nor Postgres.

`python -m leadstream_dev.api_docs --write` · `--check`
"""

import asyncio
import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import click

from delivery.bootstrap import SERVICE as DELIVERY
from discovery.bootstrap import SERVICE as DISCOVERY
from enrichment.bootstrap import SERVICE as ENRICHMENT
from leadstream.clock import SystemClock
from leadstream.kafka.client import KafkaConfig
from leadstream.observability.health import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.runtime import Resources, Service
from leadstream.runtime.app import service_app
from leadstream_dev import answers
from platform_upload.bootstrap import SERVICE as PLATFORM_UPLOAD
from scheduler.bootstrap import SERVICE as SCHEDULER

SERVICES: Final[tuple[Service[Any], ...]] = (
    DISCOVERY,
    ENRICHMENT,
    DELIVERY,
    PLATFORM_UPLOAD,
    SCHEDULER,
)
FOLDER: Final = Path("docs/api")

# Whatever is required: nothing is called, so that nothing of it shows in a document.
SETTINGS: Final[Mapping[str, object]] = {
    "kafka_bootstrap_servers": "unused:9092",
    "database_url": "postgresql://unused/unused",
    "datashopper_api_url": "https://unused.example",
    "datashopper_api_key": "unused",
    "clay_api_url": "https://unused.example",
    "clay_api_key": "unused",
    "resend_api_key": "unused",
    "resend_from": "unused@unused.example",
    "encryption_keys": f"unused:{base64.b64encode(bytes(32)).decode()}",
}


async def documents() -> dict[Path, str]:
    found = {each.name: await _document(each) for each in SERVICES}
    written = {
        FOLDER / f"{name}.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in found.items()
    }
    return {**written, answers.FILE: answers.answers(found)}


async def _document(service: Service[Any]) -> dict[str, Any]:
    names = set(service.settings.model_fields)
    settings = service.settings(
        _env_file=None, **{name: value for name, value in SETTINGS.items() if name in names}
    )
    # Routes only hold on to it; none is called.
    database = cast(Database, None)
    resources = Resources(
        settings=settings,
        database=database,
        board=PauseBoard(database),
        clock=SystemClock(),
        kafka=KafkaConfig(bootstrap_servers=settings.kafka_bootstrap_servers),
        wake=_nothing,
    )
    parts = await service.assemble(resources)
    try:
        app = service_app(
            service.name, settings, database, parts, health=Health(), wake=resources.wake
        )
        return app.openapi()
    finally:
        for close in parts.close:
            await close()


def _nothing() -> None: ...


def outdated(root: Path, wanted: Mapping[Path, str]) -> list[Path]:
    return [path for path, text in wanted.items() if _read(root / path) != text]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


@click.command(help=__doc__)
@click.option("--write", "action", flag_value="write", help="Bring docs/api up to date.")
@click.option("--check", "action", flag_value="check", default=True, help="Only tell.")
def main(action: str) -> None:
    root = Path.cwd()
    wanted = asyncio.run(documents())
    stale = outdated(root, wanted)
    if action == "check" and stale:
        click.echo("\n".join(map(str, stale)), err=True)
        sys.exit("Out of date: run `make api-docs`.")
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
        click.echo(f"wrote {path}")


if __name__ == "__main__":
    main()
