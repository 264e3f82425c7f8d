"""The console as a process: A8, its funnel says what the sandbox saw; and it ends at once when it is told to."""

import asyncio
import re
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import httpx
import pytest

from e2e.test_funnel import a_workspace, count
from support.pipeline import Pipeline
from support.waiting import eventually


class Console:
    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.http = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)

    async def log_in(self, token: str) -> None:
        here = {"sec-fetch-site": "same-origin"}
        answer = await self.http.post("/login", data={"token": token}, headers=here)
        assert answer.status_code in {200, 303}, answer.text

    async def page(self, path: str) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.text


@pytest.fixture
async def console(pipeline: Pipeline) -> AsyncIterator[Console]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console",
        "worker",
        env=pipeline.environment | {"HTTP_PORT": str(port), "DRAIN_TIMEOUT": "60"},
    )
    console = Console(process, f"http://127.0.0.1:{port}")

    async def listens() -> bool:
        assert process.returncode is None, "the console has not started"
        try:
            return (await console.http.get("/healthz")).is_success
        except httpx.TransportError:
            return False

    try:
        await eventually(listens, "the console does not listen", within=60)
        await console.log_in(pipeline.tokens["admin"])
        yield console
    finally:
        await console.http.aclose()
        if process.returncode is None:
            process.kill()
        await process.wait()


class Funnel(HTMLParser):
    """The rows of a page's funnel: (what it says, how many, where it leads)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, int, str | None]] = []
        self._is_in = False
        self._cells: list[str] = [""]
        self._href: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self._is_in = given.get("class") == "funnel"
        if tag == "tr":
            self._cells, self._href = [], None
        if tag in {"th", "td"}:
            self._cells.append("")
        if tag == "a" and self._cells:
            self._href = given.get("href")

    def handle_data(self, data: str) -> None:
        if self._cells:
            self._cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._is_in and self._cells[1:2] != ["How many"]:
            number = re.sub(r"\D", "", self._cells[1])
            self.rows.append((self._cells[0].strip(), int(number), self._href))

    def __getitem__(self, label: str) -> int:
        return next(
            (n for said, n, _ in self.rows if said.removesuffix("s") == label or said == label), 0
        )


async def the_end_of_the_night(pipeline: Pipeline, tick_id: str) -> None:
    """Until every lead has come to its end and all of it is heard of."""

    async def has_ended() -> bool:
        async with pipeline.client("discovery") as client:
            answer = await client.get(f"runs/{tick_id}")
        if answer.status_code != 200 or answer.json()["finished_at"] is None:
            return False
        funnel = answer.json()["funnel"]
        waiting = count(funnel["delivery"], "pending") + count(funnel["enrichment"], "pending")
        unsent = [
            count(funnel["upload"], "not_uploaded", score, "none") for score in ("hot", "warm")
        ]
        return count(funnel["queries"], "succeeded") == 1 and waiting + sum(unsent) == 0

    await eventually(has_ended, "the night does not come to its end", within=90)


async def listed(pipeline: Pipeline, href: str) -> int:
    """How many leads discovery lists for a link of the page."""
    params: dict[str, Any] = dict(httpx.URL(href).params) | {"limit": "500"}
    return len((await pipeline.get("discovery", "leads", **params))["items"])


async def test_a8_the_page_of_a_night_says_what_the_sandbox_saw(
    pipeline: Pipeline, console: Console
) -> None:
    mark, topic = uuid4().hex[:8], f"console {uuid4()}"
    address = f"{mark}@e2e.example"
    workspace = await a_workspace(pipeline, address, mark, topic)
    body = {"workspace_id": str(workspace)}
    tick_id = (await pipeline.post("discovery", "trigger-lead-generation", body))["tick_id"]
    await the_end_of_the_night(pipeline, tick_id)

    page = await console.page(f"/runs/{tick_id}")

    assert "The sums close" in page
    funnel = Funnel(page)
    assert funnel["Companies found"] == funnel["new"] + funnel["known"] + funnel["rejected"] > 0
    assert funnel["New lead"] == funnel["hot"] + funnel["warm"] + funnel["cold"] == funnel["new"]
    mails = [to for (_, to), sent in pipeline.ledger.emails().items() for _ in sent]
    assert funnel["e-mail"] == mails.count(address) > 0
    taken = Counter(
        hook.removeprefix(f"{mark}-")
        for hook, lead in pipeline.ledger.webhooks()
        if hook.startswith(mark) and lead
    )
    assert funnel["uploaded"] == sum(taken.values()) > 0
    # Each platform stands there twice: what it took, and what was billed of it.
    shown = Counter({said: n for said, n, _ in funnel.rows if said.endswith("-platform")})
    assert shown == Counter({f"{place}-platform": n for place, n in taken.items()})
    assert any(said.startswith("Billed") and n == sum(taken.values()) for said, n, _ in funnel.rows)
    for said, n, href in funnel.rows:
        if href and href.startswith("/leads"):
            assert await listed(pipeline, href) == n, said
    assert f"/runs/{tick_id}" in await console.page("/runs")
    assert tick_id in await console.page("/")


async def test_an_open_live_page_does_not_hold_up_the_end(console: Console) -> None:
    async with console.http.stream("GET", "/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 5000"

        console.process.send_signal(signal.SIGTERM)

        # The stream ends by itself, long before what is under way would be cut off.
        async with asyncio.timeout(15):
            assert [line async for line in lines if line] == []
            assert await console.process.wait() == 0
