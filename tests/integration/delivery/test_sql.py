"""What is hot goes by keys alone."""

import pytest

from delivery.adapters.alerts import SQL as ALERTS
from delivery.adapters.digests import SQL as DIGESTS
from delivery.adapters.endings import SQL as DELIVERIES
from delivery.adapters.resend_events import SQL as RESEND_EVENTS
from delivery.adapters.troubles import SQL as TROUBLES
from integration.postgres.test_hot_plans import plan_of, read_whole
from leadstream.postgres import Database

HOT_STATEMENTS = {
    "insert_alerts": ALERTS.insert_alerts,
    "destinations": ALERTS.destinations,
    "known_alerts": ALERTS.known_alerts,
    "deliveries_of": ALERTS.deliveries_of,
    "announce_alerts": ALERTS.announce_alerts,
    "load_deliveries": DELIVERIES.load_deliveries,
    "begin_attempts": DELIVERIES.begin_attempts,
    "write_progress": DELIVERIES.write_progress,
    "lock_alerts": DELIVERIES.lock_alerts,
    "lock_emailed": DELIVERIES.lock_emailed,
    "write_fate": DELIVERIES.write_fate,
    "alerts_with_unheard_emails": DELIVERIES.alerts_with_unheard_emails,
    "note_event": RESEND_EVENTS.note_event,
    "delete_resend_events": RESEND_EVENTS.delete_resend_events,
    "load_digests": DIGESTS.load_digests,
    "digest_leads": DIGESTS.digest_leads,
    "begin_digests": DIGESTS.begin_digests,
    "count_mails": DIGESTS.count_mails,
    "due_recipients": DIGESTS.due_recipients,
    "due_deliveries": DIGESTS.due_deliveries,
    "bind_deliveries": DIGESTS.bind_deliveries,
    "join_digests": DIGESTS.join_digests,
    "open_digests": DIGESTS.open_digests,
    "deliveries_in": DIGESTS.deliveries_in,
    "note_digests": DIGESTS.note_digests,
    "put_off_deliveries": DIGESTS.put_off_deliveries,
    "reschedule_waiting": DIGESTS.reschedule_waiting,
    "begin_troubles": TROUBLES.begin_troubles,
    "disable_channels": TROUBLES.disable_channels,
    "enable_channels": TROUBLES.enable_channels,
    "end_troubles": TROUBLES.end_troubles,
}


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_planned_on_empty_tables_it_reads_nothing_but_what_its_keys_name(
    database: Database, name: str
) -> None:
    plan = await plan_of(database, HOT_STATEMENTS[name])

    assert read_whole(plan) == [], "\n".join(plan)
