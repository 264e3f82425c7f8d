"""A source before its stand-in."""

from dataclasses import dataclass
from typing import Any

import pytest

from contract.contact_sources.case import SourceCase, Wanted
from enrichment.application.ports import CallFault
from enrichment.application.providers import (
    CompanyAsked,
    ContactSource,
    Found,
    NotFound,
    Pending,
)
from leadstream.accounts import Account
from leadstream_dev.sandbox import Sandbox

LIMIT = 5
MOST_LOOKS = 10


@dataclass(slots=True)
class Shop:
    case: SourceCase
    sandbox: Sandbox
    source: ContactSource

    async def find(
        self, domain: str = "acme.com", *, account: Account | None = None, limit: int = LIMIT
    ) -> Found | NotFound:
        """Ask, and go on with what is pending as a job does, without the wait."""
        account = account or self.case.account()
        company = CompanyAsked(name="Acme", domain=domain)
        found = await self.source.find(company, limit=limit, account=account)
        for _ in range(MOST_LOOKS):
            if not isinstance(found, Pending):
                return found
            found = await self.source.find(company, limit=limit, account=account, pending=found)
        raise AssertionError("it never ends")

    async def fault(self, **asked: Any) -> CallFault:
        with pytest.raises(CallFault) as raised:
            await self.find(**asked)
        return raised.value

    async def script(self, *steps: dict[str, Any]) -> None:
        await self.sandbox.control.script(self.case.provider, self.case.operation, *steps)

    async def tell(self, *answers: dict[str, Any]) -> None:
        """Say what is answered where people are told of."""
        await self.sandbox.control.script(self.case.provider, self.case.tells, *answers)

    def wanted(self) -> list[Wanted]:
        return [self.case.wanted(entry) for entry in self.case.calls(self.sandbox, self.case.asks)]

    def spent(self) -> float:
        return sum(self.sandbox.ledger.credits(self.case.provider).values())
