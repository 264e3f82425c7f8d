from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.reading import pick, word


class Status(StrEnum):
    VALID = "valid"
    ACCEPT_ALL = "accept_all"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("valid", Status.VALID),
        ("Valid", Status.VALID),
        (" VALID \n", Status.VALID),
        ("valid.", Status.VALID),
        ('"valid"', Status.VALID),
        ("va\u200blid\ufeff", Status.VALID),
        ("\xa0valid\u3000", Status.VALID),
        ("\uff36\uff21\uff2c\uff29\uff24", Status.VALID),
        ("Accept All", Status.ACCEPT_ALL),
        ("accept-all", Status.ACCEPT_ALL),
        ("ACCEPT__ALL", Status.ACCEPT_ALL),
        ("validated", None),
        ("in valid", None),
        ("", None),
        ("\u200b", None),
        ("valid" * 1000, None),
        (None, None),
        (True, None),
        (["valid"], None),
    ],
)
def test_a_word_is_known_however_it_is_spelled(said: Any, status: Status | None) -> None:
    assert pick(Status, said) is status


@given(st.text())
def test_a_word_is_as_its_own_reading(text: str) -> None:
    read = word(text)

    assert read is None or word(read) == read
    assert word(f" {text}\n") == read or len(text) > 98
