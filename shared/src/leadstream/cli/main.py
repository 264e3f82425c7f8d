"""The `leadstream` command."""

from importlib.metadata import entry_points

import click

from leadstream.cli.apply import apply_command
from leadstream.cli.audit import audit_command
from leadstream.cli.database import db_group
from leadstream.cli.dlq import dlq_group
from leadstream.cli.doctor import doctor_command
from leadstream.cli.erase import erase_command
from leadstream.cli.importing import import_command
from leadstream.cli.jobs import jobs_group
from leadstream.cli.pauses import pauses_group
from leadstream.cli.person import person_group
from leadstream.cli.preview import preview_command
from leadstream.cli.schedules import schedules_group
from leadstream.cli.spend import spend_command
from leadstream.cli.suppressions import suppressions_group
from leadstream.cli.tail import tail_command
from leadstream.cli.topics import topics_group
from leadstream.cli.trigger import trigger_command
from leadstream.cli.uploads import uploads_group
from leadstream.cli.workspaces import workspaces_group


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Operate Leadstream.

    The services are found by DISCOVERY_URL, ENRICHMENT_URL, DELIVERY_URL, PLATFORM_UPLOAD_URL and SCHEDULER_URL (by
    default this machine and the default ports); LEADSTREAM_TOKEN is sent to them. Kafka is found by
    KAFKA_BOOTSTRAP_SERVERS.
    """


for _command in (
    apply_command,
    audit_command,
    db_group,
    dlq_group,
    doctor_command,
    erase_command,
    import_command,
    jobs_group,
    pauses_group,
    person_group,
    preview_command,
    schedules_group,
    spend_command,
    suppressions_group,
    tail_command,
    topics_group,
    trigger_command,
    uploads_group,
    workspaces_group,
):
    main.add_command(_command)

# Commands of distributions that are installed beside this one, such as `demo` of the local stack.
for _entry in entry_points(group="leadstream.commands"):
    main.add_command(_entry.load(), name=_entry.name)
