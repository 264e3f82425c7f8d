"""Takes a person out of the organizations that we wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from platform_upload.adapters.fhir.answers import judge
from platform_upload.adapters.fhir.api import FhirCalls, Request
from platform_upload.adapters.fhir.capability import Capability
from platform_upload.adapters.fhir.mapping import CONTACT_EMAIL, CONTACT_NAME
from platform_upload.adapters.fhir.organization import (
    Held,
    is_as_written,
    person_of,
    without_contact,
)
from platform_upload.adapters.fhir.writing import read_organizations
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import SpentError
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.gaps import digest

# Somebody may be writing at the same time, and does not do so all the time.
_TRIES = 3
_PRECONDITION_FAILED = 412


@dataclass(slots=True)
class Eraser:
    calls: FhirCalls
    capability: Capability
    person: Person
    records: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def run(self, traces: Sequence[Trace]) -> Erased:
        for trace in traces:
            for held in await self._find(trace):
                await self._erase_from(trace, held)
        return Erased(records=tuple(self.records), left=tuple(self.left))

    async def _erase_from(self, trace: Trace, held: Held) -> None:
        others = await self._take_out(trace, held)
        name = f"Organization/{held.id}"
        if others:
            self.left.append(
                f"{name}: a contact that we did not write names the person; remove it there"
            )
        if not self._was_ours(trace):
            return
        self.records.append(held.id)
        if self.capability.keeps_history:
            self.left.append(
                f"{name}: earlier versions may still name the person; purge its history at the server"
            )

    async def _take_out(self, trace: Trace, held: Held) -> bool:
        """Remove our entries; tell whether there are others of the person."""
        for _ in range(_TRIES):
            ours, others = self._entries(trace, held)
            if not ours:
                return bool(others)
            said = await self._put(held, ours)
            if said.status != _PRECONDITION_FAILED:
                refused = judge(said, by_id=True)
                if refused:
                    raise RefusedError(refused)
                return bool(others)
            again = [each for each in await self._find(trace) if each.id == held.id]
            if not again:
                return False
            held = again[0]
        raise RefusedError(
            Refused(
                verdict=Verdict.RETRY,
                code="conflict",
                message=f"Organization/{held.id} is being changed all the time",
            )
        )

    def _entries(self, trace: Trace, held: Held) -> tuple[list[int], list[int]]:
        """The person's contacts, by their place: ours, and those of others."""
        ours: list[int] = []
        others: list[int] = []
        contacts = held.resource.get("contact")
        for index, contact in enumerate(contacts if isinstance(contacts, list) else []):
            fields = person_of(contact) if isinstance(contact, Mapping) else {}
            if self._is_meant(fields):
                (ours if self._is_ours(trace, fields) else others).append(index)
        return ours, others

    def _is_meant(self, fields: Mapping[str, Any]) -> bool:
        email = fields.get(CONTACT_EMAIL)
        if email is not None:
            return _same(email, self.person.email)
        return any(_same(fields.get(CONTACT_NAME), name) for name in self.person.names)

    def _is_ours(self, trace: Trace, fields: Mapping[str, Any]) -> bool:
        """Whether we wrote the name or the address in it; what was added to it since is the same person's."""
        return any(
            is_as_written({name: fields[name]}, trace.written, trace.lead_id)
            for name in (CONTACT_NAME, CONTACT_EMAIL)
            if name in fields
        )

    def _was_ours(self, trace: Trace) -> bool:
        """Whether we wrote this person, still there or not: an erasure says the same twice."""
        said = [(CONTACT_EMAIL, self.person.email)]
        said += [(CONTACT_NAME, name) for name in self.person.names]
        return any(
            trace.written.get(name) == digest(trace.lead_id, name, value) for name, value in said
        )

    async def _put(self, held: Held, indexes: Sequence[int]) -> Reply:
        request = Request(
            method="PUT",
            url=f"Organization/{held.id}",
            resource=without_contact(held.resource, indexes),
            if_match=held.etag,
        )
        return await self._ask(request)

    async def _find(self, trace: Trace) -> list[Held]:
        way = self.calls.way
        said = await self._ask(
            Request(method="GET", url=f"Organization?{way.query(trace.lead_id)}")
        )
        refused = judge(said)
        if refused:
            raise RefusedError(refused)
        found = read_organizations(said, way.identifier_system, trace.lead_id)
        if found is None:
            message = "the server's answer to a search is no Bundle"
            raise RefusedError(Refused(verdict=Verdict.RETRY, code="unreadable", message=message))
        return found

    async def _ask(self, request: Request) -> Reply:
        (said,) = await self.calls.run([request])
        if isinstance(said, Refused):
            raise RefusedError(said)
        if not isinstance(said, Reply):
            raise SpentError
        return said


def _same(one: object, other: str) -> bool:
    return isinstance(one, str) and one.strip().casefold() == other.strip().casefold()
