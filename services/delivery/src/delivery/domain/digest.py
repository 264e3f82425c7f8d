"""One e-mail for all leads of a window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.domain.draft import Mailbox
from delivery.domain.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLead:
    """A lead of a digest, with what `lead.enriched` said: `view_of` makes what is shown of it."""

    lead_id: UUID
    revision: int
    score: Score
    content: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    # The Idempotency-Key, too: the same recipient and window are the same e-mail.
    id: UUID
    workspace_id: UUID
    recipient_id: UUID
    mailbox: Mailbox
    # When the first of them came to wait, and when they were put together.
    window_start: datetime
    window_end: datetime
    # The recipient's, an IANA name; None: not known, show UTC and say so.
    zone: str | None
    # Hot before warm before cold, each lead once, of a score the newest first.
    leads: Sequence[DigestLead]

    def of(self, score: Score) -> list[DigestLead]:
        return [lead for lead in self.leads if lead.score is score]
