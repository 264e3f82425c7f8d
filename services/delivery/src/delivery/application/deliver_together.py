"""One attempt at many e-mails: one call takes them all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple, Protocol
from uuid import UUID

from delivery.application.deliver import (
    KEY_TAKEN,
    NOT_NOW,
    Answer,
    Attempt,
    BegunElsewhereError,
    Deliver,
    Deliveries,
    Draft,
    Sender,
    judged,
    noted,
    obstacle_to,
    when,
)
from delivery.domain.draft import Doubt
from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.jobs.model import Failed, Held, Job, Outcome, Released, Retry, Succeeded

# Of a call. HTTP clients frown at larger bodies, and a hundred e-mails are hardly ever more.
MOST_BYTES = 1_000_000
# A hundred in a row would keep the calls of others from leaving when it is their turn; one by one, where others have
# much to do, a hundred turns come to an end too late.
COMPOSED_AT_ONCE = 10
# That an attempt goes on sending one by one; its lease is longer.
SINGLY = timedelta(seconds=20)


class Begun(NamedTuple):
    """An attempt that was noted: with which message, and whether it may have gone out in this very batch before."""

    message: bytes
    was_in_doubt: bool


class BatchedDeliveries(Deliveries, Protocol):
    async def begin_in_batch(
        self, batch_id: UUID, draft: Draft, message: bytes, *, renewed: bool
    ) -> Begun | None:
        """As alone. Raises BegunElsewhereError where it is in doubt in another batch, or alone."""

    async def in_doubt_of(self, batch_id: UUID) -> Sequence[Draft]:
        """What may have been accepted in the batch without anybody knowing, by id, as it is now."""

    async def leave(self, batch_id: UUID, ids: Sequence[UUID]) -> None:
        """Note durably that the batch is sent again without these."""


class BatchSender(Sender, Protocol):
    async def send_batch(self, messages: Sequence[bytes], *, key: str) -> Sequence[Outcome]:
        """Make one call for all, and return what was said of each; the same key again is the same batch.

        Failed: surely not accepted. Of the class KEY_TAKEN: another batch was, under this key.
        """


class Pace(Protocol):
    async def another(self) -> None:
        """Wait until the provider's pace allows one more call than an attempt is begun with."""


