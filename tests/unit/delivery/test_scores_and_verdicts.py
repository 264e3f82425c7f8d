import pytest

from delivery.domain.delivery import Status, Verdict, verdict
from delivery.domain.score import Score

DELIVERED, FAILED, PENDING, CANCELLED, HELD = (
    Status.DELIVERED,
    Status.FAILED,
    Status.PENDING,
    Status.CANCELLED,
    Status.HELD,
)


@pytest.mark.parametrize(
    ("least", "wanted"),
    [
        (Score.COLD, {Score.COLD, Score.WARM, Score.HOT}),
        (Score.WARM, {Score.WARM, Score.HOT}),
        (Score.HOT, {Score.HOT}),
    ],
)
def test_a_destination_gets_its_least_score_and_above(least: Score, wanted: set[Score]) -> None:
    assert {score for score in Score if score.reaches(least)} == wanted


def test_b29_cold_leads_are_not_uploaded() -> None:
    assert [score for score in Score if score.is_uploaded] == [Score.WARM, Score.HOT]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([DELIVERED, PENDING], None),
        ([FAILED, PENDING], None),
        ([DELIVERED], Verdict.DELIVERED),
        ([DELIVERED, DELIVERED], Verdict.DELIVERED),
        ([DELIVERED, FAILED], Verdict.PARTIAL),
        ([FAILED, FAILED], Verdict.FAILED),
        ([DELIVERED, CANCELLED], Verdict.DELIVERED),
        ([FAILED, CANCELLED], Verdict.FAILED),
        ([DELIVERED, FAILED, CANCELLED], Verdict.PARTIAL),
        ([DELIVERED, HELD], Verdict.PARTIAL),
        ([FAILED, HELD], Verdict.PARTIAL),
        ([HELD], Verdict.PARTIAL),
        ([HELD, CANCELLED], Verdict.PARTIAL),
        ([DELIVERED, HELD, PENDING], None),
        ([CANCELLED], Verdict.NO_CHANNEL),
        ([], Verdict.NO_CHANNEL),
    ],
)
def test_verdict(statuses: list[Status], expected: Verdict | None) -> None:
    assert verdict(statuses) == expected
