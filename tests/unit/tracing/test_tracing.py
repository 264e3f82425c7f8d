"""Tracing as code uses it: off, on, and in shares."""

import io
import logging
from uuid import UUID

import httpx
import orjson
import pytest

from leadstream.cli.services import ServiceClient
from leadstream.ids import new_id
from leadstream.observability import configure_logging, tracing
from leadstream.observability.tracing import Kind, names, parse_traceparent
from support.tracing import traced, value

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TICK = UUID("0af76519-16cd-43dd-8448-eb211c80319c")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00-1-2-01",
        TRACEPARENT.upper(),
        TRACEPARENT + "-more",
        "ff" + TRACEPARENT[2:],
        TRACEPARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        TRACEPARENT.replace("b7ad6b7169203331", "0" * 16),
    ],
)
def test_what_is_no_traceparent_is_ignored_and_a_trace_begins(text: str | None) -> None:
    assert parse_traceparent(text) is None
    with traced() as spans:
        tracer = tracing.active()
        assert tracer is not None
        tracer.start("x", Kind.INTERNAL, parent=text).end()
        [span] = spans.all()
    assert span.parent is None


def test_off_a_tick_still_has_its_trace_id() -> None:
    traceparent = tracing.begin_trace(TICK, "tick x", {})

    parsed = parse_traceparent(traceparent)
    assert parsed is not None
    assert (parsed.trace_id, parsed.is_sampled) == (TICK.int, True)
    assert tracing.active() is None


def test_on_a_ticks_trace_has_the_same_id_each_time_and_the_next_trace_has_not() -> None:
    with traced() as spans:
        first, again = (tracing.begin_trace(TICK, "tick x", {}) for _ in range(2))
        tracer = tracing.active()
        assert tracer is not None
        other = tracer.start("x", Kind.INTERNAL)
        other.end()

    assert len(spans.named("tick x")) == 2
    assert first.split("-")[1] == again.split("-")[1] == TICK.hex
    assert other.traceparent.split("-")[1] != TICK.hex


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.1, 100), (1.0, 1000)])
def test_the_share_of_leads_is_kept_and_a_lead_always_comes_out_the_same(
    share: float, expected: int
) -> None:
    leads = [new_id() for _ in range(1000)]
    runs = []
    for _ in range(2):
        with traced(share):
            runs.append([_is_kept(lead, TRACEPARENT) for lead in leads])

    assert runs[0] == runs[1]
    # Five standard deviations.
    assert abs(sum(runs[0]) - expected) <= (50 if 0 < share < 1 else 0)


def test_what_is_no_lead_is_always_traced_and_a_parents_no_is_final() -> None:
    with traced(0.0):
        tracer = tracing.active()
        assert tracer is not None
        tick, call = tracer.start("t", Kind.INTERNAL), tracer.start("c", Kind.SERVER)
        child = tracer.start("x", Kind.CONSUMER, parent=TRACEPARENT)
        refused = tracer.start("x", Kind.CONSUMER, parent=TRACEPARENT.removesuffix("01") + "00")

    assert (tick.is_recording, call.is_recording, child.is_recording) == (True, True, True)
    assert not refused.is_recording
    assert refused.traceparent.startswith(TRACEPARENT.removesuffix("01"))


def _is_kept(lead: UUID, parent: str) -> bool:
    tracer = tracing.active()
    assert tracer is not None
    attributes = {names.LEAD_ID: str(lead), names.DESTINATION: "lead.discovered"}
    span = tracer.start("process", Kind.CONSUMER, parent=parent, attributes=attributes)
    # Whoever comes later obeys.
    later = tracer.start("later", Kind.INTERNAL, parent=span.traceparent)
    assert later.is_recording == span.is_recording
    return span.is_recording


def test_an_error_is_told_without_what_an_answer_may_hold() -> None:
    with traced() as spans:
        tracer = tracing.active()
        assert tracer is not None
        with (
            pytest.raises(ValueError, match="a@b"),
            tracing.entered(tracer.start("x", Kind.INTERNAL)),
        ):
            raise ValueError("a@b.example")
        span = tracer.start("y", Kind.INTERNAL)
        span.fail("Bearer abcdefghijklmno")
        span.end()
        raised, failed = spans.all()

    assert value(raised, "error.type") == "ValueError"
    assert (list(raised.events), raised.status.description) == ([], None)
    assert value(failed, "error.type") == "[redacted]"


def test_log_lines_carry_the_trace_they_are_in() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, logging.raiseExceptions
    log = logging.getLogger("leadstream.test")
    try:
        configure_logging("x", stream=stream)
        log.info("outside")
        with traced():
            tracer = tracing.active()
            assert tracer is not None
            with tracing.entered(tracer.start("x", Kind.INTERNAL, parent=TRACEPARENT)):
                log.info("inside")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.raiseExceptions = hook
        logging.captureWarnings(capture=False)

    outside, inside = map(orjson.loads, stream.getvalue().splitlines())
    assert "trace_id" not in outside
    assert inside["trace_id"] == TRACEPARENT.split("-")[1]


@pytest.mark.parametrize(("given", "sent"), [(TRACEPARENT, TRACEPARENT), ("nonsense", None)])
def test_a_command_hands_on_the_trace_that_it_is_run_in(given: str, sent: str | None) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    client = ServiceClient(
        "discovery", {"TRACEPARENT": given}, transport=httpx.MockTransport(answer)
    )
    client.get("jobs")

    assert seen[0].headers.get("traceparent") == sent
