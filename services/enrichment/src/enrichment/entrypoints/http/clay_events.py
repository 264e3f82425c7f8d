"""Where Clay says that a run is done. Reached without a token of ours: its signature is checked instead.

What it says is not believed: it makes the job that waits for the run due, which then asks Clay itself. Said a second
time, or much later, it does nothing. And where nothing is said, the job is due a little later.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from fastapi import APIRouter, Request, Response

from enrichment.adapters.clay_public_calls import PROVIDER
from enrichment.adapters.clay_public_events import HEADER, is_signed, run_in
from enrichment.adapters.pending import make_due
from leadstream.accounts import Account, UnreadableAccountError
from leadstream.api.errors import TooManyError
from leadstream.api.limits import SlidingWindow
from leadstream.api.peer import address_key
from leadstream.postgres import Database

log = logging.getLogger(__name__)

# As the path names the deployment's own account; a workspace's is named by the workspace's id.
DEPLOYMENT: Final = "deployment"
# Many times what a night of an account needs.
EVENTS_PER_MINUTE: Final = 1_200
REFUSED_PER_MINUTE: Final = 60
SECRET: Final = "webhook_secret"  # noqa: S105 - what it is called


class Accounts(Protocol):
    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        """Return the workspace's own account, else the deployment's. Raises UnreadableAccountError."""


def clay_events_router(
    database: Database,
    accounts: Accounts,
    deployment: Account | None,
    wake: Callable[[], None],
) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    events = SlidingWindow(EVENTS_PER_MINUTE)
    refusals = SlidingWindow(REFUSED_PER_MINUTE)

    @router.post("/webhooks/clay/{token}")
    async def take(token: str, request: Request) -> Response:
        body = await request.body()
        account = await _account(token)
        secret = account.credentials.get(SECRET) if account else None
        if not account or not secret or not is_signed(body, request.headers.get(HEADER), secret):
            _admit(refusals, address_key(request.scope))
            log.warning("clay_event.refused", extra={"account": account and account.owner})
            return Response(status_code=401)
        _admit(events, account.owner)
        run_id = run_in(body)
        due = await make_due(database, account, run_id) if run_id else 0
        if due:
            wake()
        log.info("clay_event.taken", extra={"run_id": run_id, "jobs": due})
        # Whatever it was, it is not to be sent again.
        return Response(status_code=204)

    async def _account(token: str) -> Account | None:
        if token == DEPLOYMENT:
            return deployment
        try:
            workspace_id = UUID(token)
            found = await accounts.find(PROVIDER, workspace_id)
        except (ValueError, UnreadableAccountError):
            return None
        # Not the deployment's, which has an address of its own.
        return found if found and found.workspace_id == workspace_id else None

    return router


def _admit(window: SlidingWindow, key: str) -> None:
    wait: timedelta | None = window.hit(key)
    if wait is not None:
        raise TooManyError("too many calls", wait=wait)
