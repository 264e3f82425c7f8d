"""Records that a service could not use: which and why, and putting them back."""

from collections.abc import Mapping, Sequence

from leadstream.admin.answers import (
    DeadLetterCounts,
    DeadLetterDetail,
    PageDeadLetterRow,
    Replayed,
)
from leadstream.admin.calls import Call, given, path


def list_dead_letters(  # noqa: PLR0913 - one argument a filter
    service: str,
    *,
    topic: str | None = None,
    reason: str | None = None,
    since: str | None = None,
    replayed: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageDeadLetterRow]:
    """Newest first."""
    params = given(
        topic=topic, reason=reason, since=since, replayed=replayed, limit=limit, cursor=cursor
    )
    return Call(service, "GET", "dead-letters", PageDeadLetterRow, params)


def sum_up_dead_letters(service: str, since: str | None = None) -> Call[DeadLetterCounts]:
    """What waits, by topic and reason."""
    return Call(service, "GET", "dead-letters/summary", DeadLetterCounts, given(since=since))


def get_dead_letter(service: str, letter_id: str) -> Call[DeadLetterDetail]:
    return Call(service, "GET", path("dead-letters", letter_id), DeadLetterDetail)


def show_dead_letter(service: str, letter_id: str, *, reason: str | None) -> Call[DeadLetterDetail]:
    """The same, and it is written down who looked."""
    where = path("dead-letters", letter_id, "show")
    return Call(service, "POST", where, DeadLetterDetail, reason=reason)


def replay_dead_letters(
    service: str,
    *,
    ids: Sequence[str] | None = None,
    matching: Mapping[str, str] | None = None,
    dry_run: bool = False,
    reason: str | None = None,
) -> Call[Replayed]:
    """Put these back, or the newest that match the filter."""
    which = {"ids": list(ids)} if ids is not None else {"filter": dict(matching or {})}
    body = {**which, "dry_run": dry_run}
    return Call(service, "POST", "dead-letters/replay", Replayed, body=body, reason=reason)


def replay_corrected(
    service: str,
    letter_id: str,
    *,
    value: str,
    key: str | None = None,
    dry_run: bool = False,
    reason: str | None = None,
) -> Call[Replayed]:
    """Send a corrected copy of a letter's record, as a new event; a dry run checks it."""
    copy = {"value": value, **given(key=key)}
    body = {"ids": [letter_id], "corrected": copy, "dry_run": dry_run}
    return Call(service, "POST", "dead-letters/replay", Replayed, body=body, reason=reason)
