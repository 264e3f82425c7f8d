from datetime import UTC, datetime, timedelta

import orjson
import pytest
from bench.bound.judge import Seen, over_the_limit
from bench.bound.place import Case
from bench.hot_first.run import wait_of

from leadstream_dev.sandbox.entry import Entry

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def a_call(seconds: float, lead: str = "one", status: int = 200) -> Entry:
    time = BEGAN + timedelta(seconds=seconds)
    return Entry.read(orjson.dumps({"time": time, "lead_id": lead, "status": status}))


def test_as_many_calls_at_once_as_a_second_brings_are_allowed_and_no_more() -> None:
    assert over_the_limit([0.0] * 10, 10) == 0
    assert over_the_limit([0.0] * 12, 10) == 2


def test_what_is_not_used_is_saved_up_for_a_second() -> None:
    at_once = [100.0] * 10

    assert over_the_limit([0.0, *at_once], 10) == 0
    assert over_the_limit([0.0, *at_once, 100.05], 10) == 1
    assert over_the_limit([0.0, *at_once, 100.15], 10) == 0


def test_only_calls_within_the_time_are_counted_but_all_are_judged() -> None:
    calls = [a_call(0), a_call(1, "two", 429), a_call(1.5, "two"), a_call(3, "two")]

    seen = Seen.of(calls, start=BEGAN.timestamp() + 1, seconds=2, limit=1)

    assert (seen.calls, seen.answered) == (1.0, 0.5)
    assert seen.violations == 1
    assert seen.repeats == 1


def test_slots_are_a_limit_as_well() -> None:
    assert Case(limit=50, concurrency=200).possible == 50
    assert Case(limit=500, concurrency=10, processes=4).possible == 200


def test_a_workspace_beside_others_waits_for_their_turns_and_not_for_all_they_have() -> None:
    alone = wait_of(10, beside=0, pace=50)

    assert wait_of(10, beside=3, pace=50) == pytest.approx(alone + 3 * 10 / 50)
