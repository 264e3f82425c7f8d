"""Hands leads to a platform, as many as it takes at once."""

from collections.abc import Sequence
from uuid import UUID

from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Parcel, Uploader
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    Verdict,
)
from platform_upload.domain.batches import cut
from platform_upload.domain.connection import Connection

TOO_SLOW = Refused(
    verdict=Verdict.AMBIGUOUS, code="timeout", message="the platform was too slow for one attempt"
)


async def dispatch(
    uploader: Uploader, connection: Connection, parcels: Sequence[Parcel], budget: Budget
) -> dict[UUID, Answer]:
    """Upload, and return the answers by the parcels' keys.

    What an attempt does not come to is Untried. One that settles nothing at all has failed, or it would go on for ever.
    """
    answers: dict[UUID, Answer] = {parcel.key: Untried() for parcel in parcels}
    for batch in cut(parcels, uploader.limit, lambda each: each.size_bytes):
        try:
            answered = await uploader.upload(connection, batch, budget)
        except SpentError:
            break
        except RefusedError as exc:
            answered = [exc.refused] * len(batch)
        answers |= {p.key: answer for p, answer in zip(batch, answered, strict=True)}
        if not _goes_on(answered):
            break
    if all(isinstance(answer, Untried) for answer in answers.values()):
        return dict.fromkeys(answers, TOO_SLOW)
    return answers


def _goes_on(answers: Sequence[Answer]) -> bool:
    """Whether to ask for more: not where it is the platform, the way there or the connection that refuses."""
    if any(isinstance(answer, Accepted) for answer in answers):
        return True
    return all(
        isinstance(answer, Refused) and answer.verdict is Verdict.PERMANENT for answer in answers
    )
