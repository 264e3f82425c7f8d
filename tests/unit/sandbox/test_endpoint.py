import logging
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from leadstream_dev.sandbox import Ledger
from leadstream_dev.sandbox.endpoint import Desk, Endpoint
from leadstream_dev.sandbox.exchange import Answer, Call
from leadstream_dev.sandbox.faults import Faults
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation
from leadstream_dev.sandbox.providers.slack import Slack
from leadstream_dev.sandbox.world import World


async def test_a_mistake_in_the_sandbox_is_in_the_ledger(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: Call) -> Answer:
        raise KeyError("oops")

    journal = Journal(tmp_path / "ledger.jsonl")
    desk = Desk(Faults(1), journal)
    operation = Operation("post", "POST", "/", broken)
    endpoint = Endpoint(desk, Slack(World(1), journal), operation)
    app = Starlette(routes=[Route("/", endpoint)])

    with caplog.at_level(logging.ERROR):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://sandbox"
        ) as client:
            answer = await client.post("/", json={})

    assert answer.status_code == 500
    [entry] = Ledger(tmp_path / "ledger.jsonl").entries()
    assert (entry["fault"], entry.outcome, entry.status) == ("sandbox_bug", "rejected", 500)
    assert "oops" in caplog.text
