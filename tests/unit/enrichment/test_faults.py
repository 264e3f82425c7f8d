from datetime import UTC, datetime, timedelta

import httpx
import pytest

from enrichment.adapters.faults import Asked, fault_of_exception, fault_of_status
from enrichment.application.ports import Ending
from leadstream.accounts import Account
from leadstream.http import AmbiguousError, NotSentError, UnsafeUrlError
from leadstream.jobs.model import Failed, Held, Retry

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
ENRICH = Asked(Account(provider="clay"), "enrich")


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_what_will_never_work_fails(status: int) -> None:
    fault = fault_of_status(httpx.Response(status), ENRICH, now=NOW)

    assert isinstance(fault.outcome, Failed)
    assert fault.outcome.problem.status_code == status
    assert fault.ending is Ending.REFUSED


@pytest.mark.parametrize("status", [301, 302, 404, 405, 408, 425, 500, 502, 503, 520, 599])
def test_what_may_work_later_is_tried_again(status: int) -> None:
    response = httpx.Response(status, headers={"retry-after": "7"})

    fault = fault_of_status(response, ENRICH, now=NOW)

    assert isinstance(fault.outcome, Retry)
    assert not fault.outcome.ambiguous
    assert fault.outcome.after == timedelta(seconds=7)
    assert fault.ending is Ending.FAILED


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 422])
@pytest.mark.parametrize("body", [b"<html>blocked</html>", b"upstream connect error", b'"no"'])
def test_what_is_not_their_own_answer_is_passing(status: int, body: bytes) -> None:
    fault = fault_of_status(httpx.Response(status, content=body), ENRICH, now=NOW)

    assert isinstance(fault.outcome, Retry)
    assert fault.outcome.problem.error_class == "foreign_answer"
    assert fault.ending is Ending.FAILED


@pytest.mark.parametrize("status", [504, 524])
def test_what_a_gateway_gave_up_on_may_have_been_done(status: int) -> None:
    fault = fault_of_status(httpx.Response(status), ENRICH, now=NOW)

    assert fault.ending is Ending.UNKNOWN


@pytest.mark.parametrize(
    ("status", "headers", "reason", "wait"),
    [
        (429, {"retry-after": "30"}, "rate_limited", timedelta(seconds=30)),
        (
            429,
            {"retry-after": "Sun, 01 Mar 2026 22:01:00 GMT"},
            "rate_limited",
            timedelta(minutes=1),
        ),
        (429, {}, "rate_limited", timedelta(seconds=10)),
        (429, {"retry-after": "inf"}, "rate_limited", timedelta(seconds=10)),
        (429, {"x-ratelimit-reset": "45"}, "rate_limited", timedelta(seconds=45)),
        (402, {}, "quota_exhausted", timedelta(hours=2)),
        (402, {"retry-after": "60"}, "quota_exhausted", timedelta(minutes=1)),
        (401, {}, "credential_refused", timedelta(minutes=5)),
        (403, {}, "credential_refused", timedelta(minutes=5)),
    ],
)
def test_what_concerns_every_call_pauses_the_provider(
    status: int, headers: dict[str, str], reason: str, wait: timedelta
) -> None:
    fault = fault_of_status(httpx.Response(status, headers=headers), ENRICH, now=NOW)

    assert isinstance(fault.outcome, Held)
    assert (fault.outcome.scope, fault.outcome.reason) == ("provider:clay", reason)
    assert fault.outcome.until == NOW + wait
    assert fault.ending is Ending.REFUSED


def test_the_phase_of_a_fault_decides_what_may_have_happened() -> None:
    not_sent = fault_of_exception(NotSentError("refused"), ENRICH)
    no_answer = fault_of_exception(AmbiguousError("timed out"), ENRICH)
    unsafe = fault_of_exception(UnsafeUrlError("not there"), ENRICH)

    assert (not_sent.ending, no_answer.ending) == (Ending.FAILED, Ending.UNKNOWN)
    assert isinstance(unsafe.outcome, Failed)


def test_an_excerpt_is_short_and_can_be_stored() -> None:
    fault = fault_of_status(httpx.Response(500, content=b"\x00" + b"x" * 9999), ENRICH, now=NOW)

    excerpt = fault.outcome.problem.excerpt
    assert excerpt is not None
    assert len(excerpt) <= 500
    assert "\x00" not in excerpt
