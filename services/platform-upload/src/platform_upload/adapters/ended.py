"""How attempts to upload have ended, with the names that the tables have for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson

from leadstream.ids import derived_id
from leadstream.jobs.model import JobState, Released, Settled
from platform_upload.adapters.reply import redacted
from platform_upload.application.outcomes import Upload
from platform_upload.domain.answers import Accepted, Refused, Verdict
from platform_upload.domain.drafts import Adjustment

LONGEST_SAID = 300
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One attempt at one upload."""

    settled: Settled
    lead_id: UUID
    workspace_id: UUID
    platform: str
    revision: int
    adapter: str | None
    accepted: Accepted | None
    closed: bool

    @property
    def status(self) -> str:
        if self.accepted:
            return "uploaded"
        if self.closed:
            return "closed"
        ends = {JobState.FAILED: "failed", JobState.CANCELLED: "cancelled"}
        return ends.get(self.settled.state, "pending")

    @property
    def error(self) -> str | None:
        if self.accepted:
            return self.accepted.note
        answer = _answer(self.settled)
        if isinstance(answer, Refused):
            return answer.message
        return self.settled.problem.message if self.settled.problem else None

    @property
    def billing_id(self) -> UUID:
        return derived_id("billing-event", self.lead_id, self.platform)

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        return self.accepted.adjustments if self.accepted else ()

    @property
    def adjustments_json(self) -> str | None:
        """None leaves what an earlier attempt has said."""
        if self.accepted is None:
            return None
        shown = [asdict(each) | {"said": _said(each)} for each in self.adjustments]
        return orjson.dumps(shown).decode()

    @property
    def rejection_json(self) -> str | None:
        """None unless it is the lead that was refused."""
        answer = _answer(self.settled)
        if not isinstance(answer, Refused) or answer.verdict is not Verdict.PERMANENT:
            return None
        field = redacted(answer.field)[:LONGEST_NAME] if answer.field else None
        code = redacted(answer.code)[:LONGEST_NAME]
        said = {"code": code, "message": answer.message, "field": field, "ours": answer.ours}
        return orjson.dumps(said).decode()

    @property
    def billing_json(self) -> str | None:
        """What a billing event says of it; None where there is nothing to bill."""
        if self.accepted is None:
            return None
        metadata = {
            "adapter": self.adapter,
            "external_id": self.accepted.external_id,
            "revision": self.revision,
            "upload_id": str(self.settled.job.id),
        }
        return orjson.dumps(metadata).decode()

    @property
    def written_json(self) -> str | None:
        written: Mapping[str, str] = self.accepted.written if self.accepted else {}
        return orjson.dumps(written).decode() if written else None


def ended(settled: Settled) -> Ended:
    job = settled.job
    assert job.lead_id is not None  # noqa: S101 - upload jobs have both
    assert job.workspace_id is not None  # noqa: S101
    answer = _answer(settled)
    upload = _upload(settled)
    return Ended(
        settled=settled,
        lead_id=job.lead_id,
        workspace_id=job.workspace_id,
        platform=job.payload["platform"],
        revision=job.payload["revision"],
        adapter=upload.adapter if upload else None,
        accepted=answer if isinstance(answer, Accepted) else None,
        closed=isinstance(answer, Refused) and answer.closed,
    )


def _upload(settled: Settled) -> Upload | None:
    """What the adapter said; None where the attempt never came to one, or its worker died."""
    if isinstance(settled.outcome, Released):
        return None
    return settled.outcome.result if isinstance(settled.outcome.result, Upload) else None


def _answer(settled: Settled) -> object:
    upload = _upload(settled)
    return upload.answer if upload else None


def _said(adjustment: Adjustment) -> str:
    """The platform's words, without what looks like a secret or somebody's address."""
    return redacted(adjustment.said)[:LONGEST_SAID]
