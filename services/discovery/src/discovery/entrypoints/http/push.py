"""Where sources push their signals. Reached without a token: each request is signed with its source's secret."""

import logging
import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from discovery.adapters.push_sources import (
    SQL,
    Message,
    Source,
    UsedIdError,
    sort_pushed,
    take_in,
    taken_before,
)
from discovery.adapters.pushed import MOST_SIGNALS, Fault, read_pushed
from discovery.adapters.vault import Vault
from leadstream.api import ApiError, ConflictError, ErrorBody, InvalidError, answers
from leadstream.api.body import check_json
from leadstream.api.errors import TooManyError
from leadstream.api.limits import SlidingWindow
from leadstream.api.peer import address_key
from leadstream.clock import Clock
from leadstream.crypto import UndecryptableError
from leadstream.http import BadSignatureError, WebhookSecret, verify_webhook
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter

log = logging.getLogger(__name__)

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
LONGEST_ID = 200
# Of one answer; how many there are is said, too.
MOST_FAULTS = 100
# From one address: whoever has the secret has no such failures but by a clock or a configuration.
REFUSED_PER_MINUTE = 60


class Accepted(BaseModel):
    accepted: int = Field(description="Signals, all of which are durable by now.")
    repeated: bool = Field(description="The message was accepted before: nothing more was done.")


class SignalFault(BaseModel):
    index: int
    field: str
    reason: str


class FaultyBody(ErrorBody):
    """What of a request can't be taken. Nothing of it was."""

    rejected: int = Field(description="How many faults there are in all.")
    signals: list[SignalFault]


