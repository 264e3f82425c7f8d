"""`workspace.trouble`: what other services have to say to a workspace's admins."""

from collections.abc import Sequence
from typing import Any

from delivery.adapters.notices import News, tell_admins
from delivery.application.notices import About, Cause
from leadstream.contracts import Decoded
from leadstream.contracts.events import TroubleState
from leadstream.kafka.handlers import Work
from leadstream.postgres import Tx

_ABOUT = {TroubleState.BEGAN: About.BEGAN, TroubleState.ENDED: About.ENDED}


async def tell_of_troubles(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    """The same trouble again is the same notice."""
    told = {(each.event.trouble_id, each.event.state): each.event for each in events}
    await tell_admins(
        tx,
        [
            News(
                workspace_id=event.workspace_id,
                about=_ABOUT[event.state],
                detail=event.detail,
                began_at=event.began_at,
                subject_id=event.trouble_id,
                cause=Cause(event.cause.value),
                name=event.name,
            )
            for event in told.values()
        ],
    )
    return Work()
