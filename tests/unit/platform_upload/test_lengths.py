import pytest

from platform_upload.adapters.lengths import cut_to

TEXT = "x" * 70_000


@pytest.mark.parametrize(
    ("message", "length"),
    [
        ("Description must be at most 65,536 characters", 65_536),
        ("Description must be at most 65 536 characters", 65_536),
        ("Description must be at most 65\u00a0536 characters", 65_536),
        ("Description must be at most 65.536 characters", 65_536),
        ("maximum length is 1,000", 1_000),
        ("maximum length is 1,000.", 1_000),
        ("Title: data value too large: x (max length=40)", 40),
        ("Limit: 65536", 65_536),
        ("longer than 255 characters, 300 given", 255),
        ("exceeds the limit of 80 characters by 5", 80),
        ("exceeds the limit by 5 characters (max length=40)", 40),
        ("at most 80.", 80),
        ("Title is too long (maximum is 255 characters)", 255),
    ],
)
def test_the_limit_is_read_as_it_is_written(message: str, length: int) -> None:
    assert len(cut_to(TEXT, message) or "") == length


@pytest.mark.parametrize(
    "message",
    [
        "exceeds the limit by 5 characters",
        "is longer than allowed by 1,000 characters",
        "at most 100,000 characters",
        "no",
    ],
)
def test_no_limit_is_read_into_other_numbers(message: str) -> None:
    assert cut_to(TEXT, message) is None
