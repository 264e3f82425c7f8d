"""Handing records of one kind to HubSpot, and joining its answer to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from platform_upload.adapters.hubspot.answers import judge_item
from platform_upload.adapters.hubspot.api import BATCH, HubspotCalls
from platform_upload.adapters.owners import of_the_connection
from platform_upload.adapters.reply import Reply, external_id
from platform_upload.application.hand_over import Send, Sent, hand_over
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.drafts import Draft, Form

_NOBODY: Mapping[str, str] = MappingProxyType({})


async def upsert(
    calls: HubspotCalls,
    kind: str,
    drafts: Sequence[Draft],
    *,
    by: str,
    form: Form,
    assigned: Mapping[str, str] = _NOBODY,
) -> list[Sent]:
    """Make records, or change those that have the same `by`, a unique property that is the drafts' key.

    `assigned` is whose they are: it goes with each, and is nothing to be left out.
    """

    def input_of(draft: Draft) -> Mapping[str, Any]:
        sent = _input(draft, str(draft.fields[by])) | {"idProperty": by}
        return sent | {"properties": {**draft.fields, **assigned}}

    def blamed(refused: Refused) -> Refused:
        setting = "settings.owner" if assigned else None
        return of_the_connection(refused, setting, names=set(assigned))

    async def send(some: Sequence[Draft]) -> list[Answer]:
        try:
            reply = await calls.upsert(kind, [input_of(draft) for draft in some])
        except RefusedError as exc:
            raise RefusedError(blamed(exc.refused)) from exc
        # What a record is called in an answer without trace ids.
        answers = read_batch(reply, {str(d.fields[by]).casefold(): d for d in some}, by)
        return [blamed(each) if isinstance(each, Refused) else each for each in answers]

    return await _in_batches(drafts, send, form)


async def update(
    calls: HubspotCalls, kind: str, drafts: Sequence[Draft], *, ids: Mapping[str, str], form: Form
) -> list[Sent]:
    """Change records, whose HubSpot ids are given by the drafts' keys. What there is nothing to change of is done."""

    async def send(some: Sequence[Draft]) -> list[Answer]:
        changed = [draft for draft in some if draft.fields]
        found: dict[str, Answer] = {}
        if changed:
            reply = await calls.update(kind, [_input(each, ids[each.key]) for each in changed])
            answers = read_batch(reply, {ids[each.key]: each for each in changed}, None)
            found = {each.key: answer for each, answer in zip(changed, answers, strict=True)}
        return [found.get(each.key) or _there_already(ids[each.key]) for each in some]

    return await _in_batches(drafts, send, form)


async def _in_batches(drafts: Sequence[Draft], send: Send, form: Form) -> list[Sent]:
    sent: list[Sent] = []
    for start in range(0, len(drafts), BATCH):
        sent += await hand_over(drafts[start : start + BATCH], send, form)
    return sent


def read_batch(reply: Reply, drafts: Mapping[str, Draft], by: str | None) -> list[Answer]:
    """Join results and errors to the drafts: by what they carry, for their order says nothing."""
    answers: dict[str, Answer] = {draft.key: _unmentioned(reply) for draft in drafts.values()}
    for error in _objects(reply.content.get("errors")):
        for trace in _traces(error):
            if trace in answers:
                answers[trace] = judge_item(error, reply)
    for result in _objects(reply.content.get("results")):
        key = _key_of(result, drafts, by)
        if key in answers:
            answers[key] = _accepted(result)
    return list(answers.values())


def _key_of(result: Mapping[str, Any], drafts: Mapping[str, Draft], by: str | None) -> str:
    trace = str(result.get("objectWriteTraceId"))
    name = str(properties_of(result).get(by) if by else result.get("id")).casefold()
    return drafts[name].key if name in drafts else trace


def properties_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those that HubSpot names, if it does."""
    properties = record.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _traces(error: Mapping[str, Any]) -> Iterable[str]:
    context = error.get("context")
    traces = context.get("objectWriteTraceId") if isinstance(context, Mapping) else None
    return [str(each) for each in (traces if isinstance(traces, list) else [traces]) if each]


def _input(draft: Draft, record_id: str) -> dict[str, Any]:
    return {"id": record_id, "objectWriteTraceId": draft.key, "properties": draft.fields}


def _accepted(result: Mapping[str, Any]) -> Accepted:
    created = result.get("new") is True
    outcome = UploadOutcome.CREATED if created else UploadOutcome.UPDATED
    return Accepted(outcome=outcome, external_id=external_id(result.get("id")))


def _there_already(record_id: str) -> Accepted:
    return Accepted(outcome=UploadOutcome.UPDATED, external_id=record_id)


def _unmentioned(reply: Reply) -> Refused:
    refused = reply.refused(
        Verdict.AMBIGUOUS, "unmentioned", "HubSpot's answer says nothing about this record"
    )
    return replace(refused, excerpt=None)


def _objects(listed: object) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
