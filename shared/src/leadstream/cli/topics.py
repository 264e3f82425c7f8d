from pathlib import Path

import click

from leadstream.cli.kafka import run_on_kafka
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.contracts import registry
from leadstream.kafka import topics

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("topics")
def topics_group() -> None:
    """The topics of the registry (schemas/topics)."""


@topics_group.command("list")
def list_topics() -> None:
    """Show the registry: who produces, who consumes, how long it is kept."""
    columns = ("topic", "partitions", "kept", "key", "produced by", "consumed by")
    table = make_table(*columns, whole=["topic", "kept"])
    for topic in registry.load().topics.values():
        add_row(
            table,
            topic.name,
            topic.partitions,
            f"{topic.retention_days} d",
            topic.key,
            ", ".join(topic.producers),
            ", ".join(topic.consumers) or "people",
        )
    make_console().print(table)


@topics_group.command("apply")
@click.option("--schemas", type=FOLDER, help="The registry's folder; by default the one installed.")
@click.option("--replication-factor", default=1, show_default=True, type=click.IntRange(1))
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def apply_topics(schemas: Path | None, replication_factor: int, *, dry_run: bool) -> None:
    """Create what is missing and correct what differs. Twice is the same as once."""
    report = run_on_kafka(
        lambda config: topics.apply(
            config,
            registry.load(schemas),
            replication_factor=replication_factor,
            dry_run=dry_run,
        )
    )
    click.echo(str(report))
