"""The identity endpoint: a token for an hour, the same for everybody who asks until it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Options
from leadstream_dev.sandbox.providers.marketo.options import MarketoOptions

_SCOPE = "leadstream@sandbox.example"


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    client_id: str
    number: int
    opened: datetime


class Tokens:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._issued: dict[str, Token] = {}
        self._newest: dict[str, Token] = {}

    def grant(self, form: dict[str, str], options: MarketoOptions, now: datetime) -> Answer:
        client = form.get("client_id", "")
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "Unsupported grant type")
        if not options.accept(client):
            return _refused(401, "unauthorized", "No client with requested id")
        if not Options(keys=options.secrets).accept(form.get("client_secret", "")):
            return _refused(401, "invalid_client", "Bad client credentials")
        newest = self._newest.get(client)
        if newest and _left(newest, options, now) > 0:
            return _granted(newest, _left(newest, options, now))
        number = newest.number + 1 if newest else 1
        effect: JsonObject = {"kind": "session", "number": number, "at": now.isoformat()}
        token = Token(self._text(client, number), client, number, now)
        # At the beginning of its last second already, as servers count.
        return _granted(token, max(0, int(options.token_seconds) - 1), effect)

    def open(self, client: str, effect: JsonObject) -> None:
        number = effect["number"]
        at = datetime.fromisoformat(effect["at"])
        token = Token(self._text(client, number), client, number, at)
        self._issued[token.text] = self._newest[client] = token

    def client_of(self, text: str | None) -> str | None:
        token = self._issued.get(text or "")
        return token.client_id if token else None

    def problem(
        self, text: str | None, options: MarketoOptions, now: datetime
    ) -> tuple[int, str] | None:
        token = self._issued.get(text or "")
        if token is None or not options.accept(token.client_id):
            return 601, "Access token invalid"
        return (602, "Access token expired") if _left(token, options, now) <= 0 else None

    def _text(self, client: str, number: int) -> str:
        """The same for the same token, so that the ledger needn't hold it."""
        return f"{sha256(f'{self._seed}:marketo:{client}:{number}'.encode()).hexdigest()[:36]}:sj"


def _left(token: Token, options: MarketoOptions, now: datetime) -> int:
    ends = token.opened + timedelta(seconds=options.token_seconds)
    return int((ends - now).total_seconds())


def _granted(token: Token, left: int, effect: JsonObject | None = None) -> Answer:
    body = {
        "access_token": token.text,
        "token_type": "bearer",
        "expires_in": left,
        "scope": _SCOPE,
    }
    return json_answer(200, body, effects=(effect,) if effect else ())


def _refused(status: int, error: str, description: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description})
