"""Where Resend tells what became of e-mails. Reached without a token of ours: its signature is checked instead."""

import logging
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request

from delivery.adapters.email.events import Report, UnreadableEventError, read_event
from delivery.adapters.endings import SQL as DELIVERIES
from delivery.adapters.endings import Written, write_fate
from delivery.adapters.metrics import EMAIL_FATES_TOTAL, EMAIL_REPORTS_TOTAL, RESEND_EVENTS_TOTAL
from delivery.adapters.recipients import suppress, suppression_id
from delivery.adapters.resend_events import SQL
from delivery.domain.delivery import Channel
from delivery.domain.fate import Fate
from delivery.entrypoints.recorder import count_delivery, observe_told
from leadstream.api import ApiError, Caller, Change, InvalidError, PostgresAudit, Role
from leadstream.clock import Clock
from leadstream.erasure import is_erased
from leadstream.http import BadSignatureError, WebhookSecret, verify_webhook
from leadstream.observability.metrics import start_at_zero
from leadstream.outbox import add_events
from leadstream.postgres import Database, Tx, after_commit

log = logging.getLogger(__name__)
RESEND = Caller("resend", Role.VIEWER)


class Taken(StrEnum):
    """What became of an event."""

    TAKEN = "taken"
    # It has come before.
    REPEATED = "repeated"
    # Of no e-mail of ours: whoever else sends with this team of Resend's.
    UNKNOWN_EMAIL = "unknown_email"
    # Of a type that says nothing of an e-mail's arrival.
    IGNORED = "ignored"


REFUSED, UNREADABLE = "refused", "unreadable"
start_at_zero(RESEND_EVENTS_TOTAL, (*Taken, REFUSED, UNREADABLE))
start_at_zero(EMAIL_FATES_TOTAL, [fate for fate in Fate if fate is not Fate.ACCEPTED])


class ResendEvents:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, event_id: str | None, report: Report) -> Taken:
        """Write down what it says, with all that follows, in one transaction; without an id it was asked for."""
        async with self._database.transaction() as tx:
            found = await tx.fetch(
                DELIVERIES.lock_emailed, report.delivery_id, report.email_id, report.digest_id
            )
            workspace_id = found[0]["workspace_id"] if found else report.workspace_id
            if workspace_id is None or await self._is_gone(tx, workspace_id, report):
                return Taken.UNKNOWN_EMAIL
            if event_id and await tx.fetchval(SQL.note_event, event_id) is None:
                return Taken.REPEATED
            ids = [row["id"] for row in found]
            written = await write_fate(tx, ids, report, now=self._clock.now())
            await add_events(tx, written.events)
            await _suppress(tx, workspace_id, report)
            after_commit(partial(_count, report.fate, written))
        return Taken.TAKEN

    async def _is_gone(self, tx: Tx, workspace_id: UUID, report: Report) -> bool:
        """Whether the workspace was deleted after the e-mail was sent: nobody of it is written down again."""
        sent_at = report.sent_at or report.at or self._clock.now()
        gone: bool = await tx.fetchval(SQL.is_removed, workspace_id, sent_at)
        return gone


async def _suppress(tx: Tx, workspace_id: UUID, report: Report) -> None:
    if report.suppression is None:
        return
    reported = 0
    for email in report.unwanted:
        # A late report about somebody who was erased must not write their address down again.
        if await is_erased(tx, email, workspace_id):
            continue
        why = report.suppression
        if not await suppress(tx, workspace_id, email, why, everywhere=why):
            continue
        change = Change(
            "suppression.created",
            f"suppression:{suppression_id(workspace_id, email)}",
            reason="reported by Resend",
            after={"email": email, "reason": report.suppression},
            workspace_id=workspace_id,
        )
        await PostgresAudit().record(tx, RESEND, change)
        reported += 1
    # Resend may report an address twice; it is counted when it is new.
    after_commit(partial(EMAIL_REPORTS_TOTAL.labels(report.suppression).inc, reported))


def _count(fate: Fate, written: Written) -> None:
    if written.channels:
        # One e-mail, of however many leads it told.
        EMAIL_FATES_TOTAL.labels(fate).inc()
    for _ in written.ended:
        count_delivery(Channel.EMAIL, fate.decides or "retry")
    observe_told(written.told)


def resend_events_router(
    events: ResendEvents, clock: Clock, secrets: Sequence[WebhookSecret]
) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/webhooks/resend")
    async def take(request: Request) -> dict[str, Taken]:
        body = await request.body()
        try:
            event_id = verify_webhook(
                request.headers, body, secrets=secrets, now=clock.now(), prefix="svix"
            )
            report = read_event(body)
        except BadSignatureError as exc:
            log.warning("resend_event.refused", extra={"reason": str(exc)})
            RESEND_EVENTS_TOTAL.labels(REFUSED).inc()
            raise ApiError(401, "bad_signature", str(exc)) from exc
        except UnreadableEventError as exc:
            log.warning("resend_event.unreadable", extra={"reason": str(exc)})
            RESEND_EVENTS_TOTAL.labels(UNREADABLE).inc()
            raise InvalidError(str(exc), field=exc.field) from exc
        taken = await events.take(event_id, report) if report else Taken.IGNORED
        RESEND_EVENTS_TOTAL.labels(taken).inc()
        log.info(
            "resend_event.taken",
            extra={
                "event_id": event_id,
                "outcome": taken,
                "fate": report and report.fate,
                "email_id": report and report.email_id,
                "workspace_id": report and report.workspace_id and str(report.workspace_id),
            },
        )
        # Whatever it was, it is not to be sent again.
        return {"outcome": taken}

    return router
