import click

from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.services import ServiceClient

NIGHTLY = "daily-lead-generation"


@click.command("trigger")
@click.option("--query", type=click.UUID, help="Run this query only.")
@click.option("--workspace", type=click.UUID, help="Run the active queries of this workspace.")
@click.option("--lead", type=click.UUID, help="Enrich this lead.")
@click.option("--user", type=click.UUID, help="With --lead: the user whose credit it costs.")
@click.option("--fresh", is_flag=True, help="With --lead: ask although a fresh answer is here.")
@click.option("--schedule", help=f"Run this schedule now; {NIGHTLY} when nothing is asked for.")
@reason_option
def trigger_command(
    query: object,
    workspace: object,
    lead: object,
    user: object,
    fresh: bool,
    schedule: str | None,
) -> None:
    """Run the nightly job now; or one query, one workspace, one lead.

    Names the jobs, which are stored by then: `leadstream jobs show` tells what became of each.
    """
    if user and not lead:
        raise CliError("--user goes with --lead", hint="It is the user whose credit a lead costs.")
    if fresh and not lead:
        raise CliError("--fresh goes with --lead", hint="A night asks for what is not known yet.")
    if sum((bool(query or workspace), bool(lead), bool(schedule))) > 1:
        raise CliError("only one of --query/--workspace, --lead and --schedule at a time")
    if lead:
        _enrich({"lead_id": lead, "user_id": user, "force": fresh})
    elif query or workspace:
        _generate({"query_id": query, "workspace_id": workspace})
    else:
        name = schedule or NIGHTLY
        answer = ServiceClient("scheduler").post(f"schedules/{name}/trigger")
        click.echo(f"scheduler: {name}, tick {answer['tick_id']}")


def _enrich(asked: dict[str, object]) -> None:
    answer = ServiceClient("enrichment").post("trigger-enrichment", _given(asked))
    click.echo(f"enrichment: job {answer['job_id']}")


def _generate(asked: dict[str, object]) -> None:
    answer = ServiceClient("discovery").post("trigger-lead-generation", _given(asked))
    click.echo(f"discovery: tick {answer['tick_id']}, {len(answer['jobs'])} jobs")
    for job in answer["jobs"]:
        click.echo(f"  {job}")


def _given(asked: dict[str, object]) -> dict[str, str | bool]:
    return {
        name: value if isinstance(value, bool) else str(value)
        for name, value in asked.items()
        if value
    }
