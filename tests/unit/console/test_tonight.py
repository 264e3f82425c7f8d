"""What somebody on call sees of five services, some of which may be away."""

import asyncio
from typing import Any

import pytest

from console.application.in_time import in_time
from console.application.tonight import LATE, look
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, AwayError, RefusedError
from leadstream.settings import SERVICE_PORTS
from unit.console.nights import a_tick

SERVICES = list(SERVICE_PORTS)
NOW = "2026-11-29T02:00:01+00:00"


class FakeApi:
    """Answers by (service, path); a service of `silent` never does."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = {}
        self.away: set[str] = set()
        self.silent: set[str] = set()
        self.failing: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, str]] = []
        for service in SERVICES:
            self.answers[service, "jobs/summary"] = {"counts": [], "more": []}
            self.answers[service, "pauses"] = {"items": []}

    def on(self, service: str, path: str, answer: Any) -> None:
        self.answers[service, path] = answer

    async def ask(self, call: Call[Any]) -> Any:
        await self._reach(call.service)
        self.asked.append((call.service, call.path))
        answer = self.answers.get((call.service, call.path))
        if answer is None:
            raise RefusedError(call.service, "404 no such thing", status=404)
        if isinstance(answer, AdminError):
            raise answer
        return answer

    async def try_(self, call: Call[Any]) -> Any:
        try:
            return await self.ask(call)
        except AdminError as exc:
            return exc

    async def all(self, *calls: Call[Any]) -> Any:
        return tuple(await asyncio.gather(*map(self.try_, calls)))

    async def readiness(self, service: str) -> Any:
        try:
            await self._reach(service)
        except AwayError as exc:
            return exc
        failing = self.failing.get(service, {})
        status = "unavailable" if failing else "ok"
        return {"status": status, "failing": failing, "passing": []}

    async def _reach(self, service: str) -> None:
        if service in self.away:
            raise AwayError(service, "does not answer (ConnectError)")
        if service in self.silent:
            await asyncio.Event().wait()


def jobs(**states: int) -> dict[str, Any]:
    counts = [
        {"state": state, "kind": "k", "error_class": None, "count": n}
        for state, n in states.items()
    ]
    return {"counts": counts, "more": ["ready"]}


def a_failure(last: str, message: str = "it broke") -> dict[str, Any]:
    return {"key": message, "kind": "k", "message": message, "count": 1, "last": last}


@pytest.fixture
def api() -> FakeApi:
    api = FakeApi()
    api.on("discovery", "runs", {"items": [a_tick()], "next": None})
    api.on("discovery", f"runs/{a_tick()['tick_id']}", a_tick())
    api.on(
        "platform-upload", "billing-events/count", {"count": 5, "platforms": {"tech-platform": 5}}
    )
    api.on("scheduler", "schedules", {"items": []})
    api.on("scheduler", "schedules/daily-lead-generation/ticks", {"items": []})
    return api


async def test_a_service_says_what_there_is_to_do(api: FakeApi) -> None:
    api.on("delivery", "jobs/summary", jobs(ready=3, running=1, failed=2, succeeded=9))
    api.failing["enrichment"] = {"kafka": "no broker"}

    tonight = await look(api, SERVICES)

    services = {each.name: each for each in tonight.services}
    assert [services["delivery"].count(state) for state in ("ready", "running", "failed")] == [
        3,
        1,
        2,
    ]
    assert not isinstance(services["delivery"].jobs, AdminError)
    assert [each.state for each in services["delivery"].jobs if each.more] == ["ready"]
    assert services["delivery"].ready
    assert (services["enrichment"].ready, services["enrichment"].failing) == (False, ["kafka"])


@pytest.mark.parametrize("gone", SERVICES)
async def test_a5_who_is_away_takes_nothing_from_the_others(api: FakeApi, gone: str) -> None:
    api.away.add(gone)

    tonight = await look(api, SERVICES)

    assert [each.name for each in tonight.services if each.away] == [gone]
    assert isinstance(tonight.night, AwayError) is (gone == "discovery")
    assert isinstance(tonight.last, AwayError) is (gone == "scheduler")


@pytest.mark.parametrize("silent", SERVICES)
async def test_a5_who_says_nothing_holds_no_page(api: FakeApi, silent: str) -> None:
    api.silent.add(silent)

    # Whatever is not bounded would never come to an end.
    async with asyncio.timeout(10):
        tonight = await look(api, SERVICES)

    away = [each for each in tonight.services if each.away]
    assert [each.name for each in away] == [silent]
    assert away[0].away
    assert away[0].away.message == LATE
    assert len(tonight.services) == len(SERVICES)


async def test_only_services_that_have_failures_are_asked_for_them(api: FakeApi) -> None:
    api.on("delivery", "jobs/summary", jobs(failed=2))
    api.on("delivery", "failures", {"items": [a_failure("1", "older"), a_failure("3", "newest")]})
    api.on("enrichment", "jobs/summary", jobs(failed=1))
    api.on("enrichment", "failures", {"items": [a_failure("2", "newer")]})

    tonight = await look(api, SERVICES)

    assert [each.failure["message"] for each in tonight.groups] == ["newest", "newer", "older"]
    assert {service for service, path in api.asked if path == "failures"} == {
        "delivery",
        "enrichment",
    }


async def test_what_most_waits_behind_comes_first(api: FakeApi) -> None:
    few, many = ({"scope": scope, "waiting": n} for scope, n in [("a", 1), ("b", 7)])
    api.on("delivery", "pauses", {"items": [few]})
    api.on("enrichment", "pauses", {"items": [{"scope": "c", "waiting": None}, many]})

    tonight = await look(api, SERVICES)

    assert [each.pause["scope"] for each in tonight.held] == ["b", "a", "c"]


async def test_what_ran_before_on_the_same_day_is_there_too(api: FakeApi) -> None:
    today = [a_tick(), a_tick(tick_id="same")]
    api.on("discovery", "runs", {"items": [*today, a_tick(run_on="2026-11-28")], "next": None})

    assert [each["tick_id"] for each in (await look(api, SERVICES)).earlier] == ["same"]


async def test_where_nothing_has_run_there_is_no_night(api: FakeApi) -> None:
    api.on("discovery", "runs", {"items": [], "next": None})

    assert (await look(api, SERVICES)).night is None


async def test_a_night_without_what_was_billed_is_shown_all_the_same(api: FakeApi) -> None:
    api.away.add("platform-upload")

    night = (await look(api, SERVICES)).night

    assert night
    assert not isinstance(night, AdminError)
    assert isinstance(night.unbilled, AwayError)
    assert "To be billed" in {row.label for row in night.rows}


async def test_where_all_are_slow_nobody_is_taken_for_away() -> None:
    async def answers(after: int) -> int:
        for _ in range(after):
            await asyncio.sleep(0.01)
        return after

    # Most need more than a straggler may; the last one less than twice as long.
    found = await in_time({n: answers(n) for n in (10, 11, 12, 14)}, straggler=0.001)

    assert set(found) == {10, 11, 12, 14}


async def test_a_straggler_is_given_up_when_the_others_are_done() -> None:
    stuck = asyncio.Event()

    async def at_once() -> str:
        return "there"

    async with asyncio.timeout(10):
        found = await in_time({1: at_once(), 2: stuck.wait(), 3: at_once()}, straggler=0.01)

    assert found == {1: "there", 3: "there"}
