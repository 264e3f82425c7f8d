"""What there is of a person in all services, who got them, and telling nobody of them any more."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from console.application.ports import Api
from leadstream.admin.answers import Held, WithReason
from leadstream.admin.errors import AdminError
from leadstream.admin.person import (
    Everything,
    lift_objection,
    line_of,
    object_person,
    said_of,
    said_of_end,
    standing,
)
from leadstream.admin.receipts import HOLDERS

# After these a page is shown with what was found by then, and goes on where it ended: seconds, and rows.
PATIENCE: Final = 8.0
ENOUGH: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """That the person was erased, or has objected, and which services know of it."""

    kind: str
    workspace_id: str | None
    since: datetime
    services: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    found: Everything
    errors: Sequence[AdminError]

    @property
    def rows(self) -> list[tuple[str, Held, str]]:
        """Service, what it holds, and that in short."""
        held = self.found.held.items()
        return [(service, item, line_of(item)) for service, items in held for item in items]

    @property
    def standings(self) -> list[Standing]:
        known: dict[tuple[str, str | None], list[tuple[str, datetime]]] = {}
        for service, each in standing(self.found.remembered):
            key = (each["kind"], each["workspace_id"])
            known.setdefault(key, []).append((service, each["since"]))
        return [
            Standing(
                kind=kind,
                workspace_id=workspace_id,
                since=min(since for _, since in told),
                services=[service for service, _ in told],
            )
            for (kind, workspace_id), told in known.items()
        ]


async def look(api: Api, asked: WithReason, places: Mapping[str, str]) -> Shown:
    """Ask all services, or those that have more from their places on.

    Raises AdminError where none has answered: what is wrong is the question, or everything.
    """
    found = Everything(upcoming={**places}) if places else Everything()
    first, errors = set(found.upcoming), list[AdminError]()
    until = asyncio.get_running_loop().time() + PATIENCE
    while calls := found.pages(asked):
        for call, answer in zip(calls, await api.all(*calls), strict=True):
            if isinstance(answer, AdminError):
                errors.append(answer)
                found.miss(call.service, answer.message)
            else:
                found.take(call.service, answer)
        if found.unanswered.keys() == first:
            raise errors[0]
        if asyncio.get_running_loop().time() > until or found.rows >= ENOUGH:
            break
    for got in await api.all(*found.questions(asked)):
        if isinstance(got, AdminError):
            errors.append(got)
        else:
            found.delivered += got["items"]
    return Shown(found=found, errors=errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What services have answered to an objection, or to its end."""

    answers: Mapping[str, Any]
    say: Callable[[Any], Mapping[str, str]]

    @property
    def errors(self) -> list[AdminError]:
        return [each for each in self.answers.values() if isinstance(each, AdminError)]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Service, what, and how."""
        return [
            (service, what, how)
            for service, answer in self.answers.items()
            if not isinstance(answer, AdminError)
            for what, how in self.say(answer).items()
        ]

    @property
    def unfinished(self) -> list[str]:
        """Services that still take the person out of what waits; they go on by themselves."""
        return [
            service
            for service, answer in self.answers.items()
            if not isinstance(answer, AdminError) and answer.get("finished_at", "") is None
        ]


async def object_to(api: Api, asked: WithReason) -> Told:
    """Have nobody told of the person any more. Raises AdminError where no service has answered."""
    calls = [object_person(service, asked) for service in HOLDERS]
    return _told(await api.all(*calls), said_of)


async def lift(api: Api, asked: WithReason) -> Told:
    """Take the objection back. Raises AdminError where no service has answered."""
    calls = [lift_objection(service, asked) for service in HOLDERS]
    return _told(await api.all(*calls), said_of_end)


def _told(answers: Sequence[Any], say: Callable[[Any], Mapping[str, str]]) -> Told:
    told = Told(answers=dict(zip(HOLDERS, answers, strict=True)), say=say)
    if len(told.errors) == len(HOLDERS):
        raise told.errors[0]
    return told
