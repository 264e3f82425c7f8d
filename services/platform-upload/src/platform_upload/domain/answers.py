"""What a platform made of one lead, in words that are the same for all platforms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from platform_upload.domain.drafts import Adjustment, Complaint


class Verdict(StrEnum):
    """What to do about an answer that is no success."""

    RETRY = "retry"
    REAUTH_ONCE = "reauth_once"
    QUOTA = "quota"
    PERMANENT = "permanent"
    CONFIGURATION = "configuration"
    CREDENTIAL = "credential"
    DISABLE = "disable"
    # The lead may be there although nobody said so.
    AMBIGUOUS = "ambiguous"
    # Somebody has made the record meanwhile: the next try finds and updates it.
    RESOLVE_EXISTING = "resolve_existing"


class UploadOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The platform has the lead. `outcome` is None where it does not say whether it had it before."""

    outcome: UploadOutcome | None = None
    external_id: str | None = None
    # What was accepted only in part: a contact that was refused, a link that could not be made.
    note: str | None = None
    # Fields that did not go out as we have them.
    adjustments: tuple[Adjustment, ...] = ()
    # Digests of what was written, by field.
    written: Mapping[str, str] = field(default_factory=dict)
    # What goes with the record and could not be written now, such as its contacts: it is tried again by itself.
    unfinished: "Refused | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The platform, or the way to it, said no."""

    verdict: Verdict
    # The platform's own word for it where there is one, else ours: what the run history is searched by.
    code: str
    message: str
    status_code: int | None = None
    excerpt: str | None = None
    # Not before this has passed.
    after: timedelta | None = None
    # It is the pace, not the lead: the whole connection waits, and no attempt has been made.
    throttled: bool = False
    # The platform is done with this lead for good reason, such as a sale: nothing is wrong.
    closed: bool = False
    # The fields that it is about, where the platform names them.
    complaints: tuple[Complaint, ...] = ()
    # The one that the record was refused for, as the platform calls it, and what of ours it is made from.
    field: str | None = None
    ours: str | None = None

    @property
    def said(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Untried:
    """There was no time left, or no sense any more, to ask."""


Answer: TypeAlias = Accepted | Refused | Untried


class RefusedError(Exception):
    """Raised by an adapter when an answer concerns everything it was asked to upload."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.verdict}: {refused.code}")
        self.refused = refused
