from leadstream.http.body import EXCERPT, WHOLE, BodyRule
from leadstream.http.client import HttpClient, Timeouts, guarded_client, provider_client
from leadstream.http.errors import AmbiguousError, NotSentError, UnsafeUrlError
from leadstream.http.guard import EgressGuard
from leadstream.http.provider import ProviderClient, expect_calls, outcome_of
from leadstream.http.retry_after import parse_retry_after
from leadstream.http.signing import BadSignatureError, WebhookSecret, sign_webhook, verify_webhook

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
    "expect_calls",
    "guarded_client",
    "outcome_of",
    "parse_retry_after",
    "provider_client",
    "sign_webhook",
    "verify_webhook",
]
