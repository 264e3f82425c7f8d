"""The one place where the delivery service's parts are put together."""

import logging
import math
from dataclasses import dataclass

from fastapi import APIRouter

from delivery.adapters.channels import rewrap_channels
from delivery.adapters.digests import PostgresCaps, PostgresDigests
from delivery.adapters.dmarc import DnsRecords
from delivery.adapters.drafts import PostgresDeliveries
from delivery.adapters.email.asking import ResendEmails
from delivery.adapters.email.domains import ResendDomains
from delivery.adapters.email.http import ToldPace, configure_resend
from delivery.adapters.email.message import Letterhead
from delivery.adapters.email.pace import SHARE, CallPace
from delivery.adapters.email.sender import EmailSender
from delivery.adapters.email.suppressions import lift_at_resend
from delivery.adapters.erasure import SWEEPS
from delivery.adapters.metrics import POSSIBLE_REPEATS_TOTAL
from delivery.adapters.notices import PostgresNotices
from delivery.adapters.removal import HOLDINGS
from delivery.adapters.retention import retention_rules
from delivery.adapters.slack.sender import SlackSender
from delivery.adapters.slack.turns import UrlTurns
from delivery.adapters.vault import Vault
from delivery.adapters.webhook.sender import WebhookSender
from delivery.application.deliver import Deliver, Sender
from delivery.application.deliver_together import DeliverTogether
from delivery.application.notices import KIND as NOTICE
from delivery.application.notices import Mailer, SendNotice
from delivery.application.planning import ASK, DIGEST
from delivery.domain.delivery import Channel
from delivery.entrypoints.asking import AskFate, Asking
from delivery.entrypoints.collecting import Collecting
from delivery.entrypoints.events import OnLeadEnriched
from delivery.entrypoints.http.channel_api import ChannelsApi
from delivery.entrypoints.http.channel_tester import ChannelTester
from delivery.entrypoints.http.channels import channels_router
from delivery.entrypoints.http.deliveries import deliveries_router
from delivery.entrypoints.http.disclosures import disclosures_router
from delivery.entrypoints.http.preference_page import PreferencePage, preference_router
from delivery.entrypoints.http.preferences import PreferencesByToken
from delivery.entrypoints.http.recipients import RecipientsApi, recipients_router
from delivery.entrypoints.http.resend_events import ResendEvents, resend_events_router
from delivery.entrypoints.http.resend_webhook import resend_webhook_router
from delivery.entrypoints.http.senders import SendersApi, senders_router
from delivery.entrypoints.http.suppressions import SuppressionsApi, suppressions_router
from delivery.entrypoints.loops import Holding
from delivery.entrypoints.recorder import DeliveryRecorder
from delivery.entrypoints.troubles import tell_of_troubles
from delivery.settings import Settings
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
from leadstream.jobs.kinds import Across, JobKind
from leadstream.ratelimit import RateLimit
from leadstream.runtime import Parts, Resources, Service

log = logging.getLogger(__name__)

# Side by side in one process. Destinations that hang hold their places until the time-out, so there are many.
CONCURRENCY = {Channel.EMAIL: 50, Channel.SLACK: 100, Channel.WEBHOOK: 200}
# A destination that hangs takes this many slots, and leaves the others' to them.
LANE_CONCURRENCY = 20
# What Resend takes in one call.
EMAILS_IN_A_CALL = 100
# Calls a second that Resend allows everybody, as long as its answers have not said how many it allows us.
RESEND_RATE = 2.0
# Each has the leads of a window in memory.
DIGEST_CONCURRENCY = 8
# A workspace's own receiver is waited for this much less long than a provider of all.
DESTINATION_SHARE = 6


@dataclass(frozen=True, slots=True)
class _Clients:
    provider: HttpClient
    guarded: HttpClient


