"""Attempts in traces: each retry, groups whose jobs come from several traces, and what their events carry."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from integration.http.raw_server import Peer, RawServer, answer
from leadstream.backoff import Backoff
from leadstream.http import ProviderClient, provider_client
from leadstream.ids import new_id
from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import (
    Failed,
    Job,
    NewJob,
    Outcome,
    Problem,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.jobs.worker import Worker
from leadstream.observability import tracing
from leadstream.outbox import OutboxEvent
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx
from support.ledger import LEASE, a_job, put, states, until, working
from support.tracing import Spans, id_of, parent_of, trace_of, traced, value


def a_traceparent(n: int, *, flags: str = "01") -> str:
    return f"00-{n:032x}-{n:016x}-{flags}"


def a_traced_job(n: int, *, flags: str = "01", lane: str = "workspace:a") -> NewJob:
    return replace(a_job(lane=lane), traceparent=a_traceparent(n, flags=flags))


async def announce_all(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    return [
        OutboxEvent(
            id=new_id(),
            topic="t",
            key=None,
            payload=b"{}",
            type="t.v1",
            aggregate_id=str(each.attempts),
            traceparent=each.job.traceparent,
        )
        for each in settled
    ]


async def announced(database: Database) -> dict[str, str]:
    rows = await database.pool.fetch("SELECT aggregateid, traceparent FROM outbox ORDER BY seq")
    return {row["aggregateid"]: row["traceparent"] for row in rows}


async def test_each_attempt_is_a_span_of_the_jobs_trace_and_its_event_continues_from_it(
    database: Database, spans: Spans
) -> None:
    left: list[Outcome] = [
        Retry(problem=Problem(error_class="timeout", message="m"), ambiguous=True),
        Retry(problem=Problem(error_class="refused for a@b.example", message="m")),
        Succeeded(),
    ]

    async def handler(job: Job) -> Outcome:
        return left.pop(0)

    backoff = Backoff(base=timedelta(milliseconds=10))
    kind = JobKind(name="work", handler=handler, recorder=announce_all, backoff=backoff)
    job = a_traced_job(7)
    await put(database, [job])
    async with working(database, kind):
        await until(lambda: _all_succeeded(database))

    attempts = spans.named("attempt work")
    assert [parent_of(each) for each in attempts] == [f"{7:016x}"] * 3
    assert {trace_of(each) for each in attempts} == {f"{7:032x}"}
    assert [value(each, "leadstream.job.attempt") for each in attempts] == [1, 2, 3]
    outcomes = [value(each, "leadstream.outcome") for each in attempts]
    assert outcomes == ["unknown", "retry", "succeeded"]
    errors = [value(each, "error.type") for each in attempts]
    assert errors == ["timeout", "refused for [redacted]", None]
    assert {value(each, "leadstream.job.id") for each in attempts} == {str(job.id)}
    told = await announced(database)
    assert [told[n].split("-")[2] for n in "123"] == [id_of(each) for each in attempts]


async def test_a_group_of_several_traces_keeps_each_job_in_its_own(
    database: Database, spans: Spans
) -> None:
    seen: list[str | None] = []

    async def handler(jobs: Sequence[Job]) -> Sequence[Outcome]:
        seen.append(tracing.current_trace_id())
        failed = Failed(problem=Problem(error_class="invalid", message="m"))
        return [Succeeded(), failed, Succeeded()]

    async def three(lane: str) -> int:
        return 3

    grouping = Grouping(size=three, linger=timedelta(seconds=5), largest=3)
    kind = JobKind(
        name="work", group_handler=handler, grouping=grouping, recorder=announce_all, max_attempts=1
    )
    await put(database, [a_traced_job(n, flags="00" if n == 3 else "01") for n in (1, 2, 3)])
    async with working(database, kind):
        await until(lambda: _none_left(database))

    attempts = spans.named("attempt work")
    [group] = spans.named("group work")
    # The third is of a trace that is not sampled.
    assert {trace_of(each) for each in attempts} == {f"{1:032x}", f"{2:032x}"}
    assert trace_of(group) in {trace_of(each) for each in attempts}
    assert parent_of(group) in {id_of(each) for each in attempts}
    linked = {format(link.context.span_id, "016x") for link in group.links}
    assert linked == {id_of(each) for each in attempts}
    for each in attempts:
        assert [format(link.context.span_id, "016x") for link in each.links] == [id_of(group)]
    assert seen == [trace_of(group)]
    rows = await database.pool.fetch("SELECT traceparent FROM outbox")
    told = {row["traceparent"] for row in rows}
    assert told == {
        *(f"00-{trace_of(each)}-{id_of(each)}-01" for each in attempts),
        a_traceparent(3, flags="00"),
    }


async def test_a_call_is_a_child_of_its_attempt_and_tells_nobody_of_the_trace(
    database: Database, spans: Spans
) -> None:
    client = provider_client()
    heard: list[bytes] = []

    async def talk(peer: Peer) -> None:
        heard.append(await peer.request())
        await peer.say(answer(status="503 Unavailable"))

    async def handler(job: Job) -> Outcome:
        request = httpx.Request("POST", f"{server.url}hookpath?token=s3cret", content=b"x")
        response = await ProviderClient(client).call("acme", "post", request)
        return Succeeded(status_code=response.status_code)

    async with RawServer(talk) as server:
        await put(database, [a_traced_job(9)])
        async with working(database, JobKind(name="work", handler=handler)):
            await until(lambda: _all_succeeded(database))
    await client.aclose()

    [attempt], [call] = spans.named("attempt work"), spans.named("POST acme post")
    assert parent_of(call) == id_of(attempt)
    assert call.kind.name == "CLIENT"
    assert value(call, "http.response.status_code") == 503
    assert value(call, "error.type") == "503"
    told = call.to_json()
    assert not any(text in told for text in ("hookpath", "s3cret", "127.0.0.1"))
    [request] = heard
    assert b"hookpath" in request
    assert b"traceparent" not in request.lower()


async def test_an_attempt_that_is_abandoned_shows_as_such(database: Database, spans: Spans) -> None:
    begun = asyncio.Event()

    async def handler(job: Job) -> Outcome:
        begun.set()
        await asyncio.sleep(60)
        return Succeeded()

    await put(database, [a_traced_job(5)])
    board, ledger = PauseBoard(database), Ledger(database, lease=LEASE)
    kind = JobKind(name="work", handler=handler)
    worker = Worker(
        database, ledger, board, [kind], lease=LEASE, drain_timeout=timedelta(milliseconds=50)
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await begun.wait()
    stop.set()
    await running

    [attempt] = spans.named("attempt work")
    assert value(attempt, "error.type") == "CancelledError"
    assert value(attempt, "leadstream.outcome") is None


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_job_that_brings_no_trace_continues_the_request_that_asks_for_it(
    database: Database, is_on: bool
) -> None:
    job = a_job()
    if not is_on:
        await put(database, [job])
        assert await database.pool.fetchval("SELECT traceparent FROM jobs") is None
        return
    with traced():
        tracer = tracing.active()
        assert tracer is not None
        with tracing.entered(tracer.start("POST", tracing.Kind.SERVER)) as span:
            await put(database, [job])
            assert await database.pool.fetchval("SELECT traceparent FROM jobs") == span.traceparent


async def _all_succeeded(database: Database) -> bool:
    return set(await states(database)) == {"succeeded"}


async def _none_left(database: Database) -> bool:
    return not {"ready", "running"} & set(await states(database))
