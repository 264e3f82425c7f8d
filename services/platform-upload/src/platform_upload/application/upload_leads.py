"""One attempt to upload the leads that wait for one connection, or what was left of them to upload."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.jobs.model import Held, Job, Outcome, Problem, Released, Succeeded
from platform_upload.application.budget import Budget
from platform_upload.application.dispatch import dispatch
from platform_upload.application.outcomes import (
    HOLDS,
    MISCONFIGURED,
    Upload,
    held,
    outcome_of,
)
from platform_upload.application.ports import (
    Connections,
    Parcel,
    Past,
    Pasts,
    UnreadableConnectionError,
    Uploader,
)
from platform_upload.domain.answers import Answer, Refused, Verdict
from platform_upload.domain.connection import Connection, Hold, connection_of, lane_of
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

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        connection_id = connection_of(jobs[0].lane)
        try:
            connection = await self.connections.get(connection_id)
        except UnreadableConnectionError as exc:
            problem = Problem(error_class="undecryptable", message=str(exc))
            outcome = await self._hold(
                connection_id, Hold.MISCONFIGURED, problem, seen=exc.version, retry=True
            )
            return [outcome] * len(jobs)
        if connection is None:
            problem = Problem(error_class=Hold.MISSING, message="there is no such connection yet")
            return [await self._hold(connection_id, Hold.MISSING, problem, seen=None)] * len(jobs)
        if connection.held_by:
            message = connection.disabled_reason or f"the connection is {connection.status}"
            problem = Problem(error_class=connection.held_by, message=message)
            outcome = await self._hold(
                connection_id, connection.held_by, problem, seen=connection.version
            )
            return [outcome] * len(jobs)
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
            if not await self._pause(connection, refused)
        }

    async def _pause(self, connection: Connection, refused: Refused) -> bool:
        if refused.verdict is Verdict.DISABLE:
            return await self.connections.disable(
                connection.id, seen=connection.version, why=refused.message
            )
        until = None
        if refused.verdict is Verdict.CONFIGURATION:
            until = self.clock.now() + (refused.after or MISCONFIGURED)
        return await self.connections.hold(
            connection.id,
            seen=connection.version,
            reason=HOLDS[refused.verdict],
            until=until,
            why=refused.said,
        )

    async def _hold(
        self,
        connection_id: UUID,
        reason: str,
        problem: Problem,
        *,
        seen: int | None,
        retry: bool = False,
    ) -> Held | Released:
        until = self.clock.now() + MISCONFIGURED if retry else None
        paused = await self.connections.hold(
            connection_id, seen=seen, reason=reason, until=until, why=problem.message
        )
        if not paused:
            return Released()
        return held(lane_of(connection_id), reason, problem, now=self.clock.now())


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
