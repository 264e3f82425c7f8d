"""Records that could not be used: which and why, their bytes, and the means to put them back.

They belong to no workspace: which one they are of could be read only from what could not be read.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Final

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from leadstream.api import (
    Change,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.api.errors import UnavailableError
from leadstream.contracts.registry import dead_letter_topic
from leadstream.contracts.rejection import Reason
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.deadletter import SQL
from leadstream.kafka.letters import LettersError, Source, find, putting_back
from leadstream.postgres import Database

# Letters that are put back by one call.
MOST: Final = 1000
# Seconds that a person waits for one that Kafka may not have any longer.
PATIENCE: Final = 20
# Of the bytes of a record so many are shown.
MOST_SHOWN: Final = 65_536

_ID: Final = re.compile(r"([a-z][a-z0-9.-]{0,100}):(\d{1,9}):(\d{1,18}):(-?\d{1,18})")
Id = Annotated[str, Path(pattern=rf"^{_ID.pattern}$")]
Topic = Annotated[str | None, Query(max_length=100, description="The one that it was read from.")]


class DeadLetterRow(BaseModel):
    id: str = Field(description="`<topic>:<partition>:<offset>:<timestamp>` of the record.")
    topic: str = Field(description="The one that it was read from.")
    partition: int
    offset: int
    letters: str = Field(description="The topic that it was set aside to.")
    reason: str
    error: str = Field(description="What the schema complains of, with the path.")
    created_at: datetime


class Bytes(BaseModel):
    size: int
    text: str = Field(description="As UTF-8; bytes that are none are written `\\xNN`.")
    hex: str
    more: bool = Field(description="There are more bytes than are shown.")


class Header(BaseModel):
    name: str
    value: Bytes | None


class DeadLetterDetail(DeadLetterRow):
    letters_partition: int
    letters_offset: int
    key: Bytes | None
    value: Bytes | None = Field(description="Null: a tombstone.")
    headers: list[Header]


class Filter(BaseModel):
    topic: str | None = Field(None, max_length=100)
    reason: Reason | None = None
    since: AwareDatetime | None = None


class Replay(BaseModel):
    """Which dead letters to put back where they came from: these, or those that a filter finds."""

    ids: list[str] | None = Field(None, min_length=1, max_length=MOST)
    filter: Filter | None = Field(None, description=f"The newest {MOST} that match it.")
    reason: str | None = Field(None, max_length=500, description="Why; or in X-Reason.")
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "Replay":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give ids or a filter")
        return self


class Replayed(BaseModel):
    dry_run: bool
    total: int = Field(description="Letters that were put back, or would be.")
    missing: int = Field(description="Kafka keeps no record of so many others.")
    more: bool = Field(description=f"More than {MOST} match the filter: these were the newest.")


def dead_letters_router(database: Database, service: str, config: KafkaConfig) -> APIRouter:
    router = APIRouter(tags=["dead letters"])

    @router.get(
        "/dead-letters",
        summary="Records that could not be used, newest first",
        response_model=Page[DeadLetterRow],
    )
    async def list_dead_letters(
        caller: Viewer,
        paging: PagingQuery,
        topic: Topic = None,
        reason: Reason | None = None,
        since: AwareDatetime | None = None,
    ) -> dict[str, Any]:
        caller.must_span_workspaces()
        after = paging.after(datetime, str, int, int, int) or (None,) * 5
        limit = paging.limit + 1
        rows = await database.look(SQL.list_dead_letters, topic, reason, since, limit, *after)
        return paging.page(
            rows, key=lambda row: (row["created_at"], *_key(row)), render=lambda r: _row(r, service)
        )

    @router.get(
        "/dead-letters/{letter_id}",
        summary="One of them, as Kafka keeps it",
        response_model=DeadLetterDetail,
    )
    async def get_dead_letter(caller: Viewer, letter_id: Id) -> dict[str, Any]:
        caller.must_span_workspaces()
        rows = await _rows(database, [letter_id])
        if not rows:
            raise NotFoundError("dead letter")
        try:
            async with asyncio.timeout(PATIENCE):
                async for portion in _found(config, service, rows):
                    return _row(rows[0], service) | _record(portion[-1])
        except TimeoutError as exc:
            raise UnavailableError from exc
        raise NotFoundError("record of the dead letter in Kafka")

    @router.post(
        "/dead-letters/replay",
        status_code=202,
        summary="Put dead letters back where they came from",
        description="A record whose cause is not mended comes back as a new dead letter.",
        response_model=Replayed,
    )
    async def replay(caller: Operator, which: Replay) -> dict[str, Any]:
        caller.must_span_workspaces()
        rows, more = await _wanted(database, which)
        if which.dry_run:
            total = sum([len(portion) async for portion in _found(config, service, rows)])
            return _answer(which, rows, total, more=more)
        total = 0
        try:
            async with putting_back(config) as put_back:
                # Before it is done: what is in Kafka can't be taken back because a row could not be written.
                async with database.transaction() as tx:
                    await PostgresAudit().record(tx, caller, _change(which, rows))
                async for portion in _found(config, service, rows):
                    await put_back(portion)
                    total += len(portion)
        except KafkaError as exc:
            raise UnavailableError from exc
        return _answer(which, rows, total, more=more)

    return router


async def _wanted(database: Database, which: Replay) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """The rows of what is to be put back, and whether there are more."""
    if which.ids is not None:
        rows = await _rows(database, which.ids)
        if len(rows) < len(set(which.ids)):
            raise NotFoundError("dead letter")
        return rows, False
    asked = which.filter or Filter()
    rows = await database.look(
        SQL.list_dead_letters, asked.topic, asked.reason, asked.since, MOST + 1, *(None,) * 5
    )
    return rows[:MOST], len(rows) > MOST


async def _rows(database: Database, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    keys = [_read_id(each) for each in dict.fromkeys(ids)]
    columns = [list(column) for column in zip(*keys, strict=True)]
    return await database.look(SQL.get_dead_letters, *columns)


def _read_id(text: str) -> tuple[str, int, int, int]:
    match = _ID.fullmatch(text)
    if match is None:
        raise InvalidError("must be ids of dead letters", field="ids")
    return match[1], int(match[2]), int(match[3]), int(match[4])


async def _found(
    config: KafkaConfig, service: str, rows: Sequence[Mapping[str, Any]]
) -> AsyncIterator[list[Any]]:
    """Their records, one topic of letters after the other."""
    for topic, group in groupby(sorted(rows, key=_key), key=lambda row: str(row["topic"])):
        its = list(group)
        sources = {Source(topic, row["partition"], row["record_offset"]) for row in its}
        since = min(row["created_at"] for row in its)
        try:
            letters = dead_letter_topic(topic, service)
            async for portion in find(config, letters, sources, since=since):
                yield portion
        except LettersError as exc:
            raise NotFoundError("topic of the dead letters") from exc
        except KafkaError as exc:
            raise UnavailableError from exc


def _key(row: Mapping[str, Any]) -> tuple[str, int, int, int]:
    return row["topic"], row["partition"], row["record_offset"], row["record_time"]


def _row(row: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {
        "id": ":".join(map(str, _key(row))),
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["record_offset"],
        "letters": dead_letter_topic(row["topic"], service),
        "reason": row["reason"],
        "error": row["error"],
        "created_at": row["created_at"],
    }


def _record(record: Any) -> dict[str, Any]:
    return {
        "letters_partition": record.partition,
        "letters_offset": record.offset,
        "key": _bytes(record.key),
        "value": _bytes(record.value),
        "headers": [{"name": name, "value": _bytes(value)} for name, value in record.headers],
    }


def _bytes(raw: bytes | None) -> dict[str, Any] | None:
    if raw is None:
        return None
    shown = raw[:MOST_SHOWN]
    return {
        "size": len(raw),
        "text": shown.decode(errors="backslashreplace"),
        "hex": shown.hex(),
        "more": len(raw) > MOST_SHOWN,
    }


def _change(which: Replay, rows: Sequence[Mapping[str, Any]]) -> Change:
    asked = which.filter.model_dump(mode="json", exclude_none=True) if which.filter else None
    ids = {"ids": [":".join(map(str, _key(row))) for row in rows]}
    return Change(
        "dead-letters.replayed",
        "dead-letters",
        reason=which.reason,
        after=ids if asked is None else {"filter": asked, "letters": len(rows)},
    )


def _answer(
    which: Replay, rows: Sequence[Mapping[str, Any]], total: int, *, more: bool
) -> dict[str, Any]:
    missing = len(rows) - total
    return {"dry_run": which.dry_run, "total": total, "missing": missing, "more": more}
