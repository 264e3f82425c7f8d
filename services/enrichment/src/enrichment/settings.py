from datetime import timedelta

from pydantic import Field, ValidationInfo, field_validator

from leadstream.accounts import Account
from leadstream.settings import (
    ApiKey,
    HttpUrl,
    LeadRetention,
    ServiceSettings,
    TimeLimit,
    needed_with,
    one_of,
    seconds,
)


class Settings(ServiceSettings, service="enrichment"):
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
        default=0.16,
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
    hunter_api_key: ApiKey | None = Field(
        default=None, description="Hunter's key, which verifies addresses and finds nobody."
    )
    hunter_api_url: HttpUrl = Field(
        default="https://api.hunter.io/v2", description="Where Hunter's API is."
    )
    hunter_per_second: float = Field(
        default=5.0,
        gt=0,
        description="Verifications a second, all replicas together: 300 a minute are allowed.",
    )
    # After the others, because which of them are there decides whether it may be missing.
    clay_api_key: ApiKey | None = Field(
        default=None,
        validate_default=True,
        description="Clay's key, sent as a bearer token. It, PEOPLE_DATA_LABS_API_KEY or CLAY_PUBLIC_V0_API_KEY must "
        "be there; workspaces may have keys of their own.",
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

    lead_retention: LeadRetention

    @property
    def cache(self) -> timedelta:
        return timedelta(days=self.enrichment_cache_days)

    @property
    def accounts(self) -> list[Account]:
        """The deployment's own, which all workspaces may use."""
        keys = {
            "clay": self.clay_api_key,
            "people_data_labs": self.people_data_labs_api_key,
            "clay_public_v0": self.clay_public_v0_api_key,
            "hunter": self.hunter_api_key,
        }
        return [
            Account(provider=name, credentials={"api_key": key.get_secret_value()})
            for name, key in keys.items()
            if key
        ]

    @field_validator("clay_api_key")
    @classmethod
    def _finds_contacts(cls, value: ApiKey | None, info: ValidationInfo) -> ApiKey | None:
        return one_of(value, info, "people_data_labs_api_key", "clay_public_v0_api_key")

    @field_validator("clay_api_url")
    @classmethod
    def _is_with_its_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        return needed_with(value, info, "clay_api_key")
