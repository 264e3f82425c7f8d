# ruff: noqa: RUF001 - other people's alphabets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.reading import (
    clean,
    decode,
    is_blank,
    one_line,
    read_phone,
    read_text,
    shorten,
    whole_items,
)

PHONES = "+1 415 555 0100, +1 415 555 0101, +1 415 555 0102"


@pytest.mark.parametrize(
    "text",
    [
        "Acme Corp",
        "日本語 ☕ Ünï",
        # Joiners are letters of these names: Persian, Sinhala, Malayalam, Devanagari.
        "می\u200cخواهم",
        "ශ්\u200dරී ලංකා",
        "കൺ\u200dവെൻഷൻ",
        "क्\u200dष",
        # A family, a flag of a part of a country, a heart in red, a key.
        "👩\u200d👩\u200d👧",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Ltd",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "e\u0301lan",
        "x\xa0y",
        "a\nb\tc",
        # Younger than the tables of this Python.
        "\U0001fae9",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("x\0y\x07z\x1b", "xyz"),
        ("x\ud800y\udfff", "xy"),
        ("soft\xadhyphen", "softhyphen"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("safe\u202eexe.fdp\u202c", "safeexe.fdp"),
        ("\u2066isolated\u2069 \u200emark\u061c", "isolated mark"),
        ("\U000e0041\U000e0042hidden", "hidden"),
        ("x\ufdd0\uffff\U0001fffe", "x"),
        # Joiners with nothing to join.
        ("\u200d\u200cAcme\u200d Corp\u200c", "Acme Corp"),
        ("a\u200d\u200d\u200cb", "a\u200db"),
    ],
)
def test_what_nobody_sees_goes(text: str, left: str) -> None:
    assert clean(text) == left


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\t\n", "\xa0\u2003\u3000", "\u200b", "\u200b\u200c\u200d\u2060\ufeff", "\xad"),
        *("\u202e\u202c", "\u3164\u3164", "\u115f\u1160\uffa0", "\u2800", "\ufe0f", "\u034f"),
        *(
            "\u0301\u0302",
            "\U000e0041\U000e0042",
            "\0\x07\x1b",
            "\ud800",
            "\ue000",
            "\ufffc",
            "\u180e",
        ),
    ],
)
def test_what_has_nothing_to_be_seen_is_blank(text: str) -> None:
    assert is_blank(text)
    assert read_text(text, 100) is None
    assert one_line(text) == ""


@pytest.mark.parametrize("value", [None, 7, True, ["Acme"], {}, b"Acme", " \0 "])
def test_what_is_no_text_is_none(value: object) -> None:
    assert read_text(value, 100) is None


@pytest.mark.parametrize("between", [", ", "; ", " | ", "\n", " / ", " or ", "   ;   "])
def test_of_several_numbers_those_that_fit_are_kept_whole(between: str) -> None:
    one, two, three = "+1 415 555 0100", "+1 415 555 0101", "+1 415 555 0102"
    both = one + between + two
    written = both + between + three

    assert whole_items(written, len(written)) == written
    assert whole_items(written, len(written) - 1) == both
    assert whole_items(written, len(both)) == both
    assert whole_items(written, len(both) - 1) == one
    assert whole_items(written, len(one)) == one
    assert whole_items(written, len(one) - 1) is None


def test_a_number_that_does_not_fit_is_none_and_one_written_as_a_number_is_read() -> None:
    assert read_phone("9" * 50, 40) is None
    assert read_phone(14155550100, 40) == "14155550100"
    assert read_phone(5550100.0, 40) == "5550100"
    assert [read_phone(odd, 40) for odd in (0.0, -1.0, 5550.1, 1e300, float("nan"))] == [None] * 5
    assert read_phone(True, 40) is None
    assert read_phone(" \u200b ", 40) is None
    assert read_phone(PHONES, 40) == "+1 415 555 0100, +1 415 555 0101"


@pytest.mark.parametrize(
    ("text", "longest", "kept"),
    [
        ("word " * 100, 29, "word word word word word word"),
        ("Acme Corporation of America", 20, "Acme Corporation of"),
        ("Kafka, PostgreSQL, Python", 24, "Kafka, PostgreSQL"),
        # Not inside a number, however it is written.
        ("Call +1 415 555 0100 or +1 415 555 0101", 30, "Call +1 415 555 0100 or"),
        ("Tel. 030/1234567 or 030/7654321", 25, "Tel. 030/1234567 or"),
        ("(415) 555-0100, (415) 555-0101", 24, "(415) 555-0100"),
        # Not between a letter and its accent, nor inside an emoji.
        ("x" * 29 + "e\u0301", 30, "x" * 29),
        ("x" * 28 + "👩\u200d👧", 30, "x" * 28),
        ("x" * 29 + "👍\U0001f3fd", 30, "x" * 29),
        ("x" * 1000, 9, "x" * 9),
        ("Acme", 4, "Acme"),
    ],
)
def test_text_is_cut_where_a_person_would(text: str, longest: int, kept: str) -> None:
    assert shorten(text, longest) == kept


@given(st.text(), st.integers(1, 40))
def test_no_text_grows_or_holds_what_can_not_be_stored(text: str, longest: int) -> None:
    kept = read_text(text, longest)

    assert len(shorten(text, longest)) <= longest
    assert len(one_line(text, longest)) <= longest
    assert kept is None or (0 < len(kept) <= longest and not is_blank(kept))
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


@pytest.mark.parametrize("text", ["1" * 100_000, "1 " * 50_000, " " * 100_000, "\u200d" * 100_000])
def test_long_text_takes_no_long_time(text: str) -> None:
    # Each of these is quadratic with a pattern that begins anew at every character.
    for longest in (500, 20_000, 99_999):
        assert len(shorten(text, longest)) <= longest
        whole_items(text, longest)
        one_line(text, longest)


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Müller".encode(), None, "Müller"),
        ("Müller".encode("latin-1"), None, "Müller"),
        ("Müller".encode("utf-16"), None, "Müller"),
        ("Müller €".encode("cp1252"), "utf-8", "Müller €"),
        ("Ошибка".encode("koi8-r"), "KOI8-R", "Ошибка"),
        ("Ошибка".encode("koi8-r"), "base64", "ïÛÉÂËÁ"),
        (b"\x00", None, "\0"),
        (b"", None, ""),
    ],
)
def test_bytes_are_read_whatever_they_are_written_in(
    content: bytes, charset: str | None, text: str
) -> None:
    assert decode(content, charset) == text


@given(st.binary(), st.none() | st.text() | st.sampled_from(["utf-16", "gbk", "zip", "utf-7"]))
def test_no_bytes_raise(content: bytes, charset: str | None) -> None:
    decode(content, charset).encode("utf-8", "surrogatepass")
