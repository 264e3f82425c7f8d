"""JSON lines on stdout: a constant event name, its data, and nothing that must not be there."""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO

import orjson

from leadstream.observability.redact import Redactor
from leadstream.observability.tracing import current_trace_id

LogFormat = Literal["json", "text"]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}

MOST_EVENTS = 1000

# Chatty at INFO, or telling (httpx logs every URL it calls).
_QUIET = ("httpx", "httpcore", "asyncio", "uvicorn", "faust", "mode", "aiokafka", "kafka")


class LineFormatter(logging.Formatter):
    """One record, one line of JSON."""

    def __init__(self, service: str, redactor: Redactor) -> None:
        super().__init__()
        self._service = service
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(self.fields(record)).decode()

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": self._redactor.text(_message(record)),
            "logger": record.name,
        }
        trace_id = current_trace_id()
        if trace_id:
            fields["trace_id"] = trace_id
        for name, value in vars(record).items():
            if name in _STANDARD:
                continue
            told = self._redactor.field(name, value)
            if fields.get(name) != told:
                fields[f"{name}_" if name in fields else name] = told
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = type(record.exc_info[1]).__name__
            fields["traceback"] = self._redactor.text(_traceback(record.exc_info[1]))
        return fields


class TextFormatter(LineFormatter):
    """The same for the eyes of a developer."""

    def format(self, record: logging.LogRecord) -> str:
        fields = self.fields(record)
        fields["logger"] = fields.pop("logger")
        trace = fields.pop("traceback", None)
        head = [str(fields.pop(name)) for name in ("time", "level", "service", "event")]
        tail = [f"{name}={orjson.dumps(value).decode()}" for name, value in fields.items()]
        line = " ".join(head + tail).replace("\n", "\\n")
        return f"{line}\n{trace}" if trace else line


class RateLimit(logging.Filter):
    """Lets a few records of one event and logger through per period, and counts the rest.

    aiokafka writes 80 errors a second while a broker is away.
    """

    def __init__(
        self,
        logger: str,
        *,
        burst: int = 5,
        period: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._logger = logger
        self._burst = burst
        self._period = period
        self._monotonic = monotonic
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not (record.name == self._logger or record.name.startswith(f"{self._logger}.")):
            return True
        key = (record.name, record.levelno, str(record.msg))
        now = self._monotonic()
        since, count = self._seen.get(key, (now, 0))
        if now - since >= self._period:
            if count > self._burst:
                record.suppressed = count - self._burst
            since, count = now, 0
        if len(self._seen) >= MOST_EVENTS:
            self._seen.clear()
        self._seen[key] = (since, count + 1)
        return count < self._burst


def configure_logging(
    service: str,
    *,
    level: str = "INFO",
    fmt: LogFormat = "json",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Make one handler the only way out, for every logger, warning and uncaught exception."""
    formatter_class = LineFormatter if fmt == "json" else TextFormatter
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter_class(service, Redactor(secrets)))
    handler.addFilter(RateLimit("aiokafka"))
    # A line for every batch of spans that a collector does not take.
    handler.addFilter(RateLimit("opentelemetry"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)
    # What logging prints about a line it could not write is the line, with nothing taken out.
    logging.raiseExceptions = False
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread_death


log = logging.getLogger(__name__)


def _log_uncaught(
    kind: type[BaseException], exc: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, exc, trace)
        return
    log.critical("process.crashed", exc_info=(kind, exc, trace))


def _log_thread_death(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        log.critical("thread.crashed", exc_info=args.exc_value)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a library's bad format string must not cost the line
        return str(record.msg)


def _traceback(exc: BaseException) -> str:
    return "".join(traceback.format_exception(exc))
