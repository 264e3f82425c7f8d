"""The events that travel between the services (design, section 4)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Self

from annotated_types import MaxLen, MinLen
from pydantic import ConfigDict, FailFast, Field, Strict, model_validator

from leadstream.contracts.fields import (
    MAX_TEXT,
    Choice,
    Count,
    Id,
    Note,
    Ordinal,
    Params,
    Part,
    Text,
    Timestamp,
    Word,
    expected,
)
from leadstream.contracts.lead import Company, Enrichment, Intent, Topic
from leadstream.contracts.upload import PlatformLead

FieldPath = tuple[str, ...]
Name = Annotated[str, MinLen(1), MaxLen(MAX_TEXT)]
# A workspace may have many recipients; this many still fit into a record.
MAX_CHANNELS: Final = 2_000


class Stage(Word):
    """The services a lead goes through, by folder name."""

    DISCOVERY = "discovery"
    ENRICHMENT = "enrichment"
    DELIVERY = "delivery"
    PLATFORM_UPLOAD = "platform-upload"


class Channel(Word):
    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class ChannelStatus(Word):
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"


class EmailFate(Word):
    """What became of an e-mail, as far as its provider has told."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class DeliveryStatus(Word):
    DELIVERED = "delivered"
    PARTIAL = "partial"
    FAILED = "failed"
    NO_CHANNEL = "no_channel"


class UploadOutcome(Word):
    CREATED = "created"
    UPDATED = "updated"


class TroubleCause(Word):
    """What a workspace has to look after itself."""

    # A platform refuses its key, or has switched it off.
    CONNECTION_REFUSED = "connection_refused"
    # The platform is not where it is said to be, or takes nothing set up like this.
    CONNECTION_MISCONFIGURED = "connection_misconfigured"
    # Each search of several nights in a row has failed.
    QUERY_FAILING = "query_failing"
    # Nobody is asked about its companies any more.
    BUDGET_SPENT = "budget_spent"


class TroubleState(Word):
    BEGAN = "began"
    ENDED = "ended"


class Event(Part):
    """Something that happened, as the other services hear of it."""

    topic_name: ClassVar[str]
    version: ClassVar[int] = 1
    # Fields that, when left out, are the time of the event itself.
    times: ClassVar[tuple[FieldPath, ...]] = ()

    @classmethod
    def event_type(cls) -> str:
        return f"{cls.topic_name}.v{cls.version}"

    @property
    def key(self) -> str:
        """The record's key and the event's subject: what has to stay in order."""
        raise NotImplementedError


class SchedulerTick(Event):
    """A schedule is due."""

    topic_name = "scheduler.tick"
    times = (("scheduled_for",), ("emitted_at",))

    tick_id: Id = Field(description="The tick. The same tick twice is one tick.")
    schedule: Name = Field(description="`daily-lead-generation`, `credit-reset`, `weekly-trends` …")
    scheduled_for: Timestamp = Field(
        description="The time it was due; left out: the time of the event."
    )
    emitted_at: Timestamp = Field(
        description="The time it was noticed; left out: the time of the event."
    )
    manual: bool = Field(False, description="Whether a person asked for it.")
    params: Params = Field({}, description="What to run: `query_id`, `workspace_id` …")

    @property
    def key(self) -> str:
        return self.schedule


class LeadEvent(Event):
    """What all events about a lead say."""

    lead_id: Id = Field(description="The lead; also the record's key.")
    workspace_id: Id = Field(description="The workspace it belongs to, for good.")
    revision: Ordinal = Field(1, description="Starts at 1 and rises with the score.")

    @property
    def key(self) -> str:
        return str(self.lead_id)


class LeadDiscovered(LeadEvent):
    """A new lead, or a known lead whose score rose."""

    topic_name = "lead.discovered"
    times: ClassVar[tuple[FieldPath, ...]] = (("discovered_at",),)

    query_id: Id | None = Field(None, description="The query that found it.")
    topic: Topic | None = Field(None, description="What the query was about.")
    company: Company = Field(description="The company.")
    intent: Intent = Field(Intent(), description="How much it wants to buy.")
    discovered_at: Timestamp = Field(
        description="When it was found; left out: the time of the event."
    )


class LeadEnriched(LeadDiscovered):
    """A lead with its contacts, or skipped, with the reason."""

    topic_name = "lead.enriched"
    times = (("discovered_at",), ("enrichment", "enriched_at"))

    enrichment: Enrichment = Field(description="What enrichment found.")

    @classmethod
    def of(cls, lead: Mapping[str, Any], enrichment: Mapping[str, Any]) -> "LeadEnriched":
        """To be sent, not read: a lead that came in before, as JSON, and what is new, which alone is validated."""
        return cls.model_construct(**{**lead, "enrichment": Enrichment.model_validate(enrichment)})


