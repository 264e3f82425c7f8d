"""One attempt at one delivery."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from delivery.domain.delivery import Channel, Status
from delivery.domain.digest import Digest
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
    may_go_at,
    may_retry_unanswered,
    repeat_obstacle,
    was_asked_again,
)
from delivery.domain.moments import allowed_at, breaks_through, day_of
from delivery.domain.score import Score
from leadstream.clock import Clock
from leadstream.errors import PermanentError
from leadstream.jobs.model import Failed, Held, Job, Outcome, Problem, Released, Retry, Succeeded

# A secret that does not decrypt is a matter of settings: look again once somebody may have mended them.
UNREADABLE_REST = timedelta(minutes=5)
# A destination that said that it is gone is asked again once a day: a Slack channel may be taken out of the archive, or
# a receiver be deployed right, without anybody telling us.
GONE_REST = timedelta(days=1)
GONE = "destination_gone"
# The key is known to the provider, with something else under it than what is sent now.
KEY_TAKEN = "key_taken"
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
    status: Status
    created_at: datetime
    message: bytes | None = field(repr=False)
    doubt: Doubt
    # The batch it was last sent in: while there is doubt, it is sent in this again.
    batch_id: UUID | None = None
    # One lead, or those of a digest: what the message is written from, where there is none yet.
    content: Mapping[str, Any] | None = field(default=None, repr=False)
    digest: Digest | None = None
    # None: a digest has leads of several.
    score: Score | None = None
    mailbox: Mailbox | None = None
    hook: Hook | None = None
    # The recipient's day that has counted it.
    counted_on: date | None = None
    # It is told with others, by another job.
    is_in_digest: bool = False
    # The provider has told how it ended, before or without the answer to a call.
    is_told_of: bool = False
    # Of how many e-mails it is the one: what is asked for again after it surely had not gone out is another.
    generation: int = 0

    @property
    def pause_scope(self) -> str:
        return f"destination:{self.destination_id}"

    @property
    def key(self) -> str:
        """It names the e-mail and not the attempt: the second attempt is known for what it is."""
        return f"{self.id}.{self.generation}" if self.generation else str(self.id)

    @property
    def is_on_request(self) -> bool:
        """It had ended: somebody has asked for it."""
        return self.status in {Status.FAILED, Status.CANCELLED}

    def is_in_doubt_in(self, batch_id: UUID) -> bool:
        """Whether it may have gone out in this batch without anybody knowing."""
        return self.doubt.since is not None and self.batch_id == batch_id


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
    # Somebody has asked for it in spite of what is known, or in doubt, of earlier attempts, which is set aside.
    renewed: bool

    @property
    def is_repeat(self) -> bool:
        """Whether an earlier attempt may have had its effect, so that this one must be the same."""
        return self.draft.doubt.since is not None and not self.renewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """For the recorder: not at this hour, or not so many; it goes into a digest from `until` on."""

    until: datetime


class Deliveries(Protocol):
    async def load(self, delivery_id: UUID) -> Draft | None:
        """Read a delivery and where it goes, as they are now. Raises UnreadableSecretError."""

    async def begin(self, draft: Draft, message: bytes, *, renewed: bool) -> bytes | None:
        """Note durably that an attempt begins; return the message to send, which is the first one ever begun with.

        None: it was removed, or delivered, meanwhile. Raises BegunElsewhereError where it is in doubt in a batch.

        `renewed`: what is known of earlier attempts was set aside, and doubt starts anew with this one.
        """


class Sender(Protocol):
    def compose(self, draft: Draft) -> bytes:
        """Write the message. Called once for a delivery, if all goes well."""

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        """Make the call; the outcome's result is an Answer or None."""


