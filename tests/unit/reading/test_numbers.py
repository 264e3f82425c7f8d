import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.reading import number, rounded, whole

NBSP, THIN = "\xa0", "\u202f"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (1200, 1200),
        (12.5, 12.5),
        (10**400, 10**400),
        ("1200", 1200),
        (" 1200 ", 1200),
        ("1200.0", 1200),
        ("12.5", 12.5),
        ("1,200", 1200),
        ("1,200.50", 1200.5),
        ("1 200", 1200),
        (f"1{NBSP}200", 1200),
        (f"1{THIN}200{THIN}000", 1_200_000),
        ("1'200", 1200),
        ("1\u2019200", 1200),
        ("12,34,567", 1_234_567),
        ("1.200.000", 1_200_000),
        ("1.200,50", 1200.5),
        ("12,5", 12.5),
        ("1.2k", 1200),
        ("1.2K", 1200),
        ("1,2 Mio.", 1_200_000),
        ("5M", 5_000_000),
        ("$1.5 million", 1_500_000),
        ("US$ 2bn", 2_000_000_000),
        ("2 Billion USD", 2_000_000_000),
        ("€1200", 1200),
        ("200+", 200),
        ("10,001+ employees", 10_001),
        ("~200", 200),
        ("ca. 200", 200),
        ("200 employees", 200),
        ("-5", -5),
        ("\u22125", -5),
        ("1e3", 1000),
        ("\uff11\uff12", 12),
        ("١٢٣", 123),
        ("007", 7),
        ("0.125", 0.125),
        ("12.125", 12.125),
        ("1234.500", 1234.5),
        ("12.50", 12.5),
        (12.125, 12.125),
    ],
)
def test_numbers_are_read_as_people_write_them(written: Any, read: float) -> None:
    assert number(written) == read


@pytest.mark.parametrize(
    "written",
    [
        *(None, True, False, math.nan, math.inf, -math.inf, [], {}, [1200], b"1200"),
        *("", " ", "many", "True", "nan", "inf", "Infinity", "0x10", "1_000", "1e999", "١٢٣:"),
        # Two numbers, or it can't be told which.
        *(
            "50-200",
            "50 \u2013 200",
            "50 to 200",
            "1,2,3",
            "1 2",
            "1,200k",
            "12.34.56",
            "50%",
            "(5)",
        ),
        "9" * 50,
    ],
)
def test_what_is_no_number_or_two_is_left_out(written: Any) -> None:
    assert number(written) is None


@pytest.mark.parametrize(
    "written", ["1.200", "12.000", "10.000+", "1.000", "500.000", "$1.500", "2.500 employees"]
)
def test_thousands_that_may_be_a_fraction_are_left_out(written: str) -> None:
    assert whole(written, largest=10**9) is None
    assert rounded(written, largest=10**9) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (250.0, 250),
        ("1,200", 1200),
        (0, 0),
        (2.5, None),
        (-1, None),
        (10**400, None),
        # A thousand and two hundred, or one and a fifth.
        ("1.200", None),
        (True, None),
        ("1001", 1001),
        (2**31, None),
    ],
)
def test_a_count_is_a_whole_number(written: Any, read: int | None) -> None:
    assert whole(written, largest=2**31 - 1) == read


def test_an_amount_is_rounded() -> None:
    assert rounded("10.6", largest=100) == 11
    assert rounded(101, largest=100) is None
    assert rounded(math.inf, largest=100) is None
    assert rounded("1.250M", largest=10**9) == 1_250_000
    assert rounded("0.900", largest=100) == 1
    assert rounded("1234.500", largest=10**9) == 1234
    assert rounded(12.125, largest=100) == 12


@given(st.integers(0, 10**12))
def test_a_number_is_the_same_however_its_digits_are_grouped(size: int) -> None:
    grouped = f"{size:,}"

    for mark in (",", " ", NBSP, "'", "_"):
        read = number(grouped.replace(",", mark))
        assert read == (None if mark == "_" and size > 999 else size)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.text("0123456789.,' kM$", max_size=45)))
def test_no_value_raises_and_every_number_is_finite(value: Any) -> None:
    read = number(value)

    assert read is None or isinstance(read, int) or math.isfinite(read)
