"""The hub: one look a service, however many pages are open; nothing is left of a page that has gone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

import httpx
import pytest

from console.entrypoints.live import ALL, QUEUE, STILL_HERE, Hub, Page
from console.entrypoints.visitors import Visitor
from leadstream.admin.client import AdminApis
from leadstream.api.tokens import Role
from support.waiting import eventually

SERVICES = ("discovery", "delivery")
WORKSPACE = UUID(int=1)


class Summaries:
    """What the services say of their jobs. `seconds` goes on by itself, as the real one does."""

    def __init__(self) -> None:
        self.failed: Counter[str] = Counter()
        self.away: set[str] = set()
        self.refused: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.tokens: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = request.url.host
        self.asked[service] += 1
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.tokens.append(token)
        if service in self.away:
            raise httpx.ConnectError("nobody listens", request=request)
        if token in self.refused:
            error = {"code": "unauthorized", "message": "the token is not known"}
            return httpx.Response(401, json={"error": error})
        count = {"state": "failed", "kind": "k", "error_class": None, "count": self.failed[service]}
        since = f"2026-01-01T00:00:{self.asked.total() % 60:02}Z"
        return httpx.Response(200, json={"counts": [count], "more": [], "finished_since": since})


@pytest.fixture
def summaries() -> Summaries:
    return Summaries()


@pytest.fixture
async def hub(summaries: Summaries) -> AsyncIterator[Hub]:
    urls = {service: f"http://{service}" for service in SERVICES}
    apis = AdminApis(urls, transport=httpx.MockTransport(summaries))
    hub = Hub(apis, every=0.001, keep_alive=60)
    yield hub
    await hub.close()
    await apis.close()


def a_visitor(token: str = "ada", workspace_id: UUID | None = None) -> Visitor:  # noqa: S107
    return Visitor(token, Role.VIEWER, workspace_id, token)


class Follower:
    """An open page: what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []


@asynccontextmanager
async def following(hub: Hub, visitor: Visitor | None = None) -> AsyncIterator[Follower]:
    follower = Follower()

    async def follow() -> None:
        async with aclosing(hub.follow(visitor or a_visitor())) as changes:
            async for service in changes:
                follower.told.append(service)

    task = asyncio.create_task(follow())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def looked(summaries: Summaries, service: str = "discovery", times: int = 3) -> None:
    """So often since now: what is known by then is what the next look is compared with."""
    until = summaries.asked[service] + times

    await soon(lambda: summaries.asked[service] >= until, f"{service} is not looked at")


async def soon(holds: Callable[[], bool], otherwise: str) -> None:
    async def condition() -> bool:
        return holds()

    await eventually(condition, otherwise)


def lookers() -> list[str]:
    return sorted(each.get_name() for each in asyncio.all_tasks() if "live-" in each.get_name())


async def test_a_page_is_told_of_a_change_and_of_nothing_else(
    hub: Hub, summaries: Summaries
) -> None:
    async with following(hub) as page:
        await looked(summaries)
        await looked(summaries, "delivery")
        assert page.told == []

        summaries.failed["delivery"] += 1

        await soon(lambda: bool(page.told), "nobody was told")
        await looked(summaries)
        assert page.told == ["delivery"]


async def test_however_many_pages_are_open_each_service_is_looked_at_by_one(
    hub: Hub, summaries: Summaries
) -> None:
    async with following(hub) as one, following(hub) as two, following(hub) as three:
        await looked(summaries)

        assert lookers() == ["live-delivery", "live-discovery"]
        summaries.failed["discovery"] += 1
        await soon(lambda: one.told == two.told == three.told == ["discovery"], "not all were told")


async def test_a_workspace_is_looked_at_with_its_own_rights(hub: Hub, summaries: Summaries) -> None:
    async with following(hub), following(hub, a_visitor("tenant", WORKSPACE)):
        await looked(summaries, times=6)

        assert len(lookers()) == 4
        assert set(summaries.tokens) == {"ada", "tenant"}


async def test_nothing_is_left_of_pages_that_have_gone(hub: Hub, summaries: Summaries) -> None:
    before = len(asyncio.all_tasks())
    async with following(hub), following(hub):
        await looked(summaries)
        assert lookers()

    await soon(lambda: lookers() == [], "somebody still looks")
    assert len(asyncio.all_tasks()) == before
    asked = summaries.asked.total()
    async with following(hub) as page:
        await looked(summaries)
        summaries.failed["discovery"] += 1
        await soon(lambda: page.told == ["discovery"], "a later page is told nothing")
    assert summaries.asked.total() > asked


async def test_a_service_that_is_away_is_a_change_and_the_hub_goes_on(
    hub: Hub, summaries: Summaries
) -> None:
    async with following(hub) as page:
        await looked(summaries)
        summaries.away.add("discovery")
        await soon(lambda: page.told == ["discovery"], "that it went away was not told")

        await looked(summaries)
        await looked(summaries, "delivery")
        summaries.failed["delivery"] += 1
        await soon(lambda: "delivery" in page.told, "the others are told no more")
        summaries.away.clear()

        await soon(
            lambda: page.told == ["discovery", "delivery", "discovery"], "it did not come back"
        )


async def test_a_token_that_is_taken_back_does_not_silence_the_others(
    hub: Hub, summaries: Summaries
) -> None:
    async with following(hub, a_visitor("gone")), following(hub, a_visitor("good")) as page:
        await looked(summaries)
        summaries.refused.add("gone")
        await looked(summaries, times=6)
        page.told.clear()

        summaries.failed["discovery"] += 1

        await soon(lambda: "discovery" in page.told, "the good one hears nothing")
        assert summaries.tokens[-1] == "good"


async def test_at_the_end_all_streams_end_and_new_ones_do_not_begin(
    hub: Hub, summaries: Summaries
) -> None:
    ended = [asyncio.create_task(_whole(hub)) for _ in range(3)]
    await looked(summaries)

    await hub.close()

    async with asyncio.timeout(5):
        assert await asyncio.gather(*ended) == [[], [], []]
        assert await _whole(hub) == []
    await soon(lambda: lookers() == [], "somebody still looks")


async def _whole(hub: Hub) -> list[str]:
    return [service async for service in hub.follow(a_visitor())]


async def test_a_page_that_does_not_listen_takes_what_it_missed_as_one() -> None:
    page = Page(None)

    for _ in range(QUEUE + 1):
        page.tell("delivery")

    assert await page.told(1) == ALL
    assert await page.told(0) == STILL_HERE
    page.end()
    assert await page.told(1) is None
