"""Uploads and billing events in Postgres."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import orjson

from leadstream.postgres import Database, Tx, load_queries
from platform_upload.application.ports import Past, Requested
from platform_upload.application.take_uploads import COLD, COLD_REFUSED, Planned
from platform_upload.domain.connection import Connection

SQL = load_queries("platform_upload.adapters", "uploads.sql")
# A refusal of ours, in the words of the platforms'.
_COLD = orjson.dumps(
    {"code": COLD, "message": COLD_REFUSED, "field": None, "ours": "intent_score"}
).decode()


class PostgresPasts:
    """What is known of leads, out of the jobs that were asked for and the uploads that were made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, connection: Connection, leads: Sequence[UUID]) -> Mapping[UUID, Past]:
        wanted = list(leads)
        async with self._database.transaction(hot=True) as tx:
            jobs = tx.later(
                SQL.newest_revisions, connection.lane, wanted, returns=("lead_id", "payload")
            )
            uploads = tx.later(
                SQL.earlier_uploads,
                connection.platform,
                wanted,
                returns=("lead_id", "tried", "written"),
            )
        newest = {row["lead_id"]: row["payload"] for row in jobs.rows}
        earlier = {row["lead_id"]: row for row in uploads.rows}
        return {
            lead: Past(
                newest=newest.get(lead),
                tried=lead in earlier and earlier[lead]["tried"],
                written=(earlier[lead]["written"] if lead in earlier else None) or {},
            )
            for lead in leads
        }


class PostgresRequests:
    """Whose upload was asked for, whatever has become of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, connection: Connection, leads: Sequence[UUID]
    ) -> Mapping[UUID, Requested]:
        wanted = connection.workspace_id, connection.platform, list(leads)
        rows = await self._database.pool.fetch(SQL.newest_requests, *wanted)
        return {
            row["lead_id"]: Requested(revision=row["revision"], score=row["intent_score"])
            for row in rows
        }


def uploads_of(tx: Tx, leads: Iterable[UUID]) -> Callable[[], set[UUID]]:
    """What was asked for of these leads before; looked up with what else waits in the transaction."""
    found = tx.later(SQL.uploads_of, list(set(leads)), returns=("id",))
    return lambda: {row["id"] for row in found.rows}


def add_uploads(tx: Tx, planned: Sequence[Planned]) -> None:
    """Write down what is to be uploaded, and what is refused."""
    tx.later(
        SQL.insert_uploads,
        [each.id for each in planned],
        [each.request.workspace_id for each in planned],
        [each.request.lead_id for each in planned],
        [each.platform.value for each in planned],
        [each.request.revision for each in planned],
        [each.score for each in planned],
        ["pending" if each.job else "refused" for each in planned],
        [None if each.job else COLD_REFUSED for each in planned],
        [None if each.job else _COLD for each in planned],
    )