async def assemble(resources: Resources[Settings]) -> Parts:
    settings, database, clock = resources.settings, resources.database, resources.clock
    guard = EgressGuard(allow=settings.egress_allow, trusted_hosts=settings.trusted_hosts)
    clients = _clients(settings, guard)
    providers = ProviderClient(clients.provider)
    told = ToldPace()
    rate = _resend_rate(settings, told)
    pace = CallPace(database, rate)
    configure_resend(
        providers,
        api_key=settings.resend_api_key.get_secret_value(),
        api_url=settings.resend_api_url,
        told=told,
        turn=pace.turn,
    )
    letterhead = Letterhead(
        sender=settings.resend_from,
        footer=settings.email_footer,
        public_url=settings.delivery_public_url,
        reply_to=settings.email_reply_to,
    )
    slack = SlackSender(providers, guard, clock, app_url=settings.leads_url)
    webhook = WebhookSender(
        ProviderClient(clients.guarded), clock, timeout=settings.webhook_timeout
    )
    email = EmailSender(letterhead, clock, app_url=settings.leads_url)
    hooks: dict[Channel, Sender] = {Channel.SLACK: slack, Channel.WEBHOOK: webhook}
    vault = Vault(settings.encryption_keys)
    channels = ChannelsApi(
        database,
        vault,
        guard,
        clock,
        overlap=settings.webhook_secret_overlap,
        wake=resources.wake,
    )
    tester = ChannelTester(
        database, vault, clock, slack=slack, webhook=webhook, wake=resources.wake
    )
    erasures = Erasures(database, SWEEPS)
    deliveries, recorder = PostgresDeliveries(database, vault, clock), DeliveryRecorder()
    return Parts(
        kinds=[
            _emails(resources, deliveries, email, pace, rate, recorder),
            *_hooks(resources, deliveries, hooks, recorder),
            _digests(resources, email, rate, recorder),
            _notices(resources, email, rate),
            _asking(resources, rate),
        ],
        handlers={
            "lead.enriched": OnLeadEnriched(clock),
            "workspace.trouble": tell_of_troubles,
        },
        routers=[
            recipients_router(RecipientsApi(database, clock)),
            channels_router(channels, tester),
            suppressions_router(SuppressionsApi(database, lift_at_resend)),
            senders_router(_senders(resources, providers)),
            deliveries_router(database),
            erasures_router(erasures),
            disclosures_router(database),
            resend_webhook_router(
                database,
                clock,
                public_url=settings.delivery_public_url,
                listening=bool(settings.resend_webhook_secrets),
            ),
        ],
        public=_public_routers(resources),
        loops=[
            Holding(database, clock).run,
            Collecting(database, clock, wake=resources.wake).run,
            Asking(database, clock, wake=resources.wake).run,
            erasures.run,
            Searches(erasures).run,
        ],
        holdings=HOLDINGS,
        retention=retention_rules(leads=settings.lead_retention, jobs=settings.job_retention),
        close=[clients.provider.aclose, clients.guarded.aclose],
    )


def _clients(settings: Settings, guard: EgressGuard) -> _Clients:
    timeouts = Timeouts(connect=settings.provider_connect_timeout, total=settings.provider_timeout)
    return _Clients(provider_client(timeouts=timeouts), guarded_client(guard, timeouts=timeouts))


def _senders(resources: Resources[Settings], providers: ProviderClient) -> SendersApi:
    settings = resources.settings
    verified = ResendDomains(
        providers,
        api_key=settings.resend_api_key.get_secret_value(),
        api_url=settings.resend_api_url,
    )
    return SendersApi(
        resources.database,
        verified,
        DnsRecords(),
        resources.wake,
        default_from=settings.resend_from,
        public_url=settings.delivery_public_url,
    )


def _public_routers(resources: Resources[Settings]) -> list[APIRouter]:
    database, clock = resources.database, resources.clock
    routers = [preference_router(PreferencePage(PreferencesByToken(database, clock)))]
    secrets = resources.settings.resend_webhook_secrets
    if not secrets:
        return routers
    return [*routers, resend_events_router(ResendEvents(database, clock), clock, secrets)]