class ChannelResult(Part):
    """How one destination ended, or that it is held."""

    channel: Choice[Channel] = Field(description="What kind of destination.")
    destination_id: Id = Field(description="The recipient or the channel.")
    status: Choice[ChannelStatus] = Field(
        description="How it ended; `held`: not yet, it waits behind a pause, and another event will tell."
    )
    attempts: Count = Field(0, description="How often it was tried.")
    delivered_at: Timestamp | None = Field(None, description="When it was accepted.")
    error: Note | None = Field(
        None, description="Why it was not, or what holds it; cut at 500 characters."
    )
    fate: Choice[EmailFate] | None = Field(
        None,
        description="Of an e-mail: what its provider has told since it accepted it; `accepted`: nothing yet. "
        "Another event tells when that changes how it ended, or when all of the lead's e-mails have been told of.",
    )


class LeadDelivered(LeadEvent):
    """Every channel has reached an end, or is held."""

    topic_name = "lead.delivered"
    times = (("delivered_at",),)

    status: Choice[DeliveryStatus] = Field(description="The channels in one word.")
    channels: Annotated[
        tuple[ChannelResult, ...], Strict(False), FailFast(), MaxLen(MAX_CHANNELS)
    ] = Field((), description="Each destination by itself.")
    delivered_at: Timestamp = Field(
        description="When the last one ended or was held; left out: the time of the event."
    )


class LeadUpload(LeadEvent):
    """A hot or warm lead is to be uploaded."""

    topic_name = "lead.upload"

    platform: Name | None = Field(None, description="`tech-platform` …; null: by industry.")
    lead: PlatformLead = Field(description="The lead in the platform upload format.")

    @model_validator(mode="after")
    def _is_about_one_lead(self) -> Self:
        if self.lead.id != self.lead_id:
            raise expected("lead.id to be the lead_id")
        return self


class LeadUploaded(LeadEvent):
    """The platform accepted the lead."""

    topic_name = "lead.uploaded"
    times = (("uploaded_at",),)

    platform: Name = Field(description="`tech-platform`, `finance-platform` …")
    adapter: Name = Field(description="`hubspot`, `salesforce` …")
    external_id: Text | None = Field(None, description="What the platform calls it.")
    outcome: Choice[UploadOutcome] = Field(
        UploadOutcome.CREATED, description="Whether the platform knew it already."
    )
    uploaded_at: Timestamp = Field(
        description="When it was accepted; left out: the time of the event."
    )


class EventError(Part):
    """Why a stage gave up."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    error_class: Name = Field(alias="class", description="The kind of error: `PermanentError` …")
    code: Text | None = Field(None, description="A status or error code to search for.")
    message: Note = Field("", description="What failed, for a person; cut at 500 characters.")


class LeadFailed(LeadEvent):
    """A stage gave up on the lead."""

    topic_name = "lead.failed"
    times = (("failed_at",),)

    stage: Choice[Stage] = Field(description="The service that gave up.")
    job_id: Id | None = Field(None, description="The job, to look up or retry.")
    attempts: Count = Field(0, description="How often it was tried.")
    error: EventError = Field(description="Why it gave up.")
    failed_at: Timestamp = Field(description="When; left out: the time of the event.")

    def as_json(self) -> bytes:
        # `class` is no name that a field can have in Python.
        return self.model_dump_json().encode()


class WorkspaceTrouble(Event):
    """Something that a workspace has to look after holds up its leads, or is well again. Once each."""

    topic_name = "workspace.trouble"
    times = (("began_at",), ("at",))

    trouble_id: Id = Field(description="The trouble: the same at its beginning and at its end.")
    workspace_id: Id = Field(description="The workspace; also the record's key.")
    cause: Choice[TroubleCause] = Field(description="What it is.")
    state: Choice[TroubleState] = Field(description="Whether it began or is over.")
    subject_id: Id = Field(description="A connection or a query; of a budget, the workspace.")
    name: Name = Field(description="What people call it: a platform, a query, a budget.")
    detail: Note = Field("", description="What was said, for a person; cut at 500 characters.")
    began_at: Timestamp = Field(description="Since when; left out: the time of the event.")
    at: Timestamp = Field(
        description="When this became so: of an end, when that began which went well; left out: the time of the event."
    )

    @property
    def key(self) -> str:
        return str(self.workspace_id)


# Every contract there is, oldest version of a topic first.
_ALL: tuple[type[Event], ...] = (
    SchedulerTick,
    LeadDiscovered,
    LeadEnriched,
    LeadDelivered,
    LeadUpload,
    LeadUploaded,
    LeadFailed,
    WorkspaceTrouble,
)
# By event type (`lead.discovered.v1`): every version that is still read.
VERSIONS: Final = MappingProxyType({event.event_type(): event for event in _ALL})
# By topic: the newest version, which is written, and assumed where a producer names none.
EVENTS: Final = MappingProxyType({event.topic_name: event for event in _ALL})


def _fields_below(part: type[Part]) -> set[str]:
    own = {field.alias or name for name, field in part.model_fields.items()}
    return own.union(*(_fields_below(child) for child in part.__subclasses__()))


# What a complaint about an event may quote; every other name in it is the sender's own.
FIELD_NAMES: Final = frozenset(_fields_below(Part))
