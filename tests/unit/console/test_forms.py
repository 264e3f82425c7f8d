import pytest

from console.entrypoints.forms import parse_form
from leadstream.api.errors import InvalidError


def test_a_form_is_read_as_browsers_send_it() -> None:
    form = parse_form(b"a=1&ids=x&ids=y&empty=&text=+%C3%BC%2B%26+&reason=+why+")

    assert dict(form) == {
        "a": "1",
        "ids": "y",
        "empty": "",
        "text": "ü+&",
        "reason": "why",
    }
    assert form.lists("ids") == ["x", "y"]
    assert form.lists("none") == []
    assert (form.text("empty"), form.text("none"), form.text("a")) == (None, None, "1")
    assert form.reason == "why"


@pytest.mark.parametrize("body", [b"", b"&", b"&&&"])
def test_an_empty_form_is_one(body: bytes) -> None:
    assert parse_form(body) == {}


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=%ed%a0%80", b"&" * 1000])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError) as refusal:
        parse_form(body)

    assert refusal.value.field == "body"


def test_what_is_kept_of_a_form_has_no_secret() -> None:
    form = parse_form(b"a=1&a=2&token=t&client_secret=s&x=y")

    assert form.kept == [("a", "1"), ("a", "2"), ("token", ""), ("client_secret", ""), ("x", "y")]
