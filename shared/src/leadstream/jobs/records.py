"""What the end of jobs means to their service: its recorders' rows and events, in one transaction with the end."""

from collections.abc import Iterable, Sequence

from leadstream.jobs.kinds import JobKind, record_nothing
from leadstream.jobs.model import Settled
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx


async def write_records(
    tx: Tx, settled: Sequence[Settled], kinds: Iterable[JobKind]
) -> list[OutboxEvent]:
    """Have the recorders write their rows; return the events that are to be added."""
    events: list[OutboxEvent] = []
    # A recorder that several kinds share is called once: it takes its locks in one order.
    by_kind = {kind.name: kind.recorder for kind in kinds}
    for recorder in {id(recorder): recorder for recorder in by_kind.values()}.values():
        ours = [each for each in settled if by_kind.get(each.job.kind) is recorder]
        if ours and recorder is not record_nothing:
            events += await recorder(tx, ours)
    return events
