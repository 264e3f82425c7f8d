from datetime import UTC, datetime
from typing import Any

import click

from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import SERVICES, RefusedError, ServiceClients

SERVICE = click.Choice(SERVICES)
STATES = click.Choice(["ready", "running", "succeeded", "failed", "cancelled"])


@click.group("jobs")
def jobs_group() -> None:
    """The run history of the services: what ran, how it ended, and running it again."""


@jobs_group.command("list")
@click.argument("service", type=SERVICE, required=False)
@click.option("--state", type=STATES)
@click.option("--kind")
@click.option("--workspace", type=click.UUID)
@click.option("--lead", type=click.UUID)
@click.option("--since", type=click.DateTime(), help="Created at or after, UTC.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
def list_jobs(  # noqa: PLR0913 - one argument a filter
    service: str | None,
    state: str | None,
    kind: str | None,
    workspace: object,
    lead: object,
    since: datetime | None,
    limit: int,
) -> None:
    """Newest first; of one service, or of each."""
    filters = {
        "state": state,
        "kind": kind,
        "workspace_id": workspace,
        "lead_id": lead,
        "since": since.replace(tzinfo=UTC).isoformat() if since else None,
    }
    given = {name: str(value) for name, value in filters.items() if value is not None}
    columns = ("service", "job", "kind", "state", "attempts", "created", "why")
    table = make_table(*columns, whole=columns[:-1])
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            for job in clients[name].get("jobs", limit=limit, **given)["items"]:
                add_row(table, name, *_summary(job))
    if not table.rows:
        click.echo("no jobs")
        return
    make_console().print(table)


@jobs_group.command("show")
@click.argument("job_id", type=click.UUID)
def show_job(job_id: object) -> None:
    """One job: its payload and every attempt."""
    with ServiceClients() as clients:
        name, job = _find(clients, job_id)
    console = make_console()
    console.print(f"{name}: {job['kind']} is {job['state']}", style="bold")
    console.print_json(data={k: v for k, v in job.items() if k != "attempts_made"})
    columns = ("attempt", "outcome", "status", "started", "error")
    table = make_table(*columns, whole=columns[:-1])
    for each in job["attempts_made"]:
        why = ": ".join(filter(None, (each["error_class"], each["error"])))
        add_row(
            table,
            each["number"],
            each["outcome"],
            each["status_code"],
            each["started_at"][:19],
            why,
        )
    console.print(table if table.rows else "no attempts yet")


@jobs_group.command("retry")
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--service", type=SERVICE, help="With --kind or alone: all failed jobs of it.")
@click.option("--kind")
@click.option("--dry-run", is_flag=True, help="Say how many of what.")
@reason_option
def retry_jobs(job_id: object, service: str | None, kind: str | None, *, dry_run: bool) -> None:
    """Run one failed job again, or all of a service or kind."""
    if job_id is not None and (service or kind or dry_run):
        raise CliError("a job's id goes alone, without --service, --kind and --dry-run")
    with ServiceClients() as clients:
        if job_id is not None:
            name, _ = _find(clients, job_id)
            answer = clients[name].post(f"jobs/{job_id}/retry")
            click.echo(f"{name}: job {answer['job_id']} is {answer['state']} again")
            return
        if service is None:
            raise CliError("which jobs?", hint="Give a job's id, or --service (and --kind).")
        body = {"state": "failed", "kind": kind, "dry_run": dry_run}
        answer = clients[service].post("jobs/retry", body)
    verb = "would run again" if dry_run else "run again"
    kinds = ", ".join(f"{count} {name}" for name, count in answer["kinds"].items()) or "nothing"
    click.echo(f"{service}: {answer['total']} jobs {verb}: {kinds}")


def _summary(job: dict[str, Any]) -> tuple[object, ...]:
    why = ", ".join(job["held_by"] or []) or job["last_error"] or ""
    started = job["created_at"][:19]
    return job["id"], job["kind"], job["state"], job["attempts"], started, why


def _find(clients: ServiceClients, job_id: object) -> tuple[str, dict[str, Any]]:
    """Ids are derived from what a job does, so one service has it."""
    for name in SERVICES:
        try:
            job: dict[str, Any] = clients[name].get(f"jobs/{job_id}")
        except RefusedError as exc:
            if exc.status == 404:
                continue
            raise
        return name, job
    raise CliError(f"no service has a job {job_id}", hint="See `leadstream jobs list`.")
