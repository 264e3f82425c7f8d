"""The one place where the enrichment service's parts are put together."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from fastapi import APIRouter

from enrichment.adapters.announcing import AnnouncingHandler
from enrichment.adapters.answers import PATIENCE, PostgresAnswers
from enrichment.adapters.clay import PROVIDER, Clay
from enrichment.adapters.credits import CreditReset
from enrichment.adapters.erasure import SWEEPS
from enrichment.adapters.pace import SharedPace
from enrichment.adapters.recorder import EnrichmentRecorder
from enrichment.adapters.removal import HOLDINGS
from enrichment.adapters.retention import retention_rules
from enrichment.application.enrich_lead import VERIFICATION_TIME, EnrichLead
from enrichment.domain.days import day_of
from enrichment.entrypoints.events import event_handlers
from enrichment.entrypoints.http.budgets import budgets_router
from enrichment.entrypoints.http.credits import credits_router
from enrichment.entrypoints.http.leads import leads_router
from enrichment.entrypoints.http.spending import spending_router
from enrichment.entrypoints.http.trigger import trigger_router
from enrichment.entrypoints.jobs import CREDIT_RESET, ENRICH_LEAD
from enrichment.entrypoints.upkeep import Upkeep
from enrichment.settings import Settings
from leadstream.accounts import SourceList
from leadstream.accounts.keys import reseal_accounts
from leadstream.accounts.management import AccountsApi, Workplace
from leadstream.accounts.routers import accounts_router, contact_sources_router
from leadstream.accounts.sources import SourcesApi
from leadstream.accounts.store import PostgresAccounts
from leadstream.accounts.trying import Try
from leadstream.backoff import Backoff
from leadstream.companies import company_domain
from leadstream.erasure import Erasures, Searches, erasures_router
from leadstream.http import HttpClient, ProviderClient, Timeouts, provider_client
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Job, Outcome, Succeeded
from leadstream.pauses import PauseBoard
from leadstream.ratelimit import RateLimit, RateLimiter
from leadstream.runtime import Parts, Resources, Service

SCOPES: Final = ("all", f"kind:{ENRICH_LEAD}", f"provider:{PROVIDER}")


async def assemble(resources: Resources[Settings]) -> Parts:
    settings, database, clock = resources.settings, resources.database, resources.clock
    http = provider_client(
        timeouts=Timeouts(
            connect=settings.provider_connect_timeout, total=settings.provider_timeout
        )
    )
    accounts = PostgresAccounts(
        database,
        settings.encryption_keys,
        resources.board,
        service=SERVICE.name,
        deployment=settings.accounts,
    )
    erasures = Erasures(database, SWEEPS)
    return Parts(
        kinds=[_enrich_lead(resources, http), _credit_reset(resources)],
        handlers=event_handlers(),
        routers=[
            trigger_router(database, clock, resources.wake),
            credits_router(database, clock),
            leads_router(database),
            budgets_router(
                database, clock, resources.wake, default=settings.enrichment_daily_budget
            ),
            spending_router(database, clock, default=settings.enrichment_daily_budget),
            erasures_router(erasures),
            *_account_routers(resources, accounts, {}),
        ],
        loops=[Upkeep(database).run, erasures.run, Searches(erasures).run],
        holdings=HOLDINGS,
        retention=retention_rules(
            leads=settings.lead_retention, cache=settings.cache, audit=settings.audit_retention
        ),
        close=[http.aclose],
    )


def _enrich_lead(resources: Resources[Settings], http: HttpClient) -> JobKind:
    settings, database, clock = resources.settings, resources.database, resources.clock
    # Calls can arrive closer together than they were let go. What is kept back of the burst is room for that.
    burst = max(1, math.floor(settings.clay_burst * 0.9))
    rate = RateLimit(name=PROVIDER, per_second=settings.clay_rate_per_second, burst=burst)
    clay = Clay(
        ProviderClient(http),
        clock,
        url=settings.clay_api_url or "",
        key=settings.clay_api_key.get_secret_value() if settings.clay_api_key else "",
        verification_timeout=settings.clay_verification_timeout,
    )
    answers = PostgresAnswers(
        database,
        clock,
        provider=PROVIDER,
        cache=settings.cache,
        # No attempt is allowed to outlive its lease.
        hold=settings.job_lease,
        daily_calls=settings.enrichment_daily_budget,
    )
    enrich_lead = EnrichLead(
        answers,
        clay,
        SharedPace(RateLimiter(database, rate)),
        clock,
        domain_of=company_domain,
        may_call=lambda: _may_call(resources.board),
    )
    return JobKind(
        name=ENRICH_LEAD,
        handler=AnnouncingHandler(enrich_lead),
        recorder=EnrichmentRecorder(),
        concurrency=settings.enrichment_concurrency,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        timeout=settings.provider_timeout + VERIFICATION_TIME + 2 * PATIENCE + timedelta(seconds=2),
        provider=PROVIDER,
        rate=rate,
    )


def _account_routers(
    resources: Resources[Settings], accounts: PostgresAccounts, tries: Mapping[str, Try]
) -> Sequence[APIRouter]:
    workplace = Workplace(
        service=SERVICE.name,
        database=resources.database,
        keyring=resources.settings.encryption_keys,
        board=resources.board,
        clock=resources.clock,
        wake=resources.wake,
    )
    lists = (SourceList.CONTACTS, SourceList.VERIFY)
    return [
        accounts_router(AccountsApi(workplace, tries)),
        contact_sources_router(SourcesApi(workplace, accounts, lists)),
    ]


def _credit_reset(resources: Resources[Settings]) -> JobKind:
    clock = resources.clock
    return JobKind(
        name=CREDIT_RESET,
        handler=_nothing_to_call,
        recorder=CreditReset(lambda: day_of(clock.now())),
        concurrency=1,
        max_attempts=resources.settings.max_attempts,
        backoff=Backoff(base=resources.settings.retry_base),
    )


def _may_call(board: PauseBoard) -> bool:
    """A lead that tries an open circuit makes all its calls."""
    circuit = board.circuit(SCOPES[-1])
    return board.held(SCOPES, but=circuit.id if circuit else None) is None


async def _nothing_to_call(job: Job) -> Outcome:
    return Succeeded()


async def prepare(resources: Resources[Settings]) -> None:
    await reseal_accounts(resources.database, resources.settings.encryption_keys)


SERVICE = Service(
    name="enrichment",
    package="enrichment",
    settings=Settings,
    assemble=assemble,
    prepare=prepare,
)
