import copy
from typing import Any

import pytest

from console.domain.funnel import Billed, differences, rows, steps
from unit.console.nights import LEADS, a_tick

PAID = Billed({"tech-platform": 5})


def test_each_step_is_the_sum_of_its_rows() -> None:
    shown = rows(a_tick(), PAID)

    assert [step.count for step, _ in steps(shown)] == [3, 14, 9, 9, 9, 14, 9, 5]
    assert [step.count for step, _ in steps(shown)] == [
        sum(row.count for row in its) for _, its in steps(shown)
    ]
    assert differences(a_tick(), PAID) == []


def test_every_loss_has_its_list() -> None:
    shown = rows(a_tick(), PAID)

    lost = [row for row in shown if row.loss and row.count]
    assert {row.label for row in lost} >= {
        "known",
        "without a name",
        "company without a domain",
        "nobody to tell",
        "failed",
        "cold leads are never uploaded",
        "platform-upload:PermanentError",
    }
    assert [row.label for row in lost if row.href is None] == []


def test_what_a_channel_was_told_lists_its_leads() -> None:
    links = {row.label: row.href for row in rows(a_tick(), PAID)}

    assert links["e-mail"] == f"/{LEADS}&channel=email"
    assert links["Slack"] == f"/{LEADS}&channel=slack"


def test_a_step_says_when_its_reason_came_later() -> None:
    tick = a_tick()
    tick["funnel"]["enrichment"]["parts"]["skipped"]["parts"]["no_channel"] = {
        "count": 1,
        "leads": LEADS,
        "parts": {},
    }

    assert "and later: nobody to tell" in {row.label for row in rows(tick)}


def broken(*path: str) -> dict[str, Any]:
    """A night with one more in a figure than there should be."""
    tick = copy.deepcopy(a_tick())
    figure = tick["funnel"][path[0]]
    for part in path[1:]:
        figure = figure["parts"][part]
    figure["count"] += 1
    return tick


@pytest.mark.parametrize(
    "path",
    [
        ("found",),
        ("found", "created"),
        ("found", "rejected", "missing_name"),
        ("enrichment",),
        ("delivery", "no_channel"),
        ("messages", "email", "failed"),
        ("upload", "not_uploaded", "cold"),
        ("stages",),
    ],
)
def test_what_does_not_close_is_said(path: tuple[str, ...]) -> None:
    assert differences(broken(*path), PAID)


def test_steps_that_count_other_leads_are_said() -> None:
    tick = a_tick()
    tick["funnel"]["delivery"] = {"count": 8, "leads": None, "parts": {}}

    assert differences(tick, PAID) == ["9 leads stored, but 8 in delivery."]


@pytest.mark.parametrize(
    ("billed", "said"), [(4, "billing lacks 1"), (7, "2 more than discovery has heard of")]
)
def test_what_was_billed_must_be_what_was_taken(billed: int, said: str) -> None:
    (told,) = differences(a_tick(), Billed({"tech-platform": billed}))

    assert said in told


def test_without_knowing_what_was_billed_the_page_says_what_is_to_be() -> None:
    shown = rows(a_tick())

    assert [row.count for row in shown if row.label == "To be billed"] == [5]
    assert differences(a_tick()) == []
