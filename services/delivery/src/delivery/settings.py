from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from leadstream.http import WebhookSecret
from leadstream.settings import EncryptionKeys, LeadRetention, Seconds, ServiceSettings, seconds


def _check_base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or not value.isprintable() or " " in value:
        raise ValueError("must be an http or https URL")
    return value.rstrip("/")


def _check_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be a single line")
    return value


def _check_secret(value: SecretStr) -> SecretStr:
    WebhookSecret.parse(value.get_secret_value())
    return value


BaseUrl = Annotated[str, AfterValidator(_check_base_url)]
Line = Annotated[str, AfterValidator(_check_line)]


class Settings(ServiceSettings, service="delivery"):
    encryption_keys: EncryptionKeys = Field(
        description="`id:base64(32 bytes)`, comma separated; the first encrypts, all decrypt. Secrets of channels are "
        "brought under the first at the start."
    )

    resend_api_key: SecretStr = Field(description="Resend's API key.")
    resend_api_url: BaseUrl = Field(
        default="https://api.resend.com", description="Where Resend is, or the sandbox."
    )
    resend_from: Line = Field(
        description="Sender of the alerts, `Name <address>`; its domain is verified at Resend."
    )
    resend_rate: float = Field(
        default=2.0,
        gt=0,
        le=10_000,
        description="E-mails a second, of all replicas together; Resend's published limit is between 2 and 10.",
    )
    resend_webhook_secret: Annotated[SecretStr, AfterValidator(_check_secret)] | None = Field(
        default=None,
        description="`whsec_…` of the webhook at Resend that reports bounces and complaints to `/webhooks/resend`; "
        "without it that address does not exist.",
    )
    email_footer: Line = Field(
        default="", description="Postal address at the foot of each e-mail, as mail laws ask for."
    )
    app_url: BaseUrl | None = Field(
        default=None,
        description="Where people look at leads: links lead to `<APP_URL>/leads/<id>`. Without it, to the company.",
    )
    delivery_public_url: BaseUrl | None = Field(
        default=None,
        description="Where recipients reach this service's `/u/` from outside. Without it no e-mail offers to "
        "unsubscribe by itself.",
    )

    webhook_timeout: Seconds = Field(
        default=seconds(10), description="Seconds that a webhook's receiver has to answer."
    )
    webhook_secret_overlap: Seconds = Field(
        default=seconds(86_400),
        description="Seconds that a webhook's old secret signs on after a rotation (a day).",
    )
    retry_base: Seconds = Field(
        default=seconds(2),
        description="Seconds, at most, before the second attempt; doubled for each further one.",
    )
    lead_retention: LeadRetention
