"""The guard at the moment of dialling: what it refuses is refused before a SYN leaves."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx
import pytest

from integration.http.raw_server import RawServer, answer, saying, silence
from leadstream.http import EXCERPT, EgressGuard, HttpClient, UnsafeUrlError, guarded_client
from unit.http.fake_resolver import FakeResolver

LOOPBACK = "127.0.0.0/8"


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer(saying(answer(b"reached"))) as server:
        yield server


def a_guard(*allow: str, trusted: tuple[str, ...] = (), **names: list[str]) -> EgressGuard:
    return EgressGuard(
        allow=[ip_network(network) for network in allow],
        trusted_hosts=trusted,
        resolver=FakeResolver(**names),
    )


async def call(guard: EgressGuard, url: str) -> httpx.Response:
    client = guarded_client(guard)
    try:
        return await client.send(httpx.Request("POST", url, content=b"{}"), body=EXCERPT)
    finally:
        await client.aclose()


async def test_a_literal_is_refused_at_the_socket(server: RawServer) -> None:
    # Trusting the host lets the form through, so that only the look at the address is left to refuse.
    guard = a_guard(trusted=("127.0.0.1",))

    with pytest.raises(UnsafeUrlError, match="loopback"):
        await call(guard, server.url)

    assert server.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
async def test_a_name_is_refused_by_what_it_resolves_to(server: RawServer, address: str) -> None:
    guard = a_guard(trusted=("inside.example",), inside_example=[address])

    with pytest.raises(UnsafeUrlError, match="loopback"):
        await call(guard, f"http://inside.example:{server.port}/")

    assert server.connections == 0


async def test_a_name_is_refused_even_if_only_one_of_its_addresses_is_inside(
    server: RawServer,
) -> None:
    guard = a_guard(
        "198.51.100.0/24", trusted=("mixed.example",), mixed_example=["198.51.100.1", "127.0.0.1"]
    )

    with pytest.raises(UnsafeUrlError, match="loopback"):
        await call(guard, f"http://mixed.example:{server.port}/")

    assert server.connections == 0


async def test_rebinding_between_saving_and_dialling_is_refused(server: RawServer) -> None:
    resolver = FakeResolver(rebind_example=["93.184.216.34"])
    guard = EgressGuard(trusted_hosts=("rebind.example",), resolver=resolver)
    url = await guard.check_url(f"http://rebind.example:{server.port}/")

    resolver.names["rebind.example"] = ["127.0.0.1"]

    with pytest.raises(UnsafeUrlError, match="loopback"):
        await call(guard, url)
    assert server.connections == 0


async def test_rebinding_between_resolving_and_connecting_is_refused(server: RawServer) -> None:
    """A resolver that lies to the check by name still meets the check at the socket."""

    class LyingGuard(EgressGuard):
        calls = 0

        def check_address(self, address: object, reach: object) -> None:
            self.calls += 1
            if self.calls > 1:
                super().check_address(address, reach)  # type: ignore[arg-type]  # passed on as given

    guard = LyingGuard(
        trusted_hosts=("rebind.example",), resolver=FakeResolver(rebind_example=["127.0.0.1"])
    )

    with pytest.raises(UnsafeUrlError, match="loopback"):
        await call(guard, f"http://rebind.example:{server.port}/")

    assert guard.calls == 2
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://hooks.example:22/",
        "https://user@hooks.example/",
        "https://2130706433/",
        "https://localhost/",
        "ftp://hooks.example/",
    ],
)
async def test_the_form_is_judged_again_at_each_call(url: str) -> None:
    guard = a_guard(hooks_example=["93.184.216.34"])

    with pytest.raises(UnsafeUrlError):
        await call(guard, url)


async def test_allowed_networks_are_dialled_on_any_port_and_by_http(server: RawServer) -> None:
    guard = a_guard(LOOPBACK, receiver_example=["127.0.0.1"])

    by_address = await call(guard, server.url)
    by_name = await call(guard, f"http://receiver.example:{server.port}/")

    assert by_address.content == by_name.content == b"reached"
    assert server.connections == 2


async def test_by_http_only_allowed_networks_are_dialled(server: RawServer) -> None:
    guard = a_guard("10.0.0.0/8", public_example=["93.184.216.34"])

    with pytest.raises(UnsafeUrlError, match="only EGRESS_ALLOW"):
        await call(guard, f"http://public.example:{server.port}/")


async def test_a_redirect_inside_is_not_followed(server: RawServer) -> None:
    moved = answer(status="307 Temporary Redirect", headers=f"location: {server.url}\r\n")
    async with RawServer(saying(moved)) as outside:
        response = await call(a_guard(LOOPBACK), outside.url)

    assert response.status_code == 307
    assert server.connections == 0


async def test_connections_are_kept_for_the_next_call(server: RawServer) -> None:
    client = guarded_client(a_guard(LOOPBACK))

    for _ in range(5):
        await client.send(httpx.Request("POST", server.url, content=b"{}"))
    await client.aclose()

    assert server.connections == 1


async def test_a_host_that_hangs_takes_a_part_of_the_pool_only(server: RawServer) -> None:
    client = guarded_client(a_guard(LOOPBACK), max_connections=4, max_per_host=2)
    async with RawServer(silence) as hanging:
        stuck = [
            asyncio.create_task(client.send(httpx.Request("POST", hanging.url, content=b"{}")))
            for _ in range(8)
        ]
        await hanging.called.wait()

        response = await client.send(httpx.Request("POST", server.url, content=b"{}"))

        assert response.content == b"reached"
        assert hanging.connections == 2
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    await client.aclose()


async def test_a_name_server_that_hangs_holds_up_nobody_else(server: RawServer) -> None:
    client: HttpClient = guarded_client(a_guard(LOOPBACK))
    stuck = asyncio.create_task(
        client.send(httpx.Request("POST", "https://hangs.example/", content=b"{}"))
    )

    response = await client.send(httpx.Request("POST", server.url, content=b"{}"))

    assert response.content == b"reached"
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)
    await client.aclose()
