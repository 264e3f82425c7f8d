"""The link at the foot of each e-mail, and RFC 8058's one click. Reached without a token of ours."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from delivery.adapters.email.message import render
from delivery.adapters.recipients import SQL, suppress, suppression_id
from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.postgres import Database

# 24 random bytes in base64: nobody comes upon one by trying.
TOKEN = Path(pattern=r"^[A-Za-z0-9_-]{32}$")
RECIPIENT = Caller("recipient", Role.VIEWER)


def unsubscribe_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/u", include_in_schema=False)
    audit = PostgresAudit()

    @router.get("/{token}")
    async def ask(token: str = TOKEN) -> HTMLResponse:
        """Only ask: mail scanners follow links, and must not unsubscribe anybody."""
        recipient = await database.pool.fetchrow(SQL.recipient_of_token, token)
        if recipient is None:
            return _page("unknown", 404)
        return _page("done" if recipient["suppressed"] else "ask", 200)

    @router.post("/{token}")
    async def unsubscribe(token: str = TOKEN) -> HTMLResponse:
        async with database.transaction() as tx:
            recipient = await tx.fetchrow(SQL.recipient_of_token, token)
            if recipient is None:
                return _page("unknown", 404)
            if await _suppress(tx, recipient):
                await audit.record(tx, RECIPIENT, _change(recipient))
        return _page("done", 200)

    return router


async def _suppress(tx: Any, recipient: Any) -> bool:
    return await suppress(tx, recipient["workspace_id"], recipient["email"], "unsubscribed")


def _change(recipient: Any) -> Change:
    made: UUID = suppression_id(recipient["workspace_id"], recipient["email"])
    return Change(
        "suppression.created",
        f"suppression:{made}",
        reason="unsubscribed by the link in an e-mail",
        after={"reason": "unsubscribed"},
        workspace_id=recipient["workspace_id"],
    )


def _page(state: str, status: int) -> HTMLResponse:
    return HTMLResponse(
        render("unsubscribe.html.j2", {"state": state}),
        status,
        headers={
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
            "x-robots-tag": "noindex",
        },
    )
