"""A megabyte written to hurt costs a few milliseconds and says so in a line."""

import time
from collections.abc import Callable

import pytest

from leadstream.contracts import MAX_VALUE_BYTES, Decoded, Event, Record, Rejected, decode

ID = "0199b2a4-5c00-7000-8000-000000000001"
LEAD = f'{{"lead_id":"{ID}","workspace_id":"{ID}","company":{{"name":"Acme"'
TICK = f'{{"tick_id":"{ID}","schedule":"x","params":'
# Of this process alone. Between 1 and 60 ms were measured, and a second on a machine that others share; quadratic, it
# would be minutes.
SECONDS = 10.0
# The fastest counts: whatever else the machine does only makes some of them slower.
TRIES = 3


def answered(record: Record) -> tuple[Decoded[Event] | Rejected, float]:
    """What comes of the record, and in how many seconds."""
    took = []
    for _ in range(TRIES):
        start = time.process_time()
        result = decode(record)
        took.append(time.process_time() - start)
    return result, min(took)


def filled(head: str, unit: str, tail: str) -> bytes:
    times = (MAX_VALUE_BYTES - len(head) - len(tail)) // len(unit.encode())
    return f"{head}{(unit * times).rstrip(',')}{tail}".encode()


def entries(value: str) -> str:
    return ",".join(f'"{number}":{value}' for number in range(80_000))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "open arrays": lambda: b"[" * MAX_VALUE_BYTES,
    "open objects": lambda: b'{"a":' * (MAX_VALUE_BYTES // 5),
    "closed arrays": lambda: b"[" * 500_000 + b"]" * 500_000,
    "deepest that parses": lambda: (
        LEAD + '},"unknown":' + "[" * 1_000 + "]" * 1_000 + "}"
    ).encode(),
    "one string": lambda: filled('"', "a", '"'),
    "one number": lambda: b"1" * MAX_VALUE_BYTES,
    "one exponent": lambda: b"1e" + b"9" * (MAX_VALUE_BYTES - 2),
    "spaces": lambda: b" " * MAX_VALUE_BYTES,
    "backslashes": lambda: filled('"', "\\\\", '"'),
    "backslashes before NUL": lambda: filled('"', "\\\\", '\\u0000"'),
    "escaped backslashes before u0000": lambda: filled('"', "\\\\u0000", '"'),
    "not UTF-8 at the end": lambda: filled('"', "a", "").ljust(MAX_VALUE_BYTES, b"\xff"),
    "surrogate pairs": lambda: filled('"', "\\ud83d\\ude00", '"'),
    "long name": lambda: filled(f'{{"lead_id":"{ID}","company":{{"name":"', "a", '"}}'),
    "long time": lambda: filled(LEAD + '},"discovered_at":"', "1", '"}'),
    "long id": lambda: filled('{"lead_id":"', "a", '"}'),
    "faulty signals": lambda: filled(LEAD + '},"intent":{"signals":[', "{},", "]}}"),
    "many signals": lambda: filled(LEAD + '},"intent":{"signals":[', '{"signal_type":"a"},', "]}}"),
    "many technologies": lambda: filled(LEAD + ',"technologies":[', "1,", "]}}"),
    "many profiles": lambda: f'{LEAD},"social_profiles":{{{entries("1")}}}}}}}'.encode(),
    "many params": lambda: f"{TICK}{{{entries('1')}}}}}".encode(),
    "wide params": lambda: filled(TICK + '{"a":[', "[],", "]}}"),
    "deep params": lambda: (TICK + '{"a":' + "[" * 900 + "]" * 900 + "}}").encode(),
    "unknown fields": lambda: f"{LEAD}}},{entries('{}')}}}".encode(),
    "objects": lambda: filled("[", "{},", "]"),
    "same key": lambda: filled("{", '"a":1,', "}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_value_is_answered_quickly_and_briefly(name: str) -> None:
    value = HOSTILE[name]()
    topic = "scheduler.tick" if "params" in name else "lead.discovered"
    assert len(value) <= MAX_VALUE_BYTES

    result, seconds = answered(Record(topic=topic, value=value))

    assert seconds < SECONDS
    assert isinstance(result, Decoded) or len(result.error) < 300


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_type", "ce_time", "content-type", "traceparent", "x"]
)
@pytest.mark.parametrize("content", [b"a", b"1", b"\xff", b"\x00"])
def test_hostile_header_is_answered_quickly_and_briefly(name: str, content: bytes) -> None:
    headers = [(name, content * MAX_VALUE_BYTES), *((f"h{n}", b"") for n in range(50_000))]
    record = Record(topic="lead.discovered", value=f"{LEAD}}}}}".encode(), headers=headers)

    result, seconds = answered(record)

    assert seconds < SECONDS
    assert isinstance(result, Rejected) == (name == "ce_type")
