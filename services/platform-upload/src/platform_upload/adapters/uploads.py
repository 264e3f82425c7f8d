"""Uploads and billing events in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadstream.postgres import Database, Tx, load_queries
from platform_upload.application.take_uploads import COLD_REFUSED, Planned

SQL = load_queries("platform_upload.adapters", "uploads.sql")


class PostgresRevisions:
    """What is known of a lead, out of the jobs that were asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, lane: str, leads: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        rows = await self._database.pool.fetch(SQL.newest_revisions, lane, list(leads))
        return {row["lead_id"]: row["payload"] for row in rows}


async def add_uploads(tx: Tx, planned: Sequence[Planned]) -> list[Planned]:
    """Write down what is to be uploaded, and what is refused; return what was not there before."""
    rows = await tx.fetch(
        SQL.insert_uploads,
        [each.id for each in planned],
        [each.request.workspace_id for each in planned],
        [each.request.lead_id for each in planned],
        [each.platform.value for each in planned],
        [each.request.revision for each in planned],
        [each.score for each in planned],
        ["pending" if each.job else "refused" for each in planned],
        [None if each.job else COLD_REFUSED for each in planned],
    )
    new = {row["id"] for row in rows}
    return [each for each in {each.id: each for each in planned}.values() if each.id in new]
