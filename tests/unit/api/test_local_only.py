"""Without tokens the admin API serves the person at this machine, and no web page they have open."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from leadstream.api import Admin, create_app
from leadstream.observability import Health

router = APIRouter()


@router.get("/me")
async def me(caller: Admin) -> dict[str, str]:
    return {"name": caller.name, "role": caller.role}


@pytest.fixture
def app() -> FastAPI:
    return create_app(service="delivery", health=Health(), admin=[router])


class Calls:
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def status(self, *, peer: str, host: str, **headers: str) -> int:
        transport = httpx.ASGITransport(self._app, client=(peer, 50_000))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            response = await client.get("/api/admin/me", headers={"host": host, **named})
        return response.status_code


@pytest.fixture
def calls(app: FastAPI) -> Calls:
    return Calls(app)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost:8003", "127.0.0.1:8003", "[::1]:8003", "localhost"])
async def test_this_machine_is_an_admin(calls: Calls, peer: str, host: str) -> None:
    assert await calls.status(peer=peer, host=host) == 200


@pytest.mark.parametrize("peer", ["10.0.0.5", "203.0.113.5", "::ffff:10.0.0.5", "fe80::1%eth0", ""])
async def test_another_machine_is_nobody(calls: Calls, peer: str) -> None:
    assert await calls.status(peer=peer, host="localhost:8003") == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "", "[::1"])
async def test_a_rebound_name_is_nobody(calls: Calls, host: str) -> None:
    assert await calls.status(peer="127.0.0.1", host=host) == 401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
async def test_a_foreign_page_is_nobody(calls: Calls, origin: str) -> None:
    assert await calls.status(peer="127.0.0.1", host="localhost:8003", origin=origin) == 401


async def test_our_own_page_of_documents_may_call(calls: Calls) -> None:
    status = await calls.status(
        peer="127.0.0.1", host="localhost:8003", origin="http://localhost:8003"
    )

    assert status == 200


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
async def test_what_a_proxy_passes_on_is_nobody(calls: Calls, header: str) -> None:
    status = await calls.status(peer="127.0.0.1", host="localhost", **{header: "127.0.0.1"})

    assert status == 401
