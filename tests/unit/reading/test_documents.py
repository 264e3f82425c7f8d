import codecs
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.contracts.strict_json import has_nul
from leadstream.reading import NotJsonError, entries, listed, read_json, spoken

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ENCODINGS = [
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
]


@pytest.mark.parametrize(
    ("content", "document"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"\xef\xbb\xbf[]", []),
        (b' \r\n{"a": null} \n', {"a": None}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        ('{"a": 1}'.encode("utf-16-le"), {"a": 1}),
        ('{"a": "é"}'.encode("utf-32-be"), {"a": "é"}),
        # Half a surrogate pair, escaped or raw, alone or in the wrong order; whole ones stay.
        (rb'["x\ud800y"]', ["xy"]),
        (rb'["x\uDC00y", "\ud83d\ude00"]', ["xy", "😀"]),
        (rb'["\ud83d\ud83d\ude00\ude00"]', ["😀"]),
        (rb'["\ude00\ud83d"]', [""]),
        (b'["x\xed\xa0\x80y"]', ["xy"]),
        (rb'["x\u0000y"]', ["xy"]),
        (b'["x\0y"]', ["xy"]),
        # Not an escape: a backslash, and then letters.
        (rb'["\\u0000 \\ud800 \\\\u0000"]', ["\\u0000 \\ud800 \\\\u0000"]),
        (rb'["\\\u0000", "\u0000"]', ["\\", ""]),
        # Latin-1 in what should be UTF-8.
        (b'["M\xfcller", "M\xc3\xbcller", "\x80"]', ["Müller", "Müller", "€"]),
        (b'["a\nb\tc"]', ["a\nb\tc"]),
        (b"[1e400, -1e400, 1e-400]", [None, None, 0.0]),
        (b"[1" + b"0" * 400 + b"]", [None]),
        (b"[1" + b"0" * 9_000 + b"]", [None]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_json_is_read_whatever_it_is_written_in(content: bytes, document: Any) -> None:
    assert read_json(content) == document


@pytest.mark.parametrize("content", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0", b"null"])
def test_no_content_is_none(content: bytes) -> None:
    assert read_json(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b'{"a": NaN}',
        b"[Infinity]",
        b'{"a": 1',
        b"{'a': 1}",
        b"OK",
        b"\xff",
        b"[" * 200_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        b'["\\x00"]',
    ],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_json(content)


def test_what_the_sender_says_of_its_charset_counts_where_it_is_not_utf8() -> None:
    assert read_json('["Привет"]'.encode("cp1251"), "windows-1251") == ["Привет"]
    assert read_json('["Привет"]'.encode(), "windows-1251") == ["Привет"]


@pytest.mark.parametrize("charset", ["base64", "zip", "idna", "unicode_escape", "no-such", "a\0b"])
def test_a_charset_that_is_none_is_not_believed(charset: str) -> None:
    assert read_json(b'["\xfc"]', charset) == ["ü"]


@given(JSON, st.sampled_from(ENCODINGS))
def test_every_document_survives_every_encoding(document: Any, encoding: tuple[bytes, str]) -> None:
    mark, name = encoding
    content = mark + orjson.dumps(document).decode().encode(name)

    read = read_json(content)

    # U+0000 is the one character that is left out.
    assert orjson.dumps(read) == orjson.dumps(document).replace(b"\\u0000", b"") or (
        b"\\u0000" in content.replace(b"\0", b"")
    )


@given(st.binary() | st.binary().map(lambda raw: b'["' + raw + b'"]'))
def test_no_bytes_raise_anything_else_and_every_text_can_be_stored(content: bytes) -> None:
    try:
        read = read_json(content)
    except NotJsonError:
        return

    assert not has_nul(orjson.dumps(read))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ("", []),
        (False, []),
        ([1], [1]),
        ({"name": "Acme"}, [{"name": "Acme"}]),
        ("many", None),
        (True, None),
        (7, None),
        (math.nan, None),
    ],
)
def test_a_list_may_be_missing_or_a_single_object(value: Any, found: Any) -> None:
    assert listed(value) == found


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (None, []),
        ({}, []),
        ([], []),
        ([{"name": "Acme"}], [{"name": "Acme"}]),
        ({"results": None}, []),
        ({"results": {}}, []),
        ({"results": None, "message": "no companies"}, []),
        ({"count": 0}, []),
        ({"results": [1], "error": None}, [1]),
        ({"results": [1], "errors": ["one of them"]}, [1]),
        ({"results": "none"}, None),
        ("none", None),
        ({"error": "try later"}, None),
        ({"results": None, "error": {"code": "quota_exceeded"}}, None),
        ({"message": "Service is starting"}, None),
        ({"success": False, "results": None}, None),
    ],
)
def test_an_empty_answer_has_an_empty_list_and_a_fault_has_none(document: Any, found: Any) -> None:
    assert entries(document, "results") == found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"error": {"code": "quota_exceeded", "message": "no more"}}, "quota_exceeded"),
        ({"error": "no more"}, "no more"),
        ({"errors": [{"message": "no more"}]}, "no more"),
        ({"code": "x", "message": "y"}, "x"),
        ({"code": 7, "message": " y "}, "y"),
        ({"error": {}, "message": ""}, None),
        ({"error": []}, None),
        ([], None),
        ("quota_exceeded", None),
        (None, None),
    ],
)
def test_a_fault_is_told_in_all_the_shapes_in_use(document: Any, said: str | None) -> None:
    assert spoken(document) == said


@given(JSON)
def test_no_document_raises(document: Any) -> None:
    assert entries(document, "results") is None or isinstance(entries(document, "results"), list)
    assert isinstance(spoken(document), str | None)
