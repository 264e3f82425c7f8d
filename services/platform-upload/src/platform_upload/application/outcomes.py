"""From a platform's answer to how the attempt ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from leadstream.jobs.model import Failed, Held, Outcome, Problem, Released, Retry, Succeeded
from platform_upload.domain.answers import Accepted, Answer, Refused, Untried, Verdict
from platform_upload.domain.connection import Hold

# When the platform does not say how long.
THROTTLED = timedelta(seconds=10)
QUOTA = timedelta(hours=1)
# A fault in the platform's own set-up is mended there: nobody tells us, so look again.
MISCONFIGURED = timedelta(minutes=15)
# What an attempt did not come to is next: not at once, because something kept it from it.
UNTRIED = timedelta(seconds=1)

HOLDS = {
    Verdict.CREDENTIAL: Hold.CREDENTIAL,
    Verdict.CONFIGURATION: Hold.MISCONFIGURED,
    Verdict.DISABLE: Hold.DISABLED,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What the recorder is told."""

    adapter: str
    answer: Answer


def outcome_of(upload: Upload, *, lane: str, now: datetime) -> Outcome:
    """What to do with a job. Holds of the connection itself are in force already (see `held`)."""
    match upload.answer:
        case Accepted():
            return Succeeded(result=upload)
        case Untried():
            return Released(after=UNTRIED)
        case Refused() as refused:
            return _refused(upload, refused, lane, now)
        case _:
            assert_never(upload.answer)


def _refused(upload: Upload, refused: Refused, lane: str, now: datetime) -> Outcome:
    problem = problem_of(refused)
    match refused.verdict:
        case Verdict.RETRY if refused.throttled:
            until = now + (refused.after or THROTTLED)
            return Held(scope=lane, reason=Hold.RATE, until=until, problem=problem, result=upload)
        case Verdict.QUOTA:
            until = now + (refused.after or QUOTA)
            return Held(scope=lane, reason=Hold.QUOTA, until=until, problem=problem, result=upload)
        case Verdict.CREDENTIAL | Verdict.CONFIGURATION | Verdict.DISABLE:
            return held(lane, HOLDS[refused.verdict], problem, now=now, result=upload)
        case Verdict.PERMANENT if refused.closed:
            return Succeeded(result=upload, status_code=refused.status_code)
        case Verdict.PERMANENT:
            return Failed(problem=problem, result=upload)
        case Verdict.RETRY | Verdict.AMBIGUOUS | Verdict.REAUTH_ONCE | Verdict.RESOLVE_EXISTING:
            ambiguous = refused.verdict is Verdict.AMBIGUOUS
            return Retry(problem=problem, after=refused.after, ambiguous=ambiguous, result=upload)
        case _:
            assert_never(refused.verdict)


def held(
    lane: str, reason: str, problem: Problem, *, now: datetime, result: Upload | None = None
) -> Held:
    """For the history only: it ends as it begins.

    The pause that does hold was set before, in a transaction that knew whether the connection had changed meanwhile. A
    pause set now, when the attempt is written down, could come after the change that was to end it.
    """
    return Held(scope=lane, reason=reason, until=now, problem=problem, result=result)


def problem_of(refused: Refused) -> Problem:
    return Problem(
        error_class=refused.code,
        message=refused.message,
        status_code=refused.status_code,
        excerpt=refused.excerpt,
    )
