"""A service's HTTP API, as its process serves it."""

from collections.abc import Callable

from fastapi import FastAPI

from leadstream.api import AdminLimits, create_app
from leadstream.observability.health import Health
from leadstream.postgres import Database
from leadstream.runtime.routers import shared_routers
from leadstream.runtime.routers.dead_letters import dead_letters_router
from leadstream.runtime.service import Parts
from leadstream.runtime.wiring import kafka_config
from leadstream.settings import ServiceSettings


def service_app(
    service: str,
    settings: ServiceSettings,
    database: Database,
    parts: Parts,
    *,
    health: Health,
    wake: Callable[[], None],
) -> FastAPI:
    return create_app(
        service=service,
        health=health,
        tokens=settings.admin_tokens,
        limits=AdminLimits(
            refused_per_minute=settings.admin_refused_per_minute,
            changes_per_minute=settings.admin_changes_per_minute,
        ),
        admin=[
            *shared_routers(database, wake, parts.kinds, parts.holdings),
            dead_letters_router(database, service, kafka_config(settings)),
            *parts.routers,
        ],
        public=parts.public,
    )
