"""What the use cases need from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Answer, Refused, RefusedError, Untried
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection
from platform_upload.domain.drafts import Adjustment
from platform_upload.domain.gaps import Written
from platform_upload.domain.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One lead on its way to a platform."""

    lead: Lead
    # The same at every attempt, so that a platform that keeps keys knows the second one for the first.
    key: UUID
    # When the upload was asked for.
    asked_at: datetime
    # Whether the platform may have a record of it from an earlier attempt or revision.
    known: bool = False
    # Digests of what we wrote there last, by field.
    written: Written = field(default_factory=dict)
    # The record that what is left to do belongs to.
    external_id: str | None = None

    @property
    def size_bytes(self) -> int:
        """Roughly: what is sent is made of these texts and little else."""
        return len(str(self.lead.document).encode())


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wants saved. None leaves a part as it is."""

    settings: Mapping[str, Any] | None
    credentials: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """Settings that may be shown, and credentials that may not, as they are kept."""

    settings: Mapping[str, Any]
    credentials: Mapping[str, Any] = field(repr=False)


class InvalidConnectionError(Exception):
    """Settings or credentials that an adapter can't work with; the message holds no value."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class WrongSettingError(RefusedError):
    """The platform has nothing that a setting of the connection names; the message is for people."""

    def __init__(self, refused: Refused, *, field: str) -> None:
        super().__init__(refused)
        self.field = field


class Uploader(Protocol):
    """Hands leads to a kind of platform. One instance serves all connections."""

    @property
    def name(self) -> str: ...

    @property
    def limit(self) -> BatchLimit:
        """What `upload` takes at once: one item for platforms without batches."""

    @property
    def keeps_state(self) -> bool:
        """Whether the platform holds a record of the lead, which must never go back to an older revision.

        Where not, it is told of each revision as it was.
        """

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        """Hand over at most `limit` leads, no two of the same id; the answers are in their order.

        A lead may have been handed over before without anybody knowing: uploading is idempotent by lead id. One lead
        that the platform refuses costs no other, and one of its fields not the lead. Each HTTP call takes from the
        budget. Raise RefusedError when an answer concerns all of them, SpentError when there was no time for the whole
        of it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an upload would write for one lead."""

    # The platform's own id of the record that is there; None where one would be made.
    external_id: str | None = None
    # What would be written, by field, each as it is there now and as it would be: none of them where nothing changes.
    changes: Mapping[str, tuple[Any, Any]]
    # Fields that would not go out as we have them.
    adjustments: tuple[Adjustment, ...] = ()
    # What else would be written and was not looked at, without naming anybody.
    note: str | None = None


class Previewer(Protocol):
    """Says what an upload would do."""

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        """Read what is there, one read a lead at most, and write nothing; the answers are in the parcels' order.

        Raise RefusedError when an answer concerns all of them.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom an erasure is about."""

    email: str
    # As they were in what we uploaded, where that is still known.
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A lead with this person that was uploaded through a connection."""

    lead_id: UUID
    external_id: str | None
    written: Written = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What has become of a person at a platform. No e-mail address and no name in it: it is kept."""

    # Records that the person was taken out of, by the platform's own ids.
    records: tuple[str, ...] = ()
    # What the platform's API can't do, as instructions to a person: the record, and what to do with it.
    left: tuple[str, ...] = ()
    # Digests of what is there now of what we wrote, by lead, where they are others than before.
    written: Mapping[UUID, Written] = field(default_factory=dict)


class Eraser(Protocol):
    """Takes a person out of what was written at a platform."""

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        """Do it as far as the platform's API can; the same again changes nothing and says the same.

        Raise RefusedError where the platform says no, SpentError where there was no time for all of it.
        """


class Adapter(Uploader, Previewer, Eraser, Protocol):
    """A kind of platform, with what it takes to make and to try out connections to it."""

    async def check(self, given: Given, held: Connection | None) -> Checked:
        """Judge what somebody wants saved, without calling the platform; raise InvalidConnectionError.

        `held` is the connection of this kind that it is to replace: where old credentials have to go on working for a
        while, they are kept with the new ones.
        """

    async def probe(self, connection: Connection, budget: Budget) -> str:
        """Ask the platform something harmless with these credentials; say what was found, or raise RefusedError.

        Where it has not what a setting names, that is a WrongSettingError. The connection need not be saved yet.
        """


class UnreadableConnectionError(Exception):
    """The credentials do not decrypt with the keys we have."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class Connections(Protocol):
    """The connections as workers see them."""

    async def get(self, connection_id: UUID) -> Connection | None:
        """Raise UnreadableConnectionError when its credentials do not decrypt."""

    async def adapter_of(self, connection_id: UUID) -> str | None:
        """What kind of platform it is, without looking at its credentials."""

    async def hold(
        self,
        connection_id: UUID,
        *,
        seen: int | None,
        reason: str,
        until: datetime | None,
        why: str,
    ) -> bool:
        """Pause the connection, unless it is no longer as it was seen; tell whether it is paused.

        `why` is the platform's own word for it, where it has said one.

        `seen` is its version, or None where there was none. Without this question an answer to old credentials, or a
        look from before it was created, would hold up the new connection for good.
        """

    async def disable(self, connection_id: UUID, *, seen: int, why: str) -> bool:
        """Switch it off and pause it, unless it is no longer as it was seen."""


class ConnectionBook(Protocol):
    """The connections inside one transaction of an admin call."""

    async def lock(self, connection_id: UUID) -> None:
        """Let nobody else decide anything about the connection until the transaction ends."""

    async def get(self, connection_id: UUID) -> Connection | None:
        """Credentials that do not decrypt are empty: new ones can be saved over them."""

    async def save(self, connection: Connection) -> None: ...

    async def lift(self, connection_id: UUID, reasons: Sequence[str]) -> None: ...

    async def hold(self, connection_id: UUID, reason: str, why: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What there has been of a lead on a connection."""

    # The payload of its highest revision, whatever has become of it.
    newest: Mapping[str, Any] | None = None
    # Whether it was handed over before, with or without success.
    tried: bool = False
    written: Written = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The highest revision of a lead that was to be uploaded to a platform, whatever has become of it."""

    revision: int
    score: str


class Requests(Protocol):
    async def newest(
        self, connection: Connection, leads: Sequence[UUID]
    ) -> Mapping[UUID, Requested]:
        """Of each of these leads that anybody has asked for."""


class Pasts(Protocol):
    async def of(self, connection: Connection, leads: Sequence[UUID]) -> Mapping[UUID, Past]:
        """What is known of each of these leads; of some it may be nothing."""
