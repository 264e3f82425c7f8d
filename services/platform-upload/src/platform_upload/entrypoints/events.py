"""`lead.upload`: what delivery asks for becomes jobs, one for each lead, platform and revision."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from leadstream.contracts.codec import Decoded
from leadstream.contracts.events import LeadUpload
from leadstream.contracts.rejection import Reason
from leadstream.erasure import without_erased
from leadstream.kafka.handlers import Work
from leadstream.observability.metrics import PLATFORM_UPLOADS_TOTAL
from leadstream.postgres import Tx, after_commit
from platform_upload.adapters.connections import connections_of, wait_for_missing
from platform_upload.adapters.recorder import NO_ADAPTER
from platform_upload.adapters.uploads import add_uploads, uploads_of
from platform_upload.application.take_uploads import Planned, Request, UnknownPlatformError, plan


async def take_uploads(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    """An `EventHandler`. Cold leads are refused, which shows in the uploads; they are no dead letters."""
    work = Work()
    known = uploads_of(tx, [decoded.event.lead_id for decoded in events])
    connected = connections_of(tx, [decoded.event.workspace_id for decoded in events])
    planned: dict[UUID, Planned] = {}
    usable = await without_erased(tx, events)
    asked = known()
    for decoded in usable:
        try:
            upload = plan(_request(decoded))
        except UnknownPlatformError as exc:
            work.rejected.append((decoded, Reason.UNPROCESSABLE, str(exc)))
            continue
        # A record that is read again asks for nothing new.
        if upload.id not in asked:
            planned.setdefault(upload.id, upload)
    if not planned:
        return work
    new, there = list(planned.values()), connected()
    work.jobs = [each.job for each in new if each.job]
    await wait_for_missing(
        tx, [each.connection_id for each in new if each.job and each.connection_id not in there]
    )
    add_uploads(tx, new)
    after_commit(partial(_observe_refused, new))
    return work


def _request(decoded: Decoded[LeadUpload]) -> Request:
    event = decoded.event
    return Request(
        lead_id=event.lead_id,
        workspace_id=event.workspace_id,
        revision=event.revision,
        platform=event.platform,
        lead=event.lead.model_dump(mode="json"),
        asked_at=decoded.time,
        traceparent=decoded.traceparent,
    )


def _observe_refused(new: Sequence[Planned]) -> None:
    for each in new:
        if each.job is None:
            PLATFORM_UPLOADS_TOTAL.labels(each.platform.value, NO_ADAPTER, "refused").inc()
