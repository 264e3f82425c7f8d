"""Posts messages to Slack's incoming webhooks and reads Slack's answers."""

import re
from datetime import timedelta
from typing import Final

import httpx

from delivery.adapters.lead_view import view_of
from delivery.adapters.problems import fault_outcome, gone, problem_of, rest
from delivery.adapters.slack.message import lead_message
from delivery.application.deliver import Draft
from leadstream.clock import Clock
from leadstream.http import (
    EXCERPT,
    AmbiguousError,
    EgressGuard,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
    asked_wait,
    document_of,
    expect_calls,
    words_of,
)
from leadstream.jobs.model import Failed, Outcome, Retry, Succeeded
from leadstream.reading import NotJsonError, spoken, word

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
# Slack's own pace, when it says "too fast" without saying until when.
DEFAULT_REST = timedelta(seconds=30)

# Slack's words, and what they mean (reference/contracts.md, section 2). The same word comes with different statuses, so
# the word decides first.
GONE = frozenset(
    {
        "no_service",
        "no_service_id",
        "no_team",
        "team_disabled",
        "channel_not_found",
        "channel_is_archived",
        "is_archived",
        "action_prohibited",
        "posting_to_general_channel_denied",
        "restricted_action",
        "invalid_token",
        "user_not_found",
        "not_in_channel",
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "account_inactive",
        "missing_scope",
        "no_permission",
    }
)
REFUSED = frozenset(
    {
        "invalid_payload",
        "invalid_blocks",
        "invalid_blocks_format",
        "no_text",
        "msg_too_long",
        "msg_blocks_too_long",
        "invalid_arguments",
        "too_many_attachments",
    }
)
TOO_FAST = frozenset({"rate_limited", "ratelimited"})
PASSING = frozenset(
    {
        "rollup_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "org_login_required",
    }
)
# "Some aspect of the operation may have succeeded."
UNCLEAR = frozenset({"internal_error", "fatal_error"})
KNOWN = GONE | REFUSED | TOO_FAST | PASSING | UNCLEAR
GATEWAY_TIMEOUTS = frozenset({504, 524})
# How Slack's words look, those too that we have not heard yet. A gateway's "forbidden" or "not found" doesn't.
LIKE_SLACK: Final = re.compile(r"[a-z]+(?:_[a-z]+)+", re.IGNORECASE)
# With these an answer that says nothing is taken for Slack's too.
GONE_STATUSES = frozenset({403, 404, 410})

expect_calls("slack", "post")


class SlackSender:
    def __init__(
        self, http: ProviderClient, guard: EgressGuard, clock: Clock, *, app_url: str | None
    ) -> None:
        self._http = http
        self._guard = guard
        self._clock = clock
        self._app_url = app_url

    def compose(self, draft: Draft) -> bytes:
        assert draft.content is not None  # noqa: S101 - a draft without a message has its content
        return lead_message(view_of(draft.content, app_url=self._app_url))

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        assert draft.hook is not None  # noqa: S101 - a missing channel is an obstacle, seen before
        return await self.post(draft.hook.url, message, scope=draft.pause_scope)

    async def post(self, url: str, message: bytes, *, scope: str) -> Outcome:
        """Post once. `scope` is what rests when Slack says that it is too fast."""
        try:
            # Again at every attempt: the settings that allowed the host may have changed.
            checked = self._guard.check_vendor_url(url, HOSTS)
            request = httpx.Request(
                "POST", checked, content=message, headers={"content-type": "application/json"}
            )
            response = await self._http.call("slack", "post", request, body=EXCERPT)
        except (NotSentError, AmbiguousError, UnsafeUrlError) as fault:
            return fault_outcome(fault)
        return self._read(response, scope)

    def _read(self, response: httpx.Response, scope: str) -> Outcome:
        said = word_of(response)
        if response.status_code == 200 and said == "ok":
            return Succeeded(status_code=200)
        known = said if said in KNOWN else ""
        return (
            _by_word(response, known)
            if known and known not in TOO_FAST
            else self._by_status(response, known, scope)
        )

    def _by_status(self, response: httpx.Response, known: str, scope: str) -> Outcome:
        status = response.status_code
        if status == 429 or known in TOO_FAST:
            now = self._clock.now()
            wait = asked_wait(status, response.headers, now=now) or DEFAULT_REST
            return rest(scope, problem_of(response, "rate_limited", known), until=now + wait)
        if 200 <= status < 300 or status in GATEWAY_TIMEOUTS:
            # Not Slack's "ok": something in between has answered, and Slack may have posted.
            return Retry(problem=problem_of(response, "no_answer"), ambiguous=True)
        if not _is_slacks(response):
            return Retry(problem=problem_of(response, "foreign_answer"))
        if status in GONE_STATUSES:
            problem = problem_of(response, "channel_gone")
            return gone(problem, problem.message)
        if 400 <= status < 500:
            return Failed(problem=problem_of(response, "refused"))
        return Retry(problem=problem_of(response, "server_error"))


def _by_word(response: httpx.Response, word: str) -> Outcome:
    if word in GONE:
        problem = problem_of(response, "channel_gone", word)
        return gone(problem, word)
    if word in REFUSED:
        return Failed(problem=problem_of(response, "refused", word))
    return Retry(problem=problem_of(response, "server_error", word), ambiguous=word in UNCLEAR)


def word_of(response: httpx.Response) -> str:
    """The one word Slack answers with: as plain text, or as JSON where the Web API's manners show through."""
    said = _said(response)
    # With spaces in it, it is somebody else's sentence.
    return word(said) or "" if len(said.split()) == 1 else ""


def _said(response: httpx.Response) -> str:
    document = _document(response)
    if not isinstance(document, dict):
        return document.strip() if isinstance(document, str) else words_of(response, 100)
    return "ok" if document.get("ok") is True else spoken(document) or ""


def _is_slacks(response: httpx.Response) -> bool:
    """Whether Slack itself has answered, with a word or in JSON, and not a proxy with its own."""
    status = response.status_code
    if status in {401, 407, 408, 421, 425} or 300 <= status < 400:
        return False
    document = _document(response)
    if isinstance(document, dict):
        return "ok" in document
    said = _said(response)
    return bool(LIKE_SLACK.fullmatch(said)) if said else status in GONE_STATUSES


def _document(response: httpx.Response) -> object:
    try:
        return document_of(response)
    except NotJsonError:
        return None
