"""Platforms' answers, as the adapters read them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson

from platform_upload.adapters.reply import Reply, make_reply
from unit.platform_upload.builders import NOW

FIXTURES = Path(__file__).parents[2] / "contract" / "fixtures"


def cases(provider: str) -> list[dict[str, Any]]:
    document = json.loads((FIXTURES / f"{provider}.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["cases"]
    return found


def a_reply(status: int, body: object = "", headers: Mapping[str, str] | None = None) -> Reply:
    content = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return make_reply(httpx.Response(status, headers=headers, content=content), NOW)


def reply_of(case: Mapping[str, Any]) -> Reply:
    response = case["response"]
    return a_reply(response["status"], response["body"], response["headers"])
