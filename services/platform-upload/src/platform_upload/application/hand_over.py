"""Hands records to a platform in one call, and finds what spoils it: a field, or a record."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from platform_upload.application.budget import SpentError
from platform_upload.domain.answers import Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.batches import halves
from platform_upload.domain.drafts import Draft, Form

# Sends records in one call; the answers are in their order. Raises RefusedError when one concerns all of them.
Send: TypeAlias = Callable[[Sequence[Draft]], Awaitable[Sequence[Answer]]]

# Something in the batch is refused, not the connection.
_SPOILT = frozenset({Verdict.PERMANENT, Verdict.RESOLVE_EXISTING})
_TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it went out in the end, and what the platform said to it."""

    draft: Draft
    answer: Answer


async def hand_over(drafts: Sequence[Draft], send: Send, form: Form) -> list[Sent]:
    """Send, and send again what the platform would take with a field mended or left out; the rest is as it was.

    A batch that is refused as a whole is halved until the bad record stands alone. Halves are gone through in order, so
    that an attempt settles the first bad one before it runs out of budget; what it does not reach is Untried.
    """
    return await _Handover(send, form, dict(enumerate(drafts))).run()


@dataclass(slots=True)
class _Handover:
    send: Send
    form: Form
    drafts: dict[int, Draft]
    answers: dict[int, Answer] = field(default_factory=dict)
    pending: deque[Sequence[int]] = field(default_factory=deque)

    async def run(self) -> list[Sent]:
        if self.drafts:
            self.pending.append(list(self.drafts))
        while self.pending:
            batch = self.pending.popleft()
            try:
                answers = await self.send([self.drafts[at] for at in batch])
            except SpentError:
                break
            except RefusedError as exc:
                if not self._cut(batch, exc.refused):
                    self.answers |= dict.fromkeys(batch, exc.refused)
                    if exc.refused.verdict not in _SPOILT:
                        # It is the platform, the way there or the connection: it would say the same again.
                        break
                continue
            self._read(dict(zip(batch, answers, strict=True)))
        return [self._sent(at) for at in self.drafts]

    def _sent(self, at: int) -> Sent:
        """With our own names for the fields that it is about."""
        draft, answer = self.drafts[at], self.answers.get(at, Untried())
        if isinstance(answer, Refused):
            named = (each.field for each in answer.complaints if each.field)
            about = answer.field or next(named, None)
            answer = replace(answer, field=about, ours=self.form.origin(about))
        return Sent(replace(draft, adjustments=self.form.told(draft.adjustments)), answer)

    def _read(self, answers: Mapping[int, Answer]) -> None:
        again = [at for at, answer in answers.items() if self._amend(at, answer)]
        if again:
            self.pending.appendleft(again)
        self.answers |= {at: answer for at, answer in answers.items() if at not in again}

    def _cut(self, batch: Sequence[int], refused: Refused) -> bool:
        """Put a batch that was refused as a whole back in another form; tell whether there is one."""
        alone = len(batch) == 1
        amended = [at for at in batch if self._amend(at, refused, named=False, alone=alone)]
        if amended:
            self.pending.appendleft(batch)
            return True
        spoilt = refused.verdict in _SPOILT or refused.status_code == _TOO_LARGE
        if alone or not spoilt:
            return False
        self.pending.extendleft(reversed(halves(batch)))
        return True

    def _amend(self, at: int, answer: Answer, *, named: bool = True, alone: bool = True) -> bool:
        """Put another form of a record in its place; tell whether there is one worth sending."""
        if not isinstance(answer, Refused):
            return False
        draft = self.drafts[at]
        complaints = draft.concerning(answer.complaints, self.form, alone=named or alone)
        better = draft.amended(complaints, self.form)
        if better is None and answer.verdict is Verdict.RESOLVE_EXISTING and (named or alone):
            better = None if draft.repeated else replace(draft, repeated=True)
        if better is None:
            return False
        self.drafts[at] = better
        return True