class FaultyError(ApiError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        place = f"signals.{first.index}" + (f".{first.field}" if first.field else "")
        message = f"nothing was taken: {len(faults)} faults, the first: {place} {first.reason}"
        super().__init__(422, "invalid", message, field=place)
        self._faults = faults

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": self.message, "field": self.field}
        shown = [
            {"index": each.index, "field": each.field, "reason": each.reason}
            for each in self._faults[:MOST_FAULTS]
        ]
        body = {"error": error, "rejected": len(self._faults), "signals": shown}
        return JSONResponse(body, self.status)


class _UnsignedError(ApiError):
    """401, with which of the three it is: that helps who made a mistake, and nobody else."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(401, code, message, headers={"www-authenticate": "StandardWebhooks"})


class SignalsApi:
    def __init__(
        self,
        database: Database,
        vault: Vault | None,
        clock: Clock,
        *,
        per_second: float,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._per_second = per_second
        self._wake = wake
        self._refusals = SlidingWindow(REFUSED_PER_MINUTE)

    async def take(self, source_id: UUID, request: Request) -> dict[str, Any]:
        """Take all of a request, or nothing."""
        source, message = await self._signed(source_id, request)
        if source.is_paused:
            raise ApiError(409, "paused", "the source is paused: nothing is taken from it")
        await self._pace(source)
        accepted = await self._known(source, message)
        if accepted is not None:
            return {"accepted": accepted, "repeated": True}
        check_json(message.body, request.headers.get("content-type", ""))
        signals = _signals(orjson.loads(message.body))
        return await self._take(source, message, signals)

    async def _signed(self, source_id: UUID, request: Request) -> tuple[Source, Message]:
        try:
            return await self._verified(source_id, request)
        except _UnsignedError as exc:
            log.warning("push.refused", extra={"source_id": str(source_id), "reason": exc.code})
            wait = self._refusals.hit(address_key(request.scope))
            if wait is not None:
                raise TooManyError(
                    "too many refused signatures from this address", wait=wait
                ) from exc
            raise

    async def _verified(self, source_id: UUID, request: Request) -> tuple[Source, Message]:
        missing = [name for name in HEADERS if not request.headers.get(name)]
        if missing:
            raise _UnsignedError("signature_missing", f"not signed: {', '.join(missing)} missing")
        row = await self._database.pool.fetchrow(SQL.get_source, source_id, None)
        # Who is not there has no secret: the answer is the same as to a wrong one.
        secrets = self._secrets(row) if row else []
        body, now = await request.body(), self._clock.now()
        try:
            message_id = verify_webhook(request.headers, body, secrets=secrets, now=now)
        except BadSignatureError as exc:
            code = "signature_wrong" if "signature" in str(exc) else "signature_expired"
            raise _UnsignedError(code, str(exc)) from None
        if len(message_id) > LONGEST_ID:
            raise InvalidError(f"is longer than {LONGEST_ID} characters", field="webhook-id")
        return Source.of(row), Message(message_id, body, now)

    def _secrets(self, row: Any) -> list[WebhookSecret]:
        try:
            if self._vault is None:
                raise UndecryptableError("ENCRYPTION_KEYS is not set")
            secrets = self._vault.open(row["secrets"], row["workspace_id"], row["id"])
        except UndecryptableError as exc:
            log.error(  # noqa: TRY400 - the message says all there is
                "source.unreadable", extra={"source_id": str(row["id"]), "reason": str(exc)}
            )
            raise ApiError(503, "unavailable", "the source's secret can't be read here") from None
        return secrets.good_at(self._clock.now())

    async def _pace(self, source: Source) -> None:
        """Whoever sends more than a source may is told to wait; all replicas count together."""
        burst = math.ceil(self._per_second * 2)
        limit = RateLimit(name=f"source:{source.id}", per_second=self._per_second, burst=burst)
        missing = await RateLimiter(self._database, limit).take_whole(1)
        if missing > 0:
            wait = timedelta(seconds=missing / self._per_second)
            raise TooManyError("too many requests of this source", wait=wait)

    async def _known(self, source: Source, message: Message) -> int | None:
        async with self._database.looking() as tx:
            try:
                return await taken_before(tx, source, message)
            except UsedIdError:
                raise ConflictError("another message was accepted under this webhook-id") from None

    async def _take(
        self, source: Source, message: Message, signals: Sequence[object]
    ) -> dict[str, Any]:
        pushed, faults = read_pushed(signals, source=source.name, now=message.received_at)
        async with self._database.transaction() as tx:
            found = await sort_pushed(tx, source, pushed)
            if faults or found.faults:
                raise FaultyError(sorted([*faults, *found.faults], key=lambda each: each.index))
            if found.paused:
                names = ", ".join(sorted(found.paused))
                raise ApiError(409, "paused", f"paused is what it feeds: {names}")
            is_new = await take_in(tx, source, message, found.by_query)
        if not is_new:
            return {"accepted": await self._known(source, message), "repeated": True}
        self._wake()
        log.info(
            "push.accepted",
            extra={
                "source_id": str(source.id),
                "workspace_id": str(source.workspace_id),
                "signals": len(signals),
                "queries": len(found.by_query),
            },
        )
        return {"accepted": len(signals), "repeated": False}


def signals_router(api: SignalsApi) -> APIRouter:
    router = APIRouter(tags=["signals"])
    refusals = answers(401, 409, 413, 429, 503)
    faulty: dict[int | str, dict[str, object]] = {
        422: {
            "model": FaultyBody | ErrorBody,
            "description": "What is wrong, by signal. Nothing was taken.",
        }
    }

    @router.post(
        "/api/sources/{source_id}/signals",
        status_code=202,
        summary="Push signals, signed as Standard Webhooks",
        response_model=Accepted,
        responses=refusals | faulty,
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {}}}},
    )
    async def push_signals(source_id: UUID, request: Request) -> dict[str, Any]:
        return await api.take(source_id, request)

    return router


def _signals(body: Any) -> Sequence[object]:
    signals = body.get("signals") if isinstance(body, dict) else None
    if not isinstance(signals, list) or not signals:
        raise InvalidError("must be a list with a signal in it at least", field="signals")
    if len(signals) > MOST_SIGNALS:
        message = f"has {len(signals)} signals: send {MOST_SIGNALS} at a time"
        raise InvalidError(message, field="signals")
    return signals
