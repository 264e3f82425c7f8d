from leadstream.http.answers import (
    Whereabouts,
    asked_wait,
    document_of,
    is_foreign,
    is_page,
    words_of,
)
from leadstream.http.body import EXCERPT, WHOLE, BodyRule
from leadstream.http.client import HttpClient, Timeouts, guarded_client, provider_client
from leadstream.http.errors import AmbiguousError, NotSentError
from leadstream.http.guard import EgressGuard
from leadstream.http.provider import ProviderClient, expect_calls, outcome_of
from leadstream.signing import BadSignatureError, WebhookSecret, sign_webhook, verify_webhook
from leadstream.urls import UnsafeUrlError

__all__ = [
    "EXCERPT",
    "WHOLE",
    "AmbiguousError",
    "BadSignatureError",
    "BodyRule",
    "EgressGuard",
    "HttpClient",
    "NotSentError",
    "ProviderClient",
    "Timeouts",
    "UnsafeUrlError",
    "WebhookSecret",
    "Whereabouts",
    "asked_wait",
    "document_of",
    "expect_calls",
    "guarded_client",
    "is_foreign",
    "is_page",
    "outcome_of",
    "provider_client",
    "sign_webhook",
    "verify_webhook",
    "words_of",
]
