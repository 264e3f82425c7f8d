"""A test message, sent the way leads are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from delivery.adapters.channels import SQL
from delivery.adapters.slack.message import test_message
from delivery.adapters.slack.sender import SlackSender
from delivery.adapters.troubles import end_troubles
from delivery.adapters.vault import Vault, signing_with
from delivery.adapters.webhook.message import test_body
from delivery.adapters.webhook.sender import WebhookSender
from delivery.application.deliver import UnreadableSecretError
from delivery.entrypoints.http.channel_api import let_go
from leadstream.api import Caller, Change, ConflictError, NotFoundError, PostgresAudit
from leadstream.clock import Clock
from leadstream.ids import new_id
from leadstream.jobs.model import Outcome, Released, Succeeded
from leadstream.postgres import Database


class ChannelTester:
    """Sends at once and tells what came back. If it was taken, what waits for the channel goes out."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        *,
        slack: SlackSender,
        webhook: WebhookSender,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._slack = slack
        self._webhook = webhook
        self._wake = wake
        self._audit = PostgresAudit()

    async def test(self, caller: Caller, channel_id: UUID) -> dict[str, Any]:
        row = await self._database.pool.fetchrow(SQL.get_channel, channel_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("channel")
        began_at = datetime.now(UTC)
        try:
            outcome = await self._send(row)
        except UnreadableSecretError as exc:
            raise ConflictError(str(exc)) from exc
        result = _result(row, outcome)
        async with self._database.transaction() as tx:
            if result["delivered"]:
                await end_troubles(tx, [(channel_id, began_at)])
                await let_go(tx, channel_id)
            after = {"delivered": result["delivered"], "status_code": result["status_code"]}
            change = Change(
                "channel.tested",
                f"channel:{channel_id}",
                after=after,
                workspace_id=row["workspace_id"],
            )
            await self._audit.record(tx, caller, change)
        self._wake()
        return result

    async def _send(self, row: Any) -> Outcome:
        place, scope = (row["workspace_id"], row["id"]), f"destination:{row['id']}"
        url = self._vault.open_url(row["url"], *place)
        if row["type"] == "slack":
            return await self._slack.post(url, test_message(row["name"]), scope=scope)
        now = self._clock.now()
        secrets = self._vault.open_secrets(row["secrets"], *place)
        return await self._webhook.post(
            url,
            test_body(row["name"], now=now),
            message_id=f"test_{new_id()}",
            secrets=signing_with(secrets, row["previous_secret_until"], now=now),
            scope=scope,
        )


def _result(row: Any, outcome: Outcome) -> dict[str, Any]:
    delivered = isinstance(outcome, Succeeded)
    problem = None if isinstance(outcome, Succeeded | Released) else outcome.problem
    return {
        "id": row["id"],
        "delivered": delivered,
        "status_code": outcome.status_code if isinstance(outcome, Succeeded) else None,
        **(
            {
                "status_code": problem.status_code,
                "error_class": problem.error_class,
                "error": problem.message,
            }
            if problem
            else {"error_class": None, "error": None}
        ),
    }
