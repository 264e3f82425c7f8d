from typing import Annotated

from pydantic import AfterValidator, Field

from leadstream.settings import (
    CONSOLE_PORT,
    SERVICE_PORTS,
    HttpUrl,
    ProcessSettings,
)
from leadstream.settings.keys import EncryptionKeys
from leadstream.settings.types import Port


def _at(service: str) -> str:
    return f"http://127.0.0.1:{SERVICE_PORTS[service]}"


def _without_slash(url: str) -> str:
    return url.rstrip("/")


PublicUrl = Annotated[HttpUrl, AfterValidator(_without_slash)]


class Settings(ProcessSettings):
    service = "console"

    http_port: Port = Field(
        default=CONSOLE_PORT, description="Where the console listens; 0 takes a free port."
    )
    encryption_keys: EncryptionKeys = Field(
        description="`id:base64(32 bytes)`, comma separated; the first seals the visitors' cookies, all open them."
    )
    console_public_url: PublicUrl | None = Field(
        default=None,
        description="Where people reach the console, such as `https://leads.example.com`: links in e-mails and Slack "
        "lead there. Cookies are for TLS only, unless it begins with `http:`; on this machine itself they need none.",
    )
    discovery_url: PublicUrl = Field(default=_at("discovery"), description="discovery's admin API.")
    enrichment_url: PublicUrl = Field(
        default=_at("enrichment"), description="enrichment's admin API."
    )
    delivery_url: PublicUrl = Field(default=_at("delivery"), description="delivery's admin API.")
    platform_upload_url: PublicUrl = Field(
        default=_at("platform-upload"), description="platform-upload's admin API."
    )
    scheduler_url: PublicUrl = Field(default=_at("scheduler"), description="scheduler's admin API.")

    @property
    def urls(self) -> dict[str, str]:
        """The services' addresses by their names."""
        return {
            service: getattr(self, f"{service.replace('-', '_')}_url") for service in SERVICE_PORTS
        }
