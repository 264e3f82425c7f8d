"""Figures of this service beyond those every service has."""

from prometheus_client import Counter

from leadstream.observability.metrics import REGISTRY

POSSIBLE_REPEATS_TOTAL = Counter(
    "leadstream_possible_repeats_total",
    "Attempts after one that may have had its effect, where the destination absorbs no repetition.",
    ["channel"],
    registry=REGISTRY,
)

EMAIL_FATES_TOTAL = Counter(
    "leadstream_email_fates_total",
    "E-mails by what Resend told of them after it had accepted them; one may be told of more than once.",
    ["fate"],
    registry=REGISTRY,
)

RESEND_EVENTS_TOTAL = Counter(
    "leadstream_resend_events_total",
    "Events that came to Resend's webhook, and what became of them.",
    ["outcome"],
    registry=REGISTRY,
)

EMAIL_REPORTS_TOTAL = Counter(
    "leadstream_email_reports_total",
    "Addresses that Resend has reported, and that get nothing any more.",
    ["report"],
    registry=REGISTRY,
)
