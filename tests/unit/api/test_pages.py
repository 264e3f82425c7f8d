import re

import httpx
from fastapi import FastAPI

from leadstream.api import create_app
from leadstream.observability.health import Health


def _client() -> httpx.AsyncClient:
    app: FastAPI = create_app(service="scheduler", health=Health())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8005/")


async def test_docs_load_nothing_from_elsewhere() -> None:
    async with _client() as http:
        page = await http.get("/docs")
        urls = re.findall(r"""(?:src|href)=["'](.*?)["']""", page.text)
        loaded = [await http.get(url) for url in urls]

    assert page.status_code == 200
    assert len(urls) == 3
    assert all(url.startswith("/docs/files/") for url in urls)
    assert [answer.status_code for answer in loaded] == [200, 200, 200]


async def test_docs_allow_only_their_own_scripts() -> None:
    async with _client() as http:
        page = await http.get("/docs")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]{44}';", policy)
    assert "connect-src 'self'" in policy


async def test_files_beside_the_docs_are_not_served() -> None:
    async with _client() as http:
        answers = [
            await http.get(path)
            for path in ("/docs/files/", "/docs/files/..%2fcore.py", "/docs/files/../core.py")
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
