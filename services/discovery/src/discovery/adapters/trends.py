"""The trends of topics in Postgres."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from discovery.application.ports import Trend
from discovery.domain.trends import Week
from leadstream.postgres import Database, load_queries

SQL = load_queries("discovery.adapters", "trends.sql")


class PostgresVolumes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def volumes(self, week: Week) -> Mapping[UUID, int]:
        rows = await self._database.pool.fetch(SQL.topic_volumes, week.begins_at, week.ends_at)
        return {row["id"]: row["volume"] for row in rows}

    async def store(self, week: Week, trends: Sequence[Trend]) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                SQL.upsert_trends,
                [trend.topic_id for trend in trends],
                week.start,
                week.end,
                [trend.volume for trend in trends],
                [trend.previous_volume for trend in trends],
                [trend.change.percent for trend in trends],
                [trend.change.direction.value for trend in trends],
            )
            await tx.execute(SQL.update_topics, week.start)
