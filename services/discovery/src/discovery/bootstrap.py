"""The one place where discovery's parts are put together."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta

from fastapi import APIRouter

from discovery.adapters.catalogue import PostgresQueries
from discovery.adapters.counts import LeadCounts
from discovery.adapters.datashopper import DataShopper
from discovery.adapters.erasure import SWEEPS
from discovery.adapters.g2 import G2
from discovery.adapters.known import PostgresShelves
from discovery.adapters.overdue import OverdueLeads
from discovery.adapters.pages import Pages
from discovery.adapters.push_sources import sealed_sources
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
from leadstream.accounts import Account, SourceList
from leadstream.accounts.keys import reseal, reseal_accounts
from leadstream.accounts.management import AccountsApi, Workplace
from leadstream.accounts.routers import accounts_router, intent_sources_router
from leadstream.accounts.sources import SourcesApi
from leadstream.accounts.store import PostgresAccounts
from leadstream.accounts.trying import Try
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
    accounts = PostgresAccounts(
        database,
        settings.encryption_keys,
        resources.board,
        service=SERVICE.name,
        deployment=settings.accounts,
    )
    erasures = Erasures(database, SWEEPS)
    sources = make_sources(resources, http)
    arriving = make_arriving(settings)
    arrivals = arrival_kinds(
        database, max_attempts=settings.max_attempts, backoff=Backoff(base=settings.retry_base)
    )
    place = (database, resources.clock, resources.wake, arriving)
    return Parts(
        kinds=[*make_kinds(resources, sources, accounts), *arrivals],
        handlers=make_handlers(accounts),
        linger=LINGER,
        routers=[
            *make_routers(database, resources.clock, resources.wake, erasures, accounts=accounts),
            *_account_routers(resources, accounts, {each.name: each.test for each in sources}),
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


def _account_routers(
    resources: Resources[Settings], accounts: PostgresAccounts, tries: Mapping[str, Try]
) -> Sequence[APIRouter]:
    database, keyring = resources.database, resources.settings.encryption_keys
    workplace = Workplace(
        service=SERVICE.name,
        database=database,
        keyring=keyring,
        board=resources.board,
        clock=resources.clock,
        wake=resources.wake,
        sealed=[sealed_sources(database, keyring)] if keyring else [],
    )
    return [
        accounts_router(AccountsApi(workplace, tries)),
        intent_sources_router(SourcesApi(workplace, accounts, [SourceList.INTENT])),
    ]


def make_sources(resources: Resources[Settings], http: HttpClient) -> Sequence[IntentSource]:
    settings, clock = resources.settings, resources.clock
    client = ProviderClient(http)

    def pages(source: str, most: int) -> Pages:
        limiter = RateLimiter(resources.database, _rate(settings, source))
        turns = SharedTurns(limiter, lambda account: _may_call(resources.board, account))
        return Pages(source, turns, most=most, within=settings.provider_timeout)

    datashopper = DataShopper(
        client,
        clock,
        pages(DATASHOPPER, settings.datashopper_pages),
        base_url=settings.datashopper_api_url,
        domain_of=company_domain,
    )
    g2 = G2(
        client,
        clock,
        pages(G2_NAME, settings.g2_pages),
        url=settings.g2_api_url,
        domain_of=company_domain,
    )
    return [datashopper, g2]


def make_kinds(
    resources: Resources[Settings], sources: Sequence[IntentSource], accounts: PostgresAccounts
) -> Sequence[JobKind]:
    settings, database = resources.settings, resources.database
    weekly_trends = JobKind(
        name=WEEKLY_TRENDS,
        handler=ComputeTrends(PostgresVolumes(database)),
        concurrency=1,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
    )
    return [*(_run_query(resources, source, accounts) for source in sources), weekly_trends]


def _run_query(
    resources: Resources[Settings], source: IntentSource, accounts: PostgresAccounts
) -> JobKind:
    settings, database = resources.settings, resources.database
    handler = RunQuery(
        source,
        resources.clock,
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
        rate=_rate(settings, source.name),
    )


def _rate(settings: Settings, source: str) -> RateLimit:
    per_second = {
        DATASHOPPER: settings.datashopper_per_second,
        G2_NAME: settings.g2_per_second,
    }[source]
    return RateLimit(name=source, per_second=per_second, burst=math.ceil(per_second))


def _may_call(board: PauseBoard, account: Account) -> bool:
    """A run that tries an open circuit makes all its calls."""
    provider = f"provider:{account.provider}"
    circuit = board.circuit(provider)
    scopes = ["all", f"kind:{run_kind(account.provider)}", provider, account.scope]
    return board.held(scopes, but=circuit.id if circuit else None) is None


async def prepare(resources: Resources[Settings]) -> None:
    database, keyring = resources.database, resources.settings.encryption_keys
    await reseal_accounts(database, keyring)
    if keyring is not None:
        await reseal("push_sources", sealed_sources(database, keyring))


SERVICE = Service(
    name="discovery",
    package="discovery",
    settings=Settings,
    assemble=assemble,
    prepare=prepare,
)
