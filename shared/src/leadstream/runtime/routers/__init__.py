from collections.abc import Callable, Sequence

from fastapi import APIRouter

from leadstream.jobs.kinds import JobKind
from leadstream.postgres import Database
from leadstream.runtime.routers.jobs import jobs_router
from leadstream.runtime.routers.pauses import pauses_router


def shared_routers(
    database: Database, wake: Callable[[], None], kinds: Sequence[JobKind]
) -> list[APIRouter]:
    """The admin routes that every service has."""
    return [jobs_router(database, wake, kinds), pauses_router(database, wake)]
