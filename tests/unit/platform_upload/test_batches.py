from hypothesis import given
from hypothesis import strategies as st

from platform_upload.domain.batches import BatchLimit, cut, halves


@given(
    st.lists(st.integers(0, 50)),
    st.integers(1, 10),
    st.integers(1, 100),
)
def test_batches_hold_everything_in_order_within_the_limit(
    sizes: list[int], items: int, size_bytes: int
) -> None:
    batches = cut(sizes, BatchLimit(items=items, size_bytes=size_bytes), lambda size: size)

    assert [size for batch in batches for size in batch] == sizes
    assert all(len(batch) <= items for batch in batches)
    assert all(sum(batch) <= size_bytes or len(batch) == 1 for batch in batches)


def test_five_hundred_go_in_five_hundreds() -> None:
    batches = cut(range(500), BatchLimit(items=100, size_bytes=10**6), lambda _: 1_000)

    assert [len(batch) for batch in batches] == [100] * 5


def test_halves_are_both_smaller_than_the_whole() -> None:
    assert halves([1, 2, 3]) == ([1, 2], [3])
    assert halves([1, 2]) == ([1], [2])
