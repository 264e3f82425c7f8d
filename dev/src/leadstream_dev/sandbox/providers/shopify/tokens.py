"""Access tokens by client credentials: they live for a day; the static ones of older apps are as good."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer, text_answer
from leadstream_dev.sandbox.provider import Options
from leadstream_dev.sandbox.providers.shopify.rules import ShopifyOptions


@dataclass(frozen=True, slots=True)
class Issued:
    shop: str
    client: str
    at: datetime


class Tokens:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._issued: dict[str, Issued] = {}
        self._count: Counter[tuple[str, str]] = Counter()

    def grant(self, call: Call, options: ShopifyOptions, now: datetime) -> Answer:
        given = call.form or {name: str(value) for name, value in call.body.items()}
        client, shop = given.get("client_id", ""), call.params.get("shop", "")
        refused = _refusal(given, client, options)
        if refused is not None:
            return refused
        number = self._count[shop, client] + 1
        body = {
            "access_token": self._token(shop, client, number),
            "scope": ",".join(options.scopes),
            "expires_in": int(options.token_seconds) - 1,
        }
        effect = {"kind": "session", "client": client, "number": number, "at": now.isoformat()}
        return json_answer(200, body, effects=(effect,))

    def open(self, shop: str, effect: JsonObject) -> None:
        client, number = effect["client"], effect["number"]
        self._count[shop, client] = number
        at = datetime.fromisoformat(effect["at"])
        self._issued[self._token(shop, client, number)] = Issued(shop, client, at)

    def valid(self, token: str, shop: str, options: ShopifyOptions, now: datetime) -> bool:
        issued = self._issued.get(token)
        if issued is None:
            return options.accept(token)
        if issued.shop != shop or not options.accept(issued.client):
            return False
        return now - issued.at < timedelta(seconds=options.token_seconds)

    def expire(self) -> int:
        ended = len(self._issued)
        self._issued.clear()
        return ended

    def _token(self, shop: str, client: str, number: int) -> str:
        """The same for the same grant, so that the ledger needn't hold it."""
        said = f"{self._seed}:{shop}:{client}:{number}"
        return f"shpat_{sha256(said.encode()).hexdigest()[:32]}"


def _refusal(given: dict[str, str], client: str, options: ShopifyOptions) -> Answer | None:
    if given.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", "The grant type is not supported")
    if not options.accept(client):
        return _oauth_error("application_cannot_be_found", "The application cannot be found")
    if not Options(keys=options.secrets).accept(given.get("client_secret", "")):
        return _oauth_error("invalid_client", "The client secret is wrong")
    if not options.installed:
        said = "The application is not installed on this shop."
        page = (
            f"<!DOCTYPE html><html><body>400 - Oauth error app_not_installed: {said}</body></html>"
        )
        return text_answer(400, page)
    return None


def _oauth_error(code: str, description: str) -> Answer:
    return json_answer(400, {"error": code, "error_description": description})
