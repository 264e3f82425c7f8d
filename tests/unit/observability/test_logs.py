import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from leadstream.observability.logs import LogFormat, RateLimit, configure_logging

log = logging.getLogger("leadstream.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put logging back as pytest had it."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level, logging.raiseExceptions = handlers, level, raising
    sys.excepthook, threading.excepthook = hooks


def configured(
    *, fmt: LogFormat = "json", level: str = "INFO", secrets: tuple[str, ...] = ()
) -> io.StringIO:
    stream = io.StringIO()
    configure_logging("delivery", level=level, fmt=fmt, secrets=secrets, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_the_event_and_its_data() -> None:
    stream = configured()

    log.info("delivery.attempted", extra={"delivery_id": UUID(int=1), "attempt": 2})

    [line] = lines(stream)
    assert line.pop("time")
    assert line == {
        "level": "info",
        "service": "delivery",
        "event": "delivery.attempted",
        "logger": "leadstream.test",
        "delivery_id": "00000000-0000-0000-0000-000000000001",
        "attempt": 2,
    }


def test_the_time_is_aware_and_utc() -> None:
    stream = configured()

    log.info("now")

    time = datetime.fromisoformat(str(lines(stream)[0]["time"]))
    assert time.tzinfo is not None
    assert abs((datetime.now(UTC) - time).total_seconds()) < 5


def test_a_line_stays_one_line() -> None:
    stream = configured()

    log.info('forged\n{"event": "admin.granted"}', extra={"name_": "a\r\nb\u2028c"})

    assert len(stream.getvalue().split("\n")) == 2


def test_an_exception_is_told_with_its_traceback_and_without_secrets() -> None:
    stream = configured()

    try:
        raise RuntimeError("no route to olivia@acme.example")
    except RuntimeError:
        log.exception("delivery.failed", extra={"url": "https://hooks.slack.com/services/T/B/x"})

    [line] = lines(stream)
    assert line["error"] == "RuntimeError"
    assert "test_logs.py" in str(line["traceback"])
    assert "olivia@acme.example" not in stream.getvalue()
    assert "services/T/B/x" not in stream.getvalue()


def test_the_cause_of_an_exception_is_redacted_too() -> None:
    stream = configured(secrets=("the-known-secret",))

    try:
        try:
            raise ValueError("postgres://app:pw12@db/x the-known-secret")
        except ValueError as exc:
            raise RuntimeError("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") from exc
    except RuntimeError:
        log.exception("broken")

    text = stream.getvalue()
    assert "ValueError" in text
    for secret in ("pw12", "the-known-secret", "MfKQ9r8"):
        assert secret not in text


def test_a_librarys_message_and_arguments_are_redacted() -> None:
    stream = configured()

    logging.getLogger("some.library").warning(
        "cannot reach %s as %s", "https://h.example/t0k", "a@b.c"
    )

    assert lines(stream)[0]["event"] == "cannot reach https://h.example/[redacted] as [redacted]"


@pytest.mark.parametrize(
    "extra",
    [
        {"a": 2**100},
        {"a": float("nan")},
        {"a": "\ud800"},
        {"a": b"\xff\xfe"},
        {"a": {1: {2: object}}},
        {"a": RuntimeError()},
        {"service": "another", "event": "another", "time": 1},
    ],
    ids=str,
)
def test_no_value_costs_the_line(extra: dict[str, object]) -> None:
    stream = configured()

    log.info("kept", extra=extra)

    [line] = lines(stream)
    assert line["event"] == "kept"
    assert line["service"] == "delivery"


def test_a_bad_format_string_costs_no_line() -> None:
    stream = configured()

    log.info("%d records", "many")  # noqa: G004, RUF100 - the fault is the point

    assert lines(stream)[0]["event"] == "%d records"


def test_text_is_for_reading_and_as_silent() -> None:
    stream = configured(fmt="text")

    log.info("delivery.attempted", extra={"to": "a@b.example", "attempt": 2})

    assert 'info delivery delivery.attempted to="[redacted]" attempt=2 logger=' in stream.getvalue()


def test_the_level_is_obeyed() -> None:
    stream = configured(level="warning")

    log.info("not this")
    log.warning("this")

    assert [line["event"] for line in lines(stream)] == ["this"]


def test_http_clients_do_not_log_the_urls_they_call() -> None:
    stream = configured(level="DEBUG")

    logging.getLogger("httpx").info("HTTP Request: POST https://hooks.example/x")

    assert stream.getvalue() == ""


def test_warnings_and_uncaught_exceptions_take_the_same_way_out() -> None:
    stream = configured()

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("https://h.example/t0k", RuntimeWarning, stacklevel=1)
    sys.excepthook(ValueError, ValueError("a@b.example"), None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

    assert [line["event"] for line in lines(stream)][1:] == ["process.crashed", "thread.crashed"]
    assert "t0k" not in stream.getvalue()
    assert "a@b.example" not in stream.getvalue()
    assert "ZeroDivisionError" in stream.getvalue()


async def test_a_task_nobody_awaited_takes_it_too() -> None:
    stream = configured()

    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError("a@b.example")}
    )

    assert lines(stream)[0]["error"] == "ValueError"
    assert "a@b.example" not in stream.getvalue()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_record(name: str = "aiokafka.conn", msg: str = "Unable to connect") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, msg, (), None)


def test_a_flood_is_cut_to_its_first_records() -> None:
    limit = RateLimit("aiokafka", burst=5, period=30, monotonic=Clock())

    passed = [limit.filter(a_record()) for _ in range(1000)]

    assert passed == [True] * 5 + [False] * 995


def test_after_the_period_the_next_record_says_how_many_were_held_back() -> None:
    clock = Clock()
    limit = RateLimit("aiokafka", burst=5, period=30, monotonic=clock)
    for _ in range(100):
        limit.filter(a_record())
    clock.now = 31.0
    record = a_record()

    assert limit.filter(record)
    assert vars(record)["suppressed"] == 95


def test_other_events_and_loggers_are_not_held_back() -> None:
    limit = RateLimit("aiokafka", burst=1, period=30, monotonic=Clock())
    limit.filter(a_record())

    assert not limit.filter(a_record())
    assert limit.filter(a_record(msg="Something else"))
    assert limit.filter(a_record(name="aiokafkaesque"))
    assert all(limit.filter(a_record(name="leadstream.kafka")) for _ in range(50))


def test_a_flood_of_aiokafka_is_limited_where_logging_is_configured() -> None:
    stream = configured()

    for _ in range(500):
        logging.getLogger("aiokafka.conn").error("Unable to connect to %s", "kafka-1:9092")

    assert len(lines(stream)) == 5
