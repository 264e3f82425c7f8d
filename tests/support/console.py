"""The console as an application, in front of five services that answer what a test tells them.

console = Console()
console.services.on("delivery", "GET", "pauses", {"items": [], "next": None})
browser = await console.logged_in("operator")
page = await browser.get("/pauses")
assert page.html.main.one("table").rows == [...]
done = await browser.send(page.html.form("/pauses"), reason="maintenance")
assert console.services.called("POST", "pauses")[0].reason == "maintenance"
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from inspect import isawaitable
from typing import Any, Self
from urllib.parse import unquote, urlencode

import httpx
import orjson
from fastapi import FastAPI

from console.entrypoints.app import console_app
from console.entrypoints.live import Hub
from console.entrypoints.sessions import Sessions
from leadstream.admin.client import AdminApis
from leadstream.clock import Clock, SystemClock
from leadstream.crypto import Keyring
from leadstream.settings import SERVICE_PORTS
from support.html import Element, Html

SERVICES = tuple(SERVICE_PORTS)
WORKSPACE = "0190c0de-0000-7000-8000-0000000000aa"
# Tokens by the names of their holders; `tenant` is an operator of one workspace.
TOKENS = {name: f"{name}-token-of-the-tests" for name in ("admin", "operator", "viewer", "tenant")}
KEY = Keyring({"test": bytes(32)})
EMPTY: dict[str, Any] = {"items": [], "next": None}


@dataclass(frozen=True, slots=True)
class Called:
    """A request that a service got."""

    service: str
    method: str
    # Under /api/admin/, as it was sent.
    path: str
    params: dict[str, str]
    body: Any
    token: str | None
    reason: str | None


# JSON, or an answer with another status, or what makes one of them from the request.
Answer = Any
Route = tuple[str, str, str]


def refused(status: int, message: str, *, code: str = "refused", **more: str) -> httpx.Response:
    """An error as the services answer it."""
    return httpx.Response(status, json={"error": {"code": code, "message": message, **more}})


class FakeServices:
    """The five admin APIs. What nobody told them about is not found; who calls and the way out they know."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        # These do not answer.
        self.away: set[str] = set()
        # These take a call and never answer.
        self.hanging: set[str] = set()
        # Holders by token; empty: no tokens are configured.
        self.holders: dict[str, dict[str, Any]] = {
            token: {
                "name": name,
                "role": "operator" if name == "tenant" else name,
                "workspace_id": WORKSPACE if name == "tenant" else None,
            }
            for name, token in TOKENS.items()
        }
        self.ended: set[str] = set()
        self._routes: dict[Route, Answer] = {}

    def on(self, service: str, method: str, path: str, answer: Answer) -> None:
        """Answer a request: JSON, an httpx.Response, or a function of a Called that returns one of them.

        `*` in the service or the path stands for anything. What was said last counts.
        """
        self._routes.pop((service, method, path), None)
        self._routes[service, method, path] = answer

    def called(self, method: str, path: str, service: str = "*") -> list[Called]:
        """The calls of a route, in their order."""
        wanted = (service, method, path)
        return [each for each in self.calls if _fits(wanted, each)]

    @property
    def changes(self) -> list[Called]:
        """Whatever was to change something, but for the ends of sessions."""
        calls = (each for each in self.calls if each.method != "GET")
        return [each for each in calls if not each.path.startswith("sessions/")]

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        service = request.url.host.removesuffix(".test")
        if service in self.away:
            raise httpx.ConnectError("nobody listens", request=request)
        call = _call(service, request)
        self.calls.append(call)
        if service in self.hanging:
            await asyncio.Event().wait()
        if self.holders and call.token not in self.holders:
            return refused(401, "the token is not known", code="unauthorized")
        for route, answer in reversed(self._routes.items()):
            if _fits(route, call):
                said = answer(call) if callable(answer) else answer
                return _response(await said if isawaitable(said) else said)
        return self._known(call)

    def _known(self, call: Called) -> httpx.Response:
        if call.path == "whoami":
            local = {"name": "local", "role": "admin", "workspace_id": None, "local": True}
            holder = self.holders[call.token] if call.token and self.holders else local
            ended = call.params.get("session") in self.ended
            return httpx.Response(200, json={**holder, "session_ended": ended})
        if fnmatchcase(call.path, "sessions/*/end"):
            session = call.path.split("/")[1]
            self.ended.add(session)
            return httpx.Response(200, json={"id": session})
        return refused(404, f"the test says nothing of {call.method} {call.path}", code="not_found")


