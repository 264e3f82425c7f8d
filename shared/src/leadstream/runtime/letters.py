"""The dead letters of a service: rows that say which and why, and the records, which Kafka keeps."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from aiokafka.errors import KafkaError

from leadstream.api import Caller, Change, InvalidError, NotFoundError, PostgresAudit
from leadstream.api.errors import UnavailableError
from leadstream.contracts.record import Record
from leadstream.contracts.registry import dead_letter_topic
from leadstream.contracts.rejection import Reason, Rejected
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.corrections import corrected, correction_id
from leadstream.kafka.deadletter import SQL
from leadstream.kafka.letters import LettersError, Source, find, putting_back, sending, source_of
from leadstream.postgres import Database
from leadstream.runtime.routers.letter_bodies import ID, MOST, Corrected, Filter, Replay

# Seconds that a person waits for one that Kafka may not have any longer.
PATIENCE: Final = 20
# Of the bytes of a record so many are shown.
MOST_SHOWN: Final = 65_536


class Letters:
    """The dead letters of a service, in Postgres and in Kafka."""

    def __init__(self, database: Database, service: str, config: KafkaConfig) -> None:
        self._database = database
        self._service = service
        self._config = config

    async def detail(self, letter_id: str) -> dict[str, Any]:
        row, record = await self._one(letter_id)
        return rendered(row, self._service) | _record(record)

    async def replay(self, caller: Caller, which: Replay) -> dict[str, Any]:
        rows, more = await _wanted(self._database, which)
        if which.dry_run:
            found = [len(portion) async for portion in self._found(rows)]
            return _answer(which, rows, sum(found), more=more)
        total = 0
        by_source: dict[Source | None, Mapping[str, Any]] = {_source(row): row for row in rows}
        try:
            async with putting_back(self._config) as put_back:
                await self._write_down(caller, _change(which, rows))
                async for portion in self._found(rows):
                    await put_back(portion)
                    total += len(portion)
                    await self._mark([by_source[source_of(record)] for record in portion])
        except KafkaError as exc:
            raise UnavailableError from exc
        return _answer(which, rows, total, more=more)

    async def correct(self, caller: Caller, which: Replay, copy: Corrected) -> dict[str, Any]:
        [letter_id] = which.ids or []
        row, letter = await self._one(letter_id)
        record = _checked(letter, letter_id, copy)
        event_id = str(correction_id(letter_id, copy.value.encode(), copy.key))
        if not which.dry_run:
            after = {"event_id": event_id, "bytes": len(record.value or b"")}
            target = f"dead-letter:{letter_id}"
            change = Change("dead_letter.corrected", target, reason=which.reason, after=after)
            try:
                async with sending(self._config) as send:
                    await self._write_down(caller, change)
                    await send(record)
            except KafkaError as exc:
                raise UnavailableError from exc
            await self._mark([row])
        return _answer(which, [row], 1, more=False) | {"event_id": event_id}

    async def _write_down(self, caller: Caller, change: Change) -> None:
        """Before it is done: what is in Kafka can't be taken back because a row could not be written."""
        async with self._database.transaction() as tx:
            await PostgresAudit().record(tx, caller, change)

    async def _mark(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """After the broker has them: dying in between puts them back twice, which changes nothing."""
        columns = [list(column) for column in zip(*map(key_of, rows), strict=True)]
        async with self._database.transaction() as tx:
            await tx.execute(SQL.mark_replayed, *columns)

    async def _one(self, letter_id: str) -> tuple[Mapping[str, Any], Any]:
        rows = await _rows(self._database, [letter_id])
        if not rows:
            raise NotFoundError("dead letter")
        try:
            async with asyncio.timeout(PATIENCE):
                async for portion in self._found(rows):
                    return rows[0], portion[-1]
        except TimeoutError as exc:
            raise UnavailableError from exc
        raise NotFoundError("record of the dead letter in Kafka")

    async def _found(self, rows: Sequence[Mapping[str, Any]]) -> AsyncIterator[list[Any]]:
        """Their records, one topic of letters after the other."""
        for topic, group in groupby(sorted(rows, key=key_of), key=lambda row: str(row["topic"])):
            its = list(group)
            since = min(row["created_at"] for row in its)
            try:
                letters = dead_letter_topic(topic, self._service)
                async for portion in find(
                    self._config, letters, set(map(_source, its)), since=since
                ):
                    yield portion
            except LettersError as exc:
                raise NotFoundError("topic of the dead letters") from exc
            except KafkaError as exc:
                raise UnavailableError from exc


def _checked(letter: Any, letter_id: str, copy: Corrected) -> Record:
    """The record of a corrected copy. Raises InvalidError, naming the path of what is wrong."""
    record = corrected(letter, letter_id, copy.value.encode(), copy.key)
    if isinstance(record, Rejected):
        path, colon, _ = record.error.partition(": ")
        is_path = colon and record.reason is Reason.SCHEMA_VIOLATION and path != "value"
        raise InvalidError(
            record.error, field=f"corrected.value.{path}" if is_path else "corrected.value"
        )
    return record


async def _wanted(database: Database, which: Replay) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """The rows of what is to be put back, and whether there are more."""
    if which.ids is not None:
        rows = await _rows(database, which.ids)
        if len(rows) < len(set(which.ids)):
            raise NotFoundError("dead letter")
        return rows, False
    asked = which.filter or Filter()
    rows = await database.look(
        SQL.list_dead_letters,
        asked.topic,
        asked.reason,
        asked.since,
        asked.replayed,
        MOST + 1,
        *(None,) * 5,
    )
    return rows[:MOST], len(rows) > MOST


async def _rows(database: Database, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    keys = [_read_id(each) for each in dict.fromkeys(ids)]
    columns = [list(column) for column in zip(*keys, strict=True)]
    return await database.look(SQL.get_dead_letters, *columns)


def _read_id(text: str) -> tuple[str, int, int, int]:
    match = ID.fullmatch(text)
    if match is None:
        raise InvalidError("must be ids of dead letters", field="ids")
    return match[1], int(match[2]), int(match[3]), int(match[4])


def key_of(row: Mapping[str, Any]) -> tuple[str, int, int, int]:
    return row["topic"], row["partition"], row["record_offset"], row["record_time"]


def _source(row: Mapping[str, Any]) -> Source:
    return Source(row["topic"], row["partition"], row["record_offset"])


def rendered(row: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {
        "id": ":".join(map(str, key_of(row))),
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["record_offset"],
        "letters": dead_letter_topic(row["topic"], service),
        "reason": row["reason"],
        "error": row["error"],
        "created_at": row["created_at"],
        "replayed_at": row["replayed_at"],
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
    ids = {"ids": [":".join(map(str, key_of(row))) for row in rows]}
    alone = which.ids is not None and len(rows) == 1
    return Change(
        "dead-letters.replayed",
        f"dead-letter:{ids['ids'][0]}" if alone else "dead-letters",
        reason=which.reason,
        after=ids if asked is None else {"filter": asked, "letters": len(rows)},
    )


def _answer(
    which: Replay, rows: Sequence[Mapping[str, Any]], total: int, *, more: bool
) -> dict[str, Any]:
    missing = len(rows) - total
    return {"dry_run": which.dry_run, "total": total, "missing": missing, "more": more}
