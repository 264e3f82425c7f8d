"""The one place where discovery's parts are put together."""

import math
from collections.abc import Sequence
from datetime import timedelta

from discovery.adapters.catalogue import PostgresQueries
from discovery.adapters.counts import LeadCounts
from discovery.adapters.datashopper import DataShopper
from discovery.adapters.erasure import SWEEPS
from discovery.adapters.g2 import G2
from discovery.adapters.known import PostgresShelves
from discovery.adapters.overdue import OverdueLeads
from discovery.adapters.pages import Pages
from discovery.adapters.recorder import RunRecorder
from discovery.adapters.removal import HOLDINGS
from discovery.adapters.retention import retention_rules
from discovery.adapters.trends import PostgresVolumes
from discovery.adapters.turns import SharedTurns
from discovery.adapters.vault import Vault
from discovery.application.compute_trends import ComputeTrends
from discovery.application.plan_runs import DATASHOPPER, WEEKLY_TRENDS, run_kind
from discovery.application.plan_runs import G2 as G2_NAME
from discovery.application.ports import IntentSource
from discovery.application.run_query import RunQuery
from discovery.entrypoints.arrivals import arrival_kinds
from discovery.entrypoints.events import make_handlers
from discovery.entrypoints.http import make_routers
from discovery.entrypoints.http.arriving import Arriving, arriving_routers, push_router
from discovery.settings import Settings
from leadstream.accounts import Account
from leadstream.accounts.store import PostgresAccounts
from leadstream.backoff import Backoff
from leadstream.companies import company_domain
from leadstream.erasure import Erasures, Searches
from leadstream.http import HttpClient, ProviderClient, Timeouts, provider_client
from leadstream.jobs.kinds import JobKind
from leadstream.pauses import PauseBoard
from leadstream.ratelimit import RateLimit, RateLimiter
from leadstream.runtime import Parts, Resources, Service

# What became of a lead is news for people, who do not notice; taken in one by one it would cost as much as the rest of
# the pipeline.
LINGER = timedelta(seconds=0.2)


async def assemble(resources: Resources[Settings]) -> Parts:
    settings, database = resources.settings, resources.database
    timeouts = Timeouts(connect=settings.provider_connect_timeout, total=settings.provider_timeout)
    http = provider_client(timeouts=timeouts)
    erasures = Erasures(database, SWEEPS)
    accounts = PostgresAccounts(
        database,
        settings.encryption_keys,
        resources.board,
        service="discovery",
        deployment=settings.accounts,
    )
    arriving = make_arriving(settings)
    arrivals = arrival_kinds(
        database, max_attempts=settings.max_attempts, backoff=Backoff(base=settings.retry_base)
    )
    place = (database, resources.clock, resources.wake, arriving)
    return Parts(
        kinds=[*make_kinds(resources, http, accounts), *arrivals],
        handlers=make_handlers(accounts),
        linger=LINGER,
        routers=[
            *make_routers(database, resources.clock, resources.wake, erasures, sources=accounts),
            *arriving_routers(*place),
        ],
        public=[push_router(*place)],
        loops=[
            OverdueLeads(database, resources.clock).run,
            LeadCounts(database).run,
            erasures.run,
            Searches(erasures).run,
        ],
        holdings=HOLDINGS,
        retention=retention_rules(
            leads=settings.lead_retention,
            billing=settings.billing_retention,
            jobs=settings.job_retention,
        ),
        close=[http.aclose],
    )


def make_arriving(settings: Settings) -> Arriving:
    return Arriving(
        vault=Vault(settings.encryption_keys) if settings.encryption_keys else None,
        overlap=settings.push_secret_overlap,
        per_second=settings.push_per_second,
    )


def make_kinds(
    resources: Resources[Settings], http: HttpClient, accounts: PostgresAccounts
) -> Sequence[JobKind]:
    settings, database, clock = resources.settings, resources.database, resources.clock
    client = ProviderClient(http)

    def pages(source: str, per_second: float, most: int) -> Pages:
        limiter = RateLimiter(database, _rate(source, per_second))
        turns = SharedTurns(limiter, lambda account: _may_call(resources.board, account))
        return Pages(source, turns, most=most, within=settings.provider_timeout)

    datashopper = DataShopper(
        client,
        clock,
        pages(DATASHOPPER, settings.datashopper_per_second, settings.datashopper_pages),
        base_url=settings.datashopper_api_url,
        domain_of=company_domain,
    )
    g2 = G2(
        client,
        clock,
        pages(G2_NAME, settings.g2_per_second, settings.g2_pages),
        url=settings.g2_api_url,
        domain_of=company_domain,
    )

    def run_query(source: IntentSource, per_second: float) -> JobKind:
        handler = RunQuery(
            source,
            clock,
            queries=PostgresQueries(database),
            sources=accounts,
            accounts=accounts,
            shelves=PostgresShelves(database),
        )
        return JobKind(
            name=run_kind(source.name),
            handler=handler,
            recorder=RunRecorder(source.name),
            concurrency=settings.run_query_concurrency,
            max_attempts=settings.max_attempts,
            backoff=Backoff(base=settings.retry_base),
            outage_patience=settings.outage_patience,
            timeout=settings.attempt_timeout,
            provider=source.name,
            rate=_rate(source.name, per_second),
        )

    weekly_trends = JobKind(
        name=WEEKLY_TRENDS,
        handler=ComputeTrends(PostgresVolumes(database)),
        concurrency=1,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
    )
    return [
        run_query(datashopper, settings.datashopper_per_second),
        run_query(g2, settings.g2_per_second),
        weekly_trends,
    ]


def _rate(source: str, per_second: float) -> RateLimit:
    return RateLimit(name=source, per_second=per_second, burst=math.ceil(per_second))


def _may_call(board: PauseBoard, account: Account) -> bool:
    """A run that tries an open circuit makes all its calls."""
    provider = f"provider:{account.provider}"
    circuit = board.circuit(provider)
    scopes = ["all", f"kind:{run_kind(account.provider)}", provider, account.scope]
    return board.held(scopes, but=circuit.id if circuit else None) is None


SERVICE = Service(name="discovery", package="discovery", settings=Settings, assemble=assemble)
