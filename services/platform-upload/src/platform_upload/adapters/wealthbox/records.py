"""Writes one contact: found by our id and changed, or made where there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from leadstream.ids import derived_id
from platform_upload.adapters.creations import Creations, not_yet
from platform_upload.adapters.reply import external_id
from platform_upload.adapters.wealthbox.answers import several
from platform_upload.adapters.wealthbox.api import Record, WealthboxCalls
from platform_upload.adapters.wealthbox.mapping import Wanted
from platform_upload.adapters.wealthbox.nested import body_of
from platform_upload.adapters.wealthbox.updates import Past, Update, update_of
from platform_upload.application.budget import SpentError
from platform_upload.application.hand_over import hand_over
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, RefusedError, UploadOutcome, Verdict
from platform_upload.domain.drafts import Draft
from platform_upload.domain.gaps import OnUpdate, digests


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one attempt at a lead works with."""

    calls: WealthboxCalls
    creations: Creations
    on_update: OnUpdate

    def place(self, what: str, key: str) -> UUID:
        """A contact to be, as locks and notes of it are called: nobody's data is in it."""
        return derived_id("wealthbox", self.calls.connection.id, what, key)

    def person(self, email: str) -> UUID:
        """By the address alone: the same person may be one of another lead's."""
        return self.place("person", email.casefold())


async def find(calls: WealthboxCalls, wanted: Wanted) -> Record | None:
    """The contact with our id; raise RefusedError where there are several."""
    try:
        listed = await calls.find(wanted.kind.type, external_unique_id=wanted.key)
    except RefusedError as exc:
        if wanted.of or exc.refused.verdict is not Verdict.PERMANENT:
            raise
        # Only our own id was in it: a question that is refused is no lead's fault.
        refused = replace(exc.refused, verdict=Verdict.CONFIGURATION, complaints=())
        raise RefusedError(refused) from exc
    # What the search thinks of as the same is its own affair.
    found = [each for each in listed if each.get("external_unique_id", wanted.key) == wanted.key]
    if len(found) > 1:
        raise RefusedError(several([str(external_id(each["id"])) for each in found]))
    return found[0] if found else None


async def look_for_new(desk: Desk, place: UUID, is_it: Callable[[Record], bool]) -> Record | None:
    """The contact that we have made moments ago, although no search shows it yet.

    Raise RefusedError where it was asked for, and nobody knows yet whether it was made.
    """
    asked = await desk.creations.get(place)
    if asked is None:
        return None
    if asked.record_id is None and asked.wait:
        raise RefusedError(not_yet(asked.wait))
    there = await desk.calls.read(asked.record_id) if asked.record_id else None
    if there is None or not is_it(there):
        # Deleted since, or never made; or the connection leads into another account by now.
        await desk.creations.forget(place)
        return None
    return there


async def make(desk: Desk, wanted: Wanted, place: UUID, parcel: Parcel) -> Answer:
    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        (draft,) = drafts
        body = wanted.new_body(draft.fields)
        try:
            record_id = await desk.calls.create(body, before=lambda: desk.creations.announce(place))
        except RefusedError as exc:
            await desk.creations.refused(place, exc.refused)
            raise
        except SpentError:
            # It was announced, and there was no call left to ask for it with.
            await desk.creations.forget(place)
            raise
        await desk.creations.made(place, record_id)
        return [Accepted(outcome=UploadOutcome.CREATED, external_id=record_id)]

    (sent,) = await hand_over([wanted.draft], send, wanted.kind.form)
    return _answer(sent.answer, sent.draft, wanted, parcel)


async def change(desk: Desk, wanted: Wanted, record: Record, parcel: Parcel) -> Answer:
    update = planned(wanted, record, parcel, desk.on_update)
    record_id = str(external_id(record["id"]))
    done = Accepted(outcome=UploadOutcome.UPDATED, external_id=record_id)

    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        (draft,) = drafts
        if draft.fields:
            await desk.calls.change(record_id, body_of(draft.fields, update.items))
        return [done]

    (sent,) = await hand_over([update.draft], send, wanted.kind.form)
    answer = _answer(sent.answer, sent.draft, wanted, parcel)
    if isinstance(answer, Accepted):
        return replace(answer, written={**update.found, **answer.written})
    return answer


def planned(wanted: Wanted, record: Record, parcel: Parcel, on_update: OnUpdate) -> Update:
    return update_of(wanted, record, Past(parcel.lead.id, wanted.of, parcel.written), on_update)


def _answer(answer: Answer, draft: Draft, wanted: Wanted, parcel: Parcel) -> Answer:
    if not isinstance(answer, Accepted):
        return answer
    fields = {n: v for n, v in draft.fields.items() if n not in wanted.kind.only_new}
    return replace(
        answer,
        adjustments=draft.adjustments,
        written=digests(parcel.lead.id, fields, of=wanted.of),
    )
