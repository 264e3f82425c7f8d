"""One attempt at one delivery."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from delivery.domain.delivery import Channel, Status
from delivery.domain.draft import (
    Doubt,
    Hook,
    Impossible,
    Mailbox,
    Unwanted,
    hook_obstacle,
    is_possible_repeat,
    is_put_off_too_long,
    mailbox_obstacle,
    may_retry_unanswered,
    repeat_obstacle,
    was_asked_again,
)
from leadstream.clock import Clock
from leadstream.errors import PermanentError
from leadstream.jobs.model import Failed, Held, Job, Outcome, Problem, Released, Retry, Succeeded

# A secret that does not decrypt is a matter of settings: look again once somebody may have mended them.
UNREADABLE_REST = timedelta(minutes=5)
# A destination that said that it is gone is asked again once a day: a Slack channel may be taken out of the archive, or
# a receiver be deployed right, without anybody telling us.
GONE_REST = timedelta(days=1)
GONE = "destination_gone"
# Others have their turns before: look again after these.
NOT_NOW = timedelta(seconds=1)


class UnreadableSecretError(PermanentError):
    """The destination's secrets do not decrypt with the keys there are."""


class BegunElsewhereError(PermanentError):
    """Another worker, one that was taken for dead, has begun an attempt meanwhile that this one can't repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A delivery about to be attempted, with everything its attempt needs."""

    id: UUID
    channel: Channel
    destination_id: UUID
    workspace_id: UUID
    lead_id: UUID
    revision: int
    status: Status
    created_at: datetime
    content: Mapping[str, Any] | None = field(repr=False)
    message: bytes | None = field(repr=False)
    doubt: Doubt
    # The batch it was last sent in: while there is doubt, it is sent in this again.
    batch_id: UUID | None = None
    mailbox: Mailbox | None = None
    hook: Hook | None = None

    @property
    def pause_scope(self) -> str:
        return f"destination:{self.destination_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the destination said, beyond accepted or not."""

    # Its own name for what it accepted.
    receipt: str | None = None
    # Why the channel must not be used any more, in the destination's words.
    disables: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """For the recorder: an attempt was made."""

    answer: Answer
    # The doubt was there before this attempt, so its answer does not end it.
    doubted_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """For the recorder: nobody wants it any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A draft that nothing stands against."""

    draft: Draft
    # Somebody has asked for it in spite of the doubt about earlier attempts, which is set aside.
    renewed: bool

    @property
    def is_repeat(self) -> bool:
        """Whether an earlier attempt may have had its effect, so that this one must be the same."""
        return self.draft.doubt.since is not None and not self.renewed


class Deliveries(Protocol):
    async def load(self, delivery_id: UUID) -> Draft | None:
        """Read a delivery and where it goes, as they are now. Raises UnreadableSecretError."""

    async def begin(self, delivery_id: UUID, message: bytes, *, renewed: bool) -> bytes | None:
        """Note durably that an attempt begins; return the message to send, which is the first one ever begun with.

        None: the delivery was removed meanwhile. Raises BegunElsewhereError where it is in doubt in a batch.

        `renewed`: the doubt about earlier attempts was set aside, and starts anew with this one.
        """


class Sender(Protocol):
    def compose(self, draft: Draft) -> bytes:
        """Write the message. Called once for a delivery, if all goes well."""

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        """Make the call; the outcome's result is an Answer or None."""


class Turns(Protocol):
    """Where a destination takes so much in a time, whoever sends it."""

    async def take(self, draft: Draft) -> timedelta | None:
        """How long to wait before sending; None where that is too long to stand and wait."""

    async def end(self, draft: Draft) -> None:
        """The destination has answered, or won't."""


class NoTurns:
    """For destinations that take as much as there is."""

    async def take(self, draft: Draft) -> timedelta | None:
        return timedelta(0)

    async def end(self, draft: Draft) -> None:
        return None


