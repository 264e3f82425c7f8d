"""People of organizations that were written without them: nothing else of the lead goes out again."""

from collections.abc import Sequence

from platform_upload.adapters.wealthbox.adapter import WealthboxAdapter
from platform_upload.adapters.wealthbox.people import with_people
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer
from platform_upload.domain.connection import Connection


class WealthboxLatecomers:
    """An `Uploader` for Wealthbox's connections."""

    name = WealthboxAdapter.name
    limit = WealthboxAdapter.limit
    keeps_state = True

    def __init__(self, adapter: WealthboxAdapter) -> None:
        self._adapter = adapter

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        answers: list[Answer] = []
        for parcel in parcels:
            people = await self._adapter.upload_people(connection, parcel, budget)
            done = with_people(Accepted(), people)
            # Here the people are all there is: what keeps them away is the answer.
            answers.append(done.unfinished or done)
        return answers