class DeliverTogether:
    """The handler of e-mails.

    A batch is put together once: which e-mails are in it is durable before the call, and its key is made of them. As
    long as its outcome is in doubt it is sent again as it was, whichever of its jobs come due, so that the provider
    answers with what it answered then. Nothing ever joins it. What nobody wants any more leaves it for good: sent
    without that, under the same key, it is either accepted now, or the refusal says that it was accepted before.
    """

    def __init__(
        self,
        alone: Deliver,
        deliveries: BatchedDeliveries,
        sender: BatchSender,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._alone = alone
        self._deliveries = deliveries
        self._sender = sender
        self._pace = pace
        self._clock = clock

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Make one call, as the pace allows; what does not belong into it is handed back for the next one."""
        opened = await asyncio.gather(*(self._alone.open(job) for job in jobs))
        attempts = [each for each in opened if isinstance(each, Attempt)]
        outcomes = await self._send(_first_call(attempts)) if attempts else {}
        return [
            outcomes.get(each.draft.id, Released()) if isinstance(each, Attempt) else each
            for each in opened
        ]

    async def _send(self, attempts: Sequence[Attempt]) -> Mapping[UUID, Outcome]:
        first = attempts[0]
        if first.is_repeat and first.draft.batch_id is not None:
            return await self._repeat(first.draft.batch_id)
        if len(attempts) == 1:
            return {first.draft.id: await self._alone.make(first)}
        return await self._begin(attempts)

    async def _begin(self, attempts: Sequence[Attempt]) -> Mapping[UUID, Outcome]:
        over = await asyncio.gather(*(self._alone.over_cap(each.draft) for each in attempts))
        put_off = {
            each.draft.id: outcome
            for each, outcome in zip(attempts, over, strict=True)
            if outcome is not None
        }
        wanted = [each for each in attempts if each.draft.id not in put_off]
        return put_off | await self._begin_within_cap(wanted) if wanted else put_off

    async def _begin_within_cap(self, attempts: Sequence[Attempt]) -> dict[UUID, Outcome]:
        in_order = sorted(attempts, key=lambda each: each.draft.id)
        messages = await self._messages([each.draft for each in in_order])
        written = _at_once(list(zip(in_order, messages, strict=True)))
        batch_id = _batch_id([(each.draft, message) for each, message in written])
        begun = await asyncio.gather(
            *(self._note(each, message, batch_id) for each, message in written)
        )
        drafts = [each.draft for each, _ in written]
        return await self._call(batch_id, drafts, begun)

    async def _repeat(self, batch_id: UUID) -> Mapping[UUID, Outcome]:
        members = await self._deliveries.in_doubt_of(batch_id)
        wanted = [each for each in members if not obstacle_to(each)]
        gone = [each.id for each in members if obstacle_to(each)]
        if gone:
            await self._deliveries.leave(batch_id, gone)
        now = self._clock.now()
        later = max((when(each, now) for each in wanted), default=now)
        if later > now:
            # Somebody's quiet hours have begun since: without them it would be another batch.
            return {each.id: Released(after=later - now) for each in wanted}
        written = zip(wanted, await self._messages(wanted), strict=True)
        begun = await asyncio.gather(
            *(
                self._note(Attempt(draft=each, renewed=False), message, batch_id)
                for each, message in written
            )
        )
        return await self._call(batch_id, wanted, begun)

    async def _messages(self, drafts: Sequence[Draft]) -> list[bytes]:
        messages: list[bytes] = []
        for number, draft in enumerate(drafts):
            if number % COMPOSED_AT_ONCE == 0:
                await asyncio.sleep(0)
            messages.append(draft.message or self._sender.compose(draft))
        return messages

    async def _note(self, attempt: Attempt, message: bytes, batch_id: UUID) -> Begun | None:
        try:
            return await self._deliveries.begin_in_batch(
                batch_id, attempt.draft, message, renewed=attempt.renewed
            )
        except BegunElsewhereError:
            return None

    async def _call(
        self, batch_id: UUID, drafts: Sequence[Draft], begun: Sequence[Begun | None]
    ) -> dict[UUID, Outcome]:
        """Of what was not begun, because it was removed or is another worker's by now, nothing is said."""
        pairs = [(d, b) for d, b in zip(drafts, begun, strict=True) if b is not None]
        if not pairs:
            return {}
        outcomes = await self._sender.send_batch([b.message for _, b in pairs], key=str(batch_id))
        found: dict[UUID, Outcome] = {}
        refused: list[tuple[Draft, bytes]] = []
        for (draft, (message, was_in_doubt)), outcome in zip(pairs, outcomes, strict=True):
            if not isinstance(outcome, Failed):
                found[draft.id] = self._noted(outcome, draft)
            elif outcome.problem.error_class == KEY_TAKEN and was_in_doubt:
                # Nothing joins a batch: what is in it now was in what has been accepted under its key. The row says so,
                # not what was read: a worker that goes on though taken for dead may have begun after that.
                found[draft.id] = self._noted(Succeeded(result=Answer(), status_code=200), draft)
            else:
                refused.append((draft, message))
        return found | await self._send_refused(refused)

    async def _send_refused(self, refused: Sequence[tuple[Draft, bytes]]) -> dict[UUID, Outcome]:
        """Each by itself: what is wrong with one is said best of that one, and one may have spoilt it for all.

        What keeps one from being sent keeps the others, too; they were surely not accepted, so their doubt is over.
        Those for which the time does not suffice are refused together once more, and go on then.
        """
        found: dict[UUID, Outcome] = {}
        until = self._clock.now() + SINGLY
        # By workspace; None: for all.
        stops: dict[UUID | None, Outcome] = {}
        for draft, message in refused:
            settled = replace(draft, doubt=Doubt())
            stop = stops.get(None) or stops.get(draft.workspace_id)
            if stop is not None:
                found[draft.id] = noted(stop, settled)
                continue
            if self._clock.now() > until:
                found[draft.id] = Released()
                continue
            await self._pace.another()
            outcome = found[draft.id] = await self._send_one(settled, message)
            if (shared := _shared(outcome)) is not None:
                stops[_whose(outcome, draft)] = shared
        return found

    async def _send_one(self, draft: Draft, message: bytes) -> Outcome:
        begun = await self._deliveries.begin(draft, message, renewed=True)
        if begun is None:
            return Released(after=NOT_NOW)
        return self._noted(await self._sender.send(draft, begun), draft)

    def _noted(self, outcome: Outcome, draft: Draft) -> Outcome:
        return noted(judged(outcome, draft, self._clock.now()), draft)


def _first_call(attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """What one call is made for: a repetition before anything new, because its key does not live for ever."""
    repeat = next((each for each in attempts if each.is_repeat), None)
    return [repeat] if repeat is not None else attempts


def _at_once(written: Sequence[tuple[Attempt, bytes]]) -> list[tuple[Attempt, bytes]]:
    """As many as make a body of a bearable size, and one at least; the others have their turn with the next call."""
    sizes = accumulate(len(message) for _, message in written)
    within = [pair for pair, size in zip(written, sizes, strict=True) if size <= MOST_BYTES]
    return within or list(written[:1])


def _batch_id(written: Sequence[tuple[Draft, bytes]]) -> UUID:
    """Of exactly these e-mails: others, or the same with other words, are another batch."""
    parts = [f"{draft.key}:{sha256(message).hexdigest()}" for draft, message in written]
    return derived_id("email-batch", *parts)


def _whose(outcome: Outcome, draft: Draft) -> UUID | None:
    """Whom it keeps from sending: the workspace alone where it is its own sender that was refused."""
    is_own = isinstance(outcome, Held) and outcome.scope.endswith(f":{draft.workspace_id}")
    return draft.workspace_id if is_own else None


def _shared(outcome: Outcome) -> Outcome | None:
    """What an outcome means to those that have not been tried after it; None where that is nothing."""
    match outcome:
        case Held():
            return outcome
        case Retry():
            return replace(outcome, ambiguous=False)
        case _:
            return None
