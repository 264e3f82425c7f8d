"""Whether every effect happened, and none twice: read from the sandbox's ledger, outside the product."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from chaos.crowd import Company, Crowd
from chaos.fleet import Death
from leadstream_dev.sandbox import Ledger
from leadstream_dev.sandbox.entry import Entry

# Between a provider's answer and its being durable here, on a machine that is busy.
SETTLING = timedelta(seconds=5)
# A kill is noted before the signal is sent, and a call may arrive after the one who made it has died.
KILLING = timedelta(seconds=2)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Interruptions:
    """The processes that died: what repeats is allowed to be explained by."""

    delivery: Sequence[Death] = ()
    enrichment: Sequence[Death] = ()


@dataclass(slots=True)
class Verdict:
    faults: list[str] = field(default_factory=list)
    # Nothing is lost that could still come.
    missing: Counter[str] = field(default_factory=Counter)
    slack_repeats: int = 0
    # Those that were made by a process which died before anybody could ask what it had counted.
    unheard_repeats: int = 0
    clay_repeats: int = 0
    leads: int = 0

    @property
    def complete(self) -> bool:
        return not self.missing

    def all_faults(self) -> list[str]:
        lost = [f"{count} leads without {what}" for what, count in sorted(self.missing.items())]
        return lost + self.faults


class Judge:
    def __init__(
        self, ledger: Ledger, crowd: Crowd, interruptions: Interruptions | None = None
    ) -> None:
        self._ledger = ledger
        self._crowd = crowd
        self._interruptions = interruptions or Interruptions()

    def verdict(self) -> Verdict:
        verdict = Verdict()
        leads = self._leads(verdict)
        verdict.leads = len(leads)
        self._judge_emails(verdict, leads)
        self._judge_webhooks(verdict, leads)
        self._judge_slack(verdict, leads)
        self._judge_uploads(verdict, leads)
        self._judge_paid_calls(verdict)
        return verdict

    def _leads(self, verdict: Verdict) -> dict[str, Company]:
        """Each lead's id with its company, as the webhook that gets every lead was told."""
        ids: dict[str, set[str]] = defaultdict(set)
        for entry in self._received(self._crowd.alerts_hook):
            ids[entry.body["data"]["company"]["domain"]].add(entry["lead_id"])
        companies = self._crowd.companies
        verdict.missing += Counter({"a webhook": len(companies.keys() - ids.keys())})
        _add(
            verdict,
            "companies became several leads",
            [d for d, found in ids.items() if len(found) > 1],
        )
        _add(verdict, "companies that nobody sent", sorted(ids.keys() - companies.keys()))
        return {
            lead: companies[domain]
            for domain, found in ids.items()
            for lead in found
            if domain in companies
        }

    def _judge_emails(self, verdict: Verdict, leads: dict[str, Company]) -> None:
        sent = self._ledger.emails()
        wanted = {
            (lead, recipient.email)
            for lead, company in leads.items()
            for recipient in self._crowd.recipients
            if company.score in recipient.scores
        }
        ours = {about: found for about, found in sent.items() if about[0] in leads}
        verdict.missing += Counter({"an e-mail": len(wanted - ours.keys())})
        _add(verdict, "e-mails that nobody wanted", sorted(ours.keys() - wanted))
        _add(verdict, "e-mails sent twice", [a for a, found in ours.items() if len(found) > 1])
        keys = self._ledger.email_keys()
        _add(
            verdict,
            "e-mails with two idempotency keys",
            [about for about, used in keys.items() if about[0] in leads and len(used) > 1],
        )
        _add(
            verdict,
            "batches that something has joined",
            [key for key, sent in self._ledger.batches().items() if set().union(*sent) > sent[0]],
        )

    def _judge_webhooks(self, verdict: Verdict, leads: dict[str, Company]) -> None:
        for hook in (self._crowd.alerts_hook, self._crowd.retail_hook):
            by_lead: dict[tuple[str, str], set[str]] = defaultdict(set)
            by_id: dict[str, set[tuple[str, str]]] = defaultdict(set)
            for entry in self._received(hook):
                about = (entry["lead_id"], str(entry["revision"]))
                by_lead[about].add(entry["webhook_id"])
                by_id[entry["webhook_id"]].add(about)
            _add(
                verdict, "leads with two webhook-ids", [a for a, i in by_lead.items() if len(i) > 1]
            )
            _add(verdict, "webhook-ids of two leads", [i for i, a in by_id.items() if len(a) > 1])
            bodies = self._ledger.webhook_bodies(hook)
            _add(
                verdict, "webhook-ids with two bodies", [i for i, b in bodies.items() if len(b) > 1]
            )
            bad = [entry for entry in self._received(hook) if entry["signature"] != "valid"]
            _add(verdict, "webhooks without a valid signature", [entry.seq for entry in bad])

    def _judge_slack(self, verdict: Verdict, leads: dict[str, Company]) -> None:
        posted = {
            lead: entries
            for (path, lead), entries in self._ledger.slack_messages().items()
            if path == self._crowd.slack_path and lead is not None
        }
        wanted = {lead for lead, company in leads.items() if company.score != "cold"}
        verdict.missing += Counter({"a Slack message": len(wanted - posted.keys())})
        _add(verdict, "Slack messages that nobody wanted", sorted(posted.keys() - wanted))
        repeated = [entries for entries in posted.values() if len(entries) > 1]
        verdict.slack_repeats = sum(len(entries) - 1 for entries in repeated)
        verdict.unheard_repeats = sum(
            self._is_unheard(entry) for entries in repeated for entry in entries[1:]
        )
        _add(
            verdict,
            "Slack messages repeated for no reason",
            [e["lead_id"] for e in _unexplained(repeated, self._interruptions.delivery)],
        )

    def _is_unheard(self, entry: Entry) -> bool:
        deaths = self._interruptions.delivery
        return any(death.heard <= entry.time <= death.at + KILLING for death in deaths)

    def _judge_uploads(self, verdict: Verdict, leads: dict[str, Company]) -> None:
        found = self._uploaded()
        for platform, records in found.items():
            ours = {lead: ids for lead, ids in records.items() if lead in leads}
            wanted = {
                lead
                for lead, company in leads.items()
                if company.is_uploaded and company.platform == platform
            }
            verdict.missing += Counter({f"an upload to {platform}": len(wanted - ours.keys())})
            _add(verdict, f"uploads to {platform} nobody wanted", sorted(ours.keys() - wanted))
            _add(
                verdict, f"doubles on {platform}", [le for le, ids in ours.items() if len(ids) > 1]
            )

    def _uploaded(self) -> dict[str, dict[str, set[str]]]:
        """By platform and lead: the records made there."""
        found: dict[str, dict[str, set[str]]] = {
            p: defaultdict(set) for p in ("tech-platform", "finance-platform", "retail-platform")
        }
        for (_, name, external), ids in self._ledger.crm_records("hubspot").items():
            if name == "companies":
                found["tech-platform"][external] |= ids
        for (_, name, external), ids in self._ledger.crm_records("salesforce").items():
            if name == "Lead":
                found["finance-platform"][external] |= ids
        for (hook, lead), entries in self._ledger.webhooks().items():
            if hook == self._crowd.retail_hook and lead is not None:
                found["retail-platform"][lead] |= {entry["webhook_id"] for entry in entries}
        return found

    def _judge_paid_calls(self, verdict: Verdict) -> None:
        calls: dict[str, list[Entry]] = defaultdict(list)
        for entry, effect in self._ledger.effects("credits"):
            if effect["domain"] in self._crowd.companies:
                calls[effect["domain"]].append(entry)
        repeated = [entries for entries in calls.values() if len(entries) > 1]
        verdict.clay_repeats = sum(len(entries) - 1 for entries in repeated)
        _add(
            verdict,
            "companies paid for twice for no reason",
            [e["domain"] for e in _unexplained(repeated, self._interruptions.enrichment)],
        )

    def _received(self, hook: str) -> list[Entry]:
        return self._ledger.entries(provider="hooks", operation="receive", hook=hook)


def _unexplained(repeated: Iterable[Sequence[Entry]], deaths: Sequence[Death]) -> Iterator[Entry]:
    """Calls that were made again although nobody died between the one and the other, soon after the first."""
    for entries in repeated:
        for entry, again in pairwise(entries):
            settled = entry.time + timedelta(milliseconds=entry["took_ms"]) + SETTLING
            end = min(settled, again.time)
            if not any(entry.time - KILLING <= death.at <= end for death in deaths):
                yield entry


def _add(verdict: Verdict, what: str, found: Sequence[object]) -> None:
    if found:
        shown = ", ".join(str(each) for each in found[:SHOWN])
        verdict.faults.append(f"{len(found)} {what}: {shown}")
