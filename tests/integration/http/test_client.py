"""What a call turns into when the other side misbehaves, on real sockets."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration.http.raw_server import Peer, RawServer, answer, saying, silence
from leadstream.http import (
    EXCERPT,
    AmbiguousError,
    BodyRule,
    HttpClient,
    NotSentError,
    Timeouts,
    provider_client,
)

SHORT = timedelta(milliseconds=200)
AMPLE = timedelta(seconds=60)
# Long enough for a connection to come about before the time is over, whatever else this machine does.
A_WHILE = timedelta(seconds=2)


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    client = provider_client(timeouts=Timeouts(connect=AMPLE, acquire=AMPLE, total=AMPLE))
    yield client
    await client.aclose()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpClient]:
    """A client that gives up connecting at once."""
    client = provider_client(timeouts=Timeouts(connect=SHORT, acquire=SHORT, total=AMPLE))
    yield client
    await client.aclose()


def a_post(url: str) -> httpx.Request:
    return httpx.Request("POST", url, json={"lead": 1})


async def test_an_answer_is_read_whole_and_unpacked(client: HttpClient) -> None:
    packed = answer(gzip.compress(b'{"ok":true}'), headers="content-encoding: gzip\r\n")
    async with RawServer(saying(packed)) as server:
        response = await client.send(a_post(server.url))

    assert response.json() == {"ok": True}
    assert response.status_code == 200
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "429 Slow Down", "204 No Content"])
async def test_every_status_is_an_answer(client: HttpClient, status: str) -> None:
    async with RawServer(saying(answer(status=status))) as server:
        response = await client.send(a_post(server.url))

    assert response.status_code == int(status[:3])


async def test_a_refused_connection_sent_nothing(client: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        with pytest.raises(NotSentError, match="ClientConnectorError"):
            await client.send(a_post(f"http://127.0.0.1:{port}/"))


async def test_an_unknown_name_sent_nothing(hasty: HttpClient) -> None:
    with pytest.raises(NotSentError, match=r"ClientConnectorDNSError|Timeout"):
        await hasty.send(a_post("http://nobody.invalid/"))


@contextmanager
def a_full_listener() -> Iterator[int]:
    """A port whose accept queue is full: the kernel lets the next SYN wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for filler in fillers:
            filler.close()


async def test_a_connection_that_does_not_come_about_sent_nothing(hasty: HttpClient) -> None:
    with a_full_listener() as port, pytest.raises(NotSentError, match="Timeout"):
        await hasty.send(a_post(f"http://127.0.0.1:{port}/"))


async def test_a_deadline_while_connecting_sent_nothing() -> None:
    client = provider_client()
    with a_full_listener() as port, pytest.raises(NotSentError, match=r"no answer within 0\.2 s"):
        await client.send(a_post(f"http://127.0.0.1:{port}/"), deadline=SHORT)
    await client.aclose()


async def test_a_tls_handshake_without_an_answer_sent_nothing(hasty: HttpClient) -> None:
    async def take(peer: Peer) -> None:
        await asyncio.Event().wait()

    async with RawServer(take) as server:
        with pytest.raises(NotSentError, match="Timeout"):
            await hasty.send(a_post(f"https://127.0.0.1:{server.port}/"))


async def test_a_certificate_of_unknown_origin_sent_nothing(
    client: HttpClient, tmp_path: Path
) -> None:
    async with RawServer(saying(answer()), tls=a_self_signed_context(tmp_path)) as server:
        with pytest.raises(NotSentError, match="CertificateError"):
            await client.send(a_post(server.url))


async def test_waiting_for_the_pool_sent_nothing() -> None:
    client = provider_client(
        timeouts=Timeouts(connect=AMPLE, acquire=SHORT, total=AMPLE), max_connections=1
    )
    async with RawServer(silence) as server:
        first = asyncio.create_task(client.send(a_post(server.url)))
        await server.called.wait()

        with pytest.raises(NotSentError, match="Timeout"):
            await client.send(a_post(server.url))

        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    await client.aclose()


async def test_no_answer_is_ambiguous(client: HttpClient) -> None:
    async with RawServer(silence) as server:
        with pytest.raises(AmbiguousError, match=r"no answer within 2 s") as caught:
            await client.send(a_post(server.url), deadline=A_WHILE)

    assert caught.value.status_code is None


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\ncontent-le", b"220 smtp.example ESMTP\r\n", b"\x00\x01\x02\r\n\r\n"],
    ids=["nothing", "half a head", "another protocol", "garbage"],
)
async def test_hanging_up_after_the_request_is_ambiguous(client: HttpClient, said: bytes) -> None:
    async with RawServer(saying(said, then_close=True)) as server:
        with pytest.raises(AmbiguousError) as caught:
            await client.send(a_post(server.url))

    assert caught.value.status_code is None


async def test_a_reset_after_the_request_is_ambiguous(client: HttpClient) -> None:
    async def reset(peer: Peer) -> None:
        await peer.request()
        peer.abort()

    async with RawServer(reset) as server:
        with pytest.raises(AmbiguousError):
            await client.send(a_post(server.url))


async def test_a_reset_in_the_middle_of_a_big_request_is_ambiguous(client: HttpClient) -> None:
    async def reset(peer: Peer) -> None:
        await asyncio.sleep(0)
        peer.abort()

    async with RawServer(reset) as server:
        with pytest.raises(AmbiguousError):
            await client.send(httpx.Request("POST", server.url, content=bytes(1_000_000)))