def _emails(
    resources: Resources[Settings],
    deliveries: PostgresDeliveries,
    sender: EmailSender,
    pace: CallPace,
    rate: RateLimit,
    recorder: DeliveryRecorder,
) -> JobKind:
    settings, clock = resources.settings, resources.clock
    return JobKind(
        name=f"deliver-{Channel.EMAIL}",
        group_handler=DeliverTogether(
            Deliver(deliveries, sender, clock, caps=PostgresCaps(resources.database)),
            deliveries,
            sender,
            pace,
            clock,
        ),
        grouping=Across(EMAILS_IN_A_CALL),
        recorder=recorder,
        concurrency=CONCURRENCY[Channel.EMAIL],
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        provider="resend",
        rate=rate,
    )


def _hooks(
    resources: Resources[Settings],
    deliveries: PostgresDeliveries,
    senders: dict[Channel, Sender],
    recorder: DeliveryRecorder,
) -> list[JobKind]:
    settings = resources.settings
    paced = {Channel.SLACK} if settings.slack_interval else set()
    return [
        JobKind(
            name=f"deliver-{channel}",
            handler=Deliver(
                deliveries,
                sender,
                resources.clock,
                turns=UrlTurns(resources.database, interval=settings.slack_interval)
                if channel in paced
                else None,
                on_possible_repeat=lambda repeated: POSSIBLE_REPEATS_TOTAL.labels(repeated).inc(),
            ),
            recorder=recorder,
            concurrency=CONCURRENCY[channel],
            lane_concurrency=1 if channel in paced else LANE_CONCURRENCY,
            max_attempts=settings.max_attempts,
            backoff=Backoff(base=settings.retry_base),
            outage_patience=settings.outage_patience / DESTINATION_SHARE,
        )
        for channel, sender in senders.items()
    ]


def _digests(
    resources: Resources[Settings], sender: Sender, rate: RateLimit, recorder: DeliveryRecorder
) -> JobKind:
    settings, database = resources.settings, resources.database
    return JobKind(
        name=DIGEST,
        handler=Deliver(
            PostgresDigests(database), sender, resources.clock, caps=PostgresCaps(database)
        ),
        recorder=recorder,
        concurrency=DIGEST_CONCURRENCY,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        provider="resend",
        rate=rate,
    )


def _notices(resources: Resources[Settings], mailer: Mailer, rate: RateLimit) -> JobKind:
    settings = resources.settings
    return JobKind(
        name=NOTICE,
        handler=SendNotice(PostgresNotices(resources.database), mailer, resources.clock),
        concurrency=CONCURRENCY[Channel.EMAIL],
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        outage_patience=settings.outage_patience,
        provider="resend",
        rate=rate,
    )


def _asking(resources: Resources[Settings], rate: RateLimit) -> JobKind:
    """Of no provider: what goes wrong with it holds no e-mail back."""
    settings, database, clock = resources.settings, resources.database, resources.clock
    return JobKind(
        name=ASK,
        handler=AskFate(ResendEmails(clock), ResendEvents(database, clock), database),
        concurrency=1,
        max_attempts=settings.max_attempts,
        backoff=Backoff(base=settings.retry_base),
        rate=rate,
    )


def _resend_rate(settings: Settings, told: ToldPace) -> RateLimit:
    """What the answers allow, and no more than the setting does."""
    most = settings.resend_rate or math.inf

    def allowed() -> float | None:
        said = told()
        return None if said is None else SHARE * min(said, most)

    first = SHARE * (settings.resend_rate or RESEND_RATE)
    return RateLimit(name="resend", per_second=first, burst=math.ceil(first), told=allowed)


async def prepare(resources: Resources[Settings]) -> None:
    """After a new key was put first: once every replica has started, the old one is needed no more."""
    done, unreadable = await rewrap_channels(
        resources.database, Vault(resources.settings.encryption_keys)
    )
    if done:
        log.info("channels.rewrapped", extra={"count": done})
    if unreadable:
        log.error("channels.unreadable", extra={"count": unreadable})


SERVICE = Service(
    name="delivery", package="delivery", settings=Settings, assemble=assemble, prepare=prepare
)
