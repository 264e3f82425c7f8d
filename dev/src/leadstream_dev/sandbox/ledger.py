"""Reads the ledger: what really went out, judged outside the product."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson

from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject, Outcome


class Ledger:
    """The lines of one ledger file, reading on from where it stopped at each question."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: list[Entry] = []
        self._first = b""
        self._offset = 0

    def entries(self, **wanted: object) -> list[Entry]:
        """Those whose fields have these values; a list field has one if it contains it."""
        self._read_on()
        return [entry for entry in self._entries if entry.matches(wanted)]

    def effects(self, kind: str, **wanted: object) -> list[tuple[Entry, JsonObject]]:
        return [
            (entry, effect)
            for entry in self.entries(**wanted)
            for effect in entry.effects
            if effect["kind"] == kind
        ]

    def emails(self) -> dict[tuple[str, str], list[JsonObject]]:
        """E-mails about leads that really went out, by (lead id, recipient)."""
        found: dict[tuple[str, str], list[JsonObject]] = defaultdict(list)
        for entry, effect in self.effects("email"):
            for recipient in effect["recipients"] if effect.get("lead_id") else ():
                sent = effect | {"idempotency_key": entry["idempotency_key"], "seq": entry.seq}
                found[effect["lead_id"], recipient].append(sent)
        return dict(found)

    def fates(self) -> dict[str, str]:
        """What a webhook of Resend's was told last of each e-mail that was accepted, by Resend's id."""
        told = [
            orjson.loads(effect["body"]) for _, effect in self.effects("callout", provider="resend")
        ]
        return {
            event["data"]["email_id"]: event["type"]
            .removeprefix("email.")
            .removeprefix("delivery_")
            for event in told
            if event["type"] != "email.sent"
        }

    def notices(self) -> list[tuple[str, str]]:
        """E-mails about anything else that went out, in their order: (recipient, subject)."""
        return [
            (recipient, str(entry.body.get("subject")))
            for entry, effect in self.effects("email")
            if not effect.get("lead_id")
            for recipient in effect["recipients"]
        ]

    def email_keys(self) -> dict[tuple[str, str | None, str], set[str | None]]:
        """The keys under which each (lead id, revision, recipient) was sent alone; more than one is a fault."""
        keys: dict[tuple[str, str | None, str], set[str | None]] = defaultdict(set)
        for entry in self.entries(provider="resend", operation="send"):
            for recipient in (entry["recipients"] or ()) if entry["lead_id"] else ():
                about = (str(entry["lead_id"]), entry["revision"], recipient)
                keys[about].add(entry["idempotency_key"])
        return dict(keys)

    def batches(self) -> dict[str, list[set[str]]]:
        """What was sent under each batch's key, call by call: what joins a batch later is a fault."""
        found: dict[str, list[set[str]]] = defaultdict(list)
        for entry in self.entries(provider="resend", operation="send_batch"):
            found[str(entry["idempotency_key"])].append(
                {_canonical(each).decode() for each in entry.body}
            )
        return dict(found)

    def doubled_emails(self) -> dict[tuple[str, str | None, str], int]:
        """(lead id, revision, recipient) that got more than one e-mail, and how many."""
        counts = Counter(
            (str(effect.get("lead_id")), effect.get("revision"), recipient)
            for _, effect in self.effects("email")
            if effect.get("lead_id")
            for recipient in effect["recipients"]
        )
        return {about: count for about, count in counts.items() if count > 1}

    def webhook_ids(self, hook: str | None = None) -> dict[bytes, set[str]]:
        """The webhook ids each body was sent under; more than one is a fault."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for entry in self._received(hook):
            found[_canonical(entry.body)].add(entry["webhook_id"])
        return dict(found)

    def webhook_bodies(self, hook: str | None = None) -> dict[str, set[bytes]]:
        """The bodies sent under each webhook id; more than one is a fault."""
        found: dict[str, set[bytes]] = defaultdict(set)
        for entry in self._received(hook):
            found[entry["webhook_id"]].add(_canonical(entry.body))
        return dict(found)

    def webhooks(self) -> dict[tuple[str, str | None], list[Entry]]:
        """Webhooks that were accepted, by (hook, lead id); ids received before don't count again."""
        found: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
        for entry, effect in self.effects("webhook"):
            found[effect["hook"], entry["lead_id"]].append(entry)
        return dict(found)

    def bad_signatures(self, hook: str | None = None) -> list[Entry]:
        return [entry for entry in self._received(hook) if entry["signature"] == "invalid"]

    def slack_messages(self) -> dict[tuple[str, str | None], list[Entry]]:
        """Messages that were posted, by (webhook path, lead id): more than one is a repeat."""
        found: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
        for entry, effect in self.effects("message", provider="slack"):
            found[effect["slack_path"], entry["lead_id"]].append(entry)
        return dict(found)

    def slack_mentions(self) -> list[str]:
        """What Slack would have notified people with: alerts must never hold any."""
        return [mention for _, effect in self.effects("message") for mention in effect["mentions"]]

    def crm_records(self, provider: str) -> dict[tuple[str, str, str], set[str]]:
        """The record ids behind each (account, object, external id): more than one is a duplicate."""
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for entry, effect in self.effects("record", provider=provider):
            if effect["external_id"] is not None:
                found[entry["account"], effect["object"], effect["external_id"]].add(effect["id"])
        return dict(found)

    def crm_writes(self, provider: str) -> Counter[str]:
        """How often each external id was written, whether created or updated."""
        return Counter(
            effect["external_id"] for _, effect in self.effects("record", provider=provider)
        )

    def clay_calls(self) -> Counter[str]:
        """Paid calls per domain, also where the answer was lost."""
        return Counter(effect["domain"] for _, effect in self.effects("credits", provider="clay"))

    def credits(self, provider: str) -> dict[str, float]:
        """What a provider was paid for each domain, in its unit, also where the answer was lost."""
        paid: dict[str, float] = defaultdict(float)
        for _, effect in self.effects("credits", provider=provider):
            paid[effect["domain"]] += effect["credits"]
        return dict(paid)

    def searches(self) -> Counter[str]:
        """Answered searches per topic."""
        return Counter(
            entry["topic"]
            for entry in self.entries(provider="datashopper", operation="search")
            if entry.outcome is Outcome.ACCEPTED
        )

    def busiest_second(self, provider: str, **wanted: object) -> int:
        """The most requests that came in within any one second."""
        times = sorted(entry.time for entry in self.entries(provider=provider, **wanted))
        most, first = 0, 0
        for last, time in enumerate(times):
            while (time - times[first]).total_seconds() >= 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def outcomes(self, **wanted: object) -> Counter[tuple[str, Outcome]]:
        return Counter((entry.provider, entry.outcome) for entry in self.entries(**wanted))

    def _received(self, hook: str | None) -> Iterator[Entry]:
        for entry in self.entries(provider="hooks", operation="receive"):
            if entry["webhook_id"] is not None and hook in (None, entry["hook"]):
                yield entry

    def _read_on(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            if lines.readline() != self._first:
                # Not begun yet, or reset since.
                self._entries, self._first, self._offset = [], b"", 0
            lines.seek(self._offset)
            for raw in lines:
                if not raw.endswith(b"\n"):
                    return
                self._first = self._first or raw
                self._entries.append(Entry.read(raw))
                self._offset += len(raw)


def _canonical(body: object) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
