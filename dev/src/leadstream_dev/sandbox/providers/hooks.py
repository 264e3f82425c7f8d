"""A receiver of Standard Webhooks, as a workspace or a platform would run it."""

from binascii import Error as Base64Error
from typing import Any

from pydantic import Field
from standardwebhooks import Webhook, WebhookVerificationError

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Options, Pace, Provider


class HooksOptions(Options):
    secrets: dict[str, list[str]] = Field(default_factory=dict)
    """By name of the hook: the `whsec_…` secrets a signature may be made with."""


class Hooks(Provider):
    name = "hooks"
    prefix = "/hooks"
    options_type = HooksOptions
    options: HooksOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._seen: set[tuple[str, str]] = set()

    def operations(self) -> tuple[Operation, ...]:
        return (Operation("receive", "POST", "/{hook}", self._receive),)

    def authenticate(self, call: Call) -> Answer | None:
        """Find nothing wrong: a signature is checked when the call is received."""
        return None

    def account(self, call: Call) -> str | None:
        return None

    def identify(self, call: Call) -> JsonObject:
        data = call.body.get("data")
        about = data if isinstance(data, dict) else {}
        if isinstance(about.get("lead"), dict):
            about = about | about["lead"]
        found: JsonObject = {
            "hook": call.params.get("hook"),
            "webhook_id": call.headers.get("webhook-id"),
            "event_type": call.body.get("type"),
            "lead_id": about.get("lead_id") or about.get("id"),
            "workspace_id": about.get("workspace_id"),
            "revision": about.get("revision"),
        }
        signature, signed_with = self._signature(call)
        found |= {"signature": signature, "signed_with": signed_with}
        return {name: value for name, value in found.items() if value is not None}

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        self._seen.add((effect["hook"], effect["webhook_id"]))

    def _receive(self, call: Call) -> Answer:
        hook, webhook_id = call.params["hook"], call.headers.get("webhook-id", "")
        signature = call.identity["signature"]
        if signature in ("invalid", "missing") and hook in self.options.secrets:
            return json_answer(401, {"error": f"{signature} signature"})
        effect = {"kind": "webhook", "hook": hook, "webhook_id": webhook_id}
        # A receiver that has seen an id before drops what comes under it again.
        return json_answer(
            200, {"received": True}, effects=(effect,), replayed=(hook, webhook_id) in self._seen
        )

    def _signature(self, call: Call) -> tuple[str, list[int] | None]:
        """Say what the signature is worth, and which of the known secrets made it."""
        if "webhook-signature" not in call.headers:
            return "missing", None
        secrets = self.options.secrets.get(call.params.get("hook", ""))
        if secrets is None:
            return "unchecked", None
        made_with = [index for index, secret in enumerate(secrets) if _verifies(secret, call)]
        return "valid" if made_with else "invalid", made_with

    def missing_key(self, call: Call) -> Answer:
        return json_answer(401, {"error": "unauthorized"})

    def wrong_key(self, call: Call) -> Answer:
        return json_answer(401, {"error": "unauthorized"})

    def not_found(self, call: Call) -> Answer:
        return json_answer(404, {"error": "not found"})

    def rate_limited(self, pace: Pace) -> Answer:
        return json_answer(
            429, {"error": "too many requests"}, headers={"retry-after": str(pace.reset)}
        )

    def quota_exhausted(self, kind: str) -> Answer:
        return json_answer(429, {"error": "quota exhausted"}, headers={"retry-after": "3600"})

    def failed(self, status: int) -> Answer:
        return Answer(status=status)


def _verifies(secret: str, call: Call) -> bool:
    try:
        Webhook(secret).verify(call.raw, call.headers)
    except (WebhookVerificationError, Base64Error, ValueError):
        # The library raises the latter two for a header that is no signature at all.
        return False
    return True
