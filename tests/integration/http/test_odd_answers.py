"""What a receiver says beside its status never decides, and never makes anybody call it again."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from ipaddress import ip_network

import httpx
import pytest

from integration.http.raw_server import Peer, RawServer, saying
from leadstream.http import (
    EXCERPT,
    WHOLE,
    AmbiguousError,
    EgressGuard,
    HttpClient,
    Timeouts,
    guarded_client,
    provider_client,
)

AMPLE = timedelta(seconds=60)
TIMEOUTS = Timeouts(connect=AMPLE, acquire=AMPLE, total=AMPLE)
BODY = b"content-length: 2\r\n\r\nok"
CLOSE = b"connection: close\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


def _guarded() -> HttpClient:
    return guarded_client(EgressGuard(allow=[ip_network("127.0.0.0/8")]), timeouts=TIMEOUTS)


@pytest.fixture(
    params=[_guarded, lambda: provider_client(timeouts=TIMEOUTS)], ids=["guarded", "provider"]
)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[HttpClient]:
    make: Callable[[], HttpClient] = request.param
    made = make()
    yield made
    await made.aclose()


def line(status: int, reason: bytes = b"OK") -> bytes:
    return b"HTTP/1.1 %d %s\r\n" % (status, reason)


ODD_BUT_WHOLE = {
    "reason in Latin-1": line(200, b"Acept\xf3") + BODY,
    "reason in UTF-8": line(200, "Aceptó".encode()) + BODY,
    "header in Latin-1": line(200) + b"X-Name: M\xfcller\r\n" + BODY,
    "header in UTF-8": line(200) + "X-Name: Müller\r\n".encode() + BODY,
    "headers in both": line(200) + "X-A: Müller\r\nX-B: ".encode() + b"M\xfcller\r\n" + BODY,
    "what headers are read for": line(200)
    + b"set-cookie: \xff=\xfe; =;\r\nlink: \xff<\r\nserver: \xe9\r\nvia: \x80\r\n"
    + BODY,
    "a type that is none": line(200) + b"content-type: \xff; charset=base64\r\n" + BODY,
    "a place that is none": line(200) + b"location: \xff http://[\r\n" + BODY,
    "trailers": line(200) + CHUNKED + b"2\r\nok\r\n0\r\nX-T: M\xfcller\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\n" + BODY,
    "a header without a value": line(200) + b"X-A:\r\n" + BODY,
    "a folded header": line(200) + b"X-A: b\r\n c\r\n" + BODY,
    "bare line feeds": b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
    "interim answers": line(100)
    + b"\r\n"
    + line(103, b"Pr\xf3")
    + b"Link: \xff\r\n\r\n"
    + line(200)
    + BODY,
    "a long header": line(200) + b"X-A: " + b"a" * 20_000 + b"\r\n" + BODY,
    "many headers": line(200) + b"X-A: b\r\n" * 200 + BODY,
}
ODD_AND_CUT = {
    "a header's name in Latin-1": line(200) + b"X-M\xfcller: a\r\n" + BODY,
    "a header that is none": line(200) + b"X-A\r\n" + BODY,
    "a header without a name": line(200) + b": a\r\n" + BODY,
    "two lengths": line(200) + b"content-length: 2\r\n" + BODY,
    "two lengths that differ": line(200) + b"content-length: 3\r\n" + BODY,
    "a length that is none": line(200) + b"content-length: two\r\n\r\nok",
    "a length and chunks": line(200) + b"content-length: 2\r\n" + CHUNKED + b"2\r\nok\r\n0\r\n\r\n",
    "a NUL": line(200) + b"X-A: b\0c\r\n" + BODY,
    "a chunk's extension": line(200) + CHUNKED + b"2;a=\xfc\r\nok\r\n0\r\n\r\n",
    "a chunk that is none": line(200) + CHUNKED + b"ZZ\r\nok\r\n0\r\n\r\n",
    "a trailer that is none": line(200) + CHUNKED + b"2\r\nok\r\n0\r\nX \xff\r\n\r\n",
    "more than its length": line(200) + BODY + b"and more",
    "two status lines": line(200) + line(200) + BODY,
    "another version": b"HTTP/2 200\r\n" + BODY,
    "a header without end": line(200) + b"X-A: " + b"a" * 100_000 + b"\r\n" + BODY,
    "after an interim answer": line(100) + b"\r\n" + line(200) + b"X-M\xfcller: a\r\n" + BODY,
    "cut in its body": line(200) + b"content-length: 20\r\n\r\nok",
    "another encoding": line(200) + b"content-encoding: \xff\r\n" + BODY,
}


async def _send(client: HttpClient, said: bytes, *, excerpt: bool) -> tuple[httpx.Response, int]:
    async with RawServer(saying(said, then_close=True)) as server:
        request = httpx.Request("POST", server.url, json={"lead": 1})
        answer = await client.send(request, body=EXCERPT if excerpt else WHOLE)
        return answer, server.connections


# Many answers to one client: making one takes longer than a hundred calls.
@pytest.mark.parametrize("excerpt", [True, False])
async def test_an_odd_answer_is_an_answer(client: HttpClient, excerpt: bool) -> None:
    for name, said in ODD_BUT_WHOLE.items():
        answer, calls = await _send(client, said, excerpt=excerpt)

        assert (answer.status_code, answer.content, calls) == (200, b"ok", 1), name
        # Whoever looks at them finds text.
        assert all(isinstance(part, str) for item in answer.headers.items() for part in item)
        assert answer.reason_phrase == "OK"


async def test_the_status_decides_whatever_comes_after_it(client: HttpClient) -> None:
    for name, said in ODD_AND_CUT.items():
        accepted, calls = await _send(client, said, excerpt=True)
        gone, _ = await _send(client, said.replace(b" 200", b" 410"), excerpt=True)

        assert (accepted.status_code, gone.status_code, calls) == (200, 410, 1), name


async def test_who_needs_the_body_learns_the_status_and_that_there_is_no_body(
    client: HttpClient,
) -> None:
    for name, said in ODD_AND_CUT.items():
        with pytest.raises(AmbiguousError) as raised:
            await _send(client, said, excerpt=False)

        assert raised.value.status_code == 200, name


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff\xfe garbage\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        line(100) + b"\r\n",
    ],
)
async def test_without_a_status_there_is_no_answer(client: HttpClient, said: bytes) -> None:
    with pytest.raises(AmbiguousError) as raised:
        await _send(client, said, excerpt=True)

    assert raised.value.status_code is None


@pytest.mark.parametrize(
    "place",
    [
        line(202, b"%s") + CLOSE + BODY,
        line(202) + CLOSE + b"%s: a\r\n" + BODY,
        line(202) + CLOSE + b"X-A: %s\r\n" + BODY,
        line(202) + CLOSE + CHUNKED + b"2;%s\r\nok\r\n0\r\n\r\n",
        line(202) + CLOSE + CHUNKED + b"2\r\nok\r\n0\r\nX-T: %s\r\n\r\n",
        line(202) + CLOSE + CHUNKED + b"2\r\nok\r\n0\r\n%s: a\r\n\r\n",
    ],
    ids=["reason", "name", "value", "extension", "trailer", "trailer's name"],
)
async def test_no_byte_anywhere_takes_the_status_away(client: HttpClient, place: bytes) -> None:
    bytes_left = [
        bytes([byte]) for byte in b"\0\x01\t\x1f :\x7f\x80\x85\xa0\xc3\xe9\xf3\xfc\xfe\xff"
    ]
    said = iter([place % byte for byte in bytes_left])

    async def talk(peer: Peer) -> None:
        if await peer.request():
            await peer.say(next(said))

    async with RawServer(talk) as server:
        answers = [
            await client.send(httpx.Request("POST", server.url, json={}), body=EXCERPT)
            for _ in bytes_left
        ]

    assert {answer.status_code for answer in answers} == {202}
    assert server.connections == len(bytes_left)


async def test_a_malformed_answer_takes_its_connection_with_it(client: HttpClient) -> None:
    answers = iter([line(200) + BODY + line(500) + BODY, line(204) + b"\r\n"])

    async def talk(peer: Peer) -> None:
        if await peer.request():
            await peer.say(next(answers))

    async with RawServer(talk) as server:
        first, second = [
            await client.send(httpx.Request("POST", server.url, json={}), body=EXCERPT)
            for _ in range(2)
        ]

    # What came after the first answer is nobody's.
    assert (first.status_code, second.status_code) == (200, 204)


PACKAGING = {
    "chunks of a byte": (line(200) + CHUNKED, b"1\r\nX\r\n", 200),
    "extensions": (line(200) + CHUNKED + b"1;", b"a" * 64, 200),
    "trailers": (line(200) + CHUNKED + b"0\r\n", b"X: y\r\n", 200),
    "headers": (line(200), b"X: y\r\n", 200),
    "interim answers": (b"", line(100) + b"\r\n", None),
}


@pytest.mark.parametrize(("head", "part", "status"), PACKAGING.values(), ids=PACKAGING)
async def test_an_answer_that_is_mostly_packaging_is_not_read_to_its_end(
    client: HttpClient, head: bytes, part: bytes, status: int | None
) -> None:
    said = 0

    async def talk(peer: Peer) -> None:
        nonlocal said
        await peer.request()
        await peer.say(head)
        while True:
            await peer.say(part * 1_000)
            said += 1_000 * len(part)

    async with RawServer(talk) as server:
        with pytest.raises(AmbiguousError) as raised:
            await client.send(httpx.Request("GET", server.url))

    assert raised.value.status_code == status
    # What is under way between the two ends comes on top.
    assert said < 32 * 1024 * 1024
