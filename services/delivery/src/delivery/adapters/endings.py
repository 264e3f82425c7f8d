"""Writes down how attempts went, and notices when the last delivery of a lead has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from delivery.adapters.alerts import SQL as ALERTS
from delivery.adapters.announcements import Ended, announce_end
from delivery.adapters.email.events import Report
from delivery.domain.delivery import Channel, Status, Verdict, verdict
from delivery.domain.fate import ASKED_AFTER, Fate
from delivery.domain.progress import Progress
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "deliveries.sql")


@dataclass(frozen=True, slots=True)
class Told:
    """An alert of which people were told, or can't be, for the first time, for the figures."""

    verdict: Verdict
    score: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Written:
    events: list[OutboxEvent]
    # The channel of each delivery that was known.
    channels: dict[UUID, Channel]
    told: list[Told]
    # Deliveries to channels that were known to be gone, or away for too long.
    troubled: set[UUID] = field(default_factory=set)
    # Deliveries that had not ended before.
    ended: set[UUID] = field(default_factory=set)


async def write_progress(tx: Tx, progress: Sequence[Progress]) -> Written:
    """Write the attempts down; return what is to be announced, `lead.delivered` where the last delivery ended."""
    rows = await tx.fetch(SQL.write_progress, *_columns(progress), ASKED_AFTER[0])
    changed = {row["alert_id"] for row in rows if row["status"] != row["status_before"]}
    written = await _written(tx, rows, changed, at=max(each.at for each in progress))
    return replace(written, troubled={row["id"] for row in rows if row["is_troubled"]})


async def hold(tx: Tx, held: Mapping[UUID, str], *, now: datetime) -> Written:
    """Wait no longer for these (delivery, why); return what is to be announced of leads that waited for no other."""
    rows = await tx.fetch(SQL.hold_deliveries, list(held), list(held.values()))
    return await _written(tx, rows, {row["alert_id"] for row in rows}, at=now)


async def write_fate(
    tx: Tx, delivery_ids: Sequence[UUID], report: Report, *, now: datetime
) -> Written:
    """Write down what became of an e-mail; return what is to be announced of the leads it was about.

    Nothing where it was known, or outweighed by what is known. Their alerts are locked.
    """
    fate, at = report.fate, min(report.at or now, now)
    rows = await tx.fetch(
        SQL.write_fate,
        list(delivery_ids),
        fate.value,
        [each.value for each in Fate],
        at,
        fate.decides and fate.decides.value,
        report.email_id,
        report.why or fate.value,
    )
    news = [row for row in rows if row["fate_before"] != fate]
    # Whoever complains was told before: the lead's end is no later one.
    ended_at = datetime.min.replace(tzinfo=UTC) if fate is Fate.COMPLAINED else at
    written = await _written(tx, news, await _worth_announcing(tx, news, fate), at=ended_at)
    return replace(written, ended={row["id"] for row in news if row["status_before"] == "pending"})


async def _worth_announcing(tx: Tx, news: Sequence[Any], fate: Fate) -> set[UUID]:
    """At once where it is bad, or changes how a delivery has ended.

    Else with the last e-mail of the lead: a lead with a thousand recipients would be announced a thousand times.
    """
    if fate.decides is None:
        return set()
    alerts = {row["alert_id"] for row in news}
    if fate is not Fate.DELIVERED or not alerts:
        return alerts
    changed = {row["alert_id"] for row in news if row["status"] != row["status_before"]}
    rows = await tx.fetch(SQL.alerts_with_unheard_emails, list(alerts))
    return changed | (alerts - {row["alert_id"] for row in rows})


def _columns(progress: Sequence[Progress]) -> list[list[Any]]:
    return [
        [each.delivery_id for each in progress],
        [each.status.value if each.status else None for each in progress],
        [each.tried for each in progress],
        [each.unanswered for each in progress],
        [each.certain for each in progress],
        [each.receipt for each in progress],
        [each.error_class for each in progress],
        [each.error for each in progress],
        [each.status_code for each in progress],
        [each.at for each in progress],
    ]


async def _written(tx: Tx, rows: Sequence[Any], alert_ids: set[UUID], *, at: datetime) -> Written:
    ended = await _announce(tx, alert_ids, at=at)
    return Written(
        events=[event for each, _ in ended for event in announce_end(each)],
        channels={row["id"]: Channel(row["channel"]) for row in rows},
        told=[
            Told(each.verdict, alert["score"], each.at - alert["discovered_at"])
            for each, alert in ended
            if (each.number == 1 or alert["untold"]) and not _is_untold(each)
        ],
    )


async def _announce(tx: Tx, alert_ids: set[UUID], *, at: datetime) -> list[tuple[Ended, Any]]:
    """What has ended of these alerts, each with one of its rows: it says the same of its alert as the others."""
    rows = await tx.fetch(ALERTS.deliveries_of, list(alert_ids)) if alert_ids else []
    groups = [list(group) for _, group in groupby(rows, lambda row: row["alert_id"])]
    found = [(_ended(group, at), group[0]) for group in groups]
    ended = [(each, alert) for each, alert in found if each is not None]
    if ended:
        tx.later(
            ALERTS.announce_alerts,
            [alert["alert_id"] for _, alert in ended],
            [each.verdict.value for each, _ in ended],
            [each.at for each, _ in ended],
            [_statuses(each) == {Status.DELIVERED} for each, _ in ended],
            [Status.HELD in _statuses(each) for each, _ in ended],
            [_is_untold(each) and (each.number == 1 or alert["untold"]) for each, alert in ended],
        )
    return ended


def _statuses(ended: Ended) -> set[Status]:
    return {Status(row["status"]) for row in ended.deliveries}


def _is_untold(ended: Ended) -> bool:
    """Whether nobody was told, and somebody may be yet."""
    statuses = _statuses(ended)
    return Status.HELD in statuses and Status.DELIVERED not in statuses


def _ended(deliveries: Sequence[Any], at: datetime) -> Ended | None:
    """None while one is pending that nothing holds."""
    found = verdict(Status(row["status"]) for row in deliveries)
    if found is None:
        return None
    alert = deliveries[0]
    return Ended(
        lead_id=alert["lead_id"],
        revision=alert["revision"],
        workspace_id=alert["workspace_id"],
        verdict=found,
        number=alert["announcements"] + 1,
        at=_time_of_end(alert, deliveries, at),
        traceparent=alert["traceparent"],
        deliveries=deliveries,
    )


def _time_of_end(alert: Any, deliveries: Sequence[Any], at: datetime) -> datetime:
    """Not only of those that ended now: clocks of replicas and kinds of one batch are not in step.

    Later than what was announced before, so that whoever sees both in the wrong order knows which one counts.
    """
    times: list[datetime] = [
        at,
        *(row["delivered_at"] for row in deliveries if row["delivered_at"]),
    ]
    if alert["announced_at"] is not None:
        times.append(alert["announced_at"] + timedelta(microseconds=1))
    return max(times)
