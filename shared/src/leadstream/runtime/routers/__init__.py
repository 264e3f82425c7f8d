from collections.abc import Callable

from fastapi import APIRouter

from leadstream.postgres import Database
from leadstream.removal import NOTHING, Holdings, Remover, removal_router
from leadstream.runtime.routers.audit import audit_router
from leadstream.runtime.routers.jobs import jobs_router
from leadstream.runtime.routers.pauses import pauses_router


def shared_routers(
    database: Database, wake: Callable[[], None], holdings: Holdings = NOTHING
) -> list[APIRouter]:
    """The admin routes that every service has."""
    return [
        jobs_router(database, wake),
        pauses_router(database, wake, holdings),
        audit_router(database),
        removal_router(Remover(database, holdings)),
    ]
