from datetime import timedelta

from pydantic import Field

from leadstream.settings import ApiKey, HttpUrl, LeadRetention, ServiceSettings, TimeLimit, seconds


class Settings(ServiceSettings, service="enrichment"):
    clay_api_key: ApiKey = Field(description="Clay's key, sent as a bearer token.")
    clay_api_url: HttpUrl = Field(
        description="Where Clay, or a gateway that speaks its company enrichment, is reached. There is no default: "
        "`api.clay.com/v1` is retired."
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
