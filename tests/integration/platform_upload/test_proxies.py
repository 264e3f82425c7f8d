"""What is not the platform's own answer passes: it costs no lead, and holds no connection without an end."""

from datetime import datetime, timedelta

import pytest

from integration.platform_upload.bench import Bench, an_upload, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream.clock import SystemClock
from leadstream_dev.sandbox import Sandbox
from platform_upload.adapters.strangers import FIRST_REST

HTML = "<html><body><h1>Sorry</h1></body></html>"
OPERATIONS = {"hubspot": "batch_upsert", "salesforce": "upsert"}


class AheadClock(SystemClock):
    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.mark.parametrize(
    ("adapter", "status"),
    [
        *(("hubspot", status) for status in (400, 401, 413)),
        *(("salesforce", status) for status in (400, 403, 408)),
    ],
)
async def test_a_proxys_page_costs_no_lead(bench: Bench, adapter: str, status: int) -> None:
    await bench.connect(adapter)
    page = {"status": status, "body": HTML}
    await bench.sandbox.control.script(adapter, OPERATIONS[adapter], page)

    await bench.upload(*uploads(2))

    assert await bench.statuses() == ["uploaded"] * 2
    assert await bench.items("/pauses") == []


@pytest.mark.parametrize("status", [400, 401, 408])
async def test_a_proxys_page_at_the_token_endpoint_holds_nothing(bench: Bench, status: int) -> None:
    await bench.connect("salesforce")
    await bench.sandbox.control.script("salesforce", "token", {"status": status, "body": HTML})

    await bench.upload(an_upload())

    assert await bench.statuses() == ["uploaded"]
    assert await bench.items("/pauses") == []


@pytest.mark.parametrize(
    ("adapter", "operation", "status"),
    [("hubspot", None, 404), ("salesforce", "token", 404), ("salesforce", "upsert", 405)],
)
async def test_an_address_without_the_api_holds_the_connection_for_a_time_and_fails_no_lead(
    make_replica: MakeReplica, sandbox: Sandbox, adapter: str, operation: str | None, status: int
) -> None:
    clock = AheadClock()
    bench = Bench(await make_replica(clock=clock), sandbox)
    await bench.connect(adapter)
    await sandbox.control.behave(adapter, operation, errors={"status": status, "body": HTML})

    # Once may be a proxy that has lost its way.
    await bench.upload(*uploads(2))
    (rest,) = await bench.items("/pauses")
    clock.ahead += FIRST_REST
    async with bench.replica.http() as http:
        lifted = await http.delete(f"/pauses/{rest['id']}")
    assert lifted.is_success, lifted.text
    await bench.upload()

    assert rest["reason"] == "rate_limited"
    rows = await bench.items("/uploads")
    assert {(row["status"], *row["held_by"]) for row in rows} == {("pending", "misconfigured")}
    assert {job["attempts"] for job in await bench.replica.jobs()} == {0}
    pauses = await bench.items("/pauses")
    assert {pause["reason"] for pause in pauses} == {"misconfigured"}
    assert all(pause["until"] and str(status) in pause["detail"] for pause in pauses)
