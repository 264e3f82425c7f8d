"""Writes organizations: new ones by our identifier, known ones as they were when we looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from leadstream.reading import listed
from platform_upload.adapters.fhir.answers import SEVERAL, judge
from platform_upload.adapters.fhir.api import (
    LARGEST_BATCH,
    FhirCalls,
    Request,
    Said,
    concerns_all,
)
from platform_upload.adapters.fhir.capability import Capability
from platform_upload.adapters.fhir.mapping import ORGANIZATION, PERSON, lead_draft
from platform_upload.adapters.fhir.organization import Composed, Held, compose, held_in
from platform_upload.adapters.fhir.paths import fields_at
from platform_upload.adapters.reply import LONGEST_ID, Reply, external_id, redacted
from platform_upload.application.hand_over import Sent, hand_over
from platform_upload.application.ports import Parcel, Plan
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.batches import BatchLimit, cut
from platform_upload.domain.drafts import Action, Adjustment, Draft
from platform_upload.domain.gaps import digests

# The advice is 1 MB; the Bundle itself takes a little.
LIMIT = BatchLimit(items=LARGEST_BATCH, size_bytes=950_000)
_PRECONDITION_FAILED = 412


@dataclass(frozen=True, slots=True)
class _Work:
    request: Request
    composed: Composed
    held: Held | None


@dataclass(slots=True)
class Writer:
    """What one attempt knows of the organizations that it writes."""

    calls: FhirCalls
    capability: Capability
    parcels: Mapping[str, Parcel]
    # What there is of the leads that were looked for; None where there is nothing.
    found: dict[str, Held | None] = field(default_factory=dict)
    # Those that nothing can be written of, and why.
    stuck: dict[str, Refused | Untried] = field(default_factory=dict)
    works: dict[str, _Work] = field(default_factory=dict)
    # Looked for once more, because somebody was faster.
    _again: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, calls: FhirCalls, capability: Capability, parcels: Sequence[Parcel]) -> "Writer":
        return cls(calls, capability, {str(each.lead.id): each for each in parcels})

    async def write(self) -> list[Answer]:
        """Each look is followed by its writes: an attempt that runs out of calls has settled what it looked at."""
        sent: list[Sent] = []
        limit = replace(LIMIT, items=self.calls.at_once)
        for some in cut(self._drafts(), limit, self._size_of):
            if any(_is_the_end(each.answer) for each in sent):
                sent += [Sent(draft, Untried()) for draft in some]
                continue
            sent += await hand_over(some, self.send, ORGANIZATION)
        return [self._answer(each) for each in sent]

    async def plan(self) -> list[Plan | Refused | Untried]:
        """What `write` would do, after a look at each."""
        drafts = self._drafts()
        await self._look([draft.key for draft in drafts])
        return [self._planned(draft) for draft in drafts]

    async def send(self, drafts: Sequence[Draft]) -> list[Answer]:
        """Write these; what is as it should be already is done."""
        await self._look([each.key for each in drafts if self._must_look(each)])
        settled: dict[str, Answer] = {}
        for draft in drafts:
            self.works[draft.key] = work = self._work(draft)
            if draft.key in self.stuck:
                settled[draft.key] = self.stuck[draft.key]
            elif work.held and not work.composed.changes:
                settled[draft.key] = _there_already(work.held)
        asked = [draft for draft in drafts if draft.key not in settled]
        if asked:
            said = await self._ask(asked)
            settled |= {
                draft.key: self._heard(draft, each) for draft, each in zip(asked, said, strict=True)
            }
        return [settled[draft.key] for draft in drafts]

    async def _ask(self, drafts: Sequence[Draft]) -> list[Said]:
        try:
            return await self.calls.run([self.works[draft.key].request for draft in drafts])
        except RefusedError as exc:
            # Of several, nobody knows whose fields it is about.
            places = self.works[drafts[0].key].composed.places if len(drafts) == 1 else {}
            raise RefusedError(_in_our_words(exc.refused, places)) from exc

    def _drafts(self) -> list[Draft]:
        contacts = self.calls.way.contacts
        return [lead_draft(parcel.lead, contacts) for parcel in self.parcels.values()]

    def _size_of(self, draft: Draft) -> int:
        # What is there already is not known yet; that, a person has typed.
        return len(orjson.dumps(self._work(draft).request.as_entry()))

    def _must_look(self, draft: Draft) -> bool:
        """Whether nobody knows what is there.

        A lead that was never handed over is not looked for: the condition of its request does that.
        """
        if draft.repeated and draft.key not in self._again:
            self._again.add(draft.key)
            return True
        if draft.key in self.found or draft.key in self.stuck:
            return False
        return self.parcels[draft.key].known or not self.capability.conditional_update

    async def _look(self, keys: Sequence[str]) -> None:
        if not keys:
            return
        way = self.calls.way
        requests = [Request(method="GET", url=f"Organization?{way.query(key)}") for key in keys]
        try:
            said = await self.calls.run(requests)
        except RefusedError as exc:
            raise RefusedError(_nobodys_fault(exc.refused)) from exc
        for key, each in zip(keys, said, strict=True):
            self.stuck.pop(key, None)
            found = _found(each, way.identifier_system, UUID(key))
            if isinstance(found, Refused | Untried):
                self.stuck[key] = found
            else:
                self.found[key] = found

    def _work(self, draft: Draft) -> _Work:
        held = self.found.get(draft.key)
        way = self.calls.way
        composed = compose(
            self.parcels[draft.key],
            draft,
            held,
            system=way.identifier_system,
            on_update=self.calls.connection.on_update,
        )
        if held:
            request = Request(
                method="PUT",
                url=f"Organization/{held.id}",
                resource=composed.resource,
                if_match=held.etag,
            )
        else:
            request = self._creation(draft.key, composed.resource)
        return _Work(request, composed, held)

    def _creation(self, key: str, resource: Mapping[str, Any]) -> Request:
        """No id goes with what the server is to name: some would take it for the name."""
        query = self.calls.way.query(key)
        if self.capability.conditional_update:
            return Request(method="PUT", url=f"Organization?{query}", resource=resource, name=key)
        if self.capability.conditional_create:
            return Request(
                method="POST", url="Organization", resource=resource, if_none_exist=query, name=key
            )
        return Request(method="PUT", url=f"Organization/{key}", resource={**resource, "id": key})

    def _heard(self, draft: Draft, said: Said) -> Answer:
        if not isinstance(said, Reply):
            return said
        work = self.works[draft.key]
        refused = judge(said, by_id=work.held is not None)
        if refused:
            return self._refused(draft, work, said, refused)
        if said.status == 200 and work.request.if_none_exist:
            # It was there, and is as it was: what search does not find yet, the condition does.
            return said.refused(
                Verdict.RESOLVE_EXISTING, "duplicate", "somebody else has just made it"
            )
        known = work.held.id if work.held else None
        outcome = UploadOutcome.CREATED if said.status == 201 else UploadOutcome.UPDATED
        return Accepted(outcome=outcome, external_id=_id_in(said) or known)

    def _refused(self, draft: Draft, work: _Work, said: Reply, refused: Refused) -> Refused:
        if said.status == _PRECONDITION_FAILED and work.held is None and not draft.repeated:
            # Several, it seems: a look says which they are.
            return replace(refused, verdict=Verdict.RESOLVE_EXISTING)
        return _in_our_words(refused, work.composed.places)

    def _answer(self, sent: Sent) -> Answer:
        if not isinstance(sent.answer, Accepted):
            return sent.answer
        parcel, composed = self.parcels[sent.draft.key], self.works[sent.draft.key].composed
        before = dict(parcel.written)
        if set(composed.fields) & set(PERSON):
            # Of whoever was there before, nothing is ours any more.
            before = {name: value for name, value in before.items() if name not in PERSON}
        written = {**before, **digests(parcel.lead.id, composed.fields)}
        return replace(sent.answer, adjustments=_kept(sent.draft, composed), written=written)

    def _planned(self, draft: Draft) -> Plan | Refused | Untried:
        if draft.key in self.stuck:
            return self.stuck[draft.key]
        work = self._work(draft)
        return Plan(
            external_id=work.held.id if work.held else None,
            changes=work.composed.changes,
            adjustments=_kept(draft, work.composed),
        )


def _is_the_end(answer: Answer) -> bool:
    return isinstance(answer, Untried) or (isinstance(answer, Refused) and concerns_all(answer))


def read_organizations(said: Reply, system: str, lead: UUID) -> list[Held] | None:
    """The lead's organizations in what a search has found; None where it is no answer to one."""
    content = said.content
    if not isinstance(content, Mapping) or content.get("resourceType") != "Bundle":
        return None
    # One that is passed over would be written over: its version is what keeps it as a person left it.
    entries = listed(content.get("entry"))
    if entries is None or not all(isinstance(each, Mapping) for each in entries):
        return None
    resources = [each.get("resource") for each in entries]
    found = [held_in(each, system, lead) for each in resources]
    by_id = {each.id: each for each in found if each}
    return list(by_id.values())


