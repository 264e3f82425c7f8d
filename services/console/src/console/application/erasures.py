"""A person is erased in every service: what is there, the erasing, and the receipt of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from console.application.ports import Api
from leadstream.admin.answers import AuditEntry, Erased, Erasure, Receipt
from leadstream.admin.audit import list_changes
from leadstream.admin.erasures import erase_person, get_erasure, get_receipt, join_receipt
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.receipts import HOLDERS, Part, broken_joints, joined_in, lines_of, others_of

ACTION: Final = "person.erased"
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is of a person, or the error of a service that did not say."""

    answers: Mapping[str, Erased | AdminError]

    @property
    def errors(self) -> list[AdminError]:
        return [each for each in self.answers.values() if isinstance(each, AdminError)]

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """Service, what, and how many."""
        return [
            (service, what, count)
            for service, answer in self.answers.items()
            if not isinstance(answer, AdminError)
            for what, count in [
                *answer["removed"].items(),
                *((f"uploads to {place}", n) for place, n in answer["elsewhere"].items()),
            ]
            if count
        ]

    @property
    def total(self) -> int:
        return sum(count for _, _, count in self.rows)

    @property
    def unfinished(self) -> list[str]:
        """Services that were still looking when they answered: there is more than they say."""
        return [
            service
            for service, answer in self.answers.items()
            if not isinstance(answer, AdminError) and answer["finished_at"] is None
        ]

    @property
    def was_known(self) -> bool:
        """Whether the person was erased before."""
        return any(
            answer["known"]
            for answer in self.answers.values()
            if not isinstance(answer, AdminError)
        )


async def look_for(api: Api, asked: Erasure) -> Found:
    """What would be removed; nothing is."""
    calls = (erase_person(service, {**asked, "dry_run": True}) for service in HOLDERS)
    return Found(answers=dict(zip(HOLDERS, await api.all(*calls), strict=True)))


async def erase(api: Api, asked: Erasure, receipt_id: UUID) -> AdminError | None:
    """Erase in each service, upstream first; what stopped it, if anything did: the same receipt goes on from there.

    Raises AdminError where nothing was done yet.
    """
    for service in HOLDERS:
        answer = await api.try_(erase_person(service, {**asked, "receipt_id": str(receipt_id)}))
        if isinstance(answer, AdminError):
            if service == HOLDERS[0]:
                raise answer
            return answer
    shown = await show(api, receipt_id)
    return await join(api, shown) if shown.may_join else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A service's part: of the erasure, and of the receipt."""

    service: str
    part: Part | None
    erased: Erased | None
    error: AdminError | None

    @property
    def state(self) -> str:
        if self.error:
            return "away"
        if self.part is None and self.erased is None:
            return "not reached"
        if self.erased and self.erased["finished_at"] is None:
            return "running"
        return "open" if self.part and self.part.open else "completed"

    @property
    def lines(self) -> list[tuple[str, str]]:
        return list(lines_of(self.part)) if self.part else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A receipt over all services."""

    receipt_id: UUID
    steps: Sequence[Step]

    @property
    def parts(self) -> dict[str, Part]:
        return {step.service: step.part for step in self.steps if step.part}

    @property
    def is_known(self) -> bool:
        return any(step.state != "not reached" for step in self.steps)

    @property
    def errors(self) -> list[AdminError]:
        return [step.error for step in self.steps if step.error]

    @property
    def left_out(self) -> list[str]:
        """Services that have not been reached: with the same receipt it goes on there."""
        return [step.service for step in self.steps if step.state == "not reached"]

    @property
    def is_joined(self) -> bool:
        """Whether each service has taken down all the others' parts."""
        parts = self.parts
        joined = {
            service: {other for entry in part.entries for other in joined_in(entry)}
            for service, part in parts.items()
        }
        return all(joined[service] >= parts.keys() - {service} for service in parts)

    @property
    def may_join(self) -> bool:
        """Whether the parts are all there and stand alone."""
        states = {step.state for step in self.steps}
        return states <= {"open", "completed"} and not self.is_joined

    @property
    def flaws(self) -> list[str]:
        """What the services say of each other that is not so; where one did not answer, nothing is known."""
        if self.errors or self.left_out:
            return []
        return list(broken_joints(self.parts))


async def show(api: Api, receipt_id: UUID) -> Shown:
    steps = await asyncio.gather(*(_step(api, service, receipt_id) for service in HOLDERS))
    return Shown(receipt_id=receipt_id, steps=steps)


async def join(api: Api, shown: Shown) -> AdminError | None:
    """Have each service take down the others' parts; what went wrong, if anything did."""
    calls = (
        join_receipt(service, shown.receipt_id, others)
        for service, others in others_of(shown.parts).items()
    )
    answers = await api.all(*calls)
    return next((each for each in answers if isinstance(each, AdminError)), None)


async def _step(api: Api, service: str, receipt_id: UUID) -> Step:
    receipt, erased = await api.all(
        get_receipt(service, receipt_id), get_erasure(service, receipt_id)
    )
    return Step(
        service=service,
        part=None if isinstance(receipt, AdminError) else _part(service, receipt),
        erased=None if isinstance(erased, AdminError) else erased,
        error=next((e for e in (receipt, erased) if _is_failure(e)), None),
    )


def _part(service: str, receipt: Receipt) -> Part:
    return Part(service=service, entries=receipt["entries"], open=receipt["open"])


def _is_failure(answer: object) -> bool:
    is_absent = isinstance(answer, RefusedError) and answer.status == _NOT_FOUND
    return isinstance(answer, AdminError) and not is_absent


@dataclass(slots=True, kw_only=True)
class Past:
    """An erasure, as the audit has it."""

    receipt_id: str
    at: datetime
    actor: str
    reason: str | None
    services: list[str]


async def list_past(api: Api) -> tuple[list[Past], list[AdminError]]:
    """The newest ones; who was erased, nobody knows any more."""
    answers = await api.all(
        *(list_changes(service, action=ACTION, limit=50) for service in HOLDERS)
    )
    found: dict[str, Past] = {}
    for service, answer in zip(HOLDERS, answers, strict=True):
        if not isinstance(answer, AdminError):
            for entry in answer["items"]:
                _add(found, service, entry)
    past = sorted(found.values(), key=lambda each: each.at, reverse=True)
    return past, [each for each in answers if isinstance(each, AdminError)]


def _add(found: dict[str, Past], service: str, entry: AuditEntry) -> None:
    receipt_id = entry["target"].rpartition(":")[2]
    before: Any = found.get(receipt_id)
    if before:
        before.services.append(service)
        before.at = min(before.at, entry["at"])
        return
    found[receipt_id] = Past(
        receipt_id=receipt_id,
        at=entry["at"],
        actor=entry["actor"],
        reason=entry["reason"],
        services=[service],
    )
