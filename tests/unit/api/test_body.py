import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from leadstream.api import ApiError, InvalidError
from leadstream.api.body import DEEPEST, check_json, read_body


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"],
)
def test_json_is_let_through(content_type: str) -> None:
    check_json('{"name": "Zoë \\\\u0000", "n": [1, 2.5, null]}'.encode(), content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/json",
        "application/jsonx",
        "json",
    ],
)
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidError, match="application/json"):
        check_json(b"{}", content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a": 1} {"b": 2}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError, match="the body is not JSON") as caught:
        check_json(body, "application/json")

    assert caught.value.field == "body"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"filters": {"industry": ["x", "\\u0000"]}}', "filters.industry.1"),
        (b'{"filters": {"\\u0000": 1}}', "filters"),
        (b'"\\u0000"', "body"),
    ],
)
def test_a_nul_is_refused_and_its_field_named(body: bytes, field: str) -> None:
    with pytest.raises(InvalidError, match=r"U\+0000") as caught:
        check_json(body, "application/json")

    assert caught.value.field == field


def test_depth_has_a_limit() -> None:
    def nested(depth: int) -> bytes:
        return b"[" * depth + b"]" * depth

    check_json(nested(DEEPEST), "application/json")
    with pytest.raises(InvalidError, match="levels deep"):
        check_json(nested(DEEPEST + 1), "application/json")


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_422(body: bytes) -> None:
    try:
        check_json(body, "application/json")
    except InvalidError as exc:
        assert exc.status == 422  # noqa: PT017 - either outcome will do, and no other


class Client:
    """Sends the messages it was given, and then nothing more."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)

    async def receive(self) -> Message:
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)


async def test_a_body_in_pieces_is_put_together() -> None:
    client = Client(
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"cd"},
    )

    assert await read_body(client.receive) == b"abcd"


async def test_half_a_body_is_not_taken_for_a_whole_one() -> None:
    client = Client(
        {"type": "http.request", "body": b'{"a": 1}', "more_body": True},
        {"type": "http.disconnect"},
    )

    with pytest.raises(ApiError) as caught:
        await read_body(client.receive)

    assert caught.value.status == 400


async def test_a_body_that_does_not_arrive_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadstream.api.body.READ_TIMEOUT", timedelta(milliseconds=10))
    client = Client({"type": "http.request", "body": b"{", "more_body": True})

    with pytest.raises(ApiError) as caught:
        await read_body(client.receive)

    assert caught.value.status == 408
