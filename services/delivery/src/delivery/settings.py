from pydantic import Field

from leadstream.http import WebhookSecret
from leadstream.settings import (
    ApiKey,
    HttpUrl,
    LeadRetention,
    Line,
    Seconds,
    Sender,
    ServiceSettings,
    SigningSecret,
    TimeLimit,
    seconds,
)
from leadstream.settings.keys import EncryptionKeys


class Settings(ServiceSettings, service="delivery"):
    encryption_keys: EncryptionKeys = Field(
        description="`id:base64(32 bytes)`, comma separated; the first encrypts, all decrypt. Secrets of channels are "
        "brought under the first at the start."
    )

    resend_api_key: ApiKey = Field(description="Resend's API key.")
    resend_api_url: HttpUrl = Field(
        default="https://api.resend.com", description="Where Resend is, or the sandbox."
    )
    resend_from: Sender = Field(
        description="Sender of the alerts, `Name <address>`; its domain is verified at Resend. A workspace may have "
        "its own."
    )
    email_reply_to: Sender | None = Field(
        default=None,
        description="Where answers to e-mails go, if not to `RESEND_FROM`; a workspace may say otherwise.",
    )
    resend_rate: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description="Calls a second to Resend at most, of all replicas together, each with up to 100 e-mails. Without "
        "it as many as Resend's answers allow; 2 until the first one.",
    )
    resend_webhook_secret: SigningSecret | None = Field(
        default=None,
        description="`whsec_…` of the webhook at Resend that tells `/webhooks/resend` what became of e-mails; without "
        "it that address does not exist, and what became of e-mails is asked for hours later.",
    )
    resend_webhook_secret_previous: SigningSecret | None = Field(
        default=None,
        description="The one before, while it is rotated: what is signed with either is taken, until this is removed.",
    )
    email_footer: Line = Field(
        default="",
        description="Postal address at the foot of each e-mail, as mail laws ask for; a workspace may have its own.",
    )
    app_url: HttpUrl | None = Field(
        default=None,
        description="Where people look at leads, if not in the console: links lead to `<APP_URL>/leads/<id>`.",
    )
    console_public_url: HttpUrl | None = Field(
        default=None,
        description="Where people reach the console: links lead to the lead's story there. Without it, to the company.",
    )
    delivery_public_url: HttpUrl | None = Field(
        default=None,
        description="Where recipients reach this service's `/u/` from outside. Without it no e-mail offers to "
        "unsubscribe by itself.",
    )

    slack_interval: Seconds = Field(
        default=seconds(1),
        description="Seconds between two messages to one Slack URL, of all replicas together, as Slack asks for; "
        "0: no pace of ours.",
    )
    webhook_timeout: TimeLimit = Field(
        default=seconds(10), description="Seconds that a webhook's receiver has to answer."
    )
    webhook_secret_overlap: Seconds = Field(
        default=seconds(86_400),
        description="Seconds that a webhook's old secret signs on after a rotation (a day).",
    )
    lead_retention: LeadRetention

    @property
    def resend_webhook_secrets(self) -> tuple[WebhookSecret, ...]:
        """What Resend's events may be signed with; none: they are not taken."""
        given = (self.resend_webhook_secret, self.resend_webhook_secret_previous)
        return tuple(WebhookSecret.parse(each.get_secret_value()) for each in given if each)

    @property
    def leads_url(self) -> str | None:
        """What a lead's link begins with: an application of one's own stands before the console."""
        return self.app_url or self.console_public_url
