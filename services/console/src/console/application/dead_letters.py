"""Records that could not be used: of all services in one list, one of them, and what a replay would do."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from console.application.merged import Merged, merged
from console.application.ports import Api
from console.domain.record_text import hex_dump, laid_out, masked_record
from leadstream.admin.answers import Bytes, DeadLetterDetail, Replayed
from leadstream.admin.calls import Call
from leadstream.admin.dead_letters import (
    list_dead_letters,
    replay_dead_letters,
    sum_up_dead_letters,
)
from leadstream.admin.errors import AdminError, RefusedError

FILTERS: Final = ("topic", "reason", "since", "replayed")
# Of a record so much is written as hex.
MOST_HEX: Final = 2048
# Refusals that are about who asks or what is asked, so that every service says the same.
OURS: Final = frozenset({401, 403, 422})


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many letters of a topic and reason wait, in all services; `more`: at least."""

    topic: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class LettersView:
    found: Merged
    waiting: list[Waiting]
    more: bool


async def listed(
    api: Api, services: Sequence[str], given: Mapping[str, str], cursor: str | None
) -> LettersView:
    """A page of the list, and what waits. Raises RefusedError if the filter makes no sense."""
    found, counts = await asyncio.gather(
        merged(api, services, partial(_ask, given), key=_order, cursor=cursor),
        api.all(*(sum_up_dead_letters(service) for service in services)),
    )
    for error in found.errors:
        if isinstance(error, RefusedError) and error.status in OURS:
            raise error
    waiting: Counter[tuple[str, str]] = Counter()
    answers = [each for each in counts if not isinstance(each, AdminError)]
    for answer in answers:
        for each in answer["items"]:
            waiting[each["topic"], each["reason"]] += each["count"]
    return LettersView(
        found,
        [Waiting(*group, count) for group, count in waiting.most_common()],
        any(answer["more"] for answer in answers),
    )


def _ask(given: Mapping[str, str], service: str, cursor: str | None, limit: int) -> Call[Any]:
    return list_dead_letters(service, **given, cursor=cursor, limit=limit)


def _order(row: Mapping[str, Any]) -> tuple[Any, str]:
    """As the services order them: their ids as text would order offsets by their first digit."""
    place = f"{row['topic']}\x01{row['partition']:09}:{row['offset']:018}:{row['id']}"
    return row["created_at"], place


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes as they are shown; `hex` is empty while they are masked."""

    size: int
    text: str
    hex: str
    # Whether there is more than is shown, of the text and of the hex.
    is_cut: bool
    is_hex_cut: bool
    # The text is the bytes exactly, so that it can be corrected.
    is_whole: bool


@dataclass(frozen=True, slots=True)
class LetterView:
    row: DeadLetterDetail
    complaints: list[tuple[str | None, str]]
    key: Text | None
    value: Text | None
    headers: list[tuple[str, Text | None]]
    letters_place: str
    # None: masked. Else the text that a correction begins with, or "" where it can't.
    draft: str | None
    is_utf8: bool


def letter(detail: DeadLetterDetail, *, shown: bool) -> LetterView:
    value = _text(detail["value"], shown=shown)
    return LetterView(
        row=detail,
        complaints=complaints(detail["error"]),
        key=_text(detail["key"], shown=shown),
        value=value,
        headers=[(each["name"], _text(each["value"], shown=shown)) for each in detail["headers"]],
        letters_place=f"{detail['letters_partition']}:{detail['letters_offset']}",
        draft=(value.text if value else "") if shown else None,
        is_utf8=value is None or value.is_whole,
    )


def complaints(error: str) -> list[tuple[str | None, str]]:
    """What a schema complains of: each with its path, if there is one."""
    return [_complaint(part) for part in error.split("; ")]


def refusal(error: RefusedError) -> str:
    """Why a service refused, without the status and the field."""
    return error.message.removeprefix(f"{error.status} ").removeprefix(f"{error.field}: ")


def _complaint(text: str) -> tuple[str | None, str]:
    path, colon, words = text.partition(": ")
    return (path, words) if colon and " " not in path else (None, text)


def _text(raw: Bytes | None, *, shown: bool) -> Text | None:
    if raw is None:
        return None
    digits = raw["hex"][: MOST_HEX * 2]
    return Text(
        size=raw["size"],
        text=laid_out(raw["text"]) if shown else masked_record(raw["text"]),
        hex=hex_dump(digits) if shown else "",
        is_cut=raw["more"],
        is_hex_cut=raw["size"] > MOST_HEX,
        is_whole=raw["text"].encode().hex() == raw["hex"],
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What a replay does in one service."""

    service: str
    answer: Replayed | AdminError

    @property
    def total(self) -> int:
        return 0 if isinstance(self.answer, AdminError) else self.answer["total"]


@dataclass(frozen=True, slots=True)
class Outcome:
    parts: list[Part]

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def errors(self) -> list[AdminError]:
        return [part.answer for part in self.parts if isinstance(part.answer, AdminError)]

    @property
    def answered(self) -> list[tuple[str, Replayed]]:
        return [(p.service, p.answer) for p in self.parts if not isinstance(p.answer, AdminError)]

    @property
    def missing(self) -> int:
        return sum(answer["missing"] for _, answer in self.answered)


def matching(given: Mapping[str, str]) -> dict[str, str]:
    """What "all that match" means: of those that were not replayed before, unless they are asked for."""
    return {"replayed": "false", **given}


async def replay_matching(
    api: Api,
    services: Sequence[str],
    given: Mapping[str, str],
    *,
    dry_run: bool,
    reason: str | None,
) -> Outcome:
    """In every service what matches; a dry run only counts. Raises RefusedError for a filter that makes no sense."""
    calls = [
        replay_dead_letters(service, matching=matching(given), dry_run=dry_run, reason=reason)
        for service in services
    ]
    return await _replayed(api, calls)


async def replay_chosen(api: Api, chosen: Mapping[str, list[str]], reason: str | None) -> Outcome:
    """These, by service. One service's refusal does not keep the others from it."""
    calls = [
        replay_dead_letters(service, ids=ids, reason=reason) for service, ids in chosen.items()
    ]
    return await _replayed(api, calls)


async def _replayed(api: Api, calls: Sequence[Call[Replayed]]) -> Outcome:
    answers = await api.all(*calls)
    outcome = Outcome([Part(c.service, each) for c, each in zip(calls, answers, strict=True)])
    for error in outcome.errors:
        if len(calls) == 1 or (isinstance(error, RefusedError) and error.status in OURS):
            raise error
    return outcome
