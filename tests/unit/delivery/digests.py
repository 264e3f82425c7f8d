"""Digests for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from delivery.domain.digest import Digest, DigestLead
from delivery.domain.score import Score
from unit.delivery.drafts import WORKSPACE, a_mailbox, content

# 08:00 in Berlin.
END = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


def a_digest_lead(number: int, score: Score = Score.WARM, **changes: Any) -> DigestLead:
    lead_id = UUID(int=0x0199F3A1_6C20_7D3E_8A51_000000000000 + number)
    told = content(
        **{
            "lead_id": str(lead_id),
            "company": {"name": f"Company {number}", "domain": f"company-{number}.example"},
            **changes,
        }
    )
    told["intent"] = {**told["intent"], "score": score.value}
    return DigestLead(lead_id=lead_id, revision=1, score=score, content=told)


def a_digest(*leads: DigestLead, **changes: Any) -> Digest:
    values: dict[str, Any] = {
        "id": UUID(int=7),
        "workspace_id": WORKSPACE,
        "recipient_id": UUID(int=2),
        "mailbox": a_mailbox(),
        "window_start": END - timedelta(days=1),
        "window_end": END,
        "zone": "Europe/Berlin",
        "leads": leads or [a_digest_lead(1)],
    }
    return Digest(**(values | changes))


def leads_of(hot: int, warm: int, cold: int, **changes: Any) -> list[DigestLead]:
    scores = [Score.HOT] * hot + [Score.WARM] * warm + [Score.COLD] * cold
    return [a_digest_lead(number, score, **changes) for number, score in enumerate(scores, 1)]
