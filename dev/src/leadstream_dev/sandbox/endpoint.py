"""The way of every call: decide what goes wrong, let the provider act, note it, answer."""

import asyncio
import logging
import time
from asyncio import Transport
from collections import Counter
from dataclasses import dataclass, field

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from leadstream_dev.sandbox.behaviour import Action
from leadstream_dev.sandbox.callouts import Callouts
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, Outcome, text_answer
from leadstream_dev.sandbox.faults import Faults, Plan, literal
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.oddly import written
from leadstream_dev.sandbox.protocol import transport_of
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.wire import receive_call, send_answer, send_written, until_disconnect

log = logging.getLogger(__name__)

# Headers of which the ledger has the end only.
_SECRET_HEADERS = (
    "access_token",
    "authorization",
    "x-api-key",
    "clay-api-key",
    "x-shopify-access-token",
)
_WITHOUT_EFFECT = (Action.HANG, Action.DROP)
_UNSENT = {
    Action.HANG: Outcome.HUNG,
    Action.DROP: Outcome.DROPPED,
    Action.LOSE: Outcome.DROPPED,
    Action.HALF: Outcome.DROPPED,
}


@dataclass(slots=True)
class Desk:
    """What all endpoints share: the faults, the ledger and the counts."""

    faults: Faults
    journal: Journal
    counts: Counter[tuple[str, str, str, int | None]] = field(default_factory=Counter)
    hanging: set[Transport] = field(default_factory=set)
    """Connections whose call is never answered, to be cut when the server stops."""
    callouts: Callouts = field(default_factory=Callouts)

    def count(self, line: JsonObject) -> None:
        self.counts[line["provider"], line["operation"], line["outcome"], line["status"]] += 1


@dataclass(slots=True)
class Endpoint:
    """One operation of one provider, as an ASGI application."""

    desk: Desk
    provider: Provider
    operation: Operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await receive_call(Request(scope, receive))
        except ClientDisconnect:
            return
        started = time.perf_counter()
        call.identity = self.provider.identify(call)
        plan = self.desk.faults.plan(self.provider.name, self.operation.name, call)
        refusal = self.provider.claim(call)
        try:
            # Calls are counted as they come, whatever time they take then.
            paced = self._throttle(plan) if self._is_counted(call, plan) else (None, None)
            if plan.delay:
                await asyncio.sleep(plan.delay)
            # From here to the end of `_note` nothing else runs: effect and ledger line are one step.
            answer = self._answer(call, plan, paced, refusal)
            took = time.perf_counter() - started
            self._note(call, plan, answer, took)
        finally:
            if refusal is None:
                self.provider.release(call)
        if plan.action is Action.HANG:
            await self._hang(scope, receive)
            return
        if answer is not None and plan.odd is not None and plan.action not in _UNSENT:
            await send_written(scope, receive, written(answer, plan.odd))
            return
        await send_answer(scope, receive, send, answer, plan.action)

    async def _hang(self, scope: Scope, receive: Receive) -> None:
        transport = transport_of(scope)
        self.desk.hanging.add(transport)
        try:
            await until_disconnect(receive)
        finally:
            self.desk.hanging.discard(transport)

    def _is_counted(self, call: Call, plan: Plan) -> bool:
        is_decided = plan.action in _WITHOUT_EFFECT or plan.answer or plan.revoked
        return not is_decided and self.provider.authenticate(call) is None

    def _answer(
        self,
        call: Call,
        plan: Plan,
        paced: tuple[Pace | None, Answer | None],
        refusal: Answer | None,
    ) -> Answer | None:
        call.seq = self.desk.journal.next_seq
        if plan.action in _WITHOUT_EFFECT:
            return None
        if plan.answer is not None:
            return plan.answer
        provider = self.provider
        answer = provider.authenticate(call)
        if answer is not None:
            return answer
        if plan.revoked:
            plan.fault = "revoked"
            return provider.wrong_key(call)
        if plan.quota_exhausted:
            plan.fault = "quota_exhausted"
            return provider.quota_exhausted(plan.quota_exhausted)
        pace, answer = paced
        if answer is None and plan.errors is not None:
            plan.fault = "error"
            answer = self._error(plan)
        answer = answer or refusal or self._handled(call, plan)
        return answer.with_headers(provider.pace_headers(pace))

    def _handled(self, call: Call, plan: Plan) -> Answer:
        try:
            return self.operation.handle(call)
        except Exception:
            # The ledger has every request, also one that a mistake in the sandbox answered.
            log.exception("sandbox.bug", extra={"path": call.path, "seq": call.seq})
            plan.fault = "sandbox_bug"
            return text_answer(500, "a mistake in the sandbox; its stderr says which")

    def _throttle(self, plan: Plan) -> tuple[Pace | None, Answer | None]:
        if plan.limiter is None:
            return None, None
        allowed, pace = plan.limiter.window.take(time.monotonic())
        if allowed:
            return pace, None
        plan.fault = "rate_limit"
        answer = self.provider.rate_limited(pace)
        announced = plan.limiter.rule.retry_after
        if announced is not None:
            kept = {k: v for k, v in answer.headers.items() if k.lower() != "retry-after"}
            answer = Answer(
                status=answer.status,
                content=answer.content,
                headers={**kept, "Retry-After": announced},
            )
        return pace, answer

    def _error(self, plan: Plan) -> Answer:
        errors = plan.errors
        if errors is None or errors.body is None:
            answer = self.provider.failed(errors.status if errors else 500)
            return answer.with_headers(errors.headers if errors else {})
        return literal(status=errors.status, body=errors.body, headers=errors.headers)

    def _note(self, call: Call, plan: Plan, answer: Answer | None, took: float) -> None:
        sent = answer is not None and plan.action not in _UNSENT
        line: JsonObject = {
            **call.identity,
            "seq": call.seq,
            "time": call.received.isoformat(),
            "took_ms": round(took * 1000, 3),
            "provider": self.provider.name,
            "operation": self.operation.name,
            "method": call.method,
            "path": call.path,
            "query": call.query,
            "account": self.provider.account(call),
            "headers": _redacted(call.headers),
            "body": _noted_body(call, self.provider),
            "status": answer.status if answer is not None and sent else None,
            "outcome": _UNSENT.get(plan.action) or (answer and answer.outcome),
            "replayed": answer is not None and answer.replayed,
            "fault": plan.fault,
            "effects": answer.effects if answer else (),
        }
        self.desk.journal.append(line)
        self.desk.count(line)
        if answer is None or answer.replayed:
            return
        for effect in answer.effects:
            self.provider.apply(effect, line | {"body": call.form or call.json})
            if effect["kind"] == "callout":
                self.desk.callouts.make(effect)


def _redacted(headers: dict[str, str]) -> dict[str, str]:
    secrets = {name: headers[name] for name in _SECRET_HEADERS if headers.get(name)}
    return headers | {name: f"…{secret[-4:]}" for name, secret in secrets.items()}


def _noted_body(call: Call, provider: Provider) -> object:
    replacement = provider.redact(call)
    if replacement is not None:
        return replacement
    if call.is_json:
        # As sent, not parsed and printed again; a line break, which JSON has between values only,
        # would end the ledger's line.
        return orjson.Fragment(call.raw.replace(b"\n", b" ").replace(b"\r", b" "))
    return call.raw.decode("utf-8", "replace") or None
