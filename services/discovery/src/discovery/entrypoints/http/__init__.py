"""The admin API of discovery."""

from fastapi import APIRouter

from discovery.entrypoints.http.leads import leads_router
from discovery.entrypoints.http.queries import queries_router
from discovery.entrypoints.http.query_removal import query_removal_router
from discovery.entrypoints.http.runs import runs_router
from discovery.entrypoints.http.topics import topics_router
from discovery.entrypoints.http.trigger import Wake, trigger_router
from discovery.entrypoints.http.workspaces import workspaces_router
from leadstream.accounts.store import PostgresAccounts
from leadstream.clock import Clock
from leadstream.erasure import Erasures, erasures_router
from leadstream.postgres import Database


def make_routers(
    database: Database,
    clock: Clock,
    wake: Wake,
    erasures: Erasures,
    *,
    accounts: PostgresAccounts,
) -> list[APIRouter]:
    return [
        trigger_router(database, clock, wake, accounts),
        workspaces_router(database),
        topics_router(database),
        queries_router(database),
        query_removal_router(database),
        leads_router(database),
        runs_router(database),
        erasures_router(erasures),
    ]
