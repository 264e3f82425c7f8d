"""A provider that answers as servers in the wild do."""

import pytest

from integration.discovery.builders import a_query, run
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.oddly import Odd


@pytest.mark.parametrize("odd", [Odd.LATIN1, Odd.UTF8, Odd.BOM, Odd.UTF16])
async def test_an_answer_that_is_written_oddly_is_an_answer(
    discovery: Replica, sandbox: Sandbox, odd: Odd
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", odd=odd)

    await run(discovery)

    (row,) = await discovery.rows("query_runs")
    assert row["status"] == "succeeded"
    assert len(sandbox.ledger.entries(provider="datashopper")) == 1


async def test_a_body_that_would_freeze_the_loop_is_tried_again(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.script("datashopper", "search", {"action": "pass", "odd": "members"})

    await run(discovery)

    (row,) = await discovery.rows("query_runs")
    assert row["status"] == "succeeded"
    assert len(sandbox.ledger.entries(provider="datashopper")) == 2
