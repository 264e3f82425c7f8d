"""Writes leads: new ones whole, known ones where nobody else has entered anything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from platform_upload.adapters.owners import of_the_connection
from platform_upload.adapters.reply import external_id
from platform_upload.adapters.salesforce.answers import judge_row
from platform_upload.adapters.salesforce.api import SalesforceCalls
from platform_upload.adapters.salesforce.form import lead_form
from platform_upload.adapters.salesforce.layout import EXTERNAL_ID, Layout
from platform_upload.adapters.salesforce.mapping import lead_draft
from platform_upload.application.hand_over import Send, Sent, hand_over
from platform_upload.application.ports import Parcel, Plan
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.gaps import (
    UNKNOWN,
    OnUpdate,
    changes,
    differences,
    digest,
    digests,
)

_ID = "Id"
_MISSING = "REQUIRED_FIELD_MISSING"
_OWNER = "OwnerId"
# What Salesforce says of ids that lead nowhere, not always with the field: we send no other than these.
_REFERENCES = frozenset(
    {"INVALID_CROSS_REFERENCE_KEY", "INVALID_ID_FIELD", "MALFORMED_ID", "INACTIVE_OWNER_OR_USER"}
)


async def write_leads(
    calls: SalesforceCalls,
    parcels: Sequence[Parcel],
    on_update: OnUpdate,
    layout: Layout,
) -> list[Answer]:
    whole = [lead_draft(parcel.lead, layout) for parcel in parcels]
    held = await held_leads(
        calls,
        # Another connection may have written what we think is new: whoever has it now keeps it.
        [d for d, p in zip(whole, parcels, strict=True) if p.known or layout.assigns],
    )
    drafts = _drafts(whole, parcels, held, on_update, layout)
    sent = await _hand_over(calls, drafts, held, layout)
    return [_answer(sent[str(p.lead.id)], p, held) for p in parcels]


async def _hand_over(
    calls: SalesforceCalls, drafts: Sequence[Draft], held: Mapping[str, Fields], layout: Layout
) -> dict[str, Sent]:
    """By our id. A rule is for the new ones: where there is one, they go in a call of their own."""
    groups: dict[str | None, list[Draft]] = {}
    for draft in drafts:
        assign = layout.on_update if draft.key in held else layout.on_create
        groups.setdefault(assign, []).append(draft)
    sent: list[Sent] = []
    for assign, some in groups.items():
        send = sender(calls, held, layout, assign=assign)
        sent += await hand_over(some, send, lead_form(layout))
    return {each.draft.key: each for each in sent}


async def preview_leads(
    calls: SalesforceCalls,
    parcels: Sequence[Parcel],
    on_update: OnUpdate,
    layout: Layout,
) -> list[Plan]:
    """What `write_leads` would write. All are looked for: one that we know nothing of may be there."""
    whole = [lead_draft(parcel.lead, layout) for parcel in parcels]
    held = await held_leads(calls, whole, _ID)
    return [_plan(each, held, layout) for each in _drafts(whole, parcels, held, on_update, layout)]


def _plan(draft: Draft, held: Mapping[str, Fields], layout: Layout) -> Plan:
    there = held.get(draft.key, {})
    written = {**draft.fields, **({} if draft.key in held else _assigned(layout))}
    return Plan(
        external_id=external_id(there.get(_ID)),
        changes=differences(there, written),
        adjustments=lead_form(layout).told(draft.adjustments),
    )


def _drafts(
    whole: Sequence[Draft],
    parcels: Sequence[Parcel],
    held: Mapping[str, Fields],
    on_update: OnUpdate,
    layout: Layout,
) -> list[Draft]:
    """The leads as they go out."""
    return [
        _update(draft, parcel, held[draft.key], on_update, layout)
        if (parcel.known or layout.assigns) and draft.key in held
        else draft
        for draft, parcel in zip(whole, parcels, strict=True)
    ]


async def held_leads(
    calls: SalesforceCalls, drafts: Sequence[Draft], *more: str
) -> dict[str, Fields]:
    """What the org has of them, by our id, without the fields that it does not show: nobody knows what they hold."""
    names = sorted({*more, *(name for draft in drafts for name in draft.fields)})
    while drafts:
        try:
            rows = await calls.read([draft.key for draft in drafts], names)
        except RefusedError as exc:
            hidden = {each.field for each in exc.refused.complaints if each.absent} & {*names}
            if not hidden:
                raise RefusedError(_nobodys_fault(exc.refused)) from exc
            names = [name for name in names if name not in hidden]
            continue
        return {str(row.get(EXTERNAL_ID)): _named(row, names) for row in rows}
    return {}


def _named(row: Mapping[str, Any], names: Sequence[str]) -> Fields:
    """By the names that were asked for: Salesforce writes them in its own capitals."""
    by_name = {name.casefold(): value for name, value in row.items()}
    return {name: by_name.get(name.casefold()) for name in names}


def _nobodys_fault(refused: Refused) -> Refused:
    """A question that is refused is no lead's fault."""
    spoilt = refused.verdict is Verdict.PERMANENT
    return replace(refused, verdict=Verdict.CONFIGURATION) if spoilt else refused


def _update(
    draft: Draft, parcel: Parcel, held: Fields, on_update: OnUpdate, layout: Layout
) -> Draft:
    wanted = {name: value for name, value in draft.fields.items() if name in held}
    if on_update is OnUpdate.FILL_GAPS and _is_another(wanted, held, parcel):
        # Of one person. Where the person is another, none of them goes with what is there.
        ours = layout.fields.of_contact
        wanted = {name: value for name, value in wanted.items() if name not in ours}
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


def sender(
    calls: SalesforceCalls, held: Mapping[str, Fields], layout: Layout, *, assign: str | None
) -> Send:
    def blamed(refused: Refused) -> Refused:
        return of_the_connection(refused, layout.assigned_by, names={_OWNER}, codes=_REFERENCES)

    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        # Beside the fields: it is nothing to be left out, and nothing that we would know again as ours.
        rows = [_row(draft) | ({} if draft.key in held else _assigned(layout)) for draft in drafts]
        try:
            results, reply = await calls.upsert(rows, assign=assign)
        except RefusedError as exc:
            raise RefusedError(blamed(exc.refused)) from exc
        return [
            _accepted(result)
            if result.get("success")
            else blamed(judge_row(result.get("errors"), reply))
            for result in results
        ]

    return send


def _row(draft: Draft) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, EXTERNAL_ID: draft.key, **draft.fields}


def _assigned(layout: Layout) -> dict[str, str]:
    """Whose a lead is that is made."""
    return {_OWNER: layout.owner} if layout.owner else {}


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
