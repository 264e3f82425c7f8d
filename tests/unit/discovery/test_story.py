from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.domain.story import Fact, FactKind, Key, Standing, merge, standing
from unit.discovery.builders import NOW

HOURS = [NOW + timedelta(hours=hours) for hours in range(4)]


def enriched(revision: int = 1, *, hour: int = 0, status: str = "completed") -> Fact:
    return _fact(FactKind.ENRICHED, revision, hour, status=status, discovered_at=NOW)


def delivered(revision: int = 1, *, hour: int = 1, status: str = "delivered") -> Fact:
    error = None if status == "delivered" else f"delivery: {status}"
    return _fact(FactKind.DELIVERED, revision, hour, status=status, error=error)


def uploaded(revision: int = 1, *, hour: int = 2, platform: str = "tech-platform") -> Fact:
    return _fact(FactKind.UPLOADED, revision, hour, subject=platform)


def failed(stage: str, revision: int = 1, *, hour: int = 0) -> Fact:
    return _fact(FactKind.FAILED, revision, hour, subject=stage, error=f"{stage}: broken")


def _fact(kind: FactKind, revision: int, hour: int, **more: object) -> Fact:
    fields = {"kind": kind, "revision": revision, "happened_at": HOURS[hour], **more}
    return Fact(digest=f"{kind}{revision}{hour}{more}", **fields)  # type: ignore[arg-type]  # by name


def test_a_lead_that_went_all_the_way() -> None:
    now = standing([enriched(), delivered(), uploaded()])

    assert (now.enrichment_status, now.delivery_status) == ("completed", "delivered")
    assert now.upload
    assert now.upload.subject == "tech-platform"
    assert (now.revision, now.last_error) == (1, None)


def test_b17_a_success_never_shows_failed() -> None:
    now = standing([failed("enrichment", hour=3), enriched(hour=0)])

    assert (now.enrichment_status, now.last_error) == ("completed", None)


def test_a_failure_shows_until_the_stage_succeeds() -> None:
    now = standing([failed("enrichment")])

    assert (now.enrichment_status, now.last_error) == ("failed", "enrichment: broken")


def test_the_failure_of_one_stage_is_not_another_stages() -> None:
    now = standing([enriched(), failed("platform-upload/1", hour=1), delivered(hour=2)])

    assert (now.enrichment_status, now.delivery_status) == ("completed", "delivered")
    assert now.last_error == "platform-upload/1: broken"
    assert standing([failed("platform-upload/1"), uploaded()]).last_error is None


def test_an_older_revision_never_overwrites_a_newer_one() -> None:
    now = standing([enriched(2, hour=0, status="skipped"), enriched(1, hour=3)])

    assert (now.revision, now.enrichment_status) == (2, "skipped")
    assert now.enrichment
    assert now.enrichment.revision == 2


def test_statuses_are_those_of_the_newest_revision() -> None:
    now = standing([enriched(1), delivered(1), uploaded(1), enriched(2, hour=3)])

    assert (now.enrichment_status, now.delivery_status) == ("completed", "pending")
    # What has happened has happened.
    assert now.delivered_at == HOURS[1]
    assert now.upload


def test_a_second_delivery_says_how_it_ended() -> None:
    now = standing(merge([delivered(status="partial", hour=1)], [delivered(hour=2)]).values())

    assert (now.delivery_status, now.last_error) == ("delivered", None)


def test_what_we_found_ourselves_is_older_than_what_is_told() -> None:
    own = _fact(FactKind.DISCOVERED, 1, 2)

    assert standing([enriched(), own]).created_at == HOURS[2]
    assert standing([enriched(), own]).own_revision == 1
    assert standing([delivered(hour=1)]).created_at == HOURS[1]
    assert standing([delivered(hour=1), enriched(hour=3)]).created_at == NOW


_FACTS = st.lists(
    st.builds(
        lambda make, revision, hour, word: make(revision, hour, word),
        st.sampled_from(
            [
                lambda r, h, w: enriched(r, hour=h, status=("completed", "skipped")[w]),
                lambda r, h, w: delivered(r, hour=h, status=("delivered", "partial")[w]),
                lambda r, h, w: uploaded(r, hour=h, platform=("a", "b")[w]),
                lambda r, h, w: failed(("enrichment", "delivery/1")[w], r, hour=h),
            ]
        ),
        st.integers(1, 3),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=8,
)


def _taken_in(batches: Sequence[Sequence[Fact]]) -> Standing:
    facts: dict[Key, Fact] = {}
    for batch in batches:
        facts = merge(facts.values(), batch)
    return standing(facts.values())


@given(_FACTS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_ends_in_the_same_place(
    facts: list[Fact], random: Random
) -> None:
    told = [*facts, *random.choices(facts, k=4)]
    random.shuffle(told)
    cut = random.randint(0, len(told))

    assert _taken_in([told[:cut], told[cut:]]) == _taken_in([facts])
    assert _taken_in([[fact] for fact in told]) == _taken_in([facts])


@pytest.mark.parametrize("kind", ["enriched", "failed"])
def test_two_events_of_the_same_moment_have_one_winner(kind: str) -> None:
    one = enriched() if kind == "enriched" else failed("delivery")
    other = replace(one, digest="another", status="skipped", error="another")

    assert merge([one], [other]) == merge([other], [one])
