"""The intent sources, each as the suite needs it: how it is built, and how it writes what it has seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from discovery.adapters.datashopper import DataShopper
from discovery.adapters.g2 import G2
from discovery.adapters.pages import Pages
from discovery.application.ports import IntentSource
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.companies import company_domain
from leadstream.http import ProviderClient
from unit.discovery.builders import FakeTurns

NOW: Final = datetime(2026, 1, 22, 2, 0, tzinfo=UTC)
KEY: Final = "sandbox-key-1234567890"
TOPIC: Final = "AI automation tools"
WORKSPACE: Final = UUID(int=7)


@dataclass(frozen=True)
class Seen:
    """A company that showed intent: how strongly, and so many times."""

    name: object = "Acme Corp"
    domain: object = "acme.com"
    high: int = 0
    low: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def days(self) -> list[tuple[str, str]]:
        strengths = ["high"] * self.high + ["low"] * self.low
        return [
            (strength, (NOW - timedelta(days=number)).date().isoformat())
            for number, strength in enumerate(strengths)
        ]


@dataclass(frozen=True)
class Case:
    name: str
    build: Callable[[ProviderClient, Clock, Pages], IntentSource]
    account: Account
    # Under which name an answer has its list.
    listed: str
    # What it writes of the companies that it has seen.
    write: Callable[[Sequence[Seen]], list[Any]]
    # What it says when a key is wrong.
    fault: Callable[[int], Mapping[str, Any]]

    def answer(self, *companies: Seen) -> httpx.Response:
        return httpx.Response(200, json={self.listed: self.write(companies)})

    def refusal(self, status: int, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return httpx.Response(status, json=self.fault(status), headers=headers)

    def make(self, client: ProviderClient, clock: Clock) -> IntentSource:
        pages = Pages(self.name, FakeTurns(), most=3, within=timedelta(seconds=1))
        return self.build(client, clock, pages)

    @property
    def own_account(self) -> Account:
        return replace(self.account, workspace_id=WORKSPACE)


def _datashopper(client: ProviderClient, clock: Clock, pages: Pages) -> IntentSource:
    url = "https://api.datashopper.example/v1"
    return DataShopper(client, clock, pages, base_url=url, domain_of=company_domain)


def _companies(seen: Sequence[Seen]) -> list[Any]:
    return [
        {
            "name": each.name,
            "domain": each.domain,
            "intent_signals": [
                {
                    "signal_type": "Visited competitor website",
                    "signal_strength": strength,
                    "detected_at": day,
                    "source": "DataShopper",
                }
                for strength, day in each.days
            ],
            **each.more,
        }
        for each in seen
    ]


def _g2(client: ProviderClient, clock: Clock, pages: Pages) -> IntentSource:
    return G2(client, clock, pages, url="https://data.g2.example/api", domain_of=company_domain)


_TYPES: Final = {"high": "pricing", "low": "reference"}


def _rows(seen: Sequence[Seen]) -> list[Any]:
    """A company without a signal has a row that says nothing of any."""
    return [
        {
            "type": "buyer_intent_interactions",
            "attributes": {
                "company_name": each.name,
                "company_domain": each.domain,
                "signal_type": _TYPES.get(strength),
                "day": day,
                **{f"company_{name}": value for name, value in each.more.items()},
            },
        }
        for each in seen
        for strength, day in (each.days or [("", NOW.date().isoformat())])
    ]


CASES: Final = (
    Case(
        name="datashopper",
        build=_datashopper,
        account=Account(provider="datashopper", credentials={"api_key": KEY}),
        listed="results",
        write=_companies,
        fault=lambda status: {"error": {"code": "refused", "message": f"{status}"}},
    ),
    Case(
        name="g2",
        build=_g2,
        account=Account(
            provider="g2",
            credentials={"api_token": KEY},
            settings={"products": {TOPIC: "sandbox-crm"}},
        ),
        listed="data",
        write=_rows,
        fault=lambda status: {"errors": [{"status": f"{status}", "title": "refused"}]},
    ),
)
