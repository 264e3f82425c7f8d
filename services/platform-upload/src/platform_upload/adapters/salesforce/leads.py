"""Writes leads: new ones whole, known ones where nobody else has entered anything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from platform_upload.adapters.reply import external_id
from platform_upload.adapters.salesforce.answers import judge_row
from platform_upload.adapters.salesforce.api import SalesforceCalls
from platform_upload.adapters.salesforce.form import LEAD
from platform_upload.adapters.salesforce.mapping import EXTERNAL_ID, PERSON, lead_draft
from platform_upload.application.hand_over import Send, Sent, hand_over
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.gaps import UNKNOWN, OnUpdate, changes, digest, digests

_MISSING = "REQUIRED_FIELD_MISSING"


async def write_leads(
    calls: SalesforceCalls, parcels: Sequence[Parcel], on_update: OnUpdate
) -> list[Answer]:
    whole = [lead_draft(parcel.lead) for parcel in parcels]
    held = await held_leads(calls, [d for d, p in zip(whole, parcels, strict=True) if p.known])
    drafts = [
        _update(draft, parcel, held[draft.key], on_update) if draft.key in held else draft
        for draft, parcel in zip(whole, parcels, strict=True)
    ]
    sent = await hand_over(drafts, sender(calls), LEAD)
    return [_answer(each, parcel, held) for each, parcel in zip(sent, parcels, strict=True)]


async def held_leads(calls: SalesforceCalls, drafts: Sequence[Draft]) -> dict[str, Fields]:
    """What the org has of them, by our id, without the fields that it does not show: nobody knows what they hold."""
    names = sorted({name for draft in drafts for name in draft.fields})
    while drafts:
        try:
            rows = await calls.read([draft.key for draft in drafts], names)
        except RefusedError as exc:
            hidden = {each.field for each in exc.refused.complaints if each.absent} & {*names}
            if not hidden:
                raise RefusedError(_nobodys_fault(exc.refused)) from exc
            names = [name for name in names if name not in hidden]
            continue
        return {str(row.get(EXTERNAL_ID)): {name: row.get(name) for name in names} for row in rows}
    return {}


def _nobodys_fault(refused: Refused) -> Refused:
    """A question that is refused is no lead's fault."""
    spoilt = refused.verdict is Verdict.PERMANENT
    return replace(refused, verdict=Verdict.CONFIGURATION) if spoilt else refused


def _update(draft: Draft, parcel: Parcel, held: Fields, on_update: OnUpdate) -> Draft:
    wanted = {name: value for name, value in draft.fields.items() if name in held}
    if on_update is OnUpdate.FILL_GAPS and _is_another(wanted, held, parcel):
        wanted = {name: value for name, value in wanted.items() if name not in PERSON}
    fields = changes(wanted, held, parcel.written, lead=parcel.lead.id, on_update=on_update)
    kept = tuple(
        each for each in draft.adjustments if each.action is Action.LEFT_OUT or each.field in fields
    )
    return replace(draft, fields=fields, adjustments=kept)


def _is_another(wanted: Fields, held: Fields, parcel: Parcel) -> bool:
    """Whether somebody has put another person there than ours: what we know of ours is not theirs."""
    there, ours = held.get("LastName"), wanted.get("LastName")
    if there in (None, "", UNKNOWN, ours):
        return False
    return parcel.written.get("LastName") != digest(parcel.lead.id, "LastName", there)


def sender(calls: SalesforceCalls) -> Send:
    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        results, reply = await calls.upsert([_row(draft) for draft in drafts])
        return [
            _accepted(result) if result.get("success") else judge_row(result.get("errors"), reply)
            for result in results
        ]

    return send


def _row(draft: Draft) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, EXTERNAL_ID: draft.key, **draft.fields}


def _accepted(result: Mapping[str, Any]) -> Accepted:
    outcome = UploadOutcome.CREATED if result.get("created") else UploadOutcome.UPDATED
    return Accepted(outcome=outcome, external_id=external_id(result.get("id")))


def _answer(sent: Sent, parcel: Parcel, held: Mapping[str, Fields]) -> Answer:
    answer = sent.answer
    if isinstance(answer, Accepted):
        written = {**parcel.written, **digests(parcel.lead.id, sent.draft.fields)}
        return replace(answer, adjustments=sent.draft.adjustments, written=written)
    if isinstance(answer, Refused) and answer.code == _MISSING and sent.draft.key in held:
        # Deleted between our look and our write: the next try writes it whole.
        return replace(answer, verdict=Verdict.RESOLVE_EXISTING)
    return answer
