"""The control API: what tests, the demo and benchmarks ask of the sandbox itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadstream_dev.sandbox.behaviour import Behaviour, Script
from leadstream_dev.sandbox.endpoint import Desk
from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.provider import Provider
from leadstream_dev.sandbox.providers.fhir.provider import Fhir
from leadstream_dev.sandbox.providers.salesforce.provider import Salesforce
from leadstream_dev.sandbox.providers.shopify.provider import Shopify
from leadstream_dev.sandbox.world import Settings, World

Model = TypeVar("Model", bound=BaseModel)
DEFAULT_PAGE = 1000


class Wrong(Exception):  # noqa: N818 - named as it reads where it is raised
    """A control call that makes no sense; its text is the answer."""


@dataclass(slots=True)
class ControlApi:
    world: World
    desk: Desk
    providers: dict[str, Provider]

    def routes(self) -> list[Route]:
        return [
            _route("/healthz", "GET", self._health),
            _route("/settings", "GET", self._settings),
            _route("/settings", "PATCH", self._set),
            _route("/behaviours", "GET", self._behaviours),
            _route("/behaviours", "PUT", self._behave),
            _route("/behaviours", "DELETE", self._clear),
            _route("/scripts", "GET", self._scripts),
            _route("/scripts", "POST", self._play),
            _route("/options/{provider}", "GET", self._options),
            _route("/options/{provider}", "PATCH", self._set_options),
            _route("/state/{provider}", "GET", self._state),
            _route("/fhir/expire", "POST", self._expire_fhir),
            _route("/salesforce/expire", "POST", self._expire),
            _route("/shopify/expire", "POST", self._expire_shopify),
            _route("/stats", "GET", self._stats),
            _route("/ledger", "GET", self._ledger),
            _route("/reset", "POST", self._reset),
        ]

    async def _health(self, request: Request) -> object:
        return {
            "status": "ok",
            "seed": self.world.seed,
            "day": self.world.today().isoformat(),
            "lines": self.desk.journal.next_seq - 1,
        }

    async def _settings(self, request: Request) -> object:
        return self.world.settings.model_dump(mode="json")

    async def _set(self, request: Request) -> object:
        held = self.world.settings.model_dump()
        self.world.settings = _model(Settings, held | await _body(request))
        return self.world.settings.model_dump(mode="json")

    async def _behaviours(self, request: Request) -> object:
        held = self.desk.faults.behaviours()
        return [behaviour.model_dump(exclude_none=True) for behaviour in held]

    async def _behave(self, request: Request) -> object:
        behaviour = _model(Behaviour, await _body(request))
        self._check_target(behaviour.provider, behaviour.operation)
        self.desk.faults.behave(behaviour)
        return behaviour.model_dump(exclude_none=True)

    async def _clear(self, request: Request) -> object:
        provider = request.query_params.get("provider")
        operation = request.query_params.get("operation")
        if provider is not None:
            self._check_target(provider, operation)
        self.desk.faults.clear(provider, operation)
        return {}

    async def _scripts(self, request: Request) -> object:
        return self.desk.faults.scripts()

    async def _play(self, request: Request) -> object:
        script = _model(Script, await _body(request))
        self._check_target(script.provider, script.operation)
        return {"id": self.desk.faults.play(script)}

    async def _options(self, request: Request) -> object:
        return self._provider(request).options.model_dump(mode="json")

    async def _set_options(self, request: Request) -> object:
        provider = self._provider(request)
        held = provider.options.model_dump()
        changed = {
            name: _merged(held.get(name), new) for name, new in (await _body(request)).items()
        }
        provider.options = _model(provider.options_type, held | changed)
        return provider.options.model_dump(mode="json")

    async def _state(self, request: Request) -> object:
        return self._provider(request).state()

    async def _expire_fhir(self, request: Request) -> object:
        fhir = self.providers[Fhir.name]
        return {"ended": fhir.expire() if isinstance(fhir, Fhir) else 0}

    async def _expire(self, request: Request) -> object:
        salesforce = self.providers[Salesforce.name]
        return {"ended": salesforce.expire() if isinstance(salesforce, Salesforce) else 0}

    async def _expire_shopify(self, request: Request) -> object:
        shopify = self.providers[Shopify.name]
        return {"ended": shopify.expire() if isinstance(shopify, Shopify) else 0}

    async def _stats(self, request: Request) -> object:
        return [
            {
                "provider": provider,
                "operation": operation,
                "outcome": outcome,
                "status": status,
                "calls": calls,
            }
            for (provider, operation, outcome, status), calls in sorted(
                self.desk.counts.items(), key=lambda item: tuple(map(str, item[0]))
            )
        ]

    async def _ledger(self, request: Request) -> object:
        wanted = dict(request.query_params)
        after = int(wanted.pop("after", 0))
        limit = int(wanted.pop("limit", DEFAULT_PAGE))
        found = []
        for seq in range(after + 1, self.desk.journal.next_seq):
            line = self.desk.journal.read(seq)
            if all(_shows(line.get(name), value) for name, value in wanted.items()):
                found.append(line)
            if len(found) == limit:
                break
            if seq % 500 == 0:
                # A long ledger must not hold up the providers.
                await asyncio.sleep(0)
        return found

    async def _reset(self, request: Request) -> object:
        """Forget everything but the seed; with `keep_ledger`, keep what providers hold as well."""
        asked = await _body(request)
        self.desk.faults.clear()
        self.desk.callouts.forget()
        self.world.settings = Settings(day=self.world.first_day)
        for provider in self.providers.values():
            provider.options = provider.options_type()
        if not asked.get("keep_ledger", False):
            self.desk.journal.clear()
            self.desk.counts.clear()
            for provider in self.providers.values():
                provider.forget()
        return {}

    def _provider(self, request: Request) -> Provider:
        name = request.path_params["provider"]
        self._check_target(name, None)
        return self.providers[name]

    def _check_target(self, provider: str, operation: str | None) -> None:
        if provider not in self.providers:
            raise Wrong(f"no provider {provider!r}; there are {', '.join(self.providers)}")
        known = {one.name for one in self.providers[provider].operations()}
        if operation is not None and operation not in known:
            raise Wrong(
                f"{provider} has no operation {operation!r}; it has {', '.join(sorted(known))}"
            )


def _route(path: str, method: str, answer: Callable[[Request], Awaitable[object]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            body, status = await answer(request), 200
        except Wrong as exc:
            body, status = {"error": str(exc)}, 400
        return Response(orjson.dumps(body), status_code=status, media_type="application/json")

    return Route(path, endpoint, methods=[method])


def _model(kind: type[Model], values: JsonObject) -> Model:
    try:
        return kind.model_validate(values)
    except ValidationError as exc:
        raise Wrong("; ".join(_said(error) for error in exc.errors())) from exc


def _said(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as exc:
        raise Wrong(f"not JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise Wrong("the body must be a JSON object")
    return body


def _merged(held: object, new: object) -> object:
    """Merge a mapping key by key, where null takes a key out; replace anything else."""
    if not isinstance(held, dict) or not isinstance(new, dict):
        return new
    return {key: value for key, value in (held | new).items() if value is not None}


def _shows(value: object, wanted: str) -> bool:
    found = value if isinstance(value, list) else [value]
    return any(str(one) == wanted for one in found)
