"""A webhook of the workspace's own: it is told of each revision and holds nothing that we could look at."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Trait, Way
from leadstream.http import WebhookSecret
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject
from support.uploads import SECRET

RECEIVES_WHOLE = "a receiver takes a lead as a whole or not at all"


class WebhookCase(PlatformCase):
    adapter = "webhook"
    provider = "hooks"
    platform = "general-platform"
    industry = "Farming"
    write = Op(name="receive")
    batch = 1
    # As it would take them, but that a call for each is enough for a sample.
    at_once = 20
    keeps_state = False
    name_field = "company_name"
    lacks: ClassVar = {
        Trait.BATCHES: "a webhook is about one lead",
        Trait.OPTIONAL_FIELDS: RECEIVES_WHOLE,
        Trait.PEOPLE_EDIT: "what becomes of a lead there is the receiver's business, and can't be read",
        Trait.CONFIGURATION: "an address that is not there may be a deploy, and rests first:"
        " integration/platform_upload/test_proxies.py",
        Trait.SESSIONS: "every call is signed, there are none",
    }

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(
            settings={"url": sandbox.hook_url(account)},
            credentials={"secret": SECRET},
        )

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["hook"] == account)

    def handed(self, entry: Entry) -> Sequence[str]:
        return [entry["lead_id"]] if entry["event_type"] == "lead.upload" else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        """What it took in, each `webhook-id` once."""
        found: dict[str, list[Record]] = {}
        for entry, _ in sandbox.ledger.effects("webhook", hook=account, event_type="lead.upload"):
            found.setdefault(entry["lead_id"], []).append(_known(entry.body["data"]))
        return found

    def expected(self, event: Event) -> Record:
        document: Record = event["lead"]
        return document

    def throttled(self) -> Throttle:
        return Throttle({"status": 429, "headers": {"Retry-After": "1"}}, 1)

    def too_large(self) -> JsonObject:
        return {"status": 413}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        await sandbox.control.behave(
            "hooks", "receive", match={"lead_id": event["lead_id"]}, errors={"status": 400}
        )

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        secret = WebhookSecret.generate().reveal()
        await sandbox.control.hook_secrets(account, secret)
        return {"secret": secret}


def _known(value: Any) -> Any:
    """Without what is not known."""
    if isinstance(value, list):
        return [_known(each) for each in value]
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items() if each is not None}
    return value
