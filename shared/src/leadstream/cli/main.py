"""The `leadstream` command."""

from importlib.metadata import EntryPoint, entry_points

import click

# Commands of distributions that are installed beside this one have the same, such as `demo` of the local stack.
GROUP = "leadstream.commands"
_OWN = {
    "apply": "apply:apply_command",
    "audit": "audit:audit_command",
    "db": "database:db_group",
    "dlq": "dlq:dlq_group",
    "doctor": "doctor:doctor_command",
    "erase": "erase:erase_command",
    "import": "importing:import_command",
    "jobs": "jobs:jobs_group",
    "pauses": "pauses:pauses_group",
    "person": "person:person_group",
    "preview": "preview:preview_command",
    "schedules": "schedules:schedules_group",
    "spend": "spend:spend_command",
    "suppressions": "suppressions:suppressions_group",
    "tail": "tail:tail_command",
    "topics": "topics:topics_group",
    "trigger": "trigger:trigger_command",
    "uploads": "uploads:uploads_group",
    "workspaces": "workspaces:workspaces_group",
}
_COMMANDS = {
    **{name: EntryPoint(name, f"leadstream.cli.{at}", GROUP) for name, at in _OWN.items()},
    **{each.name: each for each in entry_points(group=GROUP)},
}


class Commands(click.Group):
    """Imports a command when it is asked for: to import all of them takes as long as most commands take."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = _COMMANDS.get(cmd_name)
        command: click.Command | None = found.load() if found else None
        return command


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """Operate Leadstream.

    The services are found by DISCOVERY_URL, ENRICHMENT_URL, DELIVERY_URL, PLATFORM_UPLOAD_URL and SCHEDULER_URL (by
    default this machine and the default ports); LEADSTREAM_TOKEN is sent to them. Kafka is found by
    KAFKA_BOOTSTRAP_SERVERS.
    """
