from pydantic import Field

from leadstream.settings import (
    BillingRetention,
    HttpUrl,
    LeadRetention,
    Seconds,
    ServiceSettings,
    TimeLimit,
    seconds,
)
from leadstream.settings.keys import EncryptionKeys


class Settings(ServiceSettings, service="platform-upload"):
    encryption_keys: EncryptionKeys = Field(
        description="`id:base64(32 bytes)`, comma separated; the first encrypts, all decrypt. Connections' credentials "
        "are kept with them.",
    )

    hubspot_api_url: HttpUrl = Field(
        default="https://api.hubapi.com", description="Where HubSpot's API is."
    )
    hubspot_api_version: str = Field(
        default="2026-09",
        pattern=r"^\d{4}-\d{2}$",
        description="HubSpot's dated API version; each lives for at least 18 months.",
    )
    salesforce_api_version: str = Field(
        default="67.0", pattern=r"^\d{2,3}\.0$", description="Salesforce's API version."
    )
    shopify_api_version: str = Field(
        default="2026-10",
        pattern=r"^(\d{4}-\d{2}|unstable)$",
        description="Shopify's API version; each lives for a year.",
    )
    wealthbox_api_url: HttpUrl = Field(
        default="https://api.crmworkspace.com/v1", description="Where Wealthbox's API is."
    )
    webhook_timeout: TimeLimit = Field(
        default=seconds(10), description="Seconds that a webhook's receiver has to answer."
    )
    webhook_secret_overlap: Seconds = Field(
        default=seconds(86_400),
        description="Seconds that a webhook's old secret signs on after a rotation (a day).",
    )

    upload_linger: Seconds = Field(
        default=seconds(1),
        description="Seconds that leads wait for others of the same connection, to go out in one call.",
    )
    upload_timeout: TimeLimit = Field(
        default=seconds(60),
        description="Seconds for one attempt with a batch of leads; at most 80 % of JOB_LEASE count.",
    )
    upload_calls: int = Field(
        default=64, ge=16, description="HTTP calls that one attempt with a batch may take."
    )
    upload_concurrency: int = Field(
        default=200,
        ge=1,
        description="Batches under way at once in one process. Platforms that hang hold their places until the "
        "time-out, so there are many.",
    )
    upload_connection_concurrency: int = Field(
        default=8,
        ge=1,
        description="Batches under way at once for one connection, in one process.",
    )
    lead_retention: LeadRetention
    billing_retention: BillingRetention
