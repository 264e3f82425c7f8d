"""The story of a lead: what the five services know of it, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from console.application.lanes import delivery_steps, enrichment_steps, upload_steps
from console.application.leads import Workspaces, named
from console.application.ports import Api
from console.application.verdict import mood, verdict
from console.domain import reasons
from console.domain.scores import Strengths, count_strengths, explained
from console.domain.steps import Step, Words
from leadstream.admin.answers import PageTickAnswer
from leadstream.admin.calls import Call, given, path
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.leads import (
    MANY,
    get_costs,
    get_lead,
    list_attempts,
    list_deliveries_of,
)
from leadstream.admin.uploads import list_uploads
from leadstream.admin.workspaces import list_workspaces

LANES: Final = ("scheduler", "discovery", "enrichment", "delivery", "platform-upload")
SCHEDULE: Final = "daily-lead-generation"
# Nights that the scheduler is asked about: of a lead that is older the night is its run's.
_NIGHTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    lead: dict[str, Any]
    workspaces: Workspaces
    score: str | None
    # In the order of time; of all revisions.
    steps: list[Step]
    uploads: list[dict[str, Any]]
    costs: dict[str, Any] | None
    ticks: dict[str, Any]
    # Of services that gave no answer.
    errors: list[AdminError]
    # Discovery has told what the lead is.
    is_whole: bool = True

    @property
    def revisions(self) -> list[int]:
        known = {each["revision"] for each in self.lead["revisions"]}
        return sorted(known | {step.revision for step in self.steps if step.revision} or {1})

    @property
    def newest(self) -> list[Step]:
        return [step for step in self.steps if step.revision in {None, self.revisions[-1]}]

    def cell(self, revision: int, service: str) -> list[Step]:
        """What a service did for a revision; what is of none stands with the newest."""
        of = {revision, None} if revision == self.revisions[-1] else {revision}
        return [step for step in self.steps if step.service == service and step.revision in of]

    def found(self, revision: int) -> dict[str, Any] | None:
        return next((r for r in self.lead["revisions"] if r["revision"] == revision), None)

    def run(self, revision: int) -> dict[str, Any] | None:
        """The run of a query that found it."""
        found = self.found(revision) or {}
        runs = self.lead["runs"]
        return next((run for run in runs if run["id"] == found.get("run_id")), None)

    def query_name(self, query_id: str) -> str | None:
        intents = [each for each in self.lead["intents"] if each["query_id"] == query_id]
        return intents[0]["query_name"] if intents else None

    @property
    def sentence(self) -> list[Words]:
        """Clauses; the first begins with a capital."""
        first, *others = verdict(self.lead, self.score, self.newest)
        begins = str(first[0])
        return [(begins[:1].upper() + begins[1:], *first[1:]), *others]

    @property
    def mood(self) -> str:
        return mood(self.lead, self.newest)

    @property
    def strengths(self) -> Strengths:
        return count_strengths(str(signal.get("signal_strength")) for signal in self._signals)

    @property
    def why_score(self) -> str:
        return explained(self.score, self.strengths)

    @property
    def _signals(self) -> list[dict[str, Any]]:
        return list((self.lead["intent_data"] or {}).get("signals") or [])

    @property
    def signals(self) -> list[dict[str, Any]]:
        """The strongest first, each with the queries that saw it, and in which source each did."""
        seen: dict[tuple[object, ...], list[str]] = {}
        for intent in self.lead["intents"]:
            for signal in intent["signals"]:
                seen.setdefault(_identity(signal), []).append(_seen_by(intent))
        rank = {"high": 0, "medium": 1, "low": 2}
        shown = [
            {**each, "seen_by": sorted(set(seen.get(_identity(each), [])))}
            for each in self._signals
        ]
        return sorted(shown, key=lambda each: rank.get(str(each.get("signal_strength")), 3))

    @property
    def traces(self) -> list[str]:
        return list(dict.fromkeys(step.trace_id for step in self.steps if step.trace_id))

    @property
    def to_correct(self) -> dict[str, Any] | None:
        """The upload that a person may correct and send again: of the newest revision, and at its end."""
        ended = [each for each in self.uploads if each["revision"] == self.revisions[-1]]
        return next(
            (
                each
                for each in ended
                if each["status"] in {"failed", "cancelled"} or each["adjustments"]
            ),
            None,
        )


async def read_story(api: Api, lead_id: UUID, *, now: datetime) -> Story:
    """Raises AdminError where discovery gives none: without it nobody knows what the lead is."""
    ticks: Call[Any] = Call(
        "scheduler",
        "GET",
        path("schedules", SCHEDULE, "ticks"),
        PageTickAnswer,
        given(limit=_NIGHTS),
    )
    calls: list[Call[Any]] = [
        get_lead(lead_id),
        list_workspaces(limit=500),
        list_attempts("enrichment", lead_id),
        get_costs(lead_id),
        list_attempts("delivery", lead_id),
        list_deliveries_of(lead_id),
        list_attempts("platform-upload", lead_id),
        list_uploads(lead_id=lead_id, limit=MANY),
        ticks,
    ]
    lead, workspaces, *rest, emitted = await api.all(*calls)
    if isinstance(lead, RefusedError):
        raise lead
    enriching, costs, delivering, deliveries, uploading, uploads = rest
    steps = [
        *enrichment_steps(_items(enriching), _unless_error(costs), now),
        *delivery_steps(_items(delivering), _items(deliveries), now),
        *upload_steps(_items(uploading), _items(uploads), now),
    ]
    errors = _away([lead, *rest, emitted])
    is_whole = not isinstance(lead, AdminError)
    if isinstance(lead, AdminError):
        if not steps:
            raise lead
        lead = _as_others_know_it(lead_id, steps, _items(uploads))
    return Story(
        lead=lead,
        workspaces=named(workspaces),
        score=_score(lead),
        steps=sorted(steps, key=lambda step: (step.at is None, step.at)),
        uploads=_items(uploads),
        costs=_unless_error(costs),
        ticks={tick["id"]: tick for tick in _items(emitted)},
        errors=errors,
        is_whole=is_whole,
    )


def _as_others_know_it(lead_id: UUID, steps: Sequence[Step], uploads: Sequence[Any]) -> Any:
    """What takes the place of the lead while discovery is away: what was done for it is told all the same."""
    enriched = [step.state for step in steps if step.service == "enrichment"]
    nothing: list[Any] = []
    return {
        "id": str(lead_id),
        "workspace_id": None,
        "domain": None,
        "company_data": None,
        "contact_data": None,
        "intent_data": {"score": uploads[0]["intent_score"]} if uploads else None,
        "revision": max((step.revision or 1) for step in steps),
        "enrichment_status": enriched[-1] if enriched else "completed",
        "delivery_status": "unknown",
        "platform_uploaded": False,
        "platform_name": None,
        "last_error": None,
        "stage": None,
        "reason": reasons.NONE,
        "created_at": None,
        "intents": nothing,
        "runs": nothing,
        "revisions": nothing,
    }


def _items(answer: Any) -> list[Any]:
    return [] if isinstance(answer, AdminError) else list(answer["items"])


def _unless_error(answer: Any) -> Any:
    return None if isinstance(answer, AdminError) else answer


def _away(answers: Sequence[Any]) -> list[AdminError]:
    """One of each service. That a service has not heard of the lead is no fault of it."""
    errors: dict[str, AdminError] = {}
    for each in answers:
        is_unknown = isinstance(each, RefusedError) and each.status in {403, 404}
        if isinstance(each, AdminError) and not is_unknown:
            errors.setdefault(each.service, each)
    return list(errors.values())


def _score(lead: dict[str, Any]) -> str | None:
    """That of the newest revision: what was announced, and what it was told and uploaded for."""
    announced = [each["score"] for each in lead["revisions"] if each["score"]]
    return announced[-1] if announced else (lead["intent_data"] or {}).get("score")


def _identity(signal: dict[str, Any]) -> tuple[object, ...]:
    """Moments are spelled in two ways."""
    at = str(signal.get("detected_at") or signal.get("detected_text") or "")
    return signal.get("signal_type"), signal.get("source"), at.replace("Z", "+00:00")


def _seen_by(intent: dict[str, Any]) -> str:
    """A query is asked in each source by itself; what is pushed may be of no query."""
    otherwise = "another query" if intent["query_id"] else "no query"
    return f"{intent['query_name'] or intent['topic_name'] or otherwise} ({intent['source']})"
