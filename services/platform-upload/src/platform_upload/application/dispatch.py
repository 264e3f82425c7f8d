"""Hands leads to a platform in batches, and finds the one that spoils a batch."""

from collections import deque
from collections.abc import Sequence
from uuid import UUID

from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Adapter, Parcel
from platform_upload.domain.answers import Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.batches import cut, halves
from platform_upload.domain.connection import Connection

TOO_SLOW = Refused(
    verdict=Verdict.AMBIGUOUS, code="timeout", message="the platform was too slow for one attempt"
)


async def dispatch(
    adapter: Adapter, connection: Connection, parcels: Sequence[Parcel], budget: Budget
) -> dict[UUID, Answer]:
    """Upload, and return the answers by the parcels' keys.

    A batch that is refused as a whole is halved until the bad lead stands alone. Halves are gone through in order, so
    that an attempt settles the first bad one before it runs out of budget; what it does not reach is Untried. An
    attempt that settles nothing at all has failed, or it would be made for ever.
    """
    answers: dict[UUID, Answer] = {parcel.key: Untried() for parcel in parcels}
    pending = deque[Sequence[Parcel]](cut(parcels, adapter.limit, lambda each: each.size_bytes))
    while pending:
        batch = pending.popleft()
        try:
            answered = await adapter.upload(connection, batch, budget)
        except SpentError:
            break
        except RefusedError as exc:
            if _spoilt(exc.refused) and len(batch) > 1:
                pending.extendleft(reversed(halves(batch)))
                continue
            answers |= {parcel.key: exc.refused for parcel in batch}
            if _spoilt(exc.refused):
                continue
            # It is the platform, the way there or the connection: asking again at once would hear the same.
            break
        answers |= {p.key: answer for p, answer in zip(batch, answered, strict=True)}
    if all(isinstance(answer, Untried) for answer in answers.values()):
        return dict.fromkeys(answers, TOO_SLOW)
    return answers


def _spoilt(refused: Refused) -> bool:
    """Whether it is something in the batch, not the connection, that is refused."""
    return refused.verdict is Verdict.PERMANENT
