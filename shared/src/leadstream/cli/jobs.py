from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click

from leadstream.admin.answers import JobDetail, ListedJob
from leadstream.admin.jobs import (
    get_job,
    list_failures,
    list_jobs,
    retry_job,
    retry_jobs,
    sum_up_jobs,
)
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, at, make_console, make_table
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
def list_command(  # noqa: PLR0913 - one argument a filter
    service: str | None,
    state: str | None,
    kind: str | None,
    workspace: object,
    lead: object,
    since: datetime | None,
    limit: int,
) -> None:
    """Newest first; of one service, or of each."""
    columns = ("service", "job", "kind", "state", "attempts", "created", "why")
    table = make_table(*columns, whole=columns[:-1])
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            call = list_jobs(
                name,
                state=state,
                kind=kind,
                workspace_id=workspace,
                lead_id=lead,
                since=_utc(since),
                limit=limit,
            )
            for job in clients.ask(call)["items"]:
                add_row(table, name, *_summary(job))
    if not table.rows:
        click.echo("no jobs")
        return
    make_console().print(table)


@jobs_group.command("summary")
@click.argument("service", type=SERVICE, required=False)
@click.option("--workspace", type=click.UUID)
def sum_up(service: str | None, workspace: object) -> None:
    """How many jobs there are, by state, kind and error class; of one service, or of each."""
    columns = ("service", "kind", "state", "error class", "jobs")
    table = make_table(*columns, whole=columns)
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            found = clients.ask(sum_up_jobs(name, workspace))
            for each in found["counts"]:
                count = _at_least(each["count"], more=each["state"] in found["more"])
                add_row(table, name, each["kind"], each["state"], each["error_class"], count)
    if not table.rows:
        click.echo("no jobs")
        return
    make_console().print(table)


@jobs_group.command("failures")
@click.argument("service", type=SERVICE, required=False)
@click.option("--kind")
@click.option("--workspace", type=click.UUID)
@click.option("--since", type=click.DateTime(), help="Failed at or after, UTC.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
def failures_command(
    service: str | None, kind: str | None, workspace: object, since: datetime | None, limit: int
) -> None:
    """Failed jobs by the way they failed, the newest first; run one again: jobs retry --service --group."""
    columns = ("service", "group", "kind", "jobs", "leads", "last", "why")
    table = make_table(*columns, whole=columns[:-1])
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            call = list_failures(
                name, kind=kind, workspace_id=workspace, since=_utc(since), limit=limit
            )
            for each in clients.ask(call)["items"]:
                count = _at_least(each["count"], more=each["more"])
                what = (each["error_class"], each["status_code"], each["message"])
                why = ": ".join(str(part) for part in what if part)
                last = at(each["last"])
                add_row(table, name, each["key"], each["kind"], count, each["leads"], last, why)
    if not table.rows:
        click.echo("nothing has failed")
        return
    make_console().print(table)


@jobs_group.command("show")
@click.argument("job_id", type=click.UUID)
def show_command(job_id: UUID) -> None:
    """One job: its payload and every attempt."""
    with ServiceClients() as clients:
        name, job = _find(clients, job_id)
    console = make_console()
    console.print(f"{name}: {job['kind']} is {job['state']}", style="bold")
    shown = {k: v for k, v in job.items() if k != "attempts_made"}
    console.print_json(data=shown, default=_exact)
    columns = ("attempt", "outcome", "status", "started", "error")
    table = make_table(*columns, whole=columns[:-1])
    for each in job["attempts_made"]:
        why = ": ".join(filter(None, (each["error_class"], each["error"])))
        add_row(
            table,
            each["number"],
            each["outcome"],
            each["status_code"],
            at(each["started_at"]),
            why,
        )
    console.print(table if table.rows else "no attempts yet")


@jobs_group.command("retry")
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--service", type=SERVICE, help="With a filter or alone: all failed jobs of it.")
@click.option("--group", type=click.UUID, help="Of `jobs failures`: those that failed in one way.")
@click.option("--state", type=click.Choice(["failed", "cancelled"]), help="Left out: failed.")
@click.option("--kind")
@click.option("--workspace", type=click.UUID)
@click.option("--lead", type=click.UUID)
@click.option("--since", type=click.DateTime(), help="Created, or of a group failed, since; UTC.")
@click.option("--dry-run", is_flag=True, help="Say how many of what.")
@reason_option
def retry_command(
    job_id: UUID | None,
    service: str | None,
    since: datetime | None,
    *,
    dry_run: bool,
    **filters: Any,
) -> None:
    """Run one failed job again, or all of a service that a filter finds."""
    many = [service, since, dry_run, *filters.values()]
    if job_id is not None and any(many):
        raise CliError("a job's id goes alone, without --service, filters and --dry-run")
    with ServiceClients() as clients:
        if job_id is not None:
            name, _ = _find(clients, job_id)
            ready = clients.ask(retry_job(name, job_id))
            click.echo(f"{name}: job {ready['job_id']} is {ready['state']} again")
            return
        if service is None:
            raise CliError("which jobs?", hint="Give a job's id, or --service (and --kind).")
        which = {
            "group": filters["group"],
            "state": filters["state"],
            "kind": filters["kind"],
            "workspace_id": filters["workspace"],
            "lead_id": filters["lead"],
        }
        answer = clients.ask(retry_jobs(service, **which, since=_utc(since), dry_run=dry_run))
    verb = "would run again" if dry_run else "run again"
    kinds = ", ".join(f"{count} {name}" for name, count in answer["kinds"].items()) or "nothing"
    click.echo(f"{service}: {answer['total']} jobs {verb}: {kinds}")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _exact(value: object) -> str:
    """A moment in JSON, as the services write it."""
    assert isinstance(value, datetime)  # noqa: S101 - all else is JSON
    return value.isoformat().replace("+00:00", "Z")


def _at_least(count: int, *, more: bool) -> str:
    return f"{count}+" if more else str(count)


def _summary(job: ListedJob) -> tuple[object, ...]:
    why = ", ".join(job["held_by"] or []) or job["last_error"] or ""
    created = at(job["created_at"])
    return job["id"], job["kind"], job["state"], job["attempts"], created, why


def _find(clients: ServiceClients, job_id: UUID) -> tuple[str, JobDetail]:
    """Ids are derived from what a job does, so one service has it."""
    for name in SERVICES:
        try:
            job = clients.ask(get_job(name, job_id))
        except RefusedError as exc:
            if exc.status == 404:
                continue
            raise
        return name, job
    raise CliError(f"no service has a job {job_id}", hint="See `leadstream jobs list`.")