def _found(said: Said, system: str, lead: UUID) -> Held | Refused | Untried | None:
    if not isinstance(said, Reply):
        return said
    refused = judge(said)
    if refused:
        return _nobodys_fault(refused)
    found = read_organizations(said, system, lead)
    if found is None:
        message = "the server's answer to a search is no Bundle"
        return replace(said.refused(Verdict.RETRY, "unreadable", message), excerpt=None)
    if len(found) > 1:
        return _several(found, lead)
    return found[0] if found else None


def _several(found: Sequence[Held], lead: UUID) -> Refused:
    names = ", ".join(f"Organization/{each.id}" for each in found)
    message = (
        f"{len(found)} organizations have the identifier of lead {lead}: {names}; leave it at one"
    )
    return Refused(
        verdict=Verdict.PERMANENT,
        code=SEVERAL,
        message=redacted(message),
        status_code=_PRECONDITION_FAILED,
    )


def _nobodys_fault(refused: Refused) -> Refused:
    """A question that is refused is no lead's fault."""
    spoilt = refused.verdict in {Verdict.PERMANENT, Verdict.RESOLVE_EXISTING}
    verdict = Verdict.CONFIGURATION if spoilt else refused.verdict
    return replace(refused, verdict=verdict, complaints=())


def _in_our_words(refused: Refused, places: Mapping[str, str]) -> Refused:
    """With what it complains of by our fields' names; what is not ours is left to somebody else."""
    complaints = [
        replace(each, field=name)
        for each in refused.complaints
        for name in ([None] if each.field is None else fields_at(each.field, places))
        if places
    ]
    return replace(refused, complaints=tuple(complaints))


def _kept(draft: Draft, composed: Composed) -> tuple[Adjustment, ...]:
    """Notes of what has gone out, and of what was left out."""
    return tuple(
        each
        for each in draft.adjustments
        if each.action is Action.LEFT_OUT or each.field in composed.fields
    )


def _id_in(said: Reply) -> str | None:
    """The server's own id: in the resource, or in where it says that it is."""
    content = said.content
    if isinstance(content, Mapping) and content.get("resourceType") == "Organization":
        return external_id(content.get("id"))
    parts = said.headers.get("location", "").split("?")[0].split("/")
    at = next((i for i, part in enumerate(parts) if part == "Organization"), None)
    return external_id(parts[at + 1][:LONGEST_ID]) if at is not None and parts[at + 1 :] else None


def _there_already(held: Held) -> Accepted:
    return Accepted(outcome=UploadOutcome.UPDATED, external_id=external_id(held.id))
