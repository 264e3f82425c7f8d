"""From leads to deliveries: who is told about which."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.domain.delivery import Channel
from delivery.domain.moments import due_at
from delivery.domain.preferences import Preferences
from delivery.domain.score import Score
from leadstream.ids import derived_id
from leadstream.jobs.model import NewJob, Priority

# The kind of the jobs that send digests.
DIGEST = "deliver-digest"
# The kind of the jobs that ask what became of an e-mail.
ASK = "ask-fate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a workspace is to be told: one (lead, revision)."""

    lead_id: UUID
    revision: int
    workspace_id: UUID
    score: Score
    discovered_at: datetime
    traceparent: str | None

    @property
    def id(self) -> UUID:
        return derived_id("alert", self.lead_id, self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A recipient or a channel that takes part at the moment."""

    id: UUID
    workspace_id: UUID
    channel: Channel
    min_score: Score
    # A recipient's; channels are told at once.
    wants: Preferences | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One alert to one destination."""

    alert: Alert
    destination: Destination
    # Until when it waits for a digest, and has no job of its own; None: at once.
    due_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """The delivery's id and its job's: the same lead, revision and destination are the same delivery."""
        return derived_id("delivery", self.alert.lead_id, self.alert.revision, self.destination.id)

    def job(self) -> NewJob:
        channel = self.destination.channel
        # All e-mail goes through one provider; what can stand still by itself is the workspace, or the channel.
        lane = (
            f"workspace:{self.alert.workspace_id}"
            if channel is Channel.EMAIL
            else f"destination:{self.destination.id}"
        )
        return NewJob(
            id=self.id,
            kind=f"deliver-{channel}",
            priority=Priority.of_score(self.alert.score),
            lane=lane,
            payload={
                "revision": self.alert.revision,
                "destination_id": str(self.destination.id),
            },
            workspace_id=self.alert.workspace_id,
            lead_id=self.alert.lead_id,
            traceparent=self.alert.traceparent,
        )


def digest_job(digest_id: UUID, workspace_id: UUID, recipient_id: UUID, score: Score) -> NewJob:
    """The job that sends a digest whose best lead has this score."""
    return NewJob(
        id=digest_id,
        kind=DIGEST,
        priority=Priority.of_score(score),
        lane=f"workspace:{workspace_id}",
        payload={"destination_id": str(recipient_id)},
        workspace_id=workspace_id,
    )


def ask_job(email_id: str, workspace_id: UUID, due: datetime) -> NewJob:
    """The job that asks what became of an e-mail, once for each time that it is due."""
    return NewJob(
        id=derived_id(ASK, email_id, due.isoformat()),
        kind=ASK,
        priority=Priority.COLD,
        lane=f"workspace:{workspace_id}",
        payload={"email_id": email_id},
        workspace_id=workspace_id,
    )


def plan(
    alerts: Iterable[Alert], destinations: Sequence[Destination], *, now: datetime
) -> list[Planned]:
    """Match each alert with the destinations of its workspace that want its score, and say when."""
    by_workspace: dict[UUID, list[Destination]] = defaultdict(list)
    for destination in destinations:
        by_workspace[destination.workspace_id].append(destination)
    return [
        Planned(
            alert=alert,
            destination=destination,
            due_at=_waits_until(destination.wants, alert.score, now),
        )
        for alert in alerts
        for destination in by_workspace[alert.workspace_id]
        if alert.score.reaches(destination.min_score)
    ]


def _waits_until(wants: Preferences | None, score: Score, now: datetime) -> datetime | None:
    due = due_at(wants, score, now) if wants else now
    return due if due > now else None
