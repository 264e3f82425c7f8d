"""The one place where the platform-upload service's parts are put together."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from leadstream.backoff import Backoff
from leadstream.erasure import Erasures, Searches, erasures_router
from leadstream.http import (
    EgressGuard,
    HttpClient,
    ProviderClient,
    Timeouts,
    guarded_client,
    provider_client,
)
from leadstream.jobs.kinds import Grouping, JobKind, Recorder
from leadstream.rotation import rotate_all
from leadstream.runtime import Parts, Resources, Service
from leadstream.troubles import KnownTroubles
from platform_upload.adapters.connections import PostgresConnections
from platform_upload.adapters.costs import Allowance, CostPacer
from platform_upload.adapters.creations import Creations
from platform_upload.adapters.erased import ErasedRecorder
from platform_upload.adapters.erasure import sweeps
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.adapter import FhirAdapter
from platform_upload.adapters.fhir.answers import speaks as fhir_speaks
from platform_upload.adapters.hubspot.adapter import HubspotAdapter
from platform_upload.adapters.hubspot.answers import speaks as hubspot_speaks
from platform_upload.adapters.hubspot.api import HubspotApi
from platform_upload.adapters.hubspot.latecomers import HubspotLatecomers
from platform_upload.adapters.marketo.adapter import MarketoAdapter
from platform_upload.adapters.marketo.answers import speaks as marketo_speaks
from platform_upload.adapters.marketo.api import MarketoApi
from platform_upload.adapters.marketo.tokens import MarketoTokens
from platform_upload.adapters.pacer import Pace, Pacer
from platform_upload.adapters.people import AtPlatforms, PostgresPeople, sealed_places
from platform_upload.adapters.recorder import record_contacts, record_uploads, show_adapters
from platform_upload.adapters.removal import HOLDINGS
from platform_upload.adapters.retention import retention_rules
from platform_upload.adapters.salesforce.adapter import SalesforceAdapter
from platform_upload.adapters.salesforce.answers import speaks as salesforce_speaks
from platform_upload.adapters.shopify.adapter import ShopifyAdapter
from platform_upload.adapters.shopify.answers import speaks as shopify_speaks
from platform_upload.adapters.shopify.api import ShopifyApi
from platform_upload.adapters.shopify.latecomers import ShopifyLatecomers
from platform_upload.adapters.shopify.tokens import ShopifyTokens
from platform_upload.adapters.slots import Slots
from platform_upload.adapters.uploads import PostgresPasts, PostgresRequests
from platform_upload.adapters.wealthbox.adapter import WealthboxAdapter
from platform_upload.adapters.wealthbox.answers import speaks as wealthbox_speaks
from platform_upload.adapters.wealthbox.api import WealthboxApi
from platform_upload.adapters.wealthbox.latecomers import WealthboxLatecomers
from platform_upload.adapters.webhook import WebhookAdapter
from platform_upload.application.budget import Budget
from platform_upload.application.erase_person import ERASE_PERSON, ErasePerson
from platform_upload.application.group_sizes import GroupSizes
from platform_upload.application.ports import Adapter, Eraser, Uploader
from platform_upload.application.preview_leads import PreviewLeads
from platform_upload.application.take_uploads import UPLOAD_CONTACTS, UPLOAD_LEAD
from platform_upload.application.upload_leads import UploadLeads
from platform_upload.entrypoints.events import take_uploads
from platform_upload.entrypoints.http.connection_api import ConnectionsApi
from platform_upload.entrypoints.http.connection_removal import (
    ConnectionRemoval,
    connection_removal_router,
)
from platform_upload.entrypoints.http.connections import connections_router
from platform_upload.entrypoints.http.previews import Previews, previews_router
from platform_upload.entrypoints.http.resending import Resending, resending_router
from platform_upload.entrypoints.http.uploads import uploads_router
from platform_upload.settings import Settings

log = logging.getLogger(__name__)

# What an attempt needs beside its calls: the time to be written down.
MARGIN = timedelta(seconds=5)
# The worker ends an attempt at this share of the lease.
SHARE_OF_LEASE = 0.8
# Calls enough for any harmless question.
TEST_CALLS = 8
# Who saves a connection waits for the platform no longer than a client waits for us.
SAVE_TIMEOUT = timedelta(seconds=10)
# Somebody waits for it, with a client that waits half a minute.
PREVIEW_TIME = timedelta(seconds=20)
# People who are erased at once, at different platforms.
ERASING = 10
# HubSpot's free accounts: 100 calls in 10 s. What an account really has is in its answers' headers.
HUBSPOT_LOWEST = Pace(100, timedelta(seconds=10))
HUBSPOT_SEARCHES = Pace(5, timedelta(seconds=1))
# What every Marketo subscription has, and no answer announces.
MARKETO_PACE = Pace(100, timedelta(seconds=20))
MARKETO_CALLS_AT_ONCE = 10
# The least that a shop has had; what it really has is in its answers.
SHOPIFY_LOWEST = Allowance(1_000, 50)
# Wealthbox announces nothing: this is what its documentation says.
WEALTHBOX_CALLS = Pace(300, timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class _Clients:
    provider: HttpClient
    guarded: HttpClient


async def assemble(resources: Resources[Settings]) -> Parts:
    settings = resources.settings
    guard = EgressGuard(allow=settings.egress_allow, trusted_hosts=settings.trusted_hosts)
    clients = _clients(settings, guard)
    hubspot = _hubspot(resources, clients)
    shopify = _shopify(resources, clients)
    creations = Creations(resources.database)
    wealthbox = WealthboxAdapter(_wealthbox(resources, clients), creations)
    adapters = {
        **_adapters(resources, clients, guard, hubspot),
        ShopifyAdapter.name: ShopifyAdapter(shopify, guard),
        wealthbox.name: wealthbox,
    }
    troubles = KnownTroubles(resources.database)
    connections = PostgresConnections(
        resources.database, settings.encryption_keys, resources.board, troubles
    )
    show_adapters(adapters)
    api = ConnectionsApi(
        resources.database,
        settings.encryption_keys,
        resources.board,
        connections,
        adapters,
        resources.clock,
        budget=lambda: Budget(calls=TEST_CALLS, total=settings.provider_timeout),
        save_budget=lambda: Budget(
            calls=TEST_CALLS, total=min(settings.provider_timeout, SAVE_TIMEOUT)
        ),
        wake=resources.wake,
    )
    erasures = Erasures(
        resources.database,
        sweeps(settings.encryption_keys),
        AtPlatforms(resources.database, resources.wake),
    )
    latecomers: Mapping[str, Uploader] = {
        HubspotAdapter.name: HubspotLatecomers(hubspot),
        ShopifyAdapter.name: ShopifyLatecomers(shopify),
        WealthboxAdapter.name: WealthboxLatecomers(wealthbox),
    }
    return Parts(
        kinds=[
            _kind(
                resources,
                connections,
                adapters,
                name=UPLOAD_LEAD,
                recorder=partial(record_uploads, troubles),
            ),
            _kind(
                resources, connections, latecomers, name=UPLOAD_CONTACTS, recorder=record_contacts
            ),
            _erasing(resources, connections, adapters),
        ],
        handlers={"lead.upload": take_uploads},
        routers=[
            connections_router(api),
            previews_router(
                Previews(
                    resources.database,
                    connections,
                    adapters,
                    PreviewLeads(
                        requests=PostgresRequests(resources.database),
                        pasts=PostgresPasts(resources.database),
                    ),
                    longest=min(settings.provider_timeout, PREVIEW_TIME),
                )
            ),
            connection_removal_router(
                ConnectionRemoval(resources.database, settings.encryption_keys, resources.board)
            ),
            resending_router(Resending(resources.database, resources.wake)),
            uploads_router(resources.database),
            erasures_router(erasures),
        ],
        loops=[erasures.run, Searches(erasures).run, troubles.run],
        holdings=HOLDINGS,
        retention=retention_rules(
            leads=settings.lead_retention,
            billing=settings.billing_retention,
            jobs=settings.job_retention,
        ),
        close=[clients.provider.aclose, clients.guarded.aclose, creations.aclose],
    )


def _clients(settings: Settings, guard: EgressGuard) -> _Clients:
    timeouts = Timeouts(connect=settings.provider_connect_timeout, total=settings.provider_timeout)
    return _Clients(provider_client(timeouts=timeouts), guarded_client(guard, timeouts=timeouts))


def _hubspot(resources: Resources[Settings], clients: _Clients) -> HubspotApi:
    settings = resources.settings
    return HubspotApi(
        Exchange(
            ProviderClient(clients.provider),
            "hubspot",
            resources.clock,
            timeout=settings.provider_timeout,
            speaks=hubspot_speaks,
        ),
        pacer=Pacer(resources.database, lowest=HUBSPOT_LOWEST),
        search_pacer=Pacer(resources.database, lowest=HUBSPOT_SEARCHES, name="searches"),
        base_url=settings.hubspot_api_url,
        version=settings.hubspot_api_version,
    )


def _shopify(resources: Resources[Settings], clients: _Clients) -> ShopifyApi:
    settings = resources.settings
    exchange = Exchange(
        ProviderClient(clients.provider),
        "shopify",
        resources.clock,
        timeout=settings.provider_timeout,
        speaks=shopify_speaks,
    )
    return ShopifyApi(
        exchange,
        ShopifyTokens(exchange, resources.clock),
        CostPacer(resources.database, lowest=SHOPIFY_LOWEST),
        version=settings.shopify_api_version,
    )


def _wealthbox(resources: Resources[Settings], clients: _Clients) -> WealthboxApi:
    settings = resources.settings
    return WealthboxApi(
        Exchange(
            ProviderClient(clients.provider),
            "wealthbox",
            resources.clock,
            timeout=settings.provider_timeout,
            speaks=wealthbox_speaks,
        ),
        pacer=Pacer(resources.database, lowest=WEALTHBOX_CALLS),
        base_url=settings.wealthbox_api_url,
    )


def _adapters(
    resources: Resources[Settings], clients: _Clients, guard: EgressGuard, hubspot: HubspotApi
) -> dict[str, Adapter]:
    settings, clock = resources.settings, resources.clock
    provider, timeout = ProviderClient(clients.provider), settings.provider_timeout
    webhook = WebhookAdapter(
        ProviderClient(clients.guarded),
        guard,
        clock,
        timeout=settings.webhook_timeout,
        overlap=settings.webhook_secret_overlap,
    )
    salesforce = SalesforceAdapter(
        Exchange(provider, "salesforce", clock, timeout=timeout, speaks=salesforce_speaks),
        guard,
        clock,
        api_version=settings.salesforce_api_version,
    )
    guarded = ProviderClient(clients.guarded)
    fhir = FhirAdapter(
        Exchange(guarded, "fhir", clock, timeout=timeout, speaks=fhir_speaks), guard, clock
    )
    found: list[Adapter] = [
        webhook,
        HubspotAdapter(hubspot),
        _marketo(resources, clients, guard),
        salesforce,
        fhir,
    ]
    return {adapter.name: adapter for adapter in found}


def _marketo(
    resources: Resources[Settings], clients: _Clients, guard: EgressGuard
) -> MarketoAdapter:
    exchange = Exchange(
        ProviderClient(clients.provider),
        "marketo",
        resources.clock,
        timeout=resources.settings.provider_timeout,
        speaks=marketo_speaks,
    )
    pacer = Pacer(resources.database, lowest=MARKETO_PACE)
    slots = Slots(resources.database, count=MARKETO_CALLS_AT_ONCE)
    tokens = MarketoTokens(exchange, resources.clock)
    return MarketoAdapter(MarketoApi(exchange, tokens, pacer=pacer, slots=slots), guard)


def _kind(
    resources: Resources[Settings],
    connections: PostgresConnections,
    uploaders: Mapping[str, Uploader],
    *,
    name: str,
    recorder: Recorder,
) -> JobKind:
    settings = resources.settings
    sizes = GroupSizes(connections, uploaders)
    handler = UploadLeads(
        connections=connections,
        pasts=PostgresPasts(resources.database),
        uploaders=uploaders,
        clock=resources.clock,
        budget=_budget(settings),
    )
    return JobKind(
        name=name,
        group_handler=handler,
        grouping=Grouping(size=sizes, linger=settings.upload_linger, largest=sizes.largest),
        recorder=recorder,
        concurrency=settings.upload_concurrency,
        lane_concurrency=settings.upload_connection_concurrency,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        timeout=settings.upload_timeout,
    )


def _erasing(
    resources: Resources[Settings],
    connections: PostgresConnections,
    erasers: Mapping[str, Eraser],
) -> JobKind:
    settings = resources.settings
    handler = ErasePerson(
        connections=connections,
        people=PostgresPeople(resources.database, settings.encryption_keys),
        erasers=erasers,
        clock=resources.clock,
        budget=_budget(settings),
    )
    return JobKind(
        name=ERASE_PERSON,
        handler=handler,
        recorder=ErasedRecorder(settings.encryption_keys),
        concurrency=ERASING,
        lane_concurrency=1,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        timeout=settings.upload_timeout,
    )


def _budget(settings: Settings) -> Callable[[], Budget]:
    longest = min(settings.upload_timeout, settings.job_lease * SHARE_OF_LEASE)
    total = max(longest - MARGIN, longest / 2)
    return lambda: Budget(calls=settings.upload_calls, total=total)


async def prepare(resources: Resources[Settings]) -> None:
    """After a new key was put first: once every replica has started, the old one is needed no more."""
    done = await rotate_all(sealed_places(resources.database, resources.settings.encryption_keys))
    if done.changed:
        log.info("connections.rewrapped", extra={"count": done.changed})
    if done.unreadable:
        # The others work all the same; those connections' uploads wait, and say why.
        log.error("connections.unreadable", extra={"count": done.unreadable})


SERVICE = Service(
    name="platform-upload",
    package="platform_upload",
    settings=Settings,
    assemble=assemble,
    prepare=prepare,
)
