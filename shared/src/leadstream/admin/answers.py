"""Answers and bodies of the five admin APIs. Written by `make api-docs`: change the routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict


class Accepted(TypedDict):
    accepted: int
    repeated: bool


class Account(TypedDict):
    id: str
    workspace_id: str
    email: str
    role: str
    daily_credit_limit: int
    daily_credits_used: int
    credit_day: date | None
    created_at: datetime
    updated_at: datetime


class AccountBody(TypedDict):
    workspace_id: str
    email: str
    role: NotRequired[str | None]
    daily_credit_limit: NotRequired[int | None]


class AccountTest(TypedDict):
    account_id: str
    ok: bool
    message: str
    code: str | None
    status_code: int | None
    said: str | None


Action: TypeAlias = Literal["create", "update", "unchanged", "refused", "unknown", "untried"]


AtResend: TypeAlias = Literal["lifted", "not_suppressed", "not_allowed", "not_asked"]


class Attempt(TypedDict):
    number: int
    outcome: str
    error_class: str | None
    error: str | None
    status_code: int | None
    excerpt: str | None
    started_at: datetime
    finished_at: datetime


class AuditEntry(TypedDict):
    id: str
    at: datetime
    actor: str
    action: str
    target: str
    reason: str | None
    before: Any
    after: Any
    workspace_id: str | None


BackfillBody = TypedDict(
    "BackfillBody",
    {
        "from": datetime,
        "to": datetime,
        "dry_run": NotRequired[bool],
    },
)


class Backfilled(TypedDict):
    dry_run: bool
    ticks: list[datetime]


class BegunImport(TypedDict):
    id: str
    workspace_id: str
    query_id: str
    file: str
    rows: int
    created_at: datetime
    finished_at: datetime | None
    batches: list[int]


class BillingComparison(TypedDict):
    workspace_id: str
    platform: str
    accepted: int
    billed: int
    elsewhen: int
    unbilled: int
    unbilled_leads: list[str]
    unfounded: int
    unfounded_leads: list[str]


class BillingEvent(TypedDict):
    id: str
    workspace_id: str
    lead_id: str
    platform: str
    event_type: Literal["platform_upload"]
    quantity: int
    metadata: dict[str, Any]
    created_at: datetime


class BillingEventCount(TypedDict):
    count: int
    platforms: dict[str, int]


class BillingSummary(TypedDict):
    since: datetime
    until: datetime
    platforms: list[BillingComparison]
    more: bool


class Budget(TypedDict):
    id: str
    workspace_id: str
    daily_calls: int | None
    is_default: bool
    calls_today: int


class BudgetBody(TypedDict):
    daily_calls: int | None


By: TypeAlias = Literal["provider", "day"]


class Bytes(TypedDict):
    size: int
    text: str
    hex: str
    more: bool


class Calls(TypedDict):
    paid: int
    unknown: int
    unpaid: int
    open: int
    verifications: int


class CancelMany(TypedDict):
    group: str
    kind: NotRequired[str | None]
    workspace_id: NotRequired[str | None]
    lead_id: NotRequired[str | None]
    since: NotRequired[datetime | None]
    reason: NotRequired[str | None]
    dry_run: NotRequired[bool]


class CapsBody(TypedDict):
    daily: float | str | None
    monthly: float | str | None


CatchUp: TypeAlias = Literal["none", "latest", "all"]


class ChangedJobs(TypedDict):
    dry_run: bool
    total: int
    kinds: dict[str, int]


Channel: TypeAlias = Literal["email", "slack", "webhook"]


ChannelType: TypeAlias = Literal["slack", "webhook"]


class ContactPlan(TypedDict):
    contacts: list[str]
    verify: list[str]


Contact: TypeAlias = str


VerifyItem: TypeAlias = str


class Corrected(TypedDict):
    value: str
    key: NotRequired[str | None]


class Correction(TypedDict):
    overrides: dict[str, Any]
    reason: NotRequired[str | None]


class DaySpend(TypedDict):
    spent: str
    reserved: str
    cap: str | None


class DeadLetterCount(TypedDict):
    topic: str
    reason: str
    count: int
    oldest: datetime
    newest: datetime


class DeadLetterCounts(TypedDict):
    items: list[DeadLetterCount]
    more: bool


class DeadLetterRow(TypedDict):
    id: str
    topic: str
    partition: int
    offset: int
    letters: str
    reason: str
    error: str
    created_at: datetime
    replayed_at: datetime | None


class Delivered(TypedDict):
    revision: int
    delivered_at: datetime
    status: NotRequired[str | None]


class DeliveryRotation(TypedDict):
    secret: NotRequired[str | None]
    url: NotRequired[str | None]


DeliveryScore: TypeAlias = Literal["cold", "warm", "hot"]


DeliveryStatus: TypeAlias = Literal["pending", "held", "delivered", "failed", "cancelled"]


class DeliveryTestResult(TypedDict):
    id: str
    delivered: bool
    status_code: int | None
    error_class: str | None
    error: str | None


DeliveryWantedStatus: TypeAlias = Literal["active", "paused"]


class DestinationSummary(TypedDict):
    workspace_id: str
    channel: Channel
    destination_id: str
    delivered: int
    failed: int
    pending: int
    cancelled: int
    last_error: str | None
    last_error_at: datetime | None


Direction: TypeAlias = Literal["up", "down", "stable"]


class Disclosure(TypedDict):
    id: str
    workspace_id: str
    lead_id: str
    revision: int
    channel: str
    destination_id: str
    destination: str | None
    origin: str | None
    status: str
    at: datetime


class Disclosures(TypedDict):
    items: list[Disclosure]


DiscoveryScore: TypeAlias = Literal["cold", "warm", "hot"]


class DiscoveryTriggerBody(TypedDict):
    query_id: NotRequired[str | None]
    workspace_id: NotRequired[str | None]


class DiscoveryTriggered(TypedDict):
    tick_id: str
    jobs: list[str]


class EndedSession(TypedDict):
    id: str


class Enriched(TypedDict):
    revision: int
    enriched_at: datetime
    status: NotRequired[str | None]


class EnrichedLeads(TypedDict):
    enriched: int
    cached: int
    skipped: int


class EnrichmentTriggered(TypedDict):
    job_id: str


class EntryShown(TypedDict):
    seq: int
    receipt_id: str
    content: str
    previous: str
    hash: str


class Erasure(TypedDict):
    email: str
    workspace_id: NotRequired[str | None]
    reason: str
    dry_run: NotRequired[bool]
    receipt_id: NotRequired[str | None]


class ErrorDetail(TypedDict):
    code: str
    message: str
    field: NotRequired[str | None]


Salt: TypeAlias = str


class Failed(TypedDict):
    revision: int
    failed_at: datetime
    stage: str


class Failure(TypedDict):
    key: str
    kind: str
    error_class: str | None
    status_code: int | None
    message: str
    count: int
    leads: int
    workspaces: int
    more: bool
    first: datetime
    last: datetime
    sample: str


Fate: TypeAlias = Literal[
    "accepted", "delayed", "delivered", "failed", "suppressed", "bounced", "complained"
]


class FieldAdjustment(TypedDict):
    field: str
    action: Literal["mended", "left_out"]
    said: str
    ours: NotRequired[str | None]


class FieldChange(TypedDict):
    field: str
    before: Any
    after: Any


class Figure(TypedDict):
    count: int
    leads: str | None
    parts: dict[str, Figure]


IndustryItem: TypeAlias = str


class Forecast(TypedDict):
    rows: int
    new: int
    known: int


class Funnel(TypedDict):
    queries: Figure
    found: Figure
    enrichment: Figure
    delivery: Figure
    messages: Figure
    upload: Figure
    accepted: Figure
    stages: Figure


Grade: TypeAlias = Literal["ok", "note", "bad"]


class HeadShown(TypedDict):
    length: int
    hash: str


class Header(TypedDict):
    name: str
    value: Bytes | None


class HealthBody(TypedDict):
    status: Literal["ok", "unavailable"]
    failing: dict[str, str]
    passing: list[str]


class Held(TypedDict):
    store: str
    workspace_id: str | None
    lead_id: str | None
    revision: int | None
    provider: str | None
    collected_at: datetime | None
    facts: dict[str, Any]


class Hold(TypedDict):
    scope: str
    reason: str
    until: datetime | None


class ImportAnswer(TypedDict):
    id: str
    workspace_id: str
    query_id: str
    file: str
    rows: int
    created_at: datetime
    finished_at: datetime | None


class ImportBody(TypedDict):
    workspace_id: str
    query: str
    file: str
    digest: str
    rows: int
    dry_run: NotRequired[bool]


class IntentPlan(TypedDict):
    intent: list[str]


IntentItem: TypeAlias = str


class IntentSources(TypedDict):
    training: NotRequired[bool | None]
    intent: NotRequired[list[IntentItem] | None]


JobState: TypeAlias = Literal["ready", "running", "succeeded", "failed", "cancelled"]


class Joined(TypedDict):
    parts: dict[str, str]


Kind: TypeAlias = Literal["erased", "objected"]


class KnownIn(TypedDict):
    lead_id: str
    revision: NotRequired[int | None]


class KnownPerson(TypedDict):
    digest: str
    workspace_id: NotRequired[str | None]
    erased_at: datetime
    kind: NotRequired[Kind]


class Lead(TypedDict):
    id: str
    workspace_id: str
    query_id: str | None
    domain: str | None
    company_data: dict[str, Any] | None
    contact_data: dict[str, Any] | None
    intent_data: dict[str, Any] | None
    revision: int
    enrichment_status: Literal["pending", "completed", "skipped", "failed"]
    delivery_status: Literal["pending", "delivered", "partial", "failed", "no_channel"]
    platform_uploaded: bool
    platform_uploaded_at: datetime | None
    platform_name: str | None
    last_error: str | None
    stage: Literal[
        "discovered", "enriched", "skipped", "no_channel", "failed", "delivered", "uploaded"
    ]
    reason: str
    created_at: datetime
    updated_at: datetime
    enriched_at: datetime | None
    delivered_at: datetime | None


class LeadCredit(TypedDict):
    id: str
    entry: Literal["reserve", "commit", "release", "reset"]
    credits: int
    job_id: str | None
    open: bool
    created_at: datetime


class LeadEnrichment(TypedDict):
    revision: int
    job_id: str
    status: Literal["completed", "skipped", "failed"]
    reason: str | None
    error: str | None
    provider: str | None
    credits_used: float
    total_contacts: int
    rejected: list[str]
    enriched_at: datetime | None
    updated_at: datetime


class Learnt(TypedDict):
    new: int


class LedgerEntry(TypedDict):
    id: str
    entry: Literal["reserve", "commit", "release", "reset"]
    credits: int
    day: date | None
    job_id: str | None
    lead_id: str | None
    open: bool
    created_at: datetime


class Lifted(TypedDict):
    lifted: bool


class LiftedSuppression(TypedDict):
    id: str
    workspace_id: str
    email: str
    reason: Literal["unsubscribed", "bounced", "complained", "manual"]
    everywhere: Literal["bounced", "complained"] | None
    created_at: datetime
    lifted: int
    resend: AtResend
    note: str


class ListedJob(TypedDict):
    id: str
    kind: str
    state: JobState
    priority: int
    lane: str
    workspace_id: str | None
    lead_id: str | None
    attempts: int
    lost: int
    run_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    held_by: list[str] | None


class ListedPause(TypedDict):
    id: str
    scope: str
    reason: str
    actor: str
    until: datetime | None
    detail: str | None
    probe_at: datetime | None
    created_at: datetime
    waiting: int | None
    oldest: datetime | None
    more: bool


class ListedQueryRun(TypedDict):
    id: str
    query_id: str
    workspace_id: str
    tick_id: str
    source: str
    run_on: date
    status: Literal["succeeded", "skipped", "retrying", "held", "failed", "cancelled"]
    found: int
    created: int
    known: int
    rejected: int
    units: float
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    rejections: dict[str, int]


class LocationBody(TypedDict):
    country: NotRequired[str | None]
    state: NotRequired[str | None]
    city: NotRequired[str | None]


class MonthSpend(TypedDict):
    spent: str
    reserved: str
    cap: str | None
    forecast: str


class NewAccount(TypedDict):
    workspace_id: str
    provider: str
    credentials: NotRequired[dict[str, Any] | None]
    settings: NotRequired[dict[str, Any] | None]


class NewChannel(TypedDict):
    workspace_id: str
    type: ChannelType
    name: str
    url: str
    min_score: NotRequired[DeliveryScore]
    status: NotRequired[DeliveryWantedStatus | None]
    secret: NotRequired[str | None]


class NewCredentials(TypedDict):
    credentials: dict[str, Any]


class NewPause(TypedDict):
    scope: str
    reason: str
    until: NotRequired[datetime | None]


class PageAccount(TypedDict):
    items: list[Account]
    next: str | None


class PageAuditEntry(TypedDict):
    items: list[AuditEntry]
    next: str | None


class PageBillingEvent(TypedDict):
    items: list[BillingEvent]
    next: str | None


class PageDeadLetterRow(TypedDict):
    items: list[DeadLetterRow]
    next: str | None


class PageFailure(TypedDict):
    items: list[Failure]
    next: str | None


class PageImportAnswer(TypedDict):
    items: list[ImportAnswer]
    next: str | None


class PageLead(TypedDict):
    items: list[Lead]
    next: str | None


class PageLedgerEntry(TypedDict):
    items: list[LedgerEntry]
    next: str | None


class PageListedJob(TypedDict):
    items: list[ListedJob]
    next: str | None


class PageListedPause(TypedDict):
    items: list[ListedPause]
    next: str | None


class PageListedQueryRun(TypedDict):
    items: list[ListedQueryRun]
    next: str | None


class PageDatetime(TypedDict):
    items: list[datetime]
    next: str | None


class PastTime(TypedDict):
    scheduled_for: datetime
    tick_id: str | None
    emitted_at: datetime | None
    manual: bool


class PauseAnswer(TypedDict):
    id: str
    scope: str
    reason: str
    actor: str
    until: datetime | None
    detail: str | None
    probe_at: datetime | None
    created_at: datetime


class PauseBody(TypedDict):
    reason: str


Platform: TypeAlias = Literal[
    "tech-platform",
    "finance-platform",
    "healthcare-platform",
    "retail-platform",
    "marketing-platform",
    "general-platform",
]


class PlatformSummary(TypedDict):
    workspace_id: str
    platform: str
    uploaded: int
    failed: int
    pending: int
    others: int
    last_error: str | None
    last_error_at: datetime | None


class PlatformUploadRotation(TypedDict):
    credentials: dict[str, Any]


PlatformUploadStatus: TypeAlias = Literal["active", "paused", "disabled"]


class PlatformUploadTestResult(TypedDict):
    connection_id: str
    ok: bool
    message: str
    verdict: str | None
    code: str | None
    status_code: int | None


PlatformUploadWantedStatus: TypeAlias = Literal["active", "paused"]


class PreviewRequest(TypedDict):
    lead_ids: list[str]


class ProviderAccount(TypedDict):
    id: str
    workspace_id: str
    provider: str
    settings: dict[str, Any]
    version: int
    held_by: list[str]
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime | None


class ProviderCall(TypedDict):
    id: str
    job_id: str
    provider: str
    operation: Literal["enrich", "verify"]
    outcome: Literal["succeeded", "refused", "failed", "unknown"] | None
    units: str | None
    cost: str | None
    ref: str | None
    training: bool
    started_at: datetime
    finished_at: datetime | None


class PushSourceRotation(TypedDict):
    secret: NotRequired[str | None]


PushSourceStatus: TypeAlias = Literal["active", "paused"]


class PushSourceWithSecret(TypedDict):
    id: str
    workspace_id: str
    name: str
    query: str | None
    topics: dict[str, str]
    status: PushSourceStatus
    path: str
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: NotRequired[str | None]


class QueryRun(TypedDict):
    id: str
    query_id: str
    workspace_id: str
    tick_id: str
    source: str
    run_on: date
    status: Literal["succeeded", "skipped", "retrying", "held", "failed", "cancelled"]
    found: int
    created: int
    known: int
    rejected: int
    units: float
    error: str | None
    started_at: datetime
    finished_at: datetime | None


QueryStatus: TypeAlias = Literal["active", "paused", "completed"]


class QueryTopic(TypedDict):
    id: str
    name: str
    category: str | None


class Quiet(TypedDict):
    start: str
    end: str


Reason: TypeAlias = Literal[
    "tombstone",
    "too_large",
    "invalid_utf8",
    "malformed_json",
    "too_deep",
    "unsupported_text",
    "unknown_type",
    "unknown_version",
    "schema_violation",
    "workspace_mismatch",
    "unprocessable",
]


class Receipt(TypedDict):
    receipt_id: str
    entries: list[EntryShown]
    open: list[dict[str, Any]]


class RejectedLine(TypedDict):
    line: int
    reason: str


class Rejection(TypedDict):
    code: str
    message: str
    field: str | None
    ours: str | None


class Remembered(TypedDict):
    kind: Kind
    workspace_id: str | None
    since: datetime


class Removal(TypedDict):
    workspace_id: str
    dry_run: bool
    done: bool
    running_jobs: int
    rows: dict[str, int]


class RemovedAccount(TypedDict):
    id: str
    workspace_id: str
    provider: str


class RemovedConnection(TypedDict):
    id: str
    workspace_id: str
    platform: str
    adapter: str
    waiting: bool


class RemovedQuery(TypedDict):
    id: str
    workspace_id: str
    name: str


class Replayed(TypedDict):
    dry_run: bool
    total: int
    missing: int
    more: bool
    event_id: NotRequired[str | None]


class ResendWebhook(TypedDict):
    listening: bool
    address: str | None
    last_event_at: datetime | None
    accepted: int
    heard: int


class RetryMany(TypedDict):
    group: NotRequired[str | None]
    state: NotRequired[JobState | None]
    kind: NotRequired[str | None]
    workspace_id: NotRequired[str | None]
    lead_id: NotRequired[str | None]
    since: NotRequired[datetime | None]
    reason: NotRequired[str | None]
    dry_run: NotRequired[bool]


class RevenueBody(TypedDict):
    min: NotRequired[int | float | None]
    max: NotRequired[int | float | None]


class Revision(TypedDict):
    revision: int
    discovered_at: datetime
    score: str | None
    run_id: NotRequired[str | None]
    query_id: NotRequired[str | None]


Rhythm: TypeAlias = Literal["at_once", "hourly", "daily", "weekly"]


class Rhythms(TypedDict):
    hot: NotRequired[Rhythm]
    warm: NotRequired[Rhythm]
    cold: NotRequired[Rhythm]


Role: TypeAlias = Literal["viewer", "operator", "admin"]


class RotatedAccountKeys(TypedDict):
    rewrapped: int
    unreadable: int
    key_id: str


class RotatedKeys(TypedDict):
    rewrapped: int
    unreadable: int
    key_id: str


class RowsBody(TypedDict):
    number: int
    rows: list[dict[str, Any]]


class ScheduleAnswer(TypedDict):
    name: str
    id: str
    cron: str
    timezone: str
    catch_up: CatchUp
    enabled: bool
    params: dict[str, Any]
    paused: bool
    pause_reason: str | None
    settled_until: datetime
    next_at: datetime | None
    next_times: list[datetime]
    past: NotRequired[list[PastTime]]
    created_at: datetime
    updated_at: datetime


class ScheduleBody(TypedDict):
    cron: str
    timezone: NotRequired[str]
    catch_up: NotRequired[CatchUp]
    enabled: NotRequired[bool]
    params: NotRequired[dict[str, Any]]


class SchedulerFilter(TypedDict):
    topic: NotRequired[str | None]
    reason: NotRequired[Reason | None]
    since: NotRequired[datetime | None]
    replayed: NotRequired[bool | None]


class SchedulerTriggerBody(TypedDict):
    params: NotRequired[dict[str, Any]]


class SchedulerTriggered(TypedDict):
    tick_id: str
    scheduled_for: datetime


class Search(TypedDict):
    id: str
    found: int
    started_at: datetime
    finished_at: datetime | None


class SeenIntent(TypedDict):
    query_id: str | None
    query_name: str | None
    source: str
    topic_id: str | None
    topic_name: str | None
    signals: list[dict[str, Any]]


class SenderAnswer(TypedDict):
    id: str
    workspace_id: str
    from_address: str | None
    reply_to: str | None
    footer: str | None
    is_default: bool


class SenderBody(TypedDict):
    from_address: NotRequired[str | None]
    reply_to: NotRequired[str | None]
    footer: NotRequired[str | None]


class SenderCheck(TypedDict):
    grade: Grade
    detail: str
    advice: str


class SenderChecks(TypedDict):
    items: list[SenderCheck]


class SetIntentSources(TypedDict):
    workspace_id: str
    training: bool
    is_default: bool
    without_key: list[str]
    updated_at: datetime | None
    intent: list[str] | None
    asked: IntentPlan


class Show(TypedDict):
    reason: NotRequired[str | None]


class ShowPayload(TypedDict):
    reason: NotRequired[str | None]


class ShowPerson(TypedDict):
    email: str
    workspace_id: NotRequired[str | None]
    after: NotRequired[str | None]
    reason: NotRequired[str | None]


class SignalFault(TypedDict):
    index: int
    field: str
    reason: str


class SizeBody(TypedDict):
    min: NotRequired[int | None]
    max: NotRequired[int | None]


class Span(TypedDict):
    first: str
    last: str
    others: int


class SpendRow(TypedDict):
    workspace_id: str
    day: date | None
    provider: str
    operation: Literal["enrich", "verify"]
    training: bool
    calls: int
    units: str
    cost: str


class SpendingCaps(TypedDict):
    id: str
    workspace_id: str
    currency: str
    daily: str | None
    monthly: str | None
    is_default: bool
    spent_today: str
    reserved_today: str
    spent_this_month: str
    reserved_this_month: str


class SpentBudget(TypedDict):
    daily_calls: int | None
    is_default: bool
    calls_today: int
    recent: int


StopWhen: TypeAlias = Literal["found", "verified"]


class Suppression(TypedDict):
    id: str
    workspace_id: str
    email: str
    reason: Literal["unsubscribed", "bounced", "complained", "manual"]
    everywhere: Literal["bounced", "complained"] | None
    created_at: datetime


class SuppressionLine(TypedDict):
    line: int
    email: str
    reason: NotRequired[str]


class SuppressionLines(TypedDict):
    workspace_id: str
    rows: list[SuppressionLine]


class TickAnswer(TypedDict):
    id: str
    schedule: str
    scheduled_for: datetime
    emitted_at: datetime
    manual: bool
    params: dict[str, Any]


class TickRun(TypedDict):
    id: str
    query_id: str
    workspace_id: str
    tick_id: str
    source: str
    run_on: date
    status: Literal["succeeded", "skipped", "retrying", "held", "failed", "cancelled"]
    found: int
    created: int
    known: int
    rejected: int
    units: float
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    rejections: dict[str, int]
    query: str | None
    workspace: str | None


class Topic(TypedDict):
    id: str
    name: str
    category: str | None
    trend_direction: Direction | None
    trend_change_percent: float | None
    trend_volume: int | None
    trend_week_start: date | None
    created_at: datetime
    updated_at: datetime


class TopicBody(TypedDict):
    name: str
    category: NotRequired[str | None]


class Trend(TypedDict):
    id: str
    topic_id: str
    topic_name: str
    week_start: date
    week_end: date
    volume: int
    previous_volume: int
    change_percent: float | None
    direction: Direction


class TriedJob(TypedDict):
    id: str
    kind: str
    state: JobState
    priority: int
    lane: str
    workspace_id: str | None
    lead_id: str | None
    attempts: int
    lost: int
    run_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    revision: int | None
    holds: list[Hold]
    trace_id: str | None
    attempts_made: list[Attempt]


class Trigger(TypedDict):
    lead_id: str
    user_id: NotRequired[str | None]
    force: NotRequired[bool]


UploadStatus: TypeAlias = Literal["pending", "uploaded", "failed", "refused", "closed", "cancelled"]


class Uploaded(TypedDict):
    revision: int
    uploaded_at: datetime
    platform: str


class UploadsSummary(TypedDict):
    since: datetime
    platforms: list[PlatformSummary]
    more: bool


Verdict: TypeAlias = Literal[
    "retry",
    "reauth_once",
    "quota",
    "permanent",
    "configuration",
    "credential",
    "disable",
    "ambiguous",
    "resolve_existing",
]


class Wanted(TypedDict):
    receipt_id: NotRequired[str | None]
    reason: str


class WhoGot(TypedDict):
    workspace_id: NotRequired[str | None]
    leads: list[KnownIn]


class WhoIsCalling(TypedDict):
    name: str
    role: Role
    workspace_id: str | None
    local: NotRequired[bool]
    session_ended: bool


class WithReason(TypedDict):
    email: str
    workspace_id: NotRequired[str | None]
    reason: str


class Workspace(TypedDict):
    id: str
    slug: str
    name: str
    created_at: datetime
    updated_at: datetime


class WorkspaceBody(TypedDict):
    slug: str
    name: NotRequired[str | None]


class WorkspaceSpend(TypedDict):
    workspace_id: str
    calls: int
    training_calls: int
    cost: str
    caps_are_default: bool
    day: DaySpend
    month: MonthSpend


class WorkspaceSpending(TypedDict):
    workspace_id: str
    calls: Calls
    leads: EnrichedLeads
    credits: float
    budget: SpentBudget


DeliveryEntrypointsHttpSuppressionsReason: TypeAlias = Literal[
    "unsubscribed", "bounced", "complained", "manual"
]


LeadstreamContractsRejectionReason: TypeAlias = Literal[
    "tombstone",
    "too_large",
    "invalid_utf8",
    "malformed_json",
    "too_deep",
    "unsupported_text",
    "unknown_type",
    "unknown_version",
    "schema_violation",
    "workspace_mismatch",
    "unprocessable",
]


class Chain(TypedDict):
    items: list[EntryShown]
    head: HeadShown


class ChangedJob(TypedDict):
    job_id: str
    state: JobState


class ChannelAnswer(TypedDict):
    id: str
    workspace_id: str
    type: ChannelType
    name: str
    min_score: DeliveryScore
    status: Literal["active", "paused", "disabled"]
    disabled_reason: str | None
    held_by: list[str] | None
    url: str
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class ChannelChange(TypedDict):
    url: NotRequired[str | None]
    min_score: NotRequired[DeliveryScore | None]
    status: NotRequired[DeliveryWantedStatus | None]


class ChannelWithSecret(TypedDict):
    id: str
    workspace_id: str
    type: ChannelType
    name: str
    min_score: DeliveryScore
    status: Literal["active", "paused", "disabled"]
    disabled_reason: str | None
    held_by: list[str] | None
    url: str
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: NotRequired[str]


class ConnectionAnswer(TypedDict):
    id: str
    workspace_id: str
    platform: str
    adapter: str
    settings: dict[str, Any]
    status: PlatformUploadStatus
    disabled_reason: str | None
    version: int
    held_by: list[str]
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime | None


class ConnectionChange(TypedDict):
    adapter: NotRequired[str | None]
    settings: NotRequired[dict[str, Any] | None]
    credentials: NotRequired[dict[str, Any] | None]
    status: NotRequired[PlatformUploadWantedStatus | None]


class ContactSources(TypedDict):
    training: NotRequired[bool | None]
    contacts: NotRequired[list[Contact] | None]
    verify: NotRequired[list[VerifyItem] | None]
    stop_when: NotRequired[StopWhen | None]


class DeadLetterDetail(TypedDict):
    id: str
    topic: str
    partition: int
    offset: int
    letters: str
    reason: str
    error: str
    created_at: datetime
    replayed_at: datetime | None
    letters_partition: int
    letters_offset: int
    key: Bytes | None
    value: Bytes | None
    headers: list[Header]


class DeliveriesSummary(TypedDict):
    since: datetime
    destinations: list[DestinationSummary]
    more: bool


class DeliveryAnswer(TypedDict):
    id: str
    job_id: str
    workspace_id: str
    lead_id: str
    revision: int
    channel: Channel
    destination_id: str
    status: DeliveryStatus
    held_by: list[str] | None
    attempts: int
    receipt: str | None
    error_class: str | None
    error: str | None
    status_code: int | None
    due_at: datetime | None
    digest_id: str | None
    delivered_at: datetime | None
    fate: Fate | None
    fate_at: datetime | None
    created_at: datetime
    updated_at: datetime


class DeliveryFilter(TypedDict):
    topic: NotRequired[str | None]
    reason: NotRequired[LeadstreamContractsRejectionReason | None]
    since: NotRequired[datetime | None]
    replayed: NotRequired[bool | None]


class DiscoveryFilter(TypedDict):
    topic: NotRequired[str | None]
    reason: NotRequired[Reason | None]
    since: NotRequired[datetime | None]
    replayed: NotRequired[bool | None]


class EnrichmentFilter(TypedDict):
    topic: NotRequired[str | None]
    reason: NotRequired[Reason | None]
    since: NotRequired[datetime | None]
    replayed: NotRequired[bool | None]


class Erased(TypedDict):
    id: str
    kind: NotRequired[Kind]
    receipt_id: str
    workspace_id: str | None
    dry_run: bool
    known: bool
    removed: dict[str, int]
    elsewhere: dict[str, int]
    started_at: datetime
    finished_at: datetime | None


class ErrorBody(TypedDict):
    error: ErrorDetail


class Exported(TypedDict):
    salts: list[Salt]
    people: list[KnownPerson]
    next: str | None


class FaultyBody(TypedDict):
    error: ErrorDetail
    rejected: int
    signals: list[SignalFault]


class FiltersBody(TypedDict):
    location: NotRequired[LocationBody]
    company_size: NotRequired[SizeBody]
    revenue: NotRequired[RevenueBody]
    industry: NotRequired[list[IndustryItem]]


class HeldPage(TypedDict):
    remembered: list[Remembered]
    items: list[Held]
    next: str | None


class ImportedSuppressions(TypedDict):
    added: int
    known: int
    rejected: list[RejectedLine]


class JobCount(TypedDict):
    state: JobState
    kind: str
    error_class: str | None
    count: int


class JobDetail(TypedDict):
    id: str
    kind: str
    state: JobState
    priority: int
    lane: str
    workspace_id: str | None
    lead_id: str | None
    attempts: int
    lost: int
    run_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    held_by: list[str] | None
    payload: Any
    leased_until: datetime | None
    traceparent: str | None
    trace_id: str | None
    attempts_made: list[Attempt]


class JobsSummary(TypedDict):
    counts: list[JobCount]
    more: list[JobState]
    finished_since: datetime


class KnownPeople(TypedDict):
    salts: list[Salt]
    people: list[KnownPerson]


class LeadCosts(TypedDict):
    enrichments: list[LeadEnrichment]
    calls: list[ProviderCall]
    credits: list[LeadCredit]


class LeadStory(TypedDict):
    id: str
    workspace_id: str
    query_id: str | None
    domain: str | None
    company_data: dict[str, Any] | None
    contact_data: dict[str, Any] | None
    intent_data: dict[str, Any] | None
    revision: int
    enrichment_status: Literal["pending", "completed", "skipped", "failed"]
    delivery_status: Literal["pending", "delivered", "partial", "failed", "no_channel"]
    platform_uploaded: bool
    platform_uploaded_at: datetime | None
    platform_name: str | None
    last_error: str | None
    stage: Literal[
        "discovered", "enriched", "skipped", "no_channel", "failed", "delivered", "uploaded"
    ]
    reason: str
    created_at: datetime
    updated_at: datetime
    enriched_at: datetime | None
    delivered_at: datetime | None
    intents: list[SeenIntent]
    runs: list[QueryRun]
    revisions: list[Revision]
    enrichments: list[Enriched]
    deliveries: list[Delivered]
    uploads: list[Uploaded]
    errors: list[Failed]


class ListedTick(TypedDict):
    tick_id: str
    run_on: date
    started_at: datetime
    finished_at: datetime | None
    runs_total: int
    runs_by_status: dict[str, int]
    found: int
    created: int
    known: int
    rejected: int
    runs: list[TickRun]


class NewConnection(TypedDict):
    workspace_id: str
    platform: str
    adapter: str
    settings: NotRequired[dict[str, Any] | None]
    credentials: NotRequired[dict[str, Any] | None]
    status: NotRequired[PlatformUploadWantedStatus | None]


class NewSuppression(TypedDict):
    workspace_id: str
    email: str
    reason: NotRequired[DeliveryEntrypointsHttpSuppressionsReason]


class PageChannelAnswer(TypedDict):
    items: list[ChannelAnswer]
    next: str | None


class PageConnectionAnswer(TypedDict):
    items: list[ConnectionAnswer]
    next: str | None


class PageDeliveryAnswer(TypedDict):
    items: list[DeliveryAnswer]
    next: str | None


class PageListedTick(TypedDict):
    items: list[ListedTick]
    next: str | None


class PageProviderAccount(TypedDict):
    items: list[ProviderAccount]
    next: str | None


class PageScheduleAnswer(TypedDict):
    items: list[ScheduleAnswer]
    next: str | None


class PageSetIntentSources(TypedDict):
    items: list[SetIntentSources]
    next: str | None


class PageSuppression(TypedDict):
    items: list[Suppression]
    next: str | None


class PageTickAnswer(TypedDict):
    items: list[TickAnswer]
    next: str | None


class PageTopic(TypedDict):
    items: list[Topic]
    next: str | None


class PageTrend(TypedDict):
    items: list[Trend]
    next: str | None


class PageTriedJob(TypedDict):
    items: list[TriedJob]
    next: str | None


class PageWorkspace(TypedDict):
    items: list[Workspace]
    next: str | None


class PlatformUploadFilter(TypedDict):
    topic: NotRequired[str | None]
    reason: NotRequired[Reason | None]
    since: NotRequired[datetime | None]
    replayed: NotRequired[bool | None]


class PreferencesBody(TypedDict):
    rhythm: NotRequired[Rhythms]
    quiet_hours: NotRequired[Quiet | None]
    zone: NotRequired[str | None]
    daily_cap: NotRequired[int | None]
    hot_breaks_through: NotRequired[bool]


class PreviewRefusal(TypedDict):
    code: str
    message: str
    field: str | None
    ours: str | None
    verdict: Verdict


class PushSource(TypedDict):
    id: str
    workspace_id: str
    name: str
    query: str | None
    topics: dict[str, str]
    status: PushSourceStatus
    path: str
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class PushSourceBody(TypedDict):
    query: NotRequired[str | None]
    topics: NotRequired[dict[str, str] | None]
    status: NotRequired[PushSourceStatus | None]
    workspace_id: str
    name: str
    secret: NotRequired[str | None]


class PushSourceChangeBody(TypedDict):
    query: NotRequired[str | None]
    topics: NotRequired[dict[str, str] | None]
    status: NotRequired[PushSourceStatus | None]


class Query(TypedDict):
    id: str
    workspace_id: str
    name: str
    status: QueryStatus
    filters: dict[str, Any]
    topic_id: str
    topic: QueryTopic
    last_run_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QueryBody(TypedDict):
    topic: TopicBody
    status: NotRequired[QueryStatus | None]
    filters: NotRequired[FiltersBody | None]
    workspace_id: str
    name: str


class QueryChangeBody(TypedDict):
    topic: NotRequired[TopicBody | None]
    status: NotRequired[QueryStatus | None]
    filters: NotRequired[FiltersBody | None]


class Recipient(TypedDict):
    id: str
    workspace_id: str
    email: str
    full_name: str | None
    min_score: DeliveryScore
    enabled: bool
    admin: bool
    preferences: PreferencesBody
    suppressed: Literal["unsubscribed", "bounced", "complained", "manual"] | None
    created_at: datetime
    updated_at: datetime


class RecipientChange(TypedDict):
    full_name: NotRequired[str | None]
    min_score: NotRequired[DeliveryScore | None]
    enabled: NotRequired[bool | None]
    admin: NotRequired[bool | None]
    preferences: NotRequired[PreferencesBody | None]


class Replay(TypedDict):
    ids: NotRequired[list[str] | None]
    filter: NotRequired[SchedulerFilter | None]
    corrected: NotRequired[Corrected | None]
    reason: NotRequired[str | None]
    dry_run: NotRequired[bool]


class ResentUpload(TypedDict):
    id: str
    status: UploadStatus
    overrides: dict[str, Any]


class SetContactSources(TypedDict):
    workspace_id: str
    training: bool
    is_default: bool
    without_key: list[str]
    updated_at: datetime | None
    contacts: list[str] | None
    verify: list[str] | None
    stop_when: StopWhen
    asked: ContactPlan


class Spend(TypedDict):
    currency: str
    since: date
    until: date
    today: date
    workspaces: list[WorkspaceSpend]
    rows: list[SpendRow]
    more: bool


class Spending(TypedDict):
    since: datetime
    until: datetime
    day: date
    pace_seconds: float
    workspaces: list[WorkspaceSpending]
    more: bool


class Tick(TypedDict):
    tick_id: str
    run_on: date
    started_at: datetime
    finished_at: datetime | None
    runs_total: int
    runs_by_status: dict[str, int]
    found: int
    created: int
    known: int
    rejected: int
    funnel: Funnel
    span: Span | None
    runs: list[TickRun]


class Upload(TypedDict):
    id: str
    workspace_id: str
    lead_id: str
    platform: str
    revision: int
    intent_score: str
    status: UploadStatus
    adapter: str | None
    outcome: Literal["created", "updated"] | None
    external_id: str | None
    attempts: int
    error: str | None
    rejection: Rejection | None
    overrides: dict[str, Any]
    adjustments: list[FieldAdjustment]
    next_attempt_at: datetime | None
    held_by: list[str]
    created_at: datetime
    updated_at: datetime
    uploaded_at: datetime | None
    billed_at: datetime | None


class LeadPreview(TypedDict):
    lead_id: str
    revision: int | None
    action: Action
    external_id: str | None
    changes: list[FieldChange]
    adjustments: list[FieldAdjustment]
    refusal: PreviewRefusal | None
    message: str | None


class NewRecipient(TypedDict):
    workspace_id: str
    email: str
    full_name: NotRequired[str | None]
    min_score: NotRequired[DeliveryScore]
    enabled: NotRequired[bool]
    admin: NotRequired[bool | None]
    preferences: NotRequired[PreferencesBody | None]


class PagePushSource(TypedDict):
    items: list[PushSource]
    next: str | None


class PageQuery(TypedDict):
    items: list[Query]
    next: str | None


class PageRecipient(TypedDict):
    items: list[Recipient]
    next: str | None


class PageSetContactSources(TypedDict):
    items: list[SetContactSources]
    next: str | None


class PageUpload(TypedDict):
    items: list[Upload]
    next: str | None


class PreviewAnswer(TypedDict):
    connection_id: str
    calls: int
    leads: list[LeadPreview]
