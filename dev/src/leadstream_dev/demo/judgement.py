"""Whether what the services say is what the providers saw: the sandbox's ledger is the judge."""

from collections.abc import Mapping
from dataclasses import dataclass

from leadstream_dev.demo.figures import Figures
from leadstream_dev.sandbox import Ledger

# By adapter, which is the sandbox's name of it, too: what people call it, and what a lead is there.
PLATFORMS = {
    "fhir": ("a FHIR server", "Organization"),
    "hubspot": ("HubSpot", "companies"),
    "marketo": ("Marketo", "Lead"),
    "salesforce": ("Salesforce", "Lead"),
    "shopify": ("Shopify", "Company"),
    "wealthbox": ("Wealthbox", "Organization"),
}
SOURCES = {"people_data_labs": "People Data Labs", "clay": "Clay"}
ALERT, UPLOAD = "lead.enriched", "lead.upload"


@dataclass(frozen=True, slots=True)
class Check:
    what: str
    ours: int
    theirs: int

    @property
    def agrees(self) -> bool:
        return self.ours == self.theirs


def judge(figures: Figures, ledger: Ledger) -> list[Check]:
    """Compare what is in our tables with what the providers took in."""
    deliveries, adapters = figures.deliveries, figures.uploads_by_adapter
    emails = sum(len(sent) for sent in ledger.emails().values())
    posts = sum(len(posted) for posted in ledger.slack_messages().values())
    return [
        *(
            Check(
                f"credits at {name}", figures.credits.get(provider, 0), _credits(ledger, provider)
            )
            for provider, name in SOURCES.items()
        ),
        Check("e-mails", deliveries.get("email", 0), emails),
        _fates(figures.fates, ledger.fates()),
        Check("Slack messages", deliveries.get("slack", 0), posts),
        Check("webhooks", deliveries.get("webhook", 0), _hooks(ledger, ALERT)),
        *(
            Check(f"uploads to {name}", adapters.get(adapter, 0), _records(ledger, adapter, kind))
            for adapter, (name, kind) in PLATFORMS.items()
        ),
        Check("uploads by webhook", adapters.get("webhook", 0), _hooks(ledger, UPLOAD)),
        Check("e-mails sent twice", 0, len(ledger.doubled_emails())),
        Check("bad signatures", 0, len(ledger.bad_signatures())),
    ]


def _fates(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Check:
    """Of those that something was heard of: what was told while delivery was stopped came too late."""
    told = {each: theirs[each] for each in ours if each in theirs}
    same = sum(ours[each] == fate for each, fate in told.items())
    return Check("what became of e-mails", same, len(told))


def _credits(ledger: Ledger, provider: str) -> int:
    return int(sum(ledger.credits(provider).values()))


def _hooks(ledger: Ledger, event_type: str) -> int:
    entries = ledger.entries(provider="hooks", operation="receive", event_type=event_type)
    return len({entry["webhook_id"] for entry in entries if entry.effects})


def _records(ledger: Ledger, provider: str, kind: str) -> int:
    """External ids that have a record, each once; a record of another key is a contact's."""
    return len({external for _, name, external in ledger.crm_records(provider) if name == kind})
