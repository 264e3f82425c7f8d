"""Figures of this service beyond those every service has."""

from prometheus_client import Counter

from leadstream.observability.metrics import REGISTRY

POSSIBLE_REPEATS_TOTAL = Counter(
    "leadstream_possible_repeats_total",
    "Attempts after one that may have had its effect, where the destination absorbs no repetition.",
    ["channel"],
    registry=REGISTRY,
)

EMAIL_REPORTS_TOTAL = Counter(
    "leadstream_email_reports_total",
    "Addresses that Resend has reported, and that get nothing any more.",
    ["report"],
    registry=REGISTRY,
)
