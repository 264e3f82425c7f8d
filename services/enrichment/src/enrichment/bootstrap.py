"""The one place where the enrichment service's parts are put together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from fastapi import APIRouter

from enrichment.adapters.announcing import AnnouncingHandler
from enrichment.adapters.answers import PATIENCE, PostgresAnswers
from enrichment.adapters.clay import Clay
from enrichment.adapters.clay_public import ClayPublicV0
from enrichment.adapters.credits import CreditReset
from enrichment.adapters.erasure import SWEEPS
from enrichment.adapters.holds import BoardHolds
from enrichment.adapters.hunter import Hunter
from enrichment.adapters.left_sources import LeftSources
from enrichment.adapters.missing_keys import MissingKeys
from enrichment.adapters.objections import Objections
from enrichment.adapters.pace import FreePace, SharedPace
from enrichment.adapters.people_data_labs import PeopleDataLabs
from enrichment.adapters.recorder import EnrichmentRecorder
from enrichment.adapters.removal import HOLDINGS
from enrichment.adapters.retention import retention_rules
from enrichment.adapters.spending_caps import CapHolds, CapWatch
from enrichment.adapters.workspaces import WorkspaceAccounts
from enrichment.application.ask_source import AskSource
from enrichment.application.enrich_lead import EnrichLead
from enrichment.application.kinds import kind_of
from enrichment.application.ports import CallFault, Pace
from enrichment.application.providers import ContactSource, EmailVerifier, Provider
from enrichment.application.verify_addresses import VERIFICATION_TIME, VerifyAddresses
from enrichment.domain.days import day_of
from enrichment.domain.money import Money
from enrichment.entrypoints.events import event_handlers
from enrichment.entrypoints.http.budgets import budgets_router
from enrichment.entrypoints.http.clay_events import clay_events_router
from enrichment.entrypoints.http.credits import credits_router
from enrichment.entrypoints.http.leads import leads_router
from enrichment.entrypoints.http.spend import spend_router
from enrichment.entrypoints.http.spending import spending_router
from enrichment.entrypoints.http.spending_caps import spending_caps_router
from enrichment.entrypoints.http.trigger import trigger_router
from enrichment.entrypoints.jobs import CREDIT_RESET
from enrichment.entrypoints.upkeep import Upkeep
from enrichment.settings import Settings
from leadstream.accounts import Account, SourceList
from leadstream.accounts.keys import reseal_accounts
from leadstream.accounts.management import AccountsApi, Workplace
from leadstream.accounts.routers import accounts_router, contact_sources_router
from leadstream.accounts.sources import SourcesApi
from leadstream.accounts.store import PostgresAccounts
from leadstream.accounts.trying import Try
from leadstream.backoff import Backoff
from leadstream.clock import Clock
from leadstream.companies import company_domain
from leadstream.erasure import Erasures, Searches, erasures_router
from leadstream.http import HttpClient, ProviderClient, Timeouts, provider_client
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Failed, Held, Job, Outcome, Retry, Succeeded
from leadstream.ratelimit import RateLimit, RateLimiter
from leadstream.runtime import Parts, Resources, Service
from leadstream.troubles import KnownTroubles

# How long a routine of Clay's is left alone before it is asked whether it is done.
CLAY_PUBLIC_REST: Final = timedelta(seconds=10)


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
    providers = _providers(settings, http, clock)
    missing_keys = MissingKeys(database, resources.board, accounts, accounts)
    left_sources = LeftSources(
        database,
        resources.board,
        accounts,
        [source.name for source in providers.contacts],
        resources.wake,
    )
    erasures = Erasures(database, SWEEPS)
    troubles = KnownTroubles(database)
    return Parts(
        kinds=[
            *_enrich_lead(resources, providers, accounts, erasures, troubles),
            _credit_reset(resources),
        ],
        handlers=event_handlers(accounts),
        routers=[
            trigger_router(database, clock, resources.wake, accounts),
            credits_router(database, clock),
            leads_router(database),
            budgets_router(
                database, clock, resources.wake, default=settings.enrichment_daily_budget
            ),
            spending_router(database, clock, default=settings.enrichment_daily_budget),
            spending_caps_router(
                database, clock, resources.wake, default=settings.caps, currency=settings.currency
            ),
            spend_router(database, clock, default=settings.caps, currency=settings.currency),
            erasures_router(erasures),
            *_account_routers(resources, accounts, providers.tries),
        ],
        loops=[
            Upkeep(
                database,
                missing_keys.look,
                left_sources.look,
                CapHolds(database, resources.board, clock).look,
                CapWatch(database, clock, settings.caps).look,
            ).run,
            erasures.run,
            Searches(erasures).run,
            troubles.run,
        ],
        holdings=HOLDINGS,
        retention=retention_rules(
            leads=settings.lead_retention, cache=settings.cache, audit=settings.audit_retention
        ),
        # Reached by Clay, whose signature stands for a token.
        public=[clay_events_router(database, accounts, settings.clay_public, resources.wake)],
        close=[http.aclose],
    )


@dataclass(frozen=True, slots=True)
class _Providers:
    """Who can be asked, and how fast; those that nobody has told a pace of are asked as fast as there is work."""

    contacts: Sequence[ContactSource]
    verifiers: Sequence[EmailVerifier]
    rates: Mapping[str, RateLimit]

    @property
    def tries(self) -> Mapping[str, Try]:
        every = {each.name: each for each in (*self.contacts, *self.verifiers)}
        return {name: partial(_try, provider) for name, provider in every.items()}


def _providers(settings: Settings, http: HttpClient, clock: Clock) -> _Providers:
    client = ProviderClient(http)
    # Calls can arrive closer together than they were let go. What is kept back of the burst is room for that.
    burst = max(1, math.floor(settings.clay_burst * 0.9))
    clay = Clay(
        client,
        clock,
        url=settings.clay_api_url,
        verification_timeout=settings.clay_verification_timeout,
    )
    people_data_labs = PeopleDataLabs(
        client,
        clock,
        url=settings.people_data_labs_api_url,
        sandbox_url=settings.people_data_labs_sandbox_url,
    )
    clay_public = ClayPublicV0(
        client, clock, url=settings.clay_public_v0_api_url, rest=CLAY_PUBLIC_REST
    )
    hunter = Hunter(
        client,
        clock,
        url=settings.hunter_api_url,
        verification_timeout=settings.hunter_verification_timeout,
    )
    rates = [
        RateLimit(name=clay.name, per_second=settings.clay_rate_per_second, burst=burst),
        RateLimit(
            name=people_data_labs.name,
            per_second=settings.people_data_labs_per_second,
            burst=_a_seconds(settings.people_data_labs_per_second),
        ),
        RateLimit(
            name=hunter.name,
            per_second=settings.hunter_per_second,
            burst=_a_seconds(settings.hunter_per_second),
        ),
    ]
    return _Providers(
        contacts=[clay, people_data_labs, clay_public],
        verifiers=[clay, hunter],
        rates={rate.name: rate for rate in rates},
    )


def _a_seconds(per_second: float) -> int:
    """Little enough at once that a burst and a minute at this pace still fit into a minute of theirs."""
    return max(1, math.floor(per_second))


async def _try(provider: Provider, account: Account) -> Retry | Failed | Held | None:
    try:
        await provider.test(account)
    except CallFault as fault:
        return fault.outcome
    return None


def _enrich_lead(
    resources: Resources[Settings],
    providers: _Providers,
    stored: PostgresAccounts,
    erasures: Erasures,
    troubles: KnownTroubles,
) -> list[JobKind]:
    """A kind for each source of contacts; what they keep and what they record is one."""
    settings, database, clock = resources.settings, resources.database, resources.clock
    accounts = WorkspaceAccounts(stored)
    answers = PostgresAnswers(
        database,
        clock,
        cache=settings.cache,
        # No attempt is allowed to outlive its lease.
        hold=settings.job_lease,
        daily_calls=settings.enrichment_daily_budget,
        money=Money(prices=settings.provider_prices, caps=settings.caps),
    )
    verify = VerifyAddresses(
        answers,
        {each.name: each for each in providers.verifiers},
        Objections(erasures),
        clock,
    )
    names = {each.name for each in (*providers.contacts, *providers.verifiers)}
    paces: dict[str, Pace] = dict.fromkeys(names, FreePace())
    paces |= {
        name: SharedPace(RateLimiter(database, rate)) for name, rate in providers.rates.items()
    }
    recorder = EnrichmentRecorder(troubles)

    def kind(source: ContactSource) -> JobKind:
        enrich_lead = EnrichLead(
            AskSource(source, answers, verify, accounts, clock),
            answers,
            accounts,
            accounts,
            clock,
            paces=paces,
            holds=BoardHolds(resources.board, source.name),
            domain_of=company_domain,
        )
        return JobKind(
            name=kind_of(source.name),
            handler=AnnouncingHandler(enrich_lead),
            recorder=recorder,
            concurrency=settings.enrichment_concurrency,
            max_attempts=settings.max_attempts,
            backoff=Backoff(base=settings.retry_base),
            outage_patience=settings.outage_patience,
            # The last verification may begin when the time for them is nearly over.
            timeout=settings.provider_timeout
            + VERIFICATION_TIME
            + settings.hunter_verification_timeout
            + 2 * PATIENCE
            + timedelta(seconds=2),
            provider=source.name,
            own_keys=partial(stored.owners_of, source.name),
            rate=providers.rates.get(source.name),
        )

    return [kind(source) for source in providers.contacts]


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
