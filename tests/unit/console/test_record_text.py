"""Bytes of records as people read them."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.masking import HIDDEN
from console.domain.record_text import hex_dump, laid_out, masked_record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1,"b":[1,{}]}', '{\n  "a": 1,\n  "b": [\n    1,\n    {}\n  ]\n}'),
        ('{"c":"x, {y}: [z]"}', '{\n  "c": "x, {y}: [z]"\n}'),
        ('{"a": {}, "b": [ ]}', '{\n  "a": {},\n  "b": []\n}'),
        ("12345678901234567890.10e3", "12345678901234567890.10e3"),
        ('["\\"\\\\", "\\u00e4"]', '[\n  "\\"\\\\",\n  "\\u00e4"\n]'),
        ("no { json", "no { json"),
        ("", ""),
    ],
)
def test_json_is_laid_out_and_nothing_of_it_changes(text: str, expected: str) -> None:
    assert laid_out(text) == expected


@given(JSON)
def test_whatever_is_laid_out_is_the_same_document(document: Any) -> None:
    text = json.dumps(document)

    shown = laid_out(text)

    assert json.loads(shown) == document
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)


def test_deep_json_is_no_trouble() -> None:
    deep = "[" * 900 + "]" * 900

    assert len(laid_out(deep)) < 200_000
    # Deeper than Python reads.
    assert laid_out("[" * 100_000) == "[" * 100_000
    assert masked_record("[" * 100_000) == "[" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        '{"email": "kit@acme.example", "first_name": "Kit", "id": "7"}',
        # Cut off, as a large record is, and broken.
        '{"email": "kit@acme.example", "first_name": "Kit", "id": "7',
        'x {"first_name" : "Kit", "mail": "kit@acme.example"',
        '{"first_name": "Kit',
        '{"api_key": "Kit", "x": kit@acme.example',
    ],
)
def test_people_and_secrets_are_masked_also_in_what_is_no_json(text: str) -> None:
    shown = masked_record(text)

    assert HIDDEN in shown
    assert "Kit" not in shown
    assert "kit@" not in shown


def test_what_is_not_personal_stays() -> None:
    assert masked_record('{"company": "Acme", "n": 1') == '{"company": "Acme", "n": 1'


def test_bytes_are_written_sixteen_a_line() -> None:
    raw = b'{"a": "\xff\x00", "bcdefg": 1}'

    assert hex_dump(raw.hex()).splitlines() == [
        '000000  7b 22 61 22 3a 20 22 ff 00 22 2c 20 22 62 63 64  {"a": "..", "bcd',
        '000010  65 66 67 22 3a 20 31 7d                          efg": 1}',
    ]
    assert hex_dump("") == ""


@pytest.mark.parametrize("part", ['"\\', '"a" ', '"', "\\", '{"a":', '"' + " " * 50])
def test_a_megabyte_of_hostile_text_costs_a_megabytes_time(part: str) -> None:
    began = time.process_time()

    masked_record(part * (1_000_000 // len(part)))

    assert time.process_time() - began < 20


@pytest.mark.parametrize("digits", ["zz", "0", "<script>"])
def test_what_are_no_digits_stay_as_they_are(digits: str) -> None:
    assert hex_dump(digits) == digits
