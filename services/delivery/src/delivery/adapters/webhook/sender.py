"""Sends signed webhooks to addresses that users have given, through the guard."""

from collections.abc import Sequence
from datetime import timedelta

import httpx

from delivery.adapters.problems import fault_outcome, gone, problem_of, rest
from delivery.adapters.webhook.message import lead_body
from delivery.application.deliver import Draft
from leadstream.clock import Clock
from leadstream.http import (
    EXCERPT,
    AmbiguousError,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
    WebhookSecret,
    asked_wait,
    expect_calls,
    is_page,
    sign_webhook,
)
from leadstream.jobs.model import Failed, Outcome, Retry, Succeeded

# What we sent does not get better by sending it again. Other refusals may be a receiver in the middle of a deployment.
NEVER_BETTER = frozenset({400, 413, 422})

expect_calls("webhook", "deliver")


class WebhookSender:
    def __init__(self, http: ProviderClient, clock: Clock, *, timeout: timedelta) -> None:
        self._http = http
        self._clock = clock
        self._timeout = timeout

    def compose(self, draft: Draft) -> bytes:
        assert draft.content is not None  # noqa: S101 - a draft without a message has its content
        return lead_body(draft.content)

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        assert draft.hook is not None  # noqa: S101 - a missing channel is an obstacle, seen before
        # The id names the delivery, not the attempt: it is how the receiver knows a repetition.
        return await self.post(
            draft.hook.url,
            message,
            message_id=str(draft.id),
            secrets=draft.hook.secrets,
            scope=draft.pause_scope,
        )

    async def post(
        self, url: str, message: bytes, *, message_id: str, secrets: Sequence[str], scope: str
    ) -> Outcome:
        """Post once. `scope` is what rests when the receiver asks for it."""
        signature = sign_webhook(
            message_id,
            message,
            secrets=[WebhookSecret.parse(secret) for secret in secrets],
            at=self._clock.now(),
        )
        headers = {"content-type": "application/json", **signature}
        try:
            request = httpx.Request("POST", url, content=message, headers=headers)
            response = await self._http.call(
                "webhook", "deliver", request, deadline=self._timeout, body=EXCERPT
            )
        except (NotSentError, AmbiguousError, UnsafeUrlError) as fault:
            return fault_outcome(fault)
        return self._read(response, scope)

    def _read(self, response: httpx.Response, scope: str) -> Outcome:
        status = response.status_code
        if 200 <= status < 300:
            return Succeeded(status_code=status)
        if status == 410:
            return gone(problem_of(response, "channel_gone"), "answered 410 Gone")
        now = self._clock.now()
        wait = asked_wait(status, response.headers, now=now)
        if status in NEVER_BETTER and is_page(response):
            # Nobody answers a webhook with a page: something in front of the receiver does.
            return Retry(problem=problem_of(response, "foreign_answer"), after=wait)
        if status in NEVER_BETTER:
            return Failed(problem=problem_of(response, "refused"))
        if wait is not None and status in {429, 503}:
            return rest(scope, problem_of(response, "rate_limited"), until=now + wait)
        if 300 <= status < 400:
            return Retry(problem=problem_of(response, "redirect"))
        return Retry(problem=problem_of(response, "server_error"), after=wait)
