"""Telling a workspace's admins about what holds up their leads, and only they can mend, or works again."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from delivery.domain.delivery import Channel
from delivery.domain.draft import Doubt, Mailbox, mailbox_obstacle, repeat_obstacle
from leadstream.clock import Clock
from leadstream.jobs.model import Failed, Job, Outcome, Problem, Succeeded

KIND = "send-notice"


class About(StrEnum):
    # Its receiver switched it off: leads wait.
    GONE = "gone"
    # It could not be reached for so long that leads were given up.
    OUTAGE = "outage"
    # It has taken something since: the one, or the other.
    BACK = "back"
    RECOVERED = "recovered"
    # Of another service: what it is, `Cause` says.
    BEGAN = "began"
    ENDED = "ended"


class Cause(StrEnum):
    """Of what other services say of a workspace (`workspace.trouble`)."""

    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_MISCONFIGURED = "connection_misconfigured"
    QUERY_FAILING = "query_failing"
    BUDGET_SPENT = "budget_spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One e-mail to one recipient."""

    id: UUID
    workspace_id: UUID
    about: About
    # What it is about, and what people call that.
    medium: Channel | Cause
    name: str
    # Of a channel, the part of its URL that is no secret.
    origin: str
    # What the receiver said, or how it failed.
    detail: str
    began_at: datetime
    mailbox: Mailbox
    message: bytes | None = field(repr=False)
    tried_at: datetime | None


class Notices(Protocol):
    async def load(self, notice_id: UUID) -> Notice | None:
        """Read a notice and whom it goes to, as they are now; None if either is gone."""

    async def begin(self, notice_id: UUID, message: bytes) -> bytes:
        """Note durably that an attempt begins; return the message to send, which is the first one ever begun with."""


class Mailer(Protocol):
    def write(self, notice: Notice) -> bytes:
        """Compose the message."""

    async def post(self, message: bytes, *, key: str) -> Outcome:
        """Send it; the same key again is the same e-mail."""


class SendNotice:
    """The handler of notices."""

    def __init__(self, notices: Notices, mailer: Mailer, clock: Clock) -> None:
        self._notices = notices
        self._mailer = mailer
        self._clock = clock

    async def __call__(self, job: Job) -> Outcome:
        notice = await self._notices.load(job.id)
        if notice is None or mailbox_obstacle(notice.mailbox):
            # Nobody wants it any more.
            return Succeeded()
        doubt = Doubt(since=notice.tried_at)
        obstacle = repeat_obstacle(Channel.EMAIL, doubt, now=self._clock.now())
        if obstacle is not None:
            return Failed(
                problem=Problem(error_class=obstacle.error_class, message=obstacle.reason)
            )
        message = notice.message or self._mailer.write(notice)
        message = await self._notices.begin(notice.id, message)
        return await self._mailer.post(message, key=str(notice.id))
