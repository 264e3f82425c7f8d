"""Slack: incoming webhooks, whose answers are plain text."""

import re

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, text_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.slack_blocks import Refused, check_message, reading

_PATH = re.compile(r"^T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+$")
_UUID = r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
_LEAD = re.compile(rf"leads?(?:_id)?\W{{1,8}}{_UUID}", re.IGNORECASE)
_ANY_ID = re.compile(_UUID, re.IGNORECASE)


class Slack(Provider):
    name = "slack"
    prefix = "/slack"

    def operations(self) -> tuple[Operation, ...]:
        return (Operation("post", "POST", "/services/{hook:path}", self._post),)

    def authenticate(self, call: Call) -> Answer | None:
        """Find nothing wrong: the URL is the secret, and an unknown one is a 404."""
        return None

    def account(self, call: Call) -> str | None:
        return None

    def identify(self, call: Call) -> JsonObject:
        found: JsonObject = {"slack_path": call.params.get("hook")}
        references = " ".join(_references(call.body))
        named = _LEAD.search(references) or _ANY_ID.search(references)
        return found | ({"lead_id": named.group(1).lower()} if named else {})

    def _post(self, call: Call) -> Answer:
        hook = call.params["hook"]
        if not _PATH.match(hook) or hook in self.options.revoked:
            return text_answer(404, "no_service")
        if not isinstance(call.json, dict):
            return text_answer(400, "invalid_payload")
        try:
            check_message(call.json)
        except Refused as exc:
            return text_answer(400, exc.code)
        effect = {"kind": "message", "slack_path": hook, **reading(call.json)}
        return Answer(
            status=200,
            content=b"ok",
            headers={"content-type": "text/html"},
            effects=(effect,),
        )

    def missing_key(self, call: Call) -> Answer:
        return text_answer(403, "invalid_token")

    def wrong_key(self, call: Call) -> Answer:
        return text_answer(403, "invalid_token")

    def not_found(self, call: Call) -> Answer:
        return text_answer(404, "no_service")

    def rate_limited(self, pace: Pace) -> Answer:
        return text_answer(429, "rate_limited", {"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return text_answer(429, "rate_limited", {"Retry-After": "3600"})

    def failed(self, status: int) -> Answer:
        return text_answer(status, "rollup_error")


def _references(message: JsonObject) -> list[str]:
    """Where a message can say which lead it is about: metadata, block ids, buttons."""
    found = [str(message.get("metadata", ""))]
    blocks = message.get("blocks")
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, dict):
            continue
        found.append(str(block.get("block_id", "")))
        elements = block.get("elements")
        for element in elements if isinstance(elements, list) else []:
            if isinstance(element, dict):
                found += [str(element.get(part, "")) for part in ("url", "value", "action_id")]
    return found
