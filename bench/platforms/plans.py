"""The platforms as the benchmark uses them: a way in, the fewest calls, and what the vendor allows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from leadstream.http import WebhookSecret
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import Control
from leadstream_dev.sandbox.exchange import JsonObject

SECRET: Final = WebhookSecret.generate().reveal()
KEY: Final = "sandbox-bench"
HOOK: Final = "bench-platform"
OURS_AT_MARKETO: Final = "leadstreamLeadId"


@dataclass(frozen=True, slots=True)
class Allowed:
    """So many calls in so many seconds, or points where the platform counts those."""

    count: float
    seconds: float
    points: bool = False

    def __str__(self) -> str:
        what = " points" if self.points else ""
        return f"{self.count:,.0f}{what} / {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One platform. Leads have a company and one person each, and the platform has neither."""

    adapter: str
    # The sandbox's name of it.
    provider: str
    platform: str
    way: Callable[[Sandbox], JsonObject]
    # By how many leads there are: with full calls, and nothing asked twice.
    fewest: Callable[[int], int]
    allowed: Allowed | None = None
    # Options of the sandbox, in which the allowance is in force.
    options: Mapping[str, Any] | None = None
    # Limits that the sandbox has to be told of, by operation; None is all of them.
    limits: Mapping[str | None, Mapping[str, Any]] | None = None
    # Whether its period is made shorter: the bench would take over an hour.
    is_scaled: bool = False

    async def set_up(self, control: Control, *, times: float) -> None:
        if self.options is not None:
            scaled = dict(self.options)
            if self.is_scaled:
                scaled["window"] = self.options["window"] / times
            await control.options(self.provider, **scaled)
        for operation, limit in (self.limits or {}).items():
            await control.behave(self.provider, operation, rate_limit=dict(limit))


def _client(**settings: str) -> JsonObject:
    return {
        "settings": settings,
        "credentials": {"client_id": KEY, "client_secret": "sandbox-secret"},
    }


PLANS: Final[Sequence[Plan]] = (
    Plan(
        adapter="fhir",
        provider="fhir",
        platform="healthcare-platform",
        way=lambda sandbox: {
            "settings": {"base_url": sandbox.fhir_url},
            "credentials": {"token": KEY},
        },
        # The capability statement, and a Bundle for each hundred.
        fewest=lambda leads: 1 + ceil(leads / 100),
    ),
    Plan(
        adapter="hubspot",
        provider="hubspot",
        platform="tech-platform",
        way=lambda sandbox: {"credentials": {"access_token": KEY}},
        # Three properties, each looked for and made. For each hundred: companies by our id, companies by domain (which
        # HubSpot itself does not keep apart), companies written, people looked for, written, and linked.
        fewest=lambda leads: 6 + 6 * ceil(leads / 100),
        # Professional accounts; searches have a limit of their own.
        allowed=Allowed(190, 10),
        limits={None: {"limit": 190, "window": 10}, "search": {"limit": 5, "window": 1}},
    ),
    Plan(
        adapter="marketo",
        provider="marketo",
        platform="marketing-platform",
        way=lambda sandbox: _client(
            munchkin=f"{sandbox.url}/marketo", lookup_field=OURS_AT_MARKETO
        ),
        # A token, and a write for each three hundred: what is new is not looked for by a key of ours.
        fewest=lambda leads: 1 + ceil(leads / 300),
        allowed=Allowed(100, 20),
        options={"dedupe_fields": [OURS_AT_MARKETO], "calls": 100, "window": 20, "at_once": 10},
    ),
    Plan(
        adapter="salesforce",
        provider="salesforce",
        platform="finance-platform",
        way=lambda sandbox: _client(login_url=sandbox.salesforce_url),
        # A session, and a write for each two hundred: what is new is not looked for.
        fewest=lambda leads: 1 + ceil(leads / 200),
    ),
    Plan(
        adapter="shopify",
        provider="shopify",
        platform="retail-platform",
        way=lambda sandbox: _client(shop=sandbox.shopify_url(KEY)),
        # A token, and for each ten a look and a write: more in one document would cost more than it may.
        fewest=lambda leads: 1 + 2 * ceil(leads / 10),
        # The Advanced plan's.
        allowed=Allowed(200, 1, points=True),
        options={"bucket": 4_000, "restore_rate": 200},
    ),
    Plan(
        adapter="wealthbox",
        provider="wealthbox",
        platform="finance-platform",
        way=lambda sandbox: {"credentials": {"access_token": KEY}},
        # It has neither batches nor a key: the company is looked for and made, and so is the person.
        fewest=lambda leads: 4 * leads,
        allowed=Allowed(300, 300),
        options={"limit": 300, "window": 300.0},
        is_scaled=True,
    ),
    Plan(
        adapter="webhook",
        provider="hooks",
        platform="general-platform",
        way=lambda sandbox: {
            "settings": {"url": sandbox.hook_url(HOOK)},
            "credentials": {"secret": SECRET},
        },
        fewest=lambda leads: leads,
    ),
)