class Caps(Protocol):
    """How many e-mails a recipient has had on a day."""

    async def take(self, draft: Draft, day: date, cap: int) -> bool:
        """Count it durably as one of the day's; False if there were as many as the cap before."""


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
        caps: Caps | None = None,
        on_possible_repeat: Callable[[Channel], None] = lambda channel: None,
    ) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._clock = clock
        self._turns = turns or NoTurns()
        self._caps = caps
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
        if draft.status is Status.DELIVERED or draft.is_in_digest:
            return Succeeded()
        now = self._clock.now()
        repeat = repeat_obstacle(draft.channel, draft.doubt, now=now)
        asked_again = was_asked_again(draft.status, attempts=job.attempts)
        if draft.is_told_of and (job.lost or not asked_again):
            # It came back. Sent in another batch it would be another e-mail.
            return Succeeded()
        obstacle = obstacle_to(draft) or (None if asked_again else repeat)
        if obstacle is not None:
            return _without_attempt(obstacle)
        later = when(draft, now)
        if later > now:
            return _put_off(draft, later, now=now)
        if asked_again and draft.doubt.since is None:
            # The key of what had surely not gone out may be known all the same, with a failure under it.
            return Attempt(draft=replace(draft, generation=draft.generation + 1), renewed=True)
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
        over = await self.over_cap(draft)
        if over is not None:
            return over
        composed = draft.message or self._sender.compose(draft)
        try:
            message = await self._deliveries.begin(draft, composed, renewed=attempt.renewed)
        except BegunElsewhereError:
            return Released(after=NOT_NOW)
        if message is None:
            return await self._over_meanwhile(draft)
        if is_possible_repeat(draft.channel, draft.doubt):
            self._on_possible_repeat(draft.channel)
        outcome = await self._sender.send(draft, message)
        if attempt.is_repeat and isinstance(outcome, Failed):
            outcome = _accepted_before(outcome)
        return noted(judged(outcome, draft, self._clock.now()), draft)

    async def _over_meanwhile(self, draft: Draft) -> Outcome:
        """It was delivered, by the worker that has taken this one's place, or as Resend has told; or removed."""
        by_now = await self._deliveries.load(draft.id)
        return Succeeded() if by_now and by_now.status is Status.DELIVERED else unknown()

    async def over_cap(self, draft: Draft) -> Outcome | None:
        """What to do with an e-mail that would be one too many for its day."""
        now = self._clock.now()
        wants = draft.mailbox.wants if draft.mailbox else None
        day = day_of(wants, now) if wants else None
        if wants is None or wants.daily_cap is None or day is None or self._caps is None:
            return None
        if draft.counted_on == day or (draft.score and breaks_through(wants, draft.score)):
            return None
        if await self._caps.take(draft, day, wants.daily_cap):
            return None
        return _put_off(draft, allowed_at(wants, now, sent_today=wants.daily_cap), now=now)

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


def obstacle_to(draft: Draft) -> Unwanted | None:
    """What stands against it by what its destination wants by now; of what was asked for the score counts no more."""
    if draft.channel is Channel.EMAIL:
        return mailbox_obstacle(draft.mailbox, None if draft.is_on_request else draft.score)
    return hook_obstacle(draft.hook)


def when(draft: Draft, now: datetime) -> datetime:
    """When it may go. What may have been accepted, or was asked for, is put into no other e-mail."""
    if draft.mailbox is None:
        return now
    waits_for_window = draft.doubt.since is None and not draft.is_on_request
    return may_go_at(draft.mailbox.wants, draft.score, now=now, waits_for_window=waits_for_window)


def _put_off(draft: Draft, until: datetime, *, now: datetime) -> Outcome:
    """Into a digest, at the cost of no attempt; what may have been accepted, or was asked for by hand, as it is."""
    if draft.doubt.since is not None or draft.status is not Status.PENDING:
        return Released(after=until - now)
    return Succeeded(result=Deferred(until=until))


def _accepted_before(outcome: Failed) -> Outcome:
    """Somebody in it was erased since the attempt in doubt: that its words are others now says that it was accepted."""
    if outcome.problem.error_class == KEY_TAKEN:
        return Succeeded(result=Answer(), status_code=200)
    return outcome


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
