from collections.abc import Callable, Sequence

from fastapi import APIRouter

from leadstream.jobs.kinds import JobKind
from leadstream.postgres import Database
from leadstream.removal import NOTHING, Holdings, Remover, removal_router
from leadstream.runtime.routers.attempts import attempts_router
from leadstream.runtime.routers.audit import audit_router
from leadstream.runtime.routers.failures import failures_router
from leadstream.runtime.routers.jobs import jobs_router
from leadstream.runtime.routers.many_jobs import many_jobs_router
from leadstream.runtime.routers.pauses import pauses_router
from leadstream.runtime.routers.sessions import sessions_router


def shared_routers(
    database: Database,
    wake: Callable[[], None],
    kinds: Sequence[JobKind],
    holdings: Holdings = NOTHING,
) -> list[APIRouter]:
    """The admin routes that every service has."""
    return [
        # Before the ledger: neither `summary` nor `attempts` is a job's id.
        failures_router(database),
        attempts_router(database, kinds),
        jobs_router(database, wake, kinds),
        many_jobs_router(database, wake),
        pauses_router(database, wake, kinds, holdings),
        audit_router(database),
        sessions_router(database),
        removal_router(Remover(database, holdings)),
    ]
