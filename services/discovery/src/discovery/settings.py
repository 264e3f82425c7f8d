from datetime import timedelta

from pydantic import Field

from leadstream.settings import ApiKey, BillingRetention, HttpUrl, LeadRetention, ServiceSettings


class Settings(ServiceSettings, service="discovery"):
    datashopper_api_url: HttpUrl = Field(
        description="The intent-data provider's API, up to `/companies/search`."
    )
    datashopper_api_key: ApiKey = Field(description="The bearer key for it.")
    datashopper_per_second: float = Field(
        default=5, gt=0, le=1000, description="Searches a second, all replicas together."
    )
    run_query_concurrency: int = Field(
        default=10, ge=1, le=200, description="Searches side by side in one process."
    )

    lead_retention: LeadRetention
    billing_retention: BillingRetention

    @property
    def attempt_timeout(self) -> timedelta:
        """A little more than the call may take, so that the call says what went wrong."""
        return self.provider_timeout + timedelta(seconds=5)
