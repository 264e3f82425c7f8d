"""The one place where discovery's parts are put together."""

import math
from collections.abc import Sequence
from datetime import timedelta

from discovery.adapters.catalogue import PostgresQueries
from discovery.adapters.counts import LeadCounts
from discovery.adapters.datashopper import PROVIDER, DataShopper
from discovery.adapters.erasure import SWEEPS
from discovery.adapters.overdue import OverdueLeads
from discovery.adapters.recorder import RunRecorder
from discovery.adapters.removal import HOLDINGS
from discovery.adapters.retention import retention_rules
from discovery.adapters.trends import PostgresVolumes
from discovery.application.compute_trends import ComputeTrends
from discovery.application.plan_runs import RUN_QUERY, WEEKLY_TRENDS
from discovery.application.run_query import RunQuery
from discovery.entrypoints.events import make_handlers
from discovery.entrypoints.http import make_routers
from discovery.settings import Settings
from leadstream.backoff import Backoff
from leadstream.clock import Clock
from leadstream.companies import company_domain
from leadstream.erasure import Erasures, Searches
from leadstream.http import HttpClient, ProviderClient, Timeouts, provider_client
from leadstream.jobs.kinds import JobKind
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit
from leadstream.runtime import Parts, Resources, Service

# What became of a lead is news for people, who do not notice; taken in one by one it would cost as much as the rest of
# the pipeline.
LINGER = timedelta(seconds=0.2)


async def assemble(resources: Resources[Settings]) -> Parts:
    settings, database = resources.settings, resources.database
    timeouts = Timeouts(connect=settings.provider_connect_timeout, total=settings.provider_timeout)
    http = provider_client(timeouts=timeouts)
    erasures = Erasures(database, SWEEPS)
    return Parts(
        kinds=make_kinds(settings, database, resources.clock, http),
        handlers=make_handlers(),
        linger=LINGER,
        routers=make_routers(database, resources.clock, resources.wake, erasures),
        loops=[
            OverdueLeads(database, resources.clock).run,
            LeadCounts(database).run,
            erasures.run,
            Searches(erasures).run,
        ],
        holdings=HOLDINGS,
        retention=retention_rules(
            leads=settings.lead_retention, billing=settings.billing_retention
        ),
        close=[http.aclose],
    )


def make_kinds(
    settings: Settings, database: Database, clock: Clock, http: HttpClient
) -> Sequence[JobKind]:
    source = DataShopper(
        ProviderClient(http),
        clock,
        base_url=settings.datashopper_api_url or "",
        api_key=settings.datashopper_api_key.get_secret_value()
        if settings.datashopper_api_key
        else "",
        deadline=settings.provider_timeout,
        domain_of=company_domain,
    )
    per_second = settings.datashopper_per_second
    run_query = JobKind(
        name=RUN_QUERY,
        handler=RunQuery(PostgresQueries(database), source),
        recorder=RunRecorder(),
        concurrency=settings.run_query_concurrency,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        timeout=settings.attempt_timeout,
        provider=PROVIDER,
        rate=RateLimit(name=PROVIDER, per_second=per_second, burst=math.ceil(per_second)),
    )
    weekly_trends = JobKind(
        name=WEEKLY_TRENDS,
        handler=ComputeTrends(PostgresVolumes(database)),
        concurrency=1,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
    )
    return [run_query, weekly_trends]


SERVICE = Service(name="discovery", package="discovery", settings=Settings, assemble=assemble)
