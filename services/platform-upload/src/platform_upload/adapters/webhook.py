"""The platform that takes the upload format as it is: a Standard Webhook to a URL of the workspace's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson

from leadstream.clock import Clock
from leadstream.http import (
    EXCERPT,
    EgressGuard,
    ProviderClient,
    UnsafeUrlError,
    WebhookSecret,
    expect_calls,
    sign_webhook,
)
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fields import no_other, text
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget
from platform_upload.application.erase_person import named
from platform_upload.application.ports import (
    Checked,
    Erased,
    Given,
    InvalidConnectionError,
    Parcel,
    Person,
    Plan,
    Trace,
)
from platform_upload.domain.answers import Accepted, Answer, Refused, RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection

# When the receiver says "slow down" and not for how long.
SLOW_DOWN = timedelta(seconds=30)

_GONE = 410
_TOO_MANY = 429
# What a receiver may mend without the lead being any different. 404 is what a deploy looks like from outside.
_PASSING = frozenset({404, 408, 423, 425})
_REFUSING_US = frozenset({401, 403})
_NOT_THERE = frozenset({404, 405})
_PROXY = 407

_NOTHING: tuple[object, ...] = (None, "", [], {})

expect_calls("webhook", "upload", "test")


class WebhookAdapter:
    name = "webhook"
    limit = BatchLimit(items=1, size_bytes=1_000_000)
    keeps_state = False

    def __init__(
        self,
        client: ProviderClient,
        guard: EgressGuard,
        clock: Clock,
        *,
        timeout: timedelta,
        overlap: timedelta,
    ) -> None:
        """`client` is one behind the guard. After a rotation both secrets sign for as long as `overlap`."""
        self._exchange = Exchange(client, "webhook", clock, timeout=timeout, speaks=speaks)
        self._guard = guard
        self._clock = clock
        self._overlap = overlap

    async def check(self, given: Given, held: Connection | None) -> Checked:
        """The URL is as good as a password: of it, only the host is kept where it can be seen."""
        kept = held.credentials if held else {}
        url = await self._url(given.settings) if given.settings is not None else kept.get("url")
        if given.credentials is not None:
            no_other(given.credentials, {"secret"}, "credentials")
        secret = _secret(given.credentials if given.credentials is not None else kept)
        if url is None:
            raise InvalidConnectionError("is needed", field="settings.url")
        return Checked(
            {"url": f"{httpx.URL(url).scheme}://{httpx.URL(url).host}/…"},
            {"url": url, "secret": secret, **self._retiring(secret, kept)},
        )

    async def _url(self, settings: Mapping[str, Any]) -> str:
        no_other(settings, {"url"}, "settings")
        try:
            return await self._guard.check_url(text(settings, "url", "settings"))
        except UnsafeUrlError as exc:
            raise InvalidConnectionError(str(exc), field="settings.url") from exc

    def _retiring(self, secret: str, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """The secret that signs beside the new one for a while; none for the same secret again."""
        if kept.get("secret") in (None, secret):
            return {"retiring": kept["retiring"]} if "retiring" in kept else {}
        until = (self._clock.now() + self._overlap).isoformat()
        return {"retiring": {"secret": kept["secret"], "until": until}}

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        (parcel,) = parcels
        body = {
            "type": "lead.upload",
            "timestamp": parcel.asked_at.isoformat(),
            "data": parcel.lead.document,
        }
        refused = judge(await self._post("upload", connection, str(parcel.key), body, budget))
        return [refused or Accepted()]

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan]:
        """The body as it would be sent: what the receiver has is not for us to know."""
        return [_plan(parcel) for parcel in parcels]

    async def probe(self, connection: Connection, budget: Budget) -> str:
        now = self._clock.now()
        body = {"type": "connection.test", "timestamp": now.isoformat(), "data": {}}
        reply = await self._post("test", connection, str(uuid4()), body, budget)
        refused = judge(reply)
        if refused:
            raise RefusedError(refused)
        return f"the receiver took a signed test webhook ({reply.status})"

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        """Nothing is agreed about how a receiver forgets."""
        leads = named([replace(trace, external_id=None) for trace in traces])
        host = connection.settings.get("url", "it")
        return Erased(left=(f"webhook: tell the receiver at {host}; it got the records {leads}",))

    async def _post(
        self,
        operation: str,
        connection: Connection,
        message_id: str,
        body: Mapping[str, Any],
        budget: Budget,
    ) -> Reply:
        content = orjson.dumps(body)
        now = self._clock.now()
        secrets = _active_secrets(connection.credentials, now)
        headers = sign_webhook(message_id, content, secrets=secrets, at=now)
        request = httpx.Request(
            "POST",
            connection.credentials["url"],
            content=content,
            headers={**headers, "content-type": "application/json"},
        )
        return await self._exchange.send(
            operation, request, budget, body=EXCERPT, address=str(request.url)
        )


def speaks(operation: str, reply: Reply) -> bool:
    """Whether it may be the receiver. Nothing is agreed about what it says; that it speaks no HTML is safe to say."""
    if reply.status == _GONE or 300 <= reply.status < 400:
        return True
    return reply.status not in _NOT_THERE and reply.status != _PROXY and not reply.is_page


def judge(reply: Reply) -> Refused | None:
    """None is success. A redirect is a failed attempt: nobody may send our leads elsewhere."""
    if reply.ok:
        return None
    code, message = f"http_{reply.status}", f"the receiver answered {reply.status}"
    if reply.status == _GONE:
        gone = "the receiver is gone (410): the connection is switched off"
        return reply.refused(Verdict.DISABLE, code, gone)
    if reply.status == _TOO_MANY:
        after = reply.retry_after or SLOW_DOWN
        return reply.refused(Verdict.RETRY, code, message, after=after, throttled=True)
    if reply.status in _REFUSING_US:
        return reply.refused(Verdict.CREDENTIAL, code, message)
    if 400 <= reply.status < 500 and reply.status not in _PASSING:
        return reply.refused(Verdict.PERMANENT, code, message)
    return reply.refused(Verdict.RETRY, code, message)


def _plan(parcel: Parcel) -> Plan:
    said = {name: value for name, value in parcel.lead.document.items() if value not in _NOTHING}
    return Plan(changes={name: (None, value) for name, value in said.items()})


def _secret(credentials: Mapping[str, Any]) -> str:
    try:
        return WebhookSecret.parse(text(credentials, "secret", "credentials")).reveal()
    except ValueError as exc:
        raise InvalidConnectionError(str(exc), field="credentials.secret") from exc


def _active_secrets(credentials: Mapping[str, Any], now: datetime) -> list[WebhookSecret]:
    secrets = [WebhookSecret.parse(credentials["secret"])]
    retiring = credentials.get("retiring")
    if retiring and now < datetime.fromisoformat(retiring["until"]):
        secrets.append(WebhookSecret.parse(retiring["secret"]))
    return secrets
