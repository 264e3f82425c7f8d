from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainValidator, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from enrichment.domain.money import Caps, Prices
from enrichment.price_list import read_prices
from leadstream.accounts import Account
from leadstream.accounts.routine import DEFAULT_RESULT, checked_id, checked_inputs
from leadstream.settings import (
    ApiKey,
    HttpUrl,
    Keyless,
    LeadRetention,
    ServiceSettings,
    TimeLimit,
    needed_with,
    one_of,
    seconds,
)
from leadstream.settings.keys import OptionalKeys

Money = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=2)]


class Settings(ServiceSettings, service="enrichment"):
    encryption_keys: OptionalKeys
    people_data_labs_api_key: ApiKey | None = Field(
        default=None, description="People Data Labs' key."
    )
    people_data_labs_api_url: HttpUrl = Field(
        default="https://api.peopledatalabs.com/v5",
        description="Where People Data Labs' API is.",
    )
    people_data_labs_sandbox_url: HttpUrl = Field(
        default="https://sandbox.api.peopledatalabs.com/v5",
        description="Where its sandbox is, which costs nothing: connections are tested there, and trained.",
    )
    people_data_labs_per_second: float = Field(
        default=0.15,
        gt=0,
        description="Searches a second, all replicas together: what a plan has to begin with is ten a minute.",
    )
    clay_public_v0_api_key: ApiKey | None = Field(
        default=None, description="A key of Clay's public API, version 0."
    )
    clay_public_v0_api_url: HttpUrl = Field(
        default="https://api.clay.com/public/v0",
        description="Where Clay's public API, version 0, is.",
    )
    clay_public_v0_routine_id: str | None = Field(
        default=None,
        description="The routine at Clay that finds work addresses, `function:t_…`; without one people are found "
        "without addresses.",
    )
    clay_public_v0_inputs: dict[str, str] | None = Field(
        default=None,
        description="What the routine's inputs are called, as JSON: of `name`, `first_name`, `last_name`, `title`, "
        "`linkedin_url`, `domain` and `company` those that it takes; the first and `domain` without it.",
    )
    clay_public_v0_result_email: str = Field(
        default=DEFAULT_RESULT,
        description="The field of the routine's results that has the address.",
    )
    clay_public_v0_webhook_id: str | None = Field(
        default=None,
        description="The webhook, registered by Clay's CLI, that tells `/webhooks/clay/deployment` that a run is done; "
        "without one Clay is asked again and again, with one sooner.",
    )
    clay_public_v0_webhook_secret: ApiKey | None = Field(
        default=None, description="What that webhook is signed with; Clay shows it once."
    )
    hunter_api_key: ApiKey | None = Field(
        default=None, description="Hunter's key, which verifies addresses and finds nobody."
    )
    hunter_api_url: HttpUrl = Field(
        default="https://api.hunter.io/v2", description="Where Hunter's API is."
    )
    hunter_per_second: float = Field(
        default=4.9,
        gt=0,
        description="Verifications a second, all replicas together: 300 a minute are allowed.",
    )
    hunter_verification_timeout: TimeLimit = Field(
        default=seconds(10),
        description="Seconds to verify one e-mail address; later it is unknown. It takes its time with a mail server.",
    )
    keyless: Keyless
    # After the others, because which of them are there decides whether it may be missing.
    clay_api_key: ApiKey | None = Field(
        default=None,
        validate_default=True,
        description="Clay's key, sent as a bearer token. It, PEOPLE_DATA_LABS_API_KEY or CLAY_PUBLIC_V0_API_KEY must "
        "be there, unless KEYLESS=true; workspaces may have keys of their own.",
    )
    clay_api_url: HttpUrl | None = Field(
        default=None,
        validate_default=True,
        description="Where Clay, or a gateway that speaks its company enrichment, is reached; needed with "
        "CLAY_API_KEY. There is no default: `api.clay.com/v1` is retired.",
    )
    clay_rate_per_second: float = Field(
        default=50.0,
        gt=0,
        description="Calls a second, verifications included, all replicas together.",
    )
    clay_burst: int = Field(
        default=50, ge=1, description="Calls that may go out at once after a quiet time."
    )
    clay_verification_timeout: TimeLimit = Field(
        default=seconds(5), description="Seconds to verify one e-mail address; later it is unknown."
    )
    # So many that calls which hang for PROVIDER_TIMEOUT, one in ten at the default pace, leave room for the others.
    enrichment_concurrency: int = Field(
        default=200, ge=1, le=250, description="Leads enriched side by side in one process."
    )
    enrichment_cache_days: float = Field(
        default=30.0,
        ge=0,
        le=3650,
        description="Days for which an answer about a company is used again, and after which it is forgotten.",
    )
    enrichment_daily_budget: int | None = Field(
        default=None,
        ge=0,
        description="Companies the nightly pipeline may have asked about for one workspace in a day; empty: no limit. "
        "A workspace's own budget stands before it.",
    )
    provider_prices: Annotated[Prices, NoDecode, PlainValidator(read_prices)] = Field(
        default=Prices(),
        description='What a unit of a provider costs, by operation: `{"people_data_labs": {"enrich": 0.28}}`. What '
        "has no price costs nothing, and no cap holds it.",
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        default="USD", description="What prices and caps are in, by ISO 4217."
    )
    spending_cap_daily: Money | None = Field(
        default=None,
        description="What providers may cost one workspace in a (UTC) day; empty: no limit. A workspace's own caps "
        "stand before this and the next.",
    )
    spending_cap_monthly: Money | None = Field(
        default=None, description="What they may cost it in a month."
    )

    lead_retention: LeadRetention

    @property
    def cache(self) -> timedelta:
        return timedelta(days=self.enrichment_cache_days)

    @property
    def caps(self) -> Caps:
        return Caps(daily=self.spending_cap_daily, monthly=self.spending_cap_monthly)

    @property
    def accounts(self) -> list[Account]:
        """The deployment's own, which all workspaces may use."""
        keys = {
            "clay": self.clay_api_key,
            "people_data_labs": self.people_data_labs_api_key,
            "hunter": self.hunter_api_key,
        }
        named = [
            Account(provider=name, credentials={"api_key": key.get_secret_value()})
            for name, key in keys.items()
            if key
        ]
        return [*named, self.clay_public] if self.clay_public else named

    @property
    def clay_public(self) -> Account | None:
        """The deployment's account at Clay's public API, with its routine and the secret of its webhook."""
        if self.clay_public_v0_api_key is None:
            return None
        settings = {
            "routine_id": self.clay_public_v0_routine_id,
            "inputs": self.clay_public_v0_inputs,
            "result_email": self.clay_public_v0_result_email,
            "webhook_id": self.clay_public_v0_webhook_id,
        }
        credentials = {
            "api_key": self.clay_public_v0_api_key,
            "webhook_secret": self.clay_public_v0_webhook_secret,
        }
        return Account(
            provider="clay_public_v0",
            credentials={n: k.get_secret_value() for n, k in credentials.items() if k},
            settings={name: value for name, value in settings.items() if value},
        )

    @field_validator("clay_public_v0_routine_id", "clay_public_v0_webhook_id")
    @classmethod
    def _is_clays_id(cls, value: str | None) -> str | None:
        return checked_id(value) if value else None

    @field_validator("clay_public_v0_inputs")
    @classmethod
    def _are_inputs(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        return checked_inputs(value) if value else None

    @field_validator("clay_api_key")
    @classmethod
    def _finds_contacts(cls, value: ApiKey | None, info: ValidationInfo) -> ApiKey | None:
        return one_of(value, info, "people_data_labs_api_key", "clay_public_v0_api_key")

    @field_validator("clay_api_url")
    @classmethod
    def _is_with_its_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        return needed_with(value, info, "clay_api_key")
