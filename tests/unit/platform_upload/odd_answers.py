"""The four adapters with a platform that answers whatever a test says, and without a database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import orjson

from leadstream.http import EgressGuard, HttpClient, ProviderClient
from platform_upload.adapters.costs import CostPacer, Reserved
from platform_upload.adapters.creations import Creation, Creations
from platform_upload.adapters.exchange import Exchange, Speaks
from platform_upload.adapters.fhir.adapter import FhirAdapter
from platform_upload.adapters.fhir.answers import speaks as fhir_speaks
from platform_upload.adapters.marketo.adapter import MarketoAdapter
from platform_upload.adapters.marketo.answers import speaks as marketo_speaks
from platform_upload.adapters.marketo.api import MarketoApi
from platform_upload.adapters.marketo.tokens import MarketoTokens
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.shopify.adapter import ShopifyAdapter
from platform_upload.adapters.shopify.answers import speaks as shopify_speaks
from platform_upload.adapters.shopify.api import ShopifyApi
from platform_upload.adapters.shopify.tokens import ShopifyTokens
from platform_upload.adapters.slots import Slots
from platform_upload.adapters.wealthbox.adapter import WealthboxAdapter
from platform_upload.adapters.wealthbox.answers import speaks as wealthbox_speaks
from platform_upload.adapters.wealthbox.api import WealthboxApi
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Uploader
from platform_upload.domain.answers import Refused
from platform_upload.domain.connection import Connection
from support.clock import FakeClock
from unit.platform_upload.builders import NOW, a_connection

Says = Callable[[httpx.Request], httpx.Response]

SETTINGS: dict[str, dict[str, Any]] = {
    "fhir": {"base_url": "https://fhir.example/r4"},
    "marketo": {"munchkin": "123-ABC-456"},
    "shopify": {"shop": "acme.myshopify.com"},
    "wealthbox": {},
}
CREDENTIALS: dict[str, dict[str, str]] = {
    "fhir": {"token": "sesame"},
    "marketo": {"client_id": "us", "client_secret": "sesame"},
    "shopify": {"access_token": "sesame"},
    "wealthbox": {"access_token": "sesame"},
}


class NoPace:
    """In place of `Pacer`, `CostPacer` and `Slots`."""

    async def wait(self, connection: Connection, budget: Budget) -> None: ...

    async def reserve(self, connection: Connection, points: int, budget: Budget) -> Reserved:
        return Reserved(points)

    async def settle(self, connection: Connection, reserved: Reserved, bill: object) -> None: ...

    @asynccontextmanager
    async def held(self, connection: Connection, budget: Budget) -> AsyncIterator[None]:
        yield


@dataclass
class Notes:
    """In place of `Creations`."""

    known: dict[UUID, str | None] = field(default_factory=dict)

    @asynccontextmanager
    async def alone(self, record: UUID, budget: Budget) -> AsyncIterator[None]:
        yield

    async def get(self, record: UUID) -> Creation | None:
        if record not in self.known:
            return None
        return Creation(self.known[record], timedelta(seconds=30))

    async def announce(self, record: UUID) -> None:
        self.known[record] = None

    async def made(self, record: UUID, record_id: str | None) -> None:
        self.known[record] = record_id

    async def refused(self, record: UUID, refused: Refused) -> None:
        await Creations.refused(cast(Creations, self), record, refused)

    async def forget(self, record: UUID) -> None:
        self.known.pop(record, None)


def connection_to(adapter: str, **settings: Any) -> Connection:
    return a_connection(
        adapter=adapter,
        settings=SETTINGS[adapter] | settings,
        credentials=CREDENTIALS[adapter],
    )


def adapter_of(
    name: str, says: Says, *, notes: Notes | None = None, points: CostPacer | None = None
) -> Any:
    clock, pace = FakeClock(NOW), NoPace()
    client = ProviderClient(HttpClient(httpx.MockTransport(says)))

    def exchange(speaks: Speaks) -> Exchange:
        return Exchange(client, name, clock, timeout=timedelta(seconds=1), speaks=speaks)

    match name:
        case "fhir":
            return FhirAdapter(exchange(fhir_speaks), EgressGuard(), clock)
        case "marketo":
            way = exchange(marketo_speaks)
            tokens = MarketoTokens(way, clock)
            api = MarketoApi(way, tokens, pacer=cast(Pacer, pace), slots=cast(Slots, pace))
            return MarketoAdapter(api, EgressGuard())
        case "shopify":
            way = exchange(shopify_speaks)
            points = points or cast(CostPacer, pace)
            shop = ShopifyApi(way, ShopifyTokens(way, clock), points, version="2026-10")
            return ShopifyAdapter(shop, EgressGuard())
        case _:
            box = WealthboxApi(
                exchange(wealthbox_speaks), pacer=cast(Pacer, pace), base_url="https://x"
            )
            return WealthboxAdapter(box, cast(Creations, notes or Notes()))


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return httpx.Response(status, content=content, headers=headers)


__all__ = ["Notes", "Says", "Uploader", "adapter_of", "answer", "connection_to"]