class Deliver:
    """The handler of one kind of delivery job."""

    def __init__(
        self,
        deliveries: Deliveries,
        sender: Sender,
        clock: Clock,
        *,
        turns: Turns | None = None,
        on_possible_repeat: Callable[[Channel], None] = lambda channel: None,
    ) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._clock = clock
        self._turns = turns or NoTurns()
        self._on_possible_repeat = on_possible_repeat

    async def __call__(self, job: Job) -> Outcome:
        attempt = await self.open(job)
        return await self.make(attempt) if isinstance(attempt, Attempt) else attempt

    async def open(self, job: Job) -> Attempt | Outcome:
        """What is to be attempted, or how the job ends without."""
        try:
            draft = await self._deliveries.load(job.id)
        except UnreadableSecretError as exc:
            return self._unreadable(job, exc)
        if draft is None:
            return unknown()
        if draft.status is Status.DELIVERED:
            return Succeeded()
        repeat = repeat_obstacle(draft.channel, draft.doubt, now=self._clock.now())
        asked_again = was_asked_again(draft.status, attempts=job.attempts)
        obstacle = _obstacle(draft) or (None if asked_again else repeat)
        if obstacle is not None:
            return _without_attempt(obstacle)
        return Attempt(draft=draft, renewed=repeat is not None)

    async def make(self, attempt: Attempt) -> Outcome:
        wait = await self._turns.take(attempt.draft)
        if wait is None:
            return Released(after=NOT_NOW)
        await asyncio.sleep(wait.total_seconds())
        try:
            return await self._make(attempt)
        finally:
            await self._turns.end(attempt.draft)

    async def _make(self, attempt: Attempt) -> Outcome:
        draft = attempt.draft
        composed = draft.message or self._sender.compose(draft)
        try:
            message = await self._deliveries.begin(draft.id, composed, renewed=attempt.renewed)
        except BegunElsewhereError:
            return Released(after=NOT_NOW)
        if message is None:
            return unknown()
        if is_possible_repeat(draft.channel, draft.doubt):
            self._on_possible_repeat(draft.channel)
        outcome = await self._sender.send(draft, message)
        return noted(judged(outcome, draft, self._clock.now()), draft)

    def _unreadable(self, job: Job, exc: UnreadableSecretError) -> Held:
        return Held(
            scope=job.lane,
            reason="credential_unreadable",
            problem=Problem(error_class="credential", message=str(exc)),
            until=self._clock.now() + UNREADABLE_REST,
        )


def unknown() -> Failed:
    text = "there is no such delivery, or nothing left to send"
    return Failed(problem=Problem(error_class="unknown_delivery", message=text))


def _obstacle(draft: Draft) -> Unwanted | Impossible | None:
    if draft.channel is Channel.EMAIL:
        return mailbox_obstacle(draft.mailbox)
    return hook_obstacle(draft.hook)


def _without_attempt(obstacle: Unwanted | Impossible) -> Outcome:
    match obstacle:
        case Unwanted(reason):
            return Succeeded(result=Dropped(reason=reason))
        case Impossible(error_class, reason):
            return Failed(problem=Problem(error_class=error_class, message=reason))


def judged(outcome: Outcome, draft: Draft, now: datetime) -> Outcome:
    """What the answer means to the lead.

    Neither a lost answer that nothing absorbs nor a destination that says "later" for ever goes on and on.
    """
    match outcome:
        case Retry(ambiguous=True) if not may_retry_unanswered(draft.channel, draft.doubt):
            return Failed(problem=replace(outcome.problem, error_class="unanswered"))
        case Failed(result=Answer(disables=str())):
            # It is the destination's fault and not the lead's, which waits until the destination is back.
            return Held(
                scope=draft.pause_scope,
                reason=GONE,
                problem=outcome.problem,
                until=now + GONE_REST,
                result=outcome.result,
            )
        case Held(scope=draft.pause_scope) if is_put_off_too_long(
            draft.created_at, draft.hook, now=now
        ):
            wait = outcome.until - now if outcome.until else None
            return Retry(problem=outcome.problem, after=wait, result=outcome.result)
        case _:
            return outcome


def noted(outcome: Outcome, draft: Draft) -> Outcome:
    if isinstance(outcome, Released):
        return outcome
    answer = outcome.result if isinstance(outcome.result, Answer) else Answer()
    tried = Tried(answer=answer, doubted_before=draft.doubt.since is not None)
    return replace(outcome, result=tried)
