"""Records that could not be used: which and why, their bytes, and the means to put them back.

They belong to no workspace: which one they are of could be read only from what could not be read.
"""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime

from leadstream.api import (
    Change,
    InvalidError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.contracts.rejection import Reason
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.deadletter import SQL
from leadstream.postgres import Database
from leadstream.runtime.letters import Letters, key_of, rendered
from leadstream.runtime.routers.letter_bodies import (
    MOST_COUNTED,
    DeadLetterCounts,
    DeadLetterDetail,
    DeadLetterRow,
    Id,
    Replay,
    Replayed,
    Show,
    Topic,
    WasReplayed,
)


def dead_letters_router(database: Database, service: str, config: KafkaConfig) -> APIRouter:
    router = APIRouter(tags=["dead letters"])
    letters = Letters(database, service, config)

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
        replayed: WasReplayed = None,
    ) -> dict[str, Any]:
        caller.must_span_workspaces()
        after = paging.after(datetime, str, int, int, int) or (None,) * 5
        limit = paging.limit + 1
        rows = await database.look(
            SQL.list_dead_letters, topic, reason, since, replayed, limit, *after
        )
        return paging.page(
            rows,
            key=lambda row: (row["created_at"], *key_of(row)),
            render=lambda r: rendered(r, service),
        )

    @router.get(
        "/dead-letters/summary",
        summary="What waits to be put back, by topic and reason",
        response_model=DeadLetterCounts,
    )
    async def sum_up_dead_letters(
        caller: Viewer, since: AwareDatetime | None = None
    ) -> dict[str, Any]:
        caller.must_span_workspaces()
        rows = await database.look(SQL.sum_up_dead_letters, since, MOST_COUNTED + 1)
        more = sum(row["count"] for row in rows) > MOST_COUNTED
        return {"items": [dict(row) for row in rows], "more": more}

    @router.get(
        "/dead-letters/{letter_id}",
        summary="One of them, as Kafka keeps it",
        response_model=DeadLetterDetail,
    )
    async def get_dead_letter(caller: Viewer, letter_id: Id) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await letters.detail(letter_id)

    @router.post(
        "/dead-letters/{letter_id}/show",
        summary="The same, and a row in the audit of who looked, and why",
        response_model=DeadLetterDetail,
    )
    async def show_dead_letter(
        caller: Operator, letter_id: Id, body: Show | None = None
    ) -> dict[str, Any]:
        caller.must_span_workspaces()
        reason = (body and body.reason) or caller.reason
        if not reason:
            raise InvalidError("say why you must see it", field="reason")
        detail = await letters.detail(letter_id)
        change = Change("dead_letter.shown", f"dead-letter:{letter_id}", reason=reason)
        async with database.transaction() as tx:
            await PostgresAudit().record(tx, caller, change)
        return detail

    @router.post(
        "/dead-letters/replay",
        status_code=202,
        summary="Put dead letters back where they came from, or one corrected copy",
        description=(
            "A record whose cause is not mended comes back as a new dead letter. A corrected copy is checked against "
            "its topic's contract first, and is a new event; the same correction twice is the same event."
        ),
        response_model=Replayed,
    )
    async def replay(caller: Operator, which: Replay) -> dict[str, Any]:
        caller.must_span_workspaces()
        if which.corrected is not None:
            return await letters.correct(caller, which, which.corrected)
        return await letters.replay(caller, which)

    return router
