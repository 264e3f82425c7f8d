"""Leads as Wealthbox's organizations, with their people as contacts of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from platform_upload.adapters.creations import Creations
from platform_upload.adapters.fields import key, no_other, on_update, parts
from platform_upload.adapters.reply import external_id
from platform_upload.adapters.wealthbox.api import OVER_PACE, WealthboxApi, WealthboxCalls
from platform_upload.adapters.wealthbox.erasing import erase
from platform_upload.adapters.wealthbox.mapping import organization
from platform_upload.adapters.wealthbox.people import People, with_people, write_people
from platform_upload.adapters.wealthbox.records import (
    Desk,
    change,
    find,
    look_for_new,
    make,
    planned,
)
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import (
    Checked,
    Erased,
    Given,
    Parcel,
    Person,
    Plan,
    Trace,
)
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection
from platform_upload.domain.gaps import OnUpdate


class WealthboxAdapter:
    name = "wealthbox"
    # It has no batches.
    limit = BatchLimit(items=1, size_bytes=2_000_000)
    keeps_state = True

    def __init__(self, api: WealthboxApi, creations: Creations) -> None:
        self._api = api
        self._creations = creations

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, {"on_update"}, "settings")
        no_other(credentials, {"access_token"}, "credentials")
        return Checked(on_update(settings), {"access_token": key(credentials, "access_token")})

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        return [await self._upload(connection, parcel, budget) for parcel in parcels]

    async def _upload(self, connection: Connection, parcel: Parcel, budget: Budget) -> Answer:
        desk = self._desk(connection, budget)
        place = desk.place("lead", str(parcel.lead.id))
        async with self._creations.alone(place, budget):
            wanted = organization(parcel.lead)
            record = await find(desk.calls, wanted) or await look_for_new(desk, place, wanted.is_it)
            if record is None:
                answer = await make(desk, wanted, place, parcel)
            else:
                answer = await change(desk, wanted, record, parcel)
            if not isinstance(answer, Accepted):
                return answer
            is_new = answer.outcome is UploadOutcome.CREATED and not parcel.known
            people = await write_people(desk, parcel, all_new=is_new)
        done = with_people(answer, people)
        return replace(done, written={**parcel.written, **done.written})

    async def upload_people(self, connection: Connection, parcel: Parcel, budget: Budget) -> People:
        """What is left of a lead whose organization is there."""
        desk = self._desk(connection, budget)
        async with self._creations.alone(desk.place("lead", str(parcel.lead.id)), budget):
            return await write_people(desk, parcel, all_new=False)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        await self._api.bind(connection, budget).me()
        return "Wealthbox takes the token"

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        """Of the organizations: to look for each of their people, too, would be more than one read a lead."""
        plans: list[Plan | Refused | Untried] = [Untried()] * len(parcels)
        calls = self._api.bind(connection, budget)
        for at, parcel in enumerate(parcels):
            try:
                plans[at] = await _plan(calls, parcel, connection.on_update)
            except SpentError:
                break
            except RefusedError as exc:
                if exc.refused is OVER_PACE:
                    break
                if exc.refused.verdict is not Verdict.PERMANENT:
                    raise
                plans[at] = exc.refused
        return plans

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        try:
            return await erase(self._desk(connection, budget), person, traces)
        except RefusedError as exc:
            if exc.refused is OVER_PACE:
                raise SpentError from exc
            raise

    def _desk(self, connection: Connection, budget: Budget) -> Desk:
        return Desk(
            calls=self._api.bind(connection, budget),
            creations=self._creations,
            on_update=connection.on_update,
        )


async def _plan(calls: WealthboxCalls, parcel: Parcel, on_update: OnUpdate) -> Plan:
    wanted = organization(parcel.lead)
    record = await find(calls, wanted)
    if record is None:
        new = wanted.draft
        return Plan(
            changes={name: (None, value) for name, value in new.fields.items()},
            adjustments=new.adjustments,
        )
    update = planned(wanted, record, parcel, on_update)
    changes: Mapping[str, tuple[Any, Any]] = {
        name: (update.held.get(name), value) for name, value in update.draft.fields.items()
    }
    return Plan(
        external_id=external_id(record["id"]),
        changes=changes,
        adjustments=update.draft.adjustments,
    )
