"""`lead.enriched`: who is to be told, and the upload, which waits for nobody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from delivery.adapters.alerts import NewAlert, add_alerts, destinations, known_alerts
from delivery.adapters.announcements import Ended, announce_end
from delivery.adapters.uploads import upload_of
from delivery.application.planning import Alert, Planned, plan
from delivery.domain.delivery import Verdict
from delivery.domain.score import Score
from delivery.entrypoints.recorder import count_lead
from leadstream.clock import Clock
from leadstream.contracts import Decoded, LeadEnriched, Reason, UnsendableError
from leadstream.erasure import without_erased
from leadstream.ids import derived_id
from leadstream.kafka.handlers import Work
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce
from leadstream.postgres import Tx, after_commit


class OnLeadEnriched:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
        firsts = _first_of_each(events)
        alerts = [_alert(decoded) for decoded in firsts]
        takers = destinations(tx, list({alert.workspace_id for alert in alerts}))
        known = known_alerts(tx, [alert.id for alert in alerts])
        work = Work()
        leads: dict[Alert, LeadEnriched] = {}
        usable = await without_erased(tx, firsts)
        there = known()
        for decoded in usable:
            alert = _alert(decoded)
            # A record that is seen again: nothing is planned for it again.
            if alert.id in there:
                continue
            try:
                work.events += [_upload(decoded, alert)] if alert.score.is_uploaded else []
            except UnsendableError as exc:
                work.rejected.append((decoded, Reason.UNPROCESSABLE, str(exc)))
                continue
            leads[alert] = decoded.event
        if leads:
            self._take(tx, leads, plan(leads, takers(), now=self._clock.now()), work)
        return work

    def _take(
        self,
        tx: Tx,
        leads: Mapping[Alert, LeadEnriched],
        planned: Sequence[Planned],
        work: Work,
    ) -> None:
        now = self._clock.now()
        wanted = {each.alert for each in planned}
        new = [
            NewAlert(alert, lead.as_json().decode() if alert in wanted else None)
            for alert, lead in leads.items()
        ]
        add_alerts(tx, new, planned, now=now)
        work.jobs += [each.job() for each in planned if each.due_at is None]
        for alert in (each for each in leads if each not in wanted):
            work.events += announce_end(_nobody(alert, now))
            after_commit(partial(count_lead, Verdict.NO_CHANNEL))


def _first_of_each(events: Sequence[Decoded[Any]]) -> list[Decoded[Any]]:
    """Of several records of one (lead, revision) in a batch, the first: as if it had come alone."""
    seen: dict[tuple[object, int], Decoded[Any]] = {}
    for decoded in events:
        seen.setdefault((decoded.event.lead_id, decoded.event.revision), decoded)
    return list(seen.values())


def _alert(decoded: Decoded[Any]) -> Alert:
    lead: LeadEnriched = decoded.event
    return Alert(
        lead_id=lead.lead_id,
        revision=lead.revision,
        workspace_id=lead.workspace_id,
        score=Score(lead.intent.score.value),
        discovered_at=lead.discovered_at,
        traceparent=decoded.traceparent,
    )


def _upload(decoded: Decoded[Any], alert: Alert) -> OutboxEvent:
    event_id = derived_id("delivery:lead.upload", alert.lead_id, alert.revision)
    return announce(upload_of(decoded.event), event_id=event_id, traceparent=alert.traceparent)


def _nobody(alert: Alert, now: datetime) -> Ended:
    return Ended(
        lead_id=alert.lead_id,
        revision=alert.revision,
        workspace_id=alert.workspace_id,
        verdict=Verdict.NO_CHANNEL,
        number=1,
        at=now,
        traceparent=alert.traceparent,
    )
