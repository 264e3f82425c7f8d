from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from leadstream_dev.sandbox.behaviour import Action, Behaviour, Script, Step
from leadstream_dev.sandbox.exchange import Call
from leadstream_dev.sandbox.faults import Faults, Plan


def plan(faults: Faults, operation: str = "enrich", body: bytes = b"", **identity: Any) -> Plan:
    call = Call(
        method="POST",
        path="/",
        query="",
        headers={},
        raw=body,
        params={},
        base_url="",
        received=datetime.now(UTC),
        identity=identity,
    )
    return faults.plan("clay", operation, call)


def behaving(*behaviours: dict[str, Any], seed: int = 1) -> Faults:
    faults = Faults(seed)
    for behaviour in behaviours:
        faults.behave(Behaviour.model_validate({"provider": "clay"} | behaviour))
    return faults


def actions(faults: Faults, calls: int) -> list[Action]:
    return [plan(faults).action for _ in range(calls)]


def test_nothing_is_planned_by_itself() -> None:
    assert plan(Faults(1)) == Plan()


def test_dice_are_the_same_for_the_same_seed() -> None:
    first = actions(behaving({"hang": 0.3}), 200)

    assert first == actions(behaving({"hang": 0.3}), 200)
    assert first != actions(behaving({"hang": 0.3}, seed=2), 200)
    assert 40 <= first.count(Action.HANG) <= 80


def test_jitter_spreads_the_latency() -> None:
    faults = behaving({"latency": {"seconds": 0.2, "jitter": 0.1}})

    delays = [plan(faults).delay for _ in range(100)]

    assert 0.1 <= min(delays) < 0.13
    assert 0.27 < max(delays) <= 0.3


def test_a_later_setting_for_the_same_calls_replaces_the_earlier() -> None:
    faults = behaving({"hang": 1.0, "latency": {"seconds": 1}}, {"hang": 0.0})

    assert plan(faults) == Plan()
    assert len(faults.behaviours()) == 1


def test_narrower_settings_override_wider_ones_one_by_one() -> None:
    faults = behaving(
        {"operation": "enrich", "match": {"domain": "a.com"}, "hang": 0.0},
        {"hang": 1.0, "latency": {"seconds": 1}},
    )

    assert plan(faults, domain="a.com").action is Action.PASS
    assert plan(faults, domain="a.com").delay == 1
    assert plan(faults, domain="b.com").action is Action.HANG


@pytest.mark.parametrize(
    ("match", "identity", "hit"),
    [
        ({"domain": "a.com"}, {"domain": "a.com"}, True),
        ({"domain": "a.com"}, {"domain": "b.com"}, False),
        ({"domain": "a.com"}, {}, False),
        ({"domain": ["a.com", "b.com"]}, {"domain": "b.com"}, True),
        ({"external_ids": "l1"}, {"external_ids": ["l0", "l1"]}, True),
        ({"revision": 2}, {"revision": "2"}, True),
        ({"domain": "a.com", "lead_id": "x"}, {"domain": "a.com"}, False),
    ],
)
def test_what_a_condition_meets(match: dict[str, Any], identity: dict[str, Any], hit: bool) -> None:
    faults = behaving({"match": match, "hang": 1.0})

    assert (plan(faults, **identity).action is Action.HANG) is hit


def test_scripts_are_used_up_in_order() -> None:
    faults = Faults(1)
    steps = [Step(status=500), Step(action=Action.LOSE, times=2)]
    faults.play(Script(provider="clay", operation="enrich", steps=steps))

    assert plan(faults, "verify").action is Action.PASS
    planned = [plan(faults).action for _ in range(4)]

    assert planned == [Action.ANSWER, Action.LOSE, Action.LOSE, Action.PASS]


def test_of_two_scripts_the_first_is_used_up_first() -> None:
    faults = Faults(1)
    faults.play(Script(provider="clay", steps=[Step(status=500)]))
    faults.play(Script(provider="clay", steps=[Step(status=502)], contains="acme"))

    answers = [plan(faults, body=b"acme").answer for _ in range(2)]

    assert [answer and answer.status for answer in answers] == [500, 502]


def test_a_step_that_is_no_answer_has_no_content() -> None:
    with pytest.raises(ValidationError, match="no body"):
        Step(action=Action.PASS, body="x")
