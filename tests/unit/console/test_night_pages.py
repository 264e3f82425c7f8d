"""The pages of the nights as they are written, in front of services that answer what a test tells them."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from console.entrypoints.app import console_app
from console.entrypoints.live import Hub
from console.entrypoints.sessions import Sessions
from leadstream.admin.client import AdminApis
from leadstream.crypto import Keyring
from leadstream.settings import SERVICE_PORTS
from unit.console.nights import TICK, a_failure, a_pause, a_run, a_tick

NOBODY = {"name": "local", "role": "admin", "workspace_id": None, "local": True}
NOTHING: dict[str, Any] = {"items": [], "next": None}


class Services:
    """Answers by (service, path), or by the path alone."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.answers: dict[str, Any] = {
            "whoami": {**NOBODY, "session_ended": False},
            "readyz": {"status": "ok", "failing": {}, "passing": ["kafka"]},
            "jobs/summary": {"counts": [], "more": [], "finished_since": "2026-01-01T00:00:00Z"},
            "pauses": NOTHING,
            "schedules": NOTHING,
            "schedules/daily-lead-generation/ticks": NOTHING,
            "runs": {"items": [a_tick(runs=[a_run()])], "next": None},
            f"runs/{TICK}": a_tick(runs=[a_run()]),
            "billing-events/count": {"count": 5, "platforms": {"tech-platform": 5}},
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = request.url.host
        if service in self.away:
            raise httpx.ConnectError("nobody listens", request=request)
        path = request.url.path.removeprefix("/api/admin/").removeprefix("/")
        answer = self.answers.get(f"{service}:{path}", self.answers.get(path))
        if answer is None:
            error = {"code": "not_found", "message": f"there is no {path}"}
            return httpx.Response(404, json={"error": error})
        return httpx.Response(200, json=answer)


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    urls = {service: f"http://{service}" for service in SERVICE_PORTS}
    apis = AdminApis(urls, transport=httpx.MockTransport(services))
    app = console_app(apis, Sessions(Keyring({"k": bytes(32)}), apis), Hub(apis))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield http
    await apis.close()


async def page(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await http.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


async def test_tonight_leads_to_the_list_of_each_number(
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["delivery:jobs/summary"] = {
        "counts": [{"state": "failed", "kind": "k", "error_class": None, "count": 1234}],
        "more": ["failed"],
        "finished_since": "2026-01-01T00:00:00Z",
    }
    services.answers["failures"] = {"items": [a_failure()], "next": None}
    services.answers["delivery:pauses"] = {"items": [a_pause()], "next": None}

    said = await page(http, "/")

    for link in (
        "/jobs?service=delivery&amp;state=failed",
        "/jobs?service=scheduler&amp;state=ready",
        "/failures?service=delivery",
        "/pauses?service=delivery",
        f"/runs/{TICK}",
        f"/leads?tick_id={TICK}&amp;part=hot",
        "/spend",
    ):
        assert f'href="{link}' in said, link
    assert "1\u202f234+" in said
    assert "7 jobs" in said
    assert "ada@acme.example" not in said


@pytest.mark.parametrize("path", ["/", f"/runs/{TICK}"])
async def test_what_a_night_s_queries_found_is_listed_on_its_page(
    http: httpx.AsyncClient, path: str
) -> None:
    shown = await page(http, path)

    to = {urljoin(path, each) for each in re.findall(r'href="([^"]*#runs)"', shown)}
    assert to == {f"/runs/{TICK}#runs"}
    assert 'id="runs"' in await page(http, f"/runs/{TICK}")


async def test_tonight_says_what_would_be_there_if_nothing_ever_ran(
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["runs"] = NOTHING

    said = await page(http, "/")

    assert "Nothing has run yet" in said
    assert "leadstream trigger" in said


@pytest.mark.parametrize("gone", sorted(SERVICE_PORTS))
@pytest.mark.parametrize("path", ["/", "/runs", f"/runs/{TICK}"])
async def test_a5_a_service_that_is_away_is_a_grey_box(
    http: httpx.AsyncClient, services: Services, path: str, gone: str
) -> None:
    services.away.add(gone)

    said = await page(http, path)

    # Of others a page of the nights is not made; platform-upload knows what was billed of one.
    wanted = path == "/" or gone == "discovery" or (gone == "platform-upload" and path != "/runs")
    assert ('class="box away"' in said) is wanted


async def test_the_page_of_a_night_has_its_runs_by_name(http: httpx.AsyncClient) -> None:
    said = await page(http, f"/runs/{TICK}")

    assert "&lt;b&gt;AI&lt;/b&gt; tools" in said
    assert "acme-growth" in said
    assert "2 without a name" in said
    assert "The sums close" in said


async def test_a_query_is_listed_once_for_each_source_with_its_name(
    http: httpx.AsyncClient, services: Services
) -> None:
    runs = [a_run(), a_run(source="g2")]
    services.answers[f"runs/{TICK}"] = a_tick(runs=runs, runs_total=2)

    said = await page(http, f"/runs/{TICK}")

    assert [said.count(f"<td>{source}</td>") for source in ("datashopper", "g2")] == [1, 1]


async def test_a_night_that_does_not_close_says_so(
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["billing-events/count"] = {"count": 4, "platforms": {"tech-platform": 4}}

    said = await page(http, f"/runs/{TICK}")

    assert "The sums do not close" in said
    assert "billing lacks 1" in said
    assert "5 taken" in said


async def test_nights_at_the_same_time_are_not_taken_for_one(
    http: httpx.AsyncClient, services: Services
) -> None:
    span = {**a_tick()["span"], "others": 3}
    services.answers[f"runs/{TICK}"] = a_tick(span=span)

    said = await page(http, f"/runs/{TICK}")

    assert "Another night ran at the same time" in said
    assert "To be billed" in said


@pytest.mark.parametrize("path", ["/runs/nonsense", f"/runs/{TICK[:-1]}0"])
async def test_what_is_not_there_is_a_readable_404(http: httpx.AsyncClient, path: str) -> None:
    assert "There is no such" in await page(http, path, 404)
