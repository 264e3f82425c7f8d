"""Whether Resend tells what becomes of e-mails, for `leadstream doctor`."""

from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from delivery.adapters.resend_events import SQL
from leadstream.api import Viewer
from leadstream.clock import Clock
from leadstream.postgres import Database

# Most e-mails are told of within seconds, and a server that puts them off is told of as well.
SOON: Final = timedelta(hours=1)
LOOKED_AT: Final = timedelta(days=1)
MOST_READ: Final = 1000


class ResendWebhook(BaseModel):
    listening: bool = Field(description="Whether there is a secret that events are checked with.")
    address: str | None = Field(
        description="Where Resend reaches it; null where `DELIVERY_PUBLIC_URL` is not set."
    )
    last_event_at: datetime | None = Field(description="When an event of an e-mail of ours came.")
    accepted: int = Field(
        description="E-mails that Resend accepted in the day before the last hour, of the newest 1,000 deliveries."
    )
    heard: int = Field(description="Those of them that it has told something of since.")


def resend_webhook_router(
    database: Database, clock: Clock, *, public_url: str | None, listening: bool
) -> APIRouter:
    router = APIRouter(prefix="/resend-webhook", tags=["deliveries"])

    @router.get(
        "", summary="Whether Resend tells what becomes of e-mails", response_model=ResendWebhook
    )
    async def look(caller: Viewer) -> dict[str, Any]:
        until = clock.now() - SOON
        [counted] = await database.look(
            SQL.count_heard, until - LOOKED_AT, until, MOST_READ, caller.workspace_id, by_index=True
        )
        newest = await database.pool.fetchval(SQL.newest_event)
        # What is known all the same was asked for.
        is_silent = newest is None or newest < until - LOOKED_AT
        return {
            "listening": listening,
            "address": f"{public_url.rstrip('/')}/webhooks/resend" if public_url else None,
            "last_event_at": newest,
            "accepted": counted["accepted"],
            "heard": 0 if is_silent else counted["heard"],
        }

    return router
