"""The jobs that bring in what was pushed or imported. They ask nobody, so nobody's outage holds them."""

from collections.abc import Sequence
from typing import Final

from discovery.adapters.arrivals import ArrivalRecorder, PostgresArrivals
from discovery.adapters.catalogue import PostgresQueries
from discovery.adapters.recorder import RunRecorder
from discovery.application.bring_in import BRING_IN, IMPORT, IMPORTED, PUSHED, BringIn
from leadstream.backoff import Backoff
from leadstream.companies import company_domain
from leadstream.jobs.kinds import JobKind
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit

# Side by side in one process. What ends together is written down together: a few requests of 1,000 signals each.
AT_ONCE: Final = 4
# Of 500 rows each, all replicas together: a thousand leads a second, which leaves the outbox to others as well.
IMPORTS_A_SECOND: Final = 2


def arrival_kinds(database: Database, *, max_attempts: int, backoff: Backoff) -> Sequence[JobKind]:
    handler = BringIn(PostgresQueries(database), PostgresArrivals(database, company_domain))
    pushed = JobKind(
        name=BRING_IN,
        handler=handler,
        recorder=ArrivalRecorder(RunRecorder(PUSHED)),
        concurrency=AT_ONCE,
        max_attempts=max_attempts,
        backoff=backoff,
    )
    imported = JobKind(
        name=IMPORT,
        handler=handler,
        recorder=ArrivalRecorder(RunRecorder(IMPORTED, limited=False)),
        concurrency=IMPORTS_A_SECOND,
        max_attempts=max_attempts,
        backoff=backoff,
        rate=RateLimit(name=IMPORT, per_second=IMPORTS_A_SECOND, burst=IMPORTS_A_SECOND),
    )
    return [pushed, imported]
