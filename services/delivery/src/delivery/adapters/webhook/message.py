"""The webhook's body, after Standard Webhooks: type, time of the event, data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson


def lead_body(content: Mapping[str, Any]) -> bytes:
    """The lead as `lead.enriched` has it."""
    return _body("lead.enriched", content["enrichment"]["enriched_at"], content)


def test_body(channel: str, *, now: datetime) -> bytes:
    data = {"channel": channel, "message": "Test message from Leadstream."}
    return _body("channel.test", now.isoformat().replace("+00:00", "Z"), data)


def _body(kind: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, "timestamp": timestamp, "data": data})
