"""A lead's story in the order of time: what happened when, how long it waited and how long it took."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from console.application.story import Story
from console.domain.masking import masked
from console.domain.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of what happened, in the order of time."""

    at: datetime
    service: str
    revision: int | None
    what: str
    state: str
    waited: timedelta | None = None
    took: timedelta | None = None
    status_code: int | None = None
    why: str | None = None
    link: str | None = None
    # It is still to come.
    is_ahead: bool = False
    # What `why` ends with, of what is ahead.
    until: datetime | None = None


def timeline(story: Story) -> list[Entry]:
    """What is still to come is last."""
    entries = []
    for revision in story.revisions:
        entries += _finding(story, revision)
    for step in story.steps:
        entries += _trying(step)
    entries += [
        Entry(
            at=each["billed_at"],
            service="platform-upload",
            revision=each["revision"],
            what=f"billed for {each['platform']}",
            state="ok",
        )
        for each in story.uploads
        if each["billed_at"]
    ]
    seen: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        seen.setdefault((entry.at, entry.service, entry.what, entry.revision), entry)
    return sorted(seen.values(), key=lambda entry: (entry.is_ahead, entry.at))


def _finding(story: Story, revision: int) -> list[Entry]:
    entries = []
    found, run = story.found(revision), story.run(revision)
    if run and (tick := story.ticks.get(run["tick_id"])):
        entries.append(
            Entry(
                at=tick["emitted_at"],
                service="scheduler",
                # One night may have found it, and seen it rise.
                revision=None,
                what="run by hand" if tick["manual"] else "the night began",
                state="ok",
                waited=tick["emitted_at"] - tick["scheduled_for"],
                link=f"/runs/{run['tick_id']}",
            )
        )
    if run:
        name = story.query_name(run["query_id"])
        looked = f"looked for companies in {run['source']}"
        entries.append(
            Entry(
                at=run["started_at"],
                service="discovery",
                revision=revision,
                what=f"{looked}: {name}" if name else looked,
                state=run["status"],
                took=run["finished_at"] - run["started_at"] if run["finished_at"] else None,
                link=f"/jobs/discovery/{run['id']}",
            )
        )
    if found:
        what = "found" if revision == 1 else "its score rose"
        entries.append(
            Entry(
                at=found["discovered_at"],
                service="discovery",
                revision=revision,
                what=f"{what}: {found['score']}" if found["score"] else what,
                state="ok",
            )
        )
    return entries


def _trying(step: Step) -> list[Entry]:
    link = f"/jobs/{step.service}/{step.job_id}" if step.job_id else None
    entries = [
        Entry(
            at=each.made["started_at"],
            service=step.service,
            revision=step.revision,
            what=f"{step.what}, attempt {each.made['number']}",
            state=each.made["outcome"],
            waited=each.waited,
            took=each.took,
            status_code=each.made["status_code"],
            why=_said(each.made),
            link=link,
        )
        for each in step.attempts
    ]
    is_untold = not step.attempts or step.job_state in {"cancelled"}
    if step.at and is_untold and not step.waits:
        entries.append(
            Entry(
                at=step.at,
                service=step.service,
                revision=step.revision,
                what=step.what,
                state=step.state,
                why=step.why,
                link=link,
            )
        )
    if step.waits:
        moment = next((part for part in step.waits if isinstance(part, datetime)), None)
        words = "".join(part for part in step.waits if isinstance(part, str)).strip(" ,")
        entries.append(
            Entry(
                at=moment or step.at or datetime.max.replace(tzinfo=UTC),
                service=step.service,
                revision=step.revision,
                what=step.what,
                state="pending",
                why=words,
                link=link,
                is_ahead=True,
                until=moment,
            )
        )
    return entries


def _said(attempt: Any) -> str | None:
    """The class as it is, for filters and searches, and what was said."""
    parts = [attempt["error_class"], masked(attempt["error"]) if attempt["error"] else None]
    return ": ".join(part for part in parts if part) or None
