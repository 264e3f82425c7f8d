"""Tracing in a whole process: absent when off, sent and flushed when on, and never in the way."""

import re
import time
from pathlib import Path

import httpx

from integration.runtime.processes import PUBLISHED, running, settings
from support.collector import collecting
from support.ledger import until

GRACE = 10.0
TRIGGER = "/api/admin/schedules/credit-reset/trigger"
CALLER = f"00-{'c' * 32}-{'d' * 16}-01"
# Run by the interpreter before anything else; what was imported is told as the process leaves: by os._exit.
SITE = """
import os, pathlib, sys
leave = os._exit
def tell(code):
    pathlib.Path({path!r}).write_text("\\n".join(sys.modules))
    leave(code)
os._exit = tell
"""


async def test_off_the_sdk_is_not_even_imported(
    migrated_url: str, kafka: str, tick_topic: str, tmp_path: Path
) -> None:
    given = settings(migrated_url, kafka, **_telling_modules(tmp_path))
    async with running("worker", given) as service, await service.client() as client:
        assert (await client.post(TRIGGER)).status_code == 202
        await until(lambda: _published(client))
        service.terminate()
        assert await service.ended(within=GRACE) == 0

    modules = _modules(tmp_path)
    assert "leadstream.outbox.traced" in modules
    # FastAPI brings OpenTelemetry's API; what costs something is the rest.
    costly = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "google.")
    assert [name for name in modules if name.startswith(costly)] == []


async def test_on_a_call_a_tick_and_its_publication_are_sent_before_the_end(
    migrated_url: str, kafka: str, tick_topic: str, tmp_path: Path
) -> None:
    with collecting() as collector:
        # Nothing is sent by time, only at the end.
        tracing = collector.environment() | {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
        given = settings(
            migrated_url, kafka, **tracing, **_telling_modules(tmp_path), DRAIN_TIMEOUT="60"
        )
        async with running("worker", given) as service, await service.client() as client:
            answer = await client.post(TRIGGER, headers={"traceparent": CALLER})
            await client.get("/healthz")
            await until(lambda: _published(client))
            assert collector.spans == []
            service.terminate()
            assert await service.ended(within=GRACE) == 0
            [called] = service.logged("api.called")

    tick_id = answer.json()["tick_id"].replace("-", "")
    by_name = {span.name: span for span in collector.spans}
    assert set(by_name) == {
        "POST /api/admin/schedules/{name}/trigger",
        "tick credit-reset",
        "send scheduler.tick",
    }
    call = by_name["POST /api/admin/schedules/{name}/trigger"]
    tick, sent = by_name["tick credit-reset"], by_name["send scheduler.tick"]
    assert (call.trace_id, call.parent_id) == ("c" * 32, "d" * 16)
    assert call.get("http.response.status_code") == 202
    # Each tick is a trace of its own, whoever asked for it.
    assert (tick.trace_id, tick.parent_id, tick.links) == (tick_id, "", [call.span_id])
    assert (sent.trace_id, sent.parent_id) == (tick_id, tick.span_id)
    assert {span.service for span in collector.spans} == {"scheduler"}
    assert called["trace_id"] == "c" * 32
    assert "opentelemetry.sdk.trace" in _modules(tmp_path)


def _telling_modules(folder: Path) -> dict[str, str]:
    (folder / "sitecustomize.py").write_text(SITE.format(path=str(folder / "modules")))
    return {"PYTHONPATH": str(folder)}


def _modules(folder: Path) -> set[str]:
    return set((folder / "modules").read_text().split())


async def test_a_collector_that_hangs_holds_nothing_up(
    migrated_url: str, kafka: str, tick_topic: str
) -> None:
    with collecting(hangs=True) as collector:
        given = settings(migrated_url, kafka, **collector.environment(), DRAIN_TIMEOUT="2")
        async with running("worker", given) as service, await service.client() as client:
            for _ in range(20):
                assert (await client.post(TRIGGER)).status_code == 202
            await until(lambda: _published(client))
            told_at = time.monotonic()
            service.terminate()
            assert await service.ended(within=GRACE) == 0

    # The collector answers after 120 s.
    assert time.monotonic() - told_at < GRACE


async def test_without_a_collector_the_service_works_and_says_so_now_and_then(
    migrated_url: str, kafka: str, tick_topic: str
) -> None:
    tracing = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    given = settings(
        migrated_url, kafka, **tracing, DRAIN_TIMEOUT="1", OTEL_BSP_SCHEDULE_DELAY="50"
    )
    async with running("worker", given) as service, await service.client() as client:
        assert (await client.post(TRIGGER)).status_code == 202
        await until(lambda: _published(client))
        await until(lambda: _complaints(service.events()))
        service.terminate()
        assert await service.ended(within=GRACE) == 0


def _complaints(events: list[dict[str, object]]) -> list[object]:
    return [e for e in events if str(e["logger"]).startswith("opentelemetry")]


async def _published(client: httpx.AsyncClient) -> bool:
    metrics = (await client.get("/metrics")).text
    return re.search(PUBLISHED, metrics) is not None
