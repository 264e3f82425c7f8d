"""What stays the same throughout an attempt, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from enrichment.application.calls import Calls
from enrichment.application.ports import Ending
from enrichment.domain.lead import Lead
from leadstream.accounts import Account, Plan
from leadstream.jobs.model import Failed, Held, Job, Released, Retry

# Instead of an answer: how the attempt ends.
Ended: TypeAlias = Held | Released | Retry | Failed


@dataclass(frozen=True, slots=True)
class Refused:
    """The source will never say anything about this company, and was paid nothing for that."""

    outcome: Failed
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    job: Job
    lead: Lead
    domain: str
    plan: Plan
    # With whose key each provider of the plan is asked; or what is to be waited for where there is none.
    accounts: Mapping[str, Account | Held]
    calls: Calls

    @property
    def fresher_than(self) -> datetime | None:
        """What a person asks for afresh must not be older than their question."""
        return self.job.created_at if self.job.payload.get("fresh") else None

    @property
    def verifiers(self) -> list[Account]:
        found = [self.accounts[name] for name in self.plan.verify]
        return [each for each in found if isinstance(each, Account)]

    @property
    def missing_verifiers(self) -> list[Held]:
        found = [self.accounts[name] for name in self.plan.verify]
        return [each for each in found if isinstance(each, Held)]
