"""Access tokens by the client credentials flow: no expiry is announced, so one is kept until it is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadstream.clock import Clock
from leadstream.http import EgressGuard, UnsafeUrlError
from leadstream.pasted import unwrap
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.salesforce.answers import OPENING, judge_token
from platform_upload.adapters.tokens import Tokens, by_client_credentials
from platform_upload.application.budget import Budget
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

LOGIN_HOSTS = ("*.my.salesforce.com",)
# Where a token may be sent: Salesforce's own clouds.
INSTANCE_HOSTS = ("*.salesforce.com", "*.force.com", "*.salesforce.mil")
# `acme`, or for a sandbox `acme--uat.sandbox`.
_MY_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*(\.(sandbox|develop|scratch|demo|patch|trailblaze))?")


@dataclass(frozen=True, slots=True)
class Session:
    token: str = field(repr=False)
    instance_url: str
    # No end is announced.
    until: datetime | None = None


class Sessions(Tokens[Session]):
    def __init__(self, exchange: Exchange, guard: EgressGuard, clock: Clock) -> None:
        super().__init__(clock)
        self._exchange = exchange
        self._guard = guard

    async def _open(self, connection: Connection, budget: Budget) -> Session:
        reply = await by_client_credentials(
            self._exchange,
            OPENING,
            f"{login_url(connection.settings)}/services/oauth2/token",
            connection,
            budget,
            judge=judge_token,
        )
        return Session(
            token=reply.content["access_token"],
            instance_url=self._instance_url(reply.content["instance_url"]),
        )

    def _instance_url(self, url: object) -> str:
        try:
            return self._guard.check_vendor_url(str(url), INSTANCE_HOSTS).rstrip("/")
        except UnsafeUrlError as exc:
            refused = Refused(
                verdict=Verdict.CONFIGURATION,
                code="foreign_instance",
                message="the token answer points to a host that is not Salesforce's",
            )
            raise RefusedError(refused) from exc


def check_settings(settings: Mapping[str, Any], guard: EgressGuard) -> Mapping[str, Any]:
    """Settle on one of `my_domain` and `login_url`; raise InvalidConnectionError."""
    if ("my_domain" in settings) == ("login_url" in settings):
        raise InvalidConnectionError(
            "exactly one of my_domain and login_url is needed", field="settings.my_domain"
        )
    if "my_domain" in settings:
        name = unwrap(str(settings["my_domain"])).lower().removesuffix(".my.salesforce.com")
        if not _MY_DOMAIN.fullmatch(name):
            raise InvalidConnectionError(
                "is the first part of your My Domain, such as acme", field="settings.my_domain"
            )
        return {"my_domain": name}
    try:
        url = guard.check_vendor_url(str(settings["login_url"]), LOGIN_HOSTS)
    except UnsafeUrlError as exc:
        raise InvalidConnectionError(str(exc), field="settings.login_url") from exc
    if "?" in url or "#" in url:
        raise InvalidConnectionError("has nothing after its path", field="settings.login_url")
    return {"login_url": url.rstrip("/")}


def login_url(settings: Mapping[str, Any]) -> str:
    if "login_url" in settings:
        return str(settings["login_url"])
    return f"https://{settings['my_domain']}.my.salesforce.com"
