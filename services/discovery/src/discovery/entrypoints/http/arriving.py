"""The routes by which companies come without being searched for: pushed by sources, or imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter

from discovery.adapters.vault import Vault
from discovery.entrypoints.http.imports import ImportsApi, imports_router
from discovery.entrypoints.http.push import SignalsApi, signals_router
from discovery.entrypoints.http.push_sources import SourcesApi, sources_router
from discovery.entrypoints.http.trigger import Wake
from leadstream.clock import Clock
from leadstream.postgres import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """What the routes need besides the database. Without a vault there are no sources."""

    vault: Vault | None
    overlap: timedelta
    per_second: float


def arriving_routers(
    database: Database, clock: Clock, wake: Wake, arriving: Arriving
) -> Sequence[APIRouter]:
    sources = SourcesApi(database, arriving.vault, clock, overlap=arriving.overlap)
    return [
        sources_router(database, sources),
        imports_router(database, ImportsApi(database, clock, wake)),
    ]


def push_router(database: Database, clock: Clock, wake: Wake, arriving: Arriving) -> APIRouter:
    """Reached without a token."""
    api = SignalsApi(database, arriving.vault, clock, per_second=arriving.per_second, wake=wake)
    return signals_router(api)
