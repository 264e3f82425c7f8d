"""How much there is, and how it is spread over the tables of the five services."""

from collections.abc import Mapping
from dataclasses import dataclass

SERVICES = ("discovery", "enrichment", "delivery", "platform_upload", "scheduler")
# Whose jobs there are most of: the others have a tenth.
BUSIEST = "platform_upload"
KINDS: Mapping[str, tuple[str, ...]] = {
    "discovery": ("run-query",),
    "enrichment": ("enrich-lead",),
    "delivery": ("deliver-email", "deliver-slack", "deliver-webhook"),
    "platform_upload": ("upload-lead",),
    "scheduler": ("none",),
}


@dataclass(frozen=True, slots=True)
class Scale:
    jobs: int
    leads: int
    lanes: int

    @property
    def waiting(self) -> int:
        """Deliveries that wait for digests; and as many addresses that get nothing."""
        return self.leads // 10

    def jobs_of(self, service: str) -> int:
        return self.jobs if service == BUSIEST else self.jobs // 10

    def lanes_of(self, service: str) -> int:
        return self.lanes if service == BUSIEST else self.lanes // 10

    def rows(self, service: str) -> Mapping[str, int]:
        """Rows by the name of what fills them, in the order in which they are filled; 0: all at once."""
        return {**self._shared(service), **self._own(service)}

    def _shared(self, service: str) -> dict[str, int]:
        jobs = self.jobs_of(service)
        return {
            "jobs": jobs,
            "job_attempts": jobs,
            "audit_log": jobs // 4,
            "dead_letters": jobs // 20,
            "lead_bindings": self.leads // 10,
            "outbox": jobs // 2,
        }

    def _own(self, service: str) -> dict[str, int]:
        leads = self.leads
        match service:
            case "discovery":
                once = {"workspaces": 0, "topics": 0, "queries": 0, "trends": 0}
                many = {"leads": leads, "lead_counts": 0, "lead_keys": leads, "lead_history": leads}
                many |= {"lead_finds": leads, "lead_intents": leads}
                return {**once, "query_runs": leads // 10, **many}
            case "enrichment":
                part = leads // 5
                return {
                    "leads": part,
                    "enrichments": part,
                    "contacts": part,
                    "company_answers": part // 2,
                    "provider_calls": part // 2,
                    "spend_days": leads // 20,
                    "cap_use": leads // 500,
                    "credit_accounts": leads // 500,
                    "credit_ledger": leads // 10,
                }
            case "delivery":
                people = leads // 500
                few = {"recipients": people, "channels": people // 10, "suppressions": self.waiting}
                many = {"alerts": leads // 5, "deliveries": leads // 5}
                mails = ("waiting", "digests", "resend_events")
                return {**few, **many, **dict.fromkeys(mails, self.waiting)}
            case "platform_upload":
                part = leads // 5
                return {"connections": 0, "uploads": part, "billing_events": part}
        return {"schedules": 0, "ticks": self.jobs // 20}


FULL = Scale(jobs=2_000_000, leads=10_000_000, lanes=4_000)
QUICK = Scale(jobs=2_000, leads=5_000, lanes=20)
