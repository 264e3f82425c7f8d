"""One attempt to upload the leads that wait for one connection, or what was left of them to upload."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.jobs.model import Job, Outcome, Released, Succeeded
from platform_upload.application.budget import Budget
from platform_upload.application.dispatch import dispatch
from platform_upload.application.outcomes import HOLDS, Upload, outcome_of
from platform_upload.application.ports import (
    Connections,
    Parcel,
    Past,
    Pasts,
    Uploader,
)
from platform_upload.application.reach import Reach
from platform_upload.domain.answers import Answer, Refused, Verdict
from platform_upload.domain.connection import Connection
from platform_upload.domain.lead import read_lead


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLeads:
    """Claimed in groups of one connection (`GroupHandler`)."""

    connections: Connections
    pasts: Pasts
    # By the name of the connection's adapter.
    uploaders: Mapping[str, Uploader]
    clock: Clock
    budget: Callable[[], Budget]

    @property
    def _reach(self) -> Reach:
        return Reach(connections=self.connections, clock=self.clock)

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        connection = await self._reach.open(jobs[0].lane)
        if not isinstance(connection, Connection):
            return [connection] * len(jobs)
        uploader = self.uploaders.get(connection.adapter)
        if uploader is None:
            # What was left to do is nothing that the platform which it leads to by now knows of.
            return [Succeeded()] * len(jobs)
        return await self._upload(uploader, connection, jobs)

    async def _upload(
        self, uploader: Uploader, connection: Connection, jobs: Sequence[Job]
    ) -> Sequence[Outcome]:
        parcels = await self._pack(uploader, connection, jobs)
        sent = await dispatch(uploader, connection, list(parcels.values()), self.budget())
        answers = [sent[parcels[_place(uploader, job)].key] for job in jobs]
        changed = await self._obey(connection, answers)
        now = self.clock.now()
        return [
            Released()
            if isinstance(answer, Refused) and answer.verdict in changed
            else outcome_of(Upload(uploader.name, answer), lane=connection.lane, now=now)
            for answer in answers
        ]

    async def _pack(
        self, uploader: Uploader, connection: Connection, jobs: Sequence[Job]
    ) -> dict[UUID, Parcel]:
        """What is to be sent, by place.

        Two revisions may wait at the same time and be sent by two workers in any order. A platform that holds a record
        gets the newest content under either job, so that the older one never overwrites it.
        """
        pasts: Mapping[UUID, Past] = {}
        if uploader.keeps_state:
            leads = [job.lead_id for job in jobs if job.lead_id]
            pasts = await self.pasts.of(connection, leads)
        parcels = {}
        for job in jobs:
            place = _place(uploader, job)
            parcels[place] = _parcel(job, pasts.get(place, Past()))
        return parcels

    async def _obey(self, connection: Connection, answers: Sequence[Answer]) -> set[Verdict]:
        """Pause the connection where an answer concerns it.

        Returns the verdicts that were about an older version of it: they mean nothing any more.
        """
        concerning = {
            answer.verdict: answer
            for answer in answers
            if isinstance(answer, Refused) and answer.verdict in HOLDS
        }
        return {
            verdict
            for verdict, refused in concerning.items()
            if not await self._reach.obey(connection, refused)
        }


def _place(uploader: Uploader, job: Job) -> UUID:
    """Jobs of one place are one parcel."""
    assert job.lead_id is not None  # noqa: S101 - upload jobs always have a lead
    return job.lead_id if uploader.keeps_state else job.id


def _parcel(job: Job, past: Past) -> Parcel:
    payload: Mapping[str, Any] = past.newest or job.payload
    return Parcel(
        lead=read_lead(payload["lead"]),
        key=_key(job),
        asked_at=datetime.fromisoformat(payload["asked_at"]),
        known=past.tried or job.attempts > 0 or job.lost > 0,
        written=past.written,
        external_id=job.payload.get("external_id"),
    )


def _key(job: Job) -> UUID:
    """What was corrected is another message: whoever keeps keys must not take it for the one it had."""
    corrections = job.payload.get("corrections", 0)
    return derived_id("corrected", job.id, corrections) if corrections else job.id
