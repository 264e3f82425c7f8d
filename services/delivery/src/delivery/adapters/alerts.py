"""Alerts and their deliveries, as the intake writes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.adapters.preferences import preferences_of
from delivery.application.planning import Alert, Destination, Planned
from delivery.domain.delivery import Channel
from delivery.domain.score import Score
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "alerts.sql")


@dataclass(frozen=True, slots=True)
class NewAlert:
    alert: Alert
    # The event as JSON; None when nobody wants it.
    content: str | None


def destinations(tx: Tx, workspaces: Sequence[UUID]) -> Callable[[], list[Destination]]:
    """Who takes part in the workspaces at the moment; asked for with what else waits in the transaction."""
    found = tx.later(
        SQL.destinations,
        list(workspaces),
        returns=("id", "workspace_id", "channel", "min_score", "enabled", "preferences"),
    )
    return lambda: [
        Destination(
            id=row["id"],
            workspace_id=row["workspace_id"],
            channel=Channel(row["channel"]),
            min_score=Score(row["min_score"]),
            wants=preferences_of(row) if row["channel"] == Channel.EMAIL else None,
        )
        for row in found.rows
    ]


def known_alerts(tx: Tx, ids: Sequence[UUID]) -> Callable[[], set[UUID]]:
    """Which of them are there; asked for with what else waits in the transaction."""
    found = tx.later(SQL.known_alerts, list(ids), returns=("id",))
    return lambda: {row["id"] for row in found.rows}


def add_alerts(
    tx: Tx, new: Sequence[NewAlert], planned: Sequence[Planned], *, now: datetime
) -> None:
    """Insert the alerts that are not there yet, with what is planned for them."""
    alerts = [each.alert for each in new]
    tx.later(
        SQL.insert_alerts,
        [alert.id for alert in alerts],
        [alert.lead_id for alert in alerts],
        [alert.revision for alert in alerts],
        [alert.workspace_id for alert in alerts],
        [alert.score.value for alert in alerts],
        [alert.discovered_at for alert in alerts],
        [alert.traceparent for alert in alerts],
        [each.content for each in new],
        now,
        [each.id for each in planned],
        [each.alert.id for each in planned],
        [each.alert.workspace_id for each in planned],
        [each.alert.lead_id for each in planned],
        [each.alert.revision for each in planned],
        [each.destination.channel.value for each in planned],
        [each.destination.id for each in planned],
        [each.due_at for each in planned],
    )
