"""Where Resend reports bounces and complaints. Reached without a token of ours: its signature is checked instead."""

import logging

from fastapi import APIRouter, Request, Response

from delivery.adapters.email.events import Undeliverable, read_event
from delivery.adapters.metrics import EMAIL_REPORTS_TOTAL
from delivery.adapters.recipients import suppress, suppression_id
from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.clock import Clock
from leadstream.erasure import is_erased
from leadstream.http import BadSignatureError, WebhookSecret, verify_webhook
from leadstream.postgres import Database

log = logging.getLogger(__name__)
RESEND = Caller("resend", Role.VIEWER)


def resend_events_router(database: Database, clock: Clock, secret: WebhookSecret) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/webhooks/resend")
    async def take(request: Request) -> Response:
        body = await request.body()
        try:
            verify_webhook(request.headers, body, secrets=[secret], now=clock.now(), prefix="svix")
        except BadSignatureError as exc:
            log.warning("resend_event.refused", extra={"reason": str(exc)})
            return Response(status_code=401)
        found = read_event(body)
        if found is not None:
            await _suppress(database, found)
        # Whatever it was, it is not to be sent again.
        return Response(status_code=204)

    return router


async def _suppress(database: Database, found: Undeliverable) -> None:
    audit = PostgresAudit()
    reported = 0
    async with database.transaction() as tx:
        for email in found.emails:
            # A late report about somebody who was erased must not write their address down again.
            if await is_erased(tx, email, found.workspace_id):
                continue
            if not await suppress(tx, found.workspace_id, email, found.reason):
                continue
            change = Change(
                "suppression.created",
                f"suppression:{suppression_id(found.workspace_id, email)}",
                reason="reported by Resend",
                after={"email": email, "reason": found.reason},
                workspace_id=found.workspace_id,
            )
            await audit.record(tx, RESEND, change)
            reported += 1
    # Resend may report an address twice; it is counted when it is new.
    EMAIL_REPORTS_TOTAL.labels(found.reason).inc(reported)
    log.info(
        "recipient.suppressed",
        extra={"workspace_id": str(found.workspace_id), "reason": found.reason},
    )
