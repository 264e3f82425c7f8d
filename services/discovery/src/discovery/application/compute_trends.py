"""One attempt at a `weekly-trends` job: compare the week that has finished with the week before."""

from datetime import datetime

from discovery.application.ports import Trend, Volumes
from discovery.domain.trends import Week, compare, finished_week
from leadstream.jobs.model import Job, Outcome, Succeeded


class ComputeTrends:
    """Counts the leads themselves, so that the same week comes out the same however often it is computed."""

    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    async def __call__(self, job: Job) -> Outcome:
        week = finished_week(datetime.fromisoformat(job.payload["scheduled_for"]))
        await self._volumes.store(week, await self._compare(week))
        return Succeeded()

    async def _compare(self, week: Week) -> list[Trend]:
        volumes = await self._volumes.volumes(week)
        before = await self._volumes.volumes(week.before)
        return [
            Trend(
                topic_id=topic_id,
                volume=volume,
                previous_volume=before.get(topic_id, 0),
                change=compare(volume, before.get(topic_id, 0)),
            )
            for topic_id, volume in volumes.items()
        ]
