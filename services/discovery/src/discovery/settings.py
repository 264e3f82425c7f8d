from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from leadstream.settings import BillingRetention, LeadRetention, ServiceSettings


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if parts.query or parts.fragment:
        raise ValueError("must end with its path")
    return value.rstrip("/")


def _check_key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("must be printable ASCII without spaces")
    return value


class Settings(ServiceSettings, service="discovery"):
    datashopper_api_url: Annotated[str, AfterValidator(_check_url)] = Field(
        description="The intent-data provider's API, up to `/companies/search`."
    )
    datashopper_api_key: Annotated[SecretStr, AfterValidator(_check_key)] = Field(
        description="The bearer key for it."
    )
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