async def test_a_kept_connection_that_has_died_is_ambiguous(client: HttpClient) -> None:
    """A POST is not repeated by itself, not even where nothing was answered."""
    requests = []

    async def one_answer(peer: Peer) -> None:
        requests.append(await peer.request())
        await peer.say(answer(b"first"))
        requests.append(await peer.request())

    async with RawServer(one_answer) as server:
        await client.send(a_post(server.url))
        with pytest.raises(AmbiguousError):
            await client.send(a_post(server.url))

        assert server.connections == 1
        assert len(requests) == 2


HALF = b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n" + b"x" * 50
BAD_GZIP = answer(b"no gzip at all", status="201 Created", headers="content-encoding: gzip\r\n")
BOMB = answer(
    gzip.compress(bytes(20_000_000)), status="201 Created", headers="content-encoding: gzip\r\n"
)
LONG = answer(bytes(9 * 1024 * 1024), status="201 Created")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (HALF, "cut off"),
        (BAD_GZIP, "does not unpack"),
        (BOMB, "longer than"),
        (LONG, "longer than"),
    ],
    ids=["half", "bad gzip", "bomb", "long"],
)
async def test_a_status_without_a_readable_body_is_ambiguous_and_says_the_status(
    client: HttpClient, said: bytes, reason: str
) -> None:
    async with RawServer(saying(said, then_close=True)) as server:
        with pytest.raises(AmbiguousError, match=reason) as caught:
            await client.send(a_post(server.url))

    assert caught.value.status_code == 201


@pytest.mark.parametrize(
    ("said", "kept"),
    [(HALF, b"x" * 50), (BAD_GZIP, b""), (BOMB, b""), (LONG, bytes(64 * 1024))],
    ids=["half", "bad gzip", "bomb", "long"],
)
async def test_for_an_excerpt_the_status_decides(
    client: HttpClient, said: bytes, kept: bytes
) -> None:
    async with RawServer(saying(said, then_close=True)) as server:
        response = await client.send(a_post(server.url), body=EXCERPT)

    assert response.status_code == 201
    assert response.content == kept


async def trickle(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await peer.say(b"1\r\nx\r\n")
        await asyncio.sleep(0.01)


async def test_a_body_that_does_not_end_is_ambiguous_at_the_deadline(client: HttpClient) -> None:
    async with RawServer(trickle) as server:
        with pytest.raises(AmbiguousError) as caught:
            await client.send(a_post(server.url), deadline=A_WHILE)

    assert caught.value.status_code == 200


async def test_an_excerpt_of_a_body_that_does_not_end_is_what_came(client: HttpClient) -> None:
    async with RawServer(trickle) as server:
        response = await client.send(a_post(server.url), deadline=A_WHILE, body=EXCERPT)

    assert response.status_code == 200
    assert set(response.content) == set(b"x")


async def test_an_endless_flood_is_read_to_the_limit_only(client: HttpClient) -> None:
    sent = 0

    async def flood(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.say(bytes(65536))
            sent += 65536

    async with RawServer(flood) as server:
        response = await client.send(a_post(server.url), body=BodyRule(1000, excerpt=True))
        await asyncio.sleep(0.05)

    assert len(response.content) == 1000
    assert sent < 50_000_000


async def test_redirects_are_answers(client: HttpClient) -> None:
    async with RawServer(saying(answer())) as target:
        moved = answer(status="302 Found", headers=f"location: {target.url}\r\n")
        async with RawServer(saying(moved)) as server:
            response = await client.send(a_post(server.url))

        assert response.status_code == 302
        assert target.connections == 0


async def test_cookies_are_not_kept(client: HttpClient) -> None:
    heads = []

    async def talk(peer: Peer) -> None:
        while head := await peer.request():
            heads.append(head.lower())
            await peer.say(answer(headers="set-cookie: session=of-workspace-a\r\n"))

    async with RawServer(talk) as server:
        await client.send(a_post(server.url))
        await client.send(a_post(server.url))

    assert len(heads) == 2
    assert not any(b"cookie" in head for head in heads)


async def test_the_environments_proxy_is_ignored(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")

    async with RawServer(saying(answer(b"direct"))) as server:
        response = await client.send(a_post(server.url))

    assert response.content == b"direct"


async def test_connections_are_used_again(client: HttpClient) -> None:
    async with RawServer(saying(answer(b"hello"))) as server:
        for _ in range(20):
            await client.send(a_post(server.url))

        assert server.connections == 1


async def test_the_body_arrives_as_it_was_given(client: HttpClient) -> None:
    heads = []

    async def talk(peer: Peer) -> None:
        heads.append(await peer.request())
        await peer.say(answer())

    body = '{"company":"Café"}'.encode()
    async with RawServer(talk) as server:
        await client.send(httpx.Request("POST", server.url + "a%2Fb?q=1%2C2", content=body))

    head, _, sent = heads[0].partition(b"\r\n\r\n")
    assert sent == body
    assert head.startswith(b"POST /a%2Fb?q=1")
    assert b"leadstream" in head.lower()


async def test_many_calls_wait_side_by_side() -> None:
    here = asyncio.Barrier(100)

    async def answer_when_all_are_here(peer: Peer) -> None:
        while await peer.request():
            await here.wait()
            await peer.say(answer())

    client = provider_client()
    async with RawServer(answer_when_all_are_here) as server:
        answers = await asyncio.gather(*(client.send(a_post(server.url)) for _ in range(100)))
    await client.aclose()

    assert {each.status_code for each in answers} == {200}


async def test_a_cancelled_call_stays_cancelled(client: HttpClient) -> None:
    async with RawServer(silence) as server:
        call = asyncio.create_task(client.send(a_post(server.url)))
        await server.called.wait()
        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call


def a_self_signed_context(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = directory / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
