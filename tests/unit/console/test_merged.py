"""One list out of five services': every row once, in order, whatever comes in and whoever is away meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.application.merged import BadCursorError, Merged, merged
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, AwayError

SERVICES = ("discovery", "delivery", "scheduler")
START = datetime(2026, 11, 29, tzinfo=UTC)
LONGEST = 7

Row = dict[str, Any]


def key(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["at"], row["id"]


class Lists:
    """The services' own lists, by keyset, as their APIs page them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {service: [] for service in SERVICES}
        self.away: set[str] = set()
        self.asked = 0
        self._made = 0

    def add(self, service: str, second: int) -> Row:
        self._made += 1
        row = {"id": f"{self._made:04}", "at": START + timedelta(seconds=second)}
        self.rows[service].append(row)
        return row

    async def try_(self, call: Call[Any]) -> Any:
        self.asked += 1
        if call.service in self.away:
            return AwayError(call.service, "does not answer")
        cursor, limit = call.params.get("cursor"), int(call.params["limit"])
        rows = sorted(self.rows[call.service], key=key, reverse=True)
        if cursor:
            rows = [row for row in rows if "/".join((row["at"].isoformat(), row["id"])) < cursor]
        shown = rows[:limit]
        more = len(rows) > limit
        last = "/".join((shown[-1]["at"].isoformat(), shown[-1]["id"])) if more else None
        return {"items": shown, "next": last}

    async def ask(self, call: Call[Any]) -> Any:
        raise NotImplementedError

    async def all(self, *calls: Call[Any]) -> Any:
        raise NotImplementedError

    async def readiness(self, service: str) -> Any:
        raise NotImplementedError

    def page(self, cursor: str | None = None) -> Merged:
        return asyncio.run(merged(self, SERVICES, _ask, key, cursor=cursor, limit=LONGEST))


def _ask(service: str, cursor: str | None, limit: int) -> Call[Any]:
    params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
    return Call(service, "GET", "things", Any, params)


def read_all(lists: Lists, between: Callable[[int], None] = lambda page: None) -> list[Row]:
    seen: list[Row] = []
    cursor, page = None, 0
    while True:
        found = lists.page(cursor)
        assert len(found.rows) <= LONGEST
        assert found.rows or found.next is None
        seen += found.rows
        cursor, page = found.next, page + 1
        if cursor is None:
            return seen
        between(page)


# Few moments, so that rows share them.
rows = st.lists(st.tuples(st.sampled_from(SERVICES), st.integers(0, 12)), max_size=60)


@given(rows)
def test_the_pages_are_the_sorted_union(made: list[tuple[str, int]]) -> None:
    lists = Lists()
    for service, second in made:
        lists.add(service, second)

    seen = read_all(lists)

    wanted = [{**r, "service": s} for s, of in lists.rows.items() for r in of]
    assert seen == sorted(wanted, key=key, reverse=True)


@given(
    rows,
    st.lists(
        st.lists(st.tuples(st.sampled_from(SERVICES), st.integers(13, 30)), max_size=40), max_size=6
    ),
)
def test_rows_that_come_in_between_pages_move_none_of_the_others(
    made: list[tuple[str, int]], coming: list[list[tuple[str, int]]]
) -> None:
    lists = Lists()
    for service, second in made:
        lists.add(service, second)
    wanted = sorted((row["id"] for of in lists.rows.values() for row in of), key=str)

    def between(page: int) -> None:
        for service, second in coming[page - 1] if page <= len(coming) else []:
            lists.add(service, second)

    seen = read_all(lists, between)

    assert sorted((row["id"] for row in seen), key=str) == wanted
    assert [key(row) for row in seen] == sorted(map(key, seen), reverse=True)


@given(rows, st.lists(st.sampled_from(["", *SERVICES]), max_size=10))
def test_while_a_service_is_away_the_others_rows_are_all_there(
    made: list[tuple[str, int]], away: list[str]
) -> None:
    lists = Lists()
    for service, second in made:
        lists.add(service, second)

    def between(page: int) -> None:
        lists.away = {away[page - 1]} - {""} if page <= len(away) else set()

    seen = read_all(lists, between)

    there = {row["id"] for service, of in lists.rows.items() for row in of if service not in away}
    found = [row["id"] for row in seen]
    assert there <= set(found)
    assert len(found) == len(set(found))
    assert [key(row) for row in seen] == sorted(map(key, seen), reverse=True)


def test_who_is_away_is_named_with_every_page() -> None:
    lists = Lists()
    for second in range(20):
        lists.add("delivery", second)
    lists.away = {"scheduler"}

    first = lists.page()
    second_page = lists.page(first.next)

    assert [error.service for error in first.errors] == ["scheduler"]
    assert [error.service for error in second_page.errors] == ["scheduler"]


def test_a_service_with_too_many_new_rows_is_named_and_loses_none_unseen() -> None:
    lists = Lists()
    for second in range(10):
        lists.add("delivery", 1000 + second)
    lists.add("discovery", 1)
    lists.add("discovery", 2)
    first = lists.page()
    for second in range(2000):
        lists.add("discovery", 5000 + second)
    asked = lists.asked

    page = lists.page(first.next)

    assert [row["service"] for row in page.rows] == ["delivery"] * 3
    [error] = page.errors
    assert isinstance(error, AdminError)
    assert error.service == "discovery"
    assert "begin at the newest" in error.message
    assert lists.asked - asked < 10


def test_many_new_rows_are_passed_over_in_a_few_long_pages() -> None:
    lists = Lists()
    for second in range(10):
        lists.add("delivery", 1000 + second)
    old = lists.add("discovery", 1)
    first = lists.page()
    for second in range(500):
        lists.add("discovery", 5000 + second)

    page = lists.page(first.next)

    assert page.errors == []
    assert old["id"] in [row["id"] for row in page.rows]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%%%",
        "bnVsbA==",
        "e30=",
        "eyJsYXN0IjogWyIyMDI2LTAxLTAxIiwgImEiXSwgIm9mIjoge319",
        "eyJsYXN0IjogWzEsIDJdLCAib2YiOiB7fX0=",
        "eyJsYXN0IjogIngiLCAib2YiOiBbXX0=",
        "ü",
        "W" * 10_000,
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursorError):
        Lists().page(cursor)
