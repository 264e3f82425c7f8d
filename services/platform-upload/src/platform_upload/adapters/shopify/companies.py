"""Writes companies: looked up by our id, then made whole or brought up to date; several in one document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.reply import Reply, external_id
from platform_upload.adapters.shopify.answers import (
    EXTERNAL_ID_TAKEN,
    judge_part,
    judge_user_errors,
    objects,
    unmentioned,
)
from platform_upload.adapters.shopify.api import ShopifyCalls
from platform_upload.adapters.shopify.documents import Part, create_company, update_company
from platform_upload.adapters.shopify.forms import COMPANY_UPDATE, NEW_COMPANY
from platform_upload.adapters.shopify.held import Held
from platform_upload.adapters.shopify.mapping import company_draft, company_facts, nested
from platform_upload.application.hand_over import Send, Sent, hand_over
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, Refused, UploadOutcome
from platform_upload.domain.drafts import Action, Draft
from platform_upload.domain.gaps import OnUpdate, changes, digests


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a lead's company, and what there was of it before."""

    answer: Answer
    sent: Draft
    held: Held | None


async def write_companies(
    calls: ShopifyCalls, parcels: Sequence[Parcel], on_update: OnUpdate
) -> dict[UUID, Written]:
    known = any(parcel.known for parcel in parcels)
    held = await calls.find([str(parcel.lead.id) for parcel in parcels], likely=known)
    written = await _update(calls, [p for p in parcels if str(p.lead.id) in held], held, on_update)
    new = [parcel for parcel in parcels if parcel.lead.id not in written]
    made = await _create(calls, new)
    raced = [parcel for parcel in new if _is_taken(made[parcel.lead.id])]
    if raced:
        # Somebody has made them since we looked, or a search did not show them yet.
        held = await calls.find([str(parcel.lead.id) for parcel in raced], likely=True)
        there = [parcel for parcel in raced if str(parcel.lead.id) in held]
        made |= await _update(calls, there, held, on_update)
    return written | made


def company_update(parcel: Parcel, held: Held, on_update: OnUpdate) -> Draft:
    """What a person has made of the name and of our note stays."""
    draft = company_facts(parcel.lead)
    fields = changes(
        draft.fields, held.fields, parcel.written, lead=parcel.lead.id, on_update=on_update
    )
    return only(draft, {name: v for name, v in fields.items() if v != held.fields.get(name)})


def only(draft: Draft, fields: Mapping[str, Any]) -> Draft:
    """Of a draft, these fields, and what there is to say of them."""
    kept = tuple(
        each for each in draft.adjustments if each.action is Action.LEFT_OUT or each.field in fields
    )
    return replace(draft, fields=fields, adjustments=kept)


async def _create(calls: ShopifyCalls, parcels: Sequence[Parcel]) -> dict[UUID, Written]:
    def part(draft: Draft) -> Part:
        return create_company(nested(draft.fields))

    # An id that is taken is looked up at once: the same once more would be refused as before.
    drafts = [replace(company_draft(parcel.lead), repeated=True) for parcel in parcels]
    send = sender(calls, "create_companies", part, gives="company", outcome=UploadOutcome.CREATED)
    sent = await hand_over(drafts, send, NEW_COMPANY)
    return _written(parcels, sent, {})


async def _update(
    calls: ShopifyCalls,
    parcels: Sequence[Parcel],
    held: Mapping[str, Held],
    on_update: OnUpdate,
) -> dict[UUID, Written]:
    def part(draft: Draft) -> Part:
        company = {name.partition(".")[2]: value for name, value in draft.fields.items()}
        return update_company(held[draft.key].id, company)

    drafts = [company_update(p, held[str(p.lead.id)], on_update) for p in parcels]
    send = sender(
        calls,
        "update_companies",
        part,
        gives="company",
        outcome=UploadOutcome.UPDATED,
        of="company.",
        ids={key: each.id for key, each in held.items()},
    )
    return _written(parcels, await hand_over(drafts, send, COMPANY_UPDATE), held)


def sender(  # noqa: PLR0913 - what one kind of mutation is
    calls: ShopifyCalls,
    operation: str,
    part: Callable[[Draft], Part],
    *,
    gives: str,
    outcome: UploadOutcome,
    of: str = "",
    ids: Mapping[str, str] | None = None,
) -> Send:
    """Sends drafts in one document. Those there is nothing left to write of are done, with the ids given."""

    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        full = [draft for draft in drafts if draft.fields]
        answers: dict[str, Answer] = {}
        if full:
            reply = await calls.write(operation, [part(draft) for draft in full])
            answers = {
                draft.key: _read(reply, f"a{at}", gives, outcome, of)
                for at, draft in enumerate(full)
            }
        return [answers.get(draft.key) or _there(draft, outcome, ids) for draft in drafts]

    return send


def _there(draft: Draft, outcome: UploadOutcome, ids: Mapping[str, str] | None) -> Accepted:
    return Accepted(outcome=outcome, external_id=(ids or {}).get(draft.key))


def _read(reply: Reply, alias: str, gives: str, outcome: UploadOutcome, of: str) -> Answer:
    refused = judge_part(reply, alias)
    if refused:
        return refused
    payload = reply.content["data"][alias]
    made = payload.get(gives)
    if isinstance(made, dict):
        return Accepted(outcome=outcome, external_id=external_id(made.get("id")))
    errors = objects(payload.get("userErrors"))
    # Neither made nor refused: nobody's fault, and it may be there.
    return judge_user_errors(errors, reply, of=of) if errors else unmentioned(reply)


def _written(
    parcels: Sequence[Parcel], sent: Sequence[Sent], held: Mapping[str, Held]
) -> dict[UUID, Written]:
    return {
        parcel.lead.id: Written(
            _noted(parcel, each, held.get(each.draft.key)), each.draft, held.get(each.draft.key)
        )
        for parcel, each in zip(parcels, sent, strict=True)
    }


def _noted(parcel: Parcel, sent: Sent, held: Held | None) -> Answer:
    if not isinstance(sent.answer, Accepted):
        return sent.answer
    lead = parcel.lead.id
    # After an answer that was lost, what is there as we would write it is what we have written.
    ours = digests(lead, company_facts(parcel.lead).fields).items() if held else ()
    there = digests(lead, held.fields) if held else {}
    same = {name: digest for name, digest in ours if there.get(name) == digest}
    written = {**parcel.written, **same, **digests(lead, sent.draft.fields)}
    return replace(sent.answer, adjustments=sent.draft.adjustments, written=written)


def _is_taken(written: Written) -> bool:
    return isinstance(written.answer, Refused) and written.answer.code == EXTERNAL_ID_TAKEN
