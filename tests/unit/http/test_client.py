"""The client on a transport of the test's own, as tests of adapters use it."""

from collections.abc import Callable

import httpx
import pytest

from leadstream.http import AmbiguousError, HttpClient, NotSentError

REQUEST = ("POST", "https://api.example/v1")


def raising(fault: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        raise fault

    return handle


@pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_faults_of_connecting_sent_nothing(fault: type[httpx.TransportError]) -> None:
    client = HttpClient(httpx.MockTransport(raising(fault("no"))))

    with pytest.raises(NotSentError):
        await client.send(httpx.Request(*REQUEST))


@pytest.mark.parametrize("fault", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError])
async def test_faults_after_connecting_are_ambiguous(fault: type[httpx.TransportError]) -> None:
    client = HttpClient(httpx.MockTransport(raising(fault("no"))))

    with pytest.raises(AmbiguousError):
        await client.send(httpx.Request(*REQUEST))


async def test_an_answer_comes_through() -> None:
    client = HttpClient(httpx.MockTransport(lambda _: httpx.Response(201, json={"id": 1})))

    response = await client.send(httpx.Request(*REQUEST))

    assert (response.status_code, response.json()) == (201, {"id": 1})


async def test_the_reason_does_not_hold_the_url() -> None:
    fault = httpx.ConnectError("cannot reach https://api.example/s3cr3t")
    client = HttpClient(httpx.MockTransport(raising(fault)))

    with pytest.raises(NotSentError) as caught:
        await client.send(httpx.Request("POST", "https://api.example/s3cr3t"))

    assert "s3cr3t" not in str(caught.value)
