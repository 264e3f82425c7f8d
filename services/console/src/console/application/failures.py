"""Failed jobs of all services by the way they failed, and one of these groups with what can be done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from console.application.jobs import Listed, tallied
from console.application.merged import merged
from console.application.ports import Api
from leadstream.admin.answers import ChangedJobs, Failure
from leadstream.admin.errors import AdminError
from leadstream.admin.jobs import list_failures, retry_jobs

# Groups that are looked through for the one that is asked for.
_MOST = 500


@dataclass(frozen=True, slots=True)
class OneGroup:
    """`failure` is None where no job fails in this way any more, or too many others do."""

    service: str
    key: str
    failure: Failure | None
    plan: ChangedJobs


async def failures(
    api: Api, services: Sequence[str], filters: Mapping[str, Any], cursor: str | None
) -> Listed:
    """Those whose last job failed last come first."""
    page = merged(api, services, partial(_list, filters), key=_last, cursor=cursor)
    return await tallied(api, services, page, filters)


def _last(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["last"], row["key"]


async def group(api: Api, service: str, key: str, filters: Mapping[str, Any]) -> OneGroup:
    """With how many jobs of which kind would run again, or be put aside. Raises AdminError."""
    found, plan = await api.all(
        list_failures(service, **filters, limit=_MOST),
        retry_jobs(service, group=key, **filters, dry_run=True),
    )
    if isinstance(found, AdminError):
        raise found
    if isinstance(plan, AdminError):
        raise plan
    failure = next((each for each in found["items"] if each["key"] == key), None)
    return OneGroup(service, key, failure, plan)


def _list(filters: Mapping[str, Any], service: str, cursor: str | None, limit: int) -> Any:
    return list_failures(service, **filters, cursor=cursor, limit=limit)
