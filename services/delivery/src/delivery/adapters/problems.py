"""Faults on the way to a destination, as outcomes."""

from datetime import datetime

import httpx

from delivery.application.deliver import Answer
from leadstream.http import AmbiguousError, NotSentError, UnsafeUrlError, words_of
from leadstream.jobs.model import Failed, Held, Outcome, Problem, Retry
from leadstream.reading import one_line

EXCERPT = 300


def fault_outcome(fault: NotSentError | AmbiguousError | UnsafeUrlError) -> Outcome:
    """No answer: whether to try again depends on what the destination may have seen."""
    match fault:
        case NotSentError():
            return Retry(problem=Problem(error_class="not_sent", message=str(fault)))
        case AmbiguousError():
            problem = Problem(
                error_class="no_answer", message=str(fault), status_code=fault.status_code
            )
            return Retry(problem=problem, ambiguous=True)
        case UnsafeUrlError():
            return Failed(problem=Problem(error_class="unsafe_url", message=str(fault)))


def problem_of(response: httpx.Response, error_class: str, said: str = "") -> Problem:
    """What an answer says, for the run history. `said` is the destination's own code, if it is one we know."""
    return Problem(
        error_class=error_class,
        message=f"answered {response.status_code}" + (f" {said}" if said else ""),
        status_code=response.status_code,
        excerpt=one_line(words_of(response, 4 * EXCERPT), EXCERPT) or None,
    )


def gone(problem: Problem, why: str) -> Failed:
    """The destination is no more: the channel must not be used again."""
    return Failed(problem=problem, result=Answer(disables=why))


def rest(scope: str, problem: Problem, *, until: datetime) -> Held:
    return Held(scope=scope, reason="rate_limited", problem=problem, until=until)
