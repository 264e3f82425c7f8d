from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.http import (
    Whereabouts,
    asked_wait,
    document_of,
    is_foreign,
    is_page,
    words_of,
)

NOW = datetime(2026, 10, 21, 7, 0, tzinfo=UTC)
PAGE = b"<!DOCTYPE html><html><body>Access denied</body></html>"
HTML = {"content-type": "text/html; charset=utf-8"}
OWN = httpx.Response(200, json={"results": []})


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 408, 422, 429, 500, 502])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (HTML, PAGE),
        ({}, b"\xef\xbb\xbf\r\n <html>"),
        ({"content-type": "application/xml"}, b'<?xml version="1.0"?><Error/>'),
        ({"content-type": "text/plain"}, b"upstream connect error or disconnect/reset"),
        ({"content-type": "text/plain"}, b"404 page not found\n"),
        ({"content-type": "text/plain"}, b"error code: 1015"),
        # Whatever it says it is.
        ({"content-type": "application/json"}, PAGE),
        ({"content-type": "application/json"}, b'"Forbidden"'),
        ({"content-type": "application/json"}, b'{"results": ['),
    ],
)
def test_what_is_not_json_is_somebody_elses(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    assert is_foreign(httpx.Response(status, headers=headers, content=body))


@pytest.mark.parametrize("status", [200, 400, 401, 404, 422, 500])
@pytest.mark.parametrize(
    "body", [b"", b" \n", b"{}", b"[]", b"null", b'{"message": "no"}', '{"é": 1}'.encode("utf-16")]
)
def test_what_is_json_or_nothing_is_the_apis_own(status: int, body: bytes) -> None:
    # Some frameworks call everything HTML.
    assert not is_foreign(httpx.Response(status, headers=HTML, content=body))


@pytest.mark.parametrize("status", [301, 302, 307, 407, 421, 511])
def test_some_statuses_only_something_in_between_says(status: int) -> None:
    assert is_foreign(httpx.Response(status, json={"message": "log in"}))


@pytest.mark.parametrize(
    ("headers", "body", "page"),
    [
        (HTML, b"", True),
        ({"content-type": "Text/HTML"}, b"ok", True),
        ({}, PAGE, True),
        ({}, b" \n<p>", True),
        ({"content-type": "text/plain"}, b"ok", False),
        ({"content-type": "text/plain"}, b"no_service", False),
        ({}, b"", False),
    ],
)
def test_a_page_is_told_by_its_type_or_its_beginning(
    headers: dict[str, str], body: bytes, page: bool
) -> None:
    assert is_page(httpx.Response(200, headers=headers, content=body)) is page


@pytest.mark.parametrize("status", [404, 405, 410])
@pytest.mark.parametrize("body", [b"", b'{"success":false,"message":"deprecated API endpoint"}'])
def test_an_api_that_was_never_met_and_says_not_here_is_elsewhere(status: int, body: bytes) -> None:
    assert Whereabouts().is_elsewhere(httpx.Response(status, content=body))


def test_not_here_to_everything_is_told_from_not_here_once() -> None:
    whereabouts, missing = Whereabouts(), httpx.Response(404, json={"message": "no such company"})

    told = [whereabouts.is_elsewhere(each) for each in (OWN, missing, missing, OWN, missing)]
    then = [whereabouts.is_elsewhere(missing) for _ in range(3)]

    assert told == [False] * 5
    assert then == [False, True, True]


@pytest.mark.parametrize(
    "foreign",
    [
        httpx.Response(404, content=PAGE, headers=HTML),
        httpx.Response(301, headers={"location": "https://elsewhere.example/"}),
    ],
)
def test_what_something_in_between_says_once_is_not_believed_at_once(
    foreign: httpx.Response,
) -> None:
    whereabouts = Whereabouts()

    assert [whereabouts.is_elsewhere(foreign) for _ in range(4)] == [False, False, True, True]
    assert not whereabouts.is_elsewhere(httpx.Response(503))
    assert not whereabouts.is_elsewhere(foreign)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "30", "ratelimit-reset": "5"}, timedelta(seconds=30)),
        ({"retry-after": "inf", "ratelimit-reset": "5"}, timedelta(seconds=5)),
        ({"x-ratelimit-reset": "1792566060"}, timedelta(minutes=1)),
        ({"X-Rate-Limit-Reset": "2026-10-21T07:01:00Z"}, timedelta(minutes=1)),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_where_it_is_said(headers: dict[str, str], wait: timedelta | None) -> None:
    assert asked_wait(429, headers, now=NOW) == wait
    assert asked_wait(429, httpx.Headers(headers), now=NOW) == wait


def test_when_a_limit_is_reset_matters_only_to_who_has_reached_it() -> None:
    headers = {"ratelimit-reset": "3600"}

    assert asked_wait(503, headers, now=NOW) is None
    assert asked_wait(503, {**headers, "retry-after": "5"}, now=NOW) == timedelta(seconds=5)


@pytest.mark.parametrize("charset", ["base64", "zip", "hex", "rot13", "undefined", '"', "no-such"])
def test_a_charset_that_is_none_does_no_harm(charset: str) -> None:
    response = httpx.Response(
        400, headers={"content-type": f"text/plain; charset={charset}"}, content=b"M\xfcll\0er"
    )

    assert words_of(response, 100) == "Müller"


def test_the_charset_that_an_answer_names_is_used() -> None:
    headers = {"content-type": 'text/plain; charset="KOI8-R"; v=1'}
    response = httpx.Response(400, headers=headers, content="Ошибка".encode("koi8-r"))

    assert words_of(response, 100) == "Ошибка"
    assert len(words_of(httpx.Response(400, content=b"x" * 9_999), 500)) == 500


@given(st.integers(200, 599), st.binary(), st.text(st.characters(max_codepoint=255)))
def test_no_answer_raises(status: int, body: bytes, kind: str) -> None:
    response = httpx.Response(status, headers=[(b"content-type", kind.encode("latin-1"))])
    response = httpx.Response(status, headers=response.headers.raw, content=body)

    Whereabouts().is_elsewhere(response)
    words_of(response, 10).encode()
    if body.strip() and not is_foreign(response):
        assert isinstance(document_of(response), dict | list | None)
    is_page(response)
