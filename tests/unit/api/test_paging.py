import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import orjson
import pytest
from asyncpg.pgproto import pgproto
from hypothesis import given
from hypothesis import strategies as st

from leadstream.api import InvalidError, Paging, decode_cursor, encode_cursor

AT = datetime(2026, 1, 22, 2, 16, 30, 123456, tzinfo=UTC)
ID = UUID("0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11")


def packed(*key: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def test_a_key_comes_back_to_the_microsecond() -> None:
    assert decode_cursor(encode_cursor(AT, ID, "a", 7), datetime, UUID, str, int) == (
        AT,
        ID,
        "a",
        7,
    )


def test_a_time_comes_back_as_the_same_instant_in_utc() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))

    assert decode_cursor(encode_cursor(there), datetime) == (AT,)
    assert decode_cursor(encode_cursor(there), datetime)[0].tzinfo is UTC


def test_a_column_that_may_be_null_may_be_null() -> None:
    assert decode_cursor(encode_cursor(None, ID), datetime | None, UUID) == (None, ID)
    assert decode_cursor(encode_cursor(AT, ID), datetime | None, UUID) == (AT, ID)


def test_a_cursor_can_stand_in_a_url() -> None:
    cursors = "".join(encode_cursor(uuid4(), "?&=/+ ") for _ in range(50))

    assert set(cursors) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!",
        "ä",
        "AAAA" * 1000,
        packed(),
        packed(AT),
        packed(AT, ID, 1),
        packed(ID, AT),
        packed("2026-01-22T02:16:30", ID),
        packed(AT, "no uuid"),
        packed(AT, None),
        packed(1, ID),
        packed(["x"], ID),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"[").decode(),
    ],
)
def test_a_cursor_we_did_not_give_out_is_the_callers_mistake(cursor: str) -> None:
    with pytest.raises(InvalidError) as caught:
        decode_cursor(cursor, datetime, UUID)

    assert (caught.value.status, caught.value.field) == (422, "cursor")


@pytest.mark.parametrize("part", ["\0", 2**63, True, 1.5])
def test_nothing_that_postgres_cannot_hold_gets_through(part: object) -> None:
    kind = str if isinstance(part, str) else int

    with pytest.raises(InvalidError):
        decode_cursor(packed(part), kind)


@given(st.text(max_size=60))
def test_no_text_does_worse_than_422(text: str) -> None:
    with pytest.raises(InvalidError):
        decode_cursor(text, datetime, UUID)


def a_page(paging: Paging, rows: list[int]) -> dict[str, list[str] | str | None]:
    return paging.page(rows, key=lambda row: (row,), render=str)


def test_the_row_too_many_says_that_there_is_a_next_page() -> None:
    page = a_page(Paging(limit=3, cursor=None), [1, 2, 3, 4])

    assert page["items"] == ["1", "2", "3"]
    assert decode_cursor(str(page["next"]), int) == (3,)


@pytest.mark.parametrize("rows", [[], [1], [1, 2, 3]])
def test_the_last_page_has_no_next(rows: list[int]) -> None:
    assert a_page(Paging(limit=3, cursor=None), rows)["next"] is None


def test_pages_put_together_are_the_whole_list() -> None:
    everything = list(range(100, 0, -1))
    seen: list[str] = []
    cursor = None
    while True:
        paging = Paging(limit=7, cursor=cursor)
        after = paging.after(int)
        rest = [row for row in everything if after is None or row < after[0]]
        page = a_page(paging, rest[: paging.limit + 1])
        seen += page["items"] or []
        if page["next"] is None:
            break
        cursor = str(page["next"])

    assert seen == [str(row) for row in everything]


def test_a_key_may_be_an_id_as_asyncpg_gives_it() -> None:
    assert decode_cursor(encode_cursor(pgproto.UUID(str(ID))), UUID) == (ID,)