def _fits(route: Route, call: Called) -> bool:
    service, method, path = route
    return (
        method == call.method
        and fnmatchcase(call.service, service)
        and fnmatchcase(unquote(call.path), path)
    )


def _call(service: str, request: httpx.Request) -> Called:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    reason = request.headers.get("x-reason")
    return Called(
        service=service,
        method=request.method,
        path=request.url.raw_path.decode().partition("?")[0].removeprefix("/api/admin/"),
        params=dict(request.url.params),
        body=orjson.loads(request.content) if request.content else None,
        token=token if scheme == "Bearer" else None,
        reason=reason,
    )


def _response(answer: Answer) -> httpx.Response:
    if isinstance(answer, httpx.Response):
        return answer
    content = orjson.dumps(answer, default=str)
    return httpx.Response(200, content=content, headers={"content-type": "application/json"})


class Page:
    """An answer of the console."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.headers = answer.headers
        # As it was sent; `html.text` is what is read.
        self.source = answer.text

    @cached_property
    def html(self) -> Html:
        return Html.parse(self.source)

    @property
    def to(self) -> str | None:
        """Where it leads, if it only does that."""
        to: str | None = self.headers.get("location")
        return to

    def __repr__(self) -> str:
        return f"<{self.status} {self.answer.request.url}: {self.html.text[:1000]}>"


Fields = Mapping[str, str] | Sequence[tuple[str, str]]
FROM_THE_CONSOLE = {"sec-fetch-site": "same-origin"}


class Browser:
    """Keeps cookies, sends what browsers send, and follows nothing."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        return Page(await self.client.get(path, headers=headers))

    async def post(
        self, path: str, fields: Fields = (), *, headers: Mapping[str, str] = FROM_THE_CONSOLE
    ) -> Page:
        """Send a form from a page of the console, or with these headers instead."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else fields
        kind = {"content-type": "application/x-www-form-urlencoded"}
        content = urlencode(pairs).encode()
        return Page(await self.client.post(path, content=content, headers={**kind, **headers}))

    async def send(self, form: Element, **filled: str) -> Page:
        """Send a form as it stands on the page, with these fields filled in."""
        assert form.get("method") == "post", "the form changes nothing"
        unknown = [name for name in filled if not form.all(name=name)]
        assert not unknown, f"the form has no {unknown}, only {list(form.fields)}"
        return await self.post(form["action"], {**form.fields, **filled})

    async def follow(self, page: Page) -> Page:
        """Go where a 303 leads."""
        assert page.status == 303, page
        return await self.get(str(page.to))

    async def log_in(self, token: str) -> Page:
        return await self.post("/login", {"token": token})

    @property
    def cookie(self) -> str | None:
        """The session, as it is sealed."""
        return self.client.cookies.get("__Host-leadstream")

    def show(self, cookie: str | None) -> None:
        """Send this session from now on, wherever it is from."""
        self.client.cookies.clear()
        self.client.cookies.set("__Host-leadstream", cookie or "", domain="console.test")


@dataclass(slots=True)
class Console:
    """The application. Two with the same services are two replicas."""

    services: FakeServices = field(default_factory=FakeServices)
    keys: Keyring = KEY
    public_url: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    # Seconds for which a session is taken for good; 0 asks at each request.
    checked: float = 0
    apis: AdminApis = field(init=False)
    sessions: Sessions = field(init=False)
    hub: Hub = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        urls = {service: f"http://{service}.test" for service in SERVICES}
        self.apis = AdminApis(urls, transport=self.services.transport)
        self.sessions = Sessions(self.keys, self.apis, clock=self.clock, checked=self.checked)
        self.hub = Hub(self.apis, every=0.01)
        self.app = console_app(self.apis, self.sessions, self.hub, public_url=self.public_url)

    def browser(
        self, *, at: str = "192.0.2.7", url: str = "https://console.test", **headers: str
    ) -> Browser:
        """A browser at an address, which has the console under a URL."""
        transport = httpx.ASGITransport(self.app, client=(at, 40000), raise_app_exceptions=False)
        return Browser(httpx.AsyncClient(transport=transport, base_url=url, headers=headers))

    async def logged_in(self, name: str = "admin") -> Browser:
        """A browser of the holder of one of TOKENS."""
        browser = self.browser()
        page = await browser.log_in(TOKENS[name])
        assert page.status == 303, page
        return browser

    async def close(self) -> None:
        await self.hub.close()
        await self.apis.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
