"""All five services' jobs in one list, and one of them with all that is known of it."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from console.application.merged import Merged, merged
from console.application.ports import Api
from console.application.tallies import Tallies, tally
from console.domain.attempts import Timed, timed
from console.domain.pauses import holds
from leadstream.admin.answers import ChangedJobs, JobDetail, ListedPause, PageListedPause
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.jobs import get_job, list_jobs, retry_jobs, sum_up_jobs
from leadstream.admin.pauses import list_pauses


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, and how many jobs there are by state and kind."""

    found: Merged
    tallies: Tallies


@dataclass(frozen=True, slots=True)
class OneJob:
    """`held` are the pauses that hold it; `error` says that nobody knows."""

    service: str
    job: JobDetail
    attempts: list[Timed]
    held: list[ListedPause]
    error: AdminError | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What many jobs came to, or would, by service; and which services gave no answer."""

    answers: Mapping[str, ChangedJobs]
    errors: list[AdminError]

    @property
    def total(self) -> int:
        return sum(answer["total"] for answer in self.answers.values())


async def jobs(
    api: Api, services: Sequence[str], filters: Mapping[str, Any], cursor: str | None
) -> Listed:
    """The page after the cursor, and how many there are of which kind and state."""
    page = merged(api, services, partial(_list, filters), key=_newest, cursor=cursor)
    return await tallied(api, services, page, filters)


async def tallied(
    api: Api, services: Sequence[str], page: Awaitable[Merged], filters: Mapping[str, Any]
) -> Listed:
    """The page, with the tallies of the filter's workspace and kind. Raises RefusedError if a service refused it."""
    workspace_id = filters.get("workspace_id")
    found, summaries = await asyncio.gather(
        page, api.all(*(sum_up_jobs(service, workspace_id) for service in services))
    )
    check(found)
    return Listed(found, tally(answered(services, summaries), filters.get("kind")))


def _newest(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["created_at"], row["id"]


async def job(api: Api, service: str, job_id: object) -> OneJob:
    """Raises AdminError where there is none."""
    found, pauses = await api.all(get_job(service, job_id), list_pauses(service))
    if isinstance(found, AdminError):
        raise found
    return one_job(service, found, pauses)


def one_job(service: str, found: JobDetail, pauses: PageListedPause | AdminError) -> OneJob:
    attempts = timed(found["created_at"], found["attempts_made"])
    if isinstance(pauses, AdminError):
        return OneJob(service, found, attempts, [], pauses)
    held = [pause for pause in pauses["items"] if holds(pause, found)]
    return OneJob(service, found, attempts, held)


async def retry_all(
    api: Api,
    services: Sequence[str],
    filters: Mapping[str, Any],
    *,
    dry_run: bool = False,
    reason: str | None = None,
) -> Changed:
    """Run again all that the filter matches, in every service: what one refuses, the others do."""
    calls = [retry_jobs(each, **filters, dry_run=dry_run, reason=reason) for each in services]
    answers = await api.all(*calls)
    errors = [answer for answer in answers if isinstance(answer, AdminError)]
    return Changed(answered(services, answers), errors)


def check(found: Merged) -> None:
    """Raise what every service says of the filter: it is one mistake, not five services that are away."""
    refusals = [each for each in found.errors if isinstance(each, RefusedError)]
    said = {each.status for each in refusals}
    if not found.rows and len(refusals) == len(found.errors) and said in ({404}, {422}):
        raise refusals[0]


def answered(services: Sequence[str], answers: Sequence[Any]) -> dict[str, Any]:
    """The answers by their service, of those that gave one."""
    return {
        service: answer
        for service, answer in zip(services, answers, strict=True)
        if not isinstance(answer, AdminError)
    }


def _list(filters: Mapping[str, Any], service: str, cursor: str | None, limit: int) -> Any:
    return list_jobs(service, **filters, cursor=cursor, limit=limit)
