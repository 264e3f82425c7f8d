from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from integration.http.raw_server import RawServer, answer, saying, silence
from leadstream.http import (
    AmbiguousError,
    EgressGuard,
    HttpClient,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
    expect_calls,
    guarded_client,
    provider_client,
)
from leadstream.observability.metrics import REGISTRY


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = provider_client()
    yield client
    await client.aclose()


@pytest.fixture
def operation() -> str:
    """A name of its own for each test: counters only ever grow."""
    return uuid4().hex


def counted(operation: str, outcome: str) -> float:
    labels = {"provider": "acme", "operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value("leadstream_provider_requests_total", labels) or 0.0


def timed(operation: str) -> float:
    labels = {"provider": "acme", "operation": operation}
    name = "leadstream_provider_request_duration_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200 OK", "success"),
        ("204 No Content", "success"),
        ("302 Found", "redirect"),
        ("404 Not Found", "client_error"),
        ("429 Too Many Requests", "rate_limited"),
        ("503 Unavailable", "server_error"),
    ],
)
async def test_answers_are_counted_by_their_status(
    http: HttpClient, operation: str, status: str, outcome: str
) -> None:
    async with RawServer(saying(answer(status=status))) as server:
        await ProviderClient(http).call("acme", operation, httpx.Request("GET", server.url))

    assert counted(operation, outcome) == 1
    assert timed(operation) == 1


def test_calls_that_are_expected_have_their_series_before_the_first(operation: str) -> None:
    expect_calls("acme", operation)

    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    zero = {
        sample.labels["outcome"]
        for sample in samples
        if sample.labels.get("operation") == operation
        and "outcome" in sample.labels
        and sample.value == 0
    }
    faults = {"server_error", "client_error", "rate_limited", "not_sent", "ambiguous", "refused"}
    assert zero >= {"success", *faults}
    name = "leadstream_provider_request_duration_seconds_count"
    labels = {"provider": "acme", "operation": operation}
    assert REGISTRY.get_sample_value(name, labels) == 0


async def test_faults_are_counted_by_what_they_mean(http: HttpClient, operation: str) -> None:
    provider = ProviderClient(http)
    async with RawServer(silence) as server:
        with pytest.raises(AmbiguousError):
            await provider.call(
                "acme",
                operation,
                httpx.Request("GET", server.url),
                deadline=timedelta(seconds=2),
            )
    with pytest.raises(NotSentError):
        await provider.call("acme", operation, httpx.Request("GET", server.url))

    assert counted(operation, "ambiguous") == 1
    assert counted(operation, "not_sent") == 1
    assert timed(operation) == 2


async def test_refusals_of_the_guard_are_counted(operation: str) -> None:
    http = guarded_client(EgressGuard())

    with pytest.raises(UnsafeUrlError):
        await ProviderClient(http).call(
            "acme", operation, httpx.Request("POST", "https://127.0.0.1/")
        )
    await http.aclose()

    assert counted(operation, "refused") == 1
