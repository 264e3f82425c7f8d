"""SMART Backend Services: tokens for assertions that a registered client has signed."""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.providers.fhir.options import FhirOptions

LONGEST_LIFE = timedelta(minutes=5)
_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RIGHTS = {"read": "rs", "write": "cud", "*": "cruds"}


@dataclass(frozen=True, slots=True)
class Session:
    client_id: str
    scope: str
    until: datetime


class Sessions:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._open: dict[str, Session] = {}
        self._issued: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()

    def grant(self, call: Call, options: FhirOptions, *, now: datetime, url: str) -> Answer:
        client = client_in(call)
        problem = self._problem(call, client, options, now=now, url=url)
        if problem:
            return oauth_error(*problem)
        scope = options.granted if options.granted is not None else call.form.get("scope", "")
        if not _organization_rights(scope):
            return oauth_error("invalid_scope", "none of the scopes is for this client")
        number = self._issued[client] + 1
        claims = _part(call.form["client_assertion"], 1)
        effect = {
            "kind": "session",
            "number": number,
            "scope": scope,
            "until": (now + timedelta(seconds=options.token_seconds)).isoformat(),
            "jti": claims["jti"],
        }
        body = {
            "access_token": self._token(client, number),
            "token_type": "bearer",
            "expires_in": options.token_seconds,
            "scope": scope,
        }
        return json_answer(200, body, headers={"cache-control": "no-store"}, effects=(effect,))

    def open(self, client: str, effect: JsonObject) -> None:
        self._issued[client] = effect["number"]
        self._seen.add((client, effect["jti"]))
        until = datetime.fromisoformat(effect["until"])
        token = self._token(client, effect["number"])
        self._open[token] = Session(client, effect["scope"], until)

    def of(self, token: str | None) -> Session | None:
        return self._open.get(token or "")

    def expire(self) -> int:
        ended = len(self._open)
        self._open.clear()
        return ended

    def _problem(
        self, call: Call, client: str, options: FhirOptions, *, now: datetime, url: str
    ) -> tuple[str, str] | None:
        form = call.form
        if form.get("grant_type") != "client_credentials":
            return "unsupported_grant_type", "only client_credentials are known here"
        if form.get("client_assertion_type") != _TYPE:
            return "invalid_request", "client_assertion_type is missing or wrong"
        if not form.get("scope"):
            return "invalid_scope", "no scope was asked for"
        key = options.clients.get(client)
        if key is None or client in options.revoked:
            return "invalid_client", "no such client"
        header, claims = (_part(form["client_assertion"], at) for at in (0, 1))
        if header.get("alg") not in options.algorithms or header.get("typ") != "JWT":
            return "invalid_client", "the assertion is signed by none of the algorithms"
        if not verifies(form["client_assertion"], key, str(header["alg"])):
            return "invalid_client", "the signature of the assertion does not verify"
        return self._claims_problem(client, claims, now=now, url=url)

    def _claims_problem(
        self, client: str, claims: JsonObject, *, now: datetime, url: str
    ) -> tuple[str, str] | None:
        if claims.get("iss") != client or claims.get("sub") != client:
            return "invalid_client", "iss and sub are the client id, both"
        if claims.get("aud") != url:
            return "invalid_client", "aud is not this token endpoint"
        expires, latest = claims.get("exp"), (now + LONGEST_LIFE).timestamp()
        if not isinstance(expires, int) or not now.timestamp() < expires <= latest:
            return "invalid_client", "exp has passed, or is more than five minutes away"
        if not isinstance(claims.get("jti"), str) or (client, claims["jti"]) in self._seen:
            return "invalid_client", "jti is missing, or was seen before"
        return None

    def _token(self, client: str, number: int) -> str:
        """The same for the same session, so that the ledger needn't hold it."""
        return f"smart.{sha256(f'{self._seed}:{client}:{number}'.encode()).hexdigest()}"


def oauth_error(code: str, description: str) -> Answer:
    status = 401 if code == "invalid_client" else 400
    return json_answer(status, {"error": code, "error_description": description})


def client_in(call: Call) -> str:
    """Who says it is asking."""
    return str(_part(call.form.get("client_assertion", ""), 1).get("iss") or "")


def rights_of(scope: str) -> str:
    return "".join(_organization_rights(scope))


def verifies(assertion: str, pem: str, algorithm: str) -> bool:
    signed, _, signature = assertion.rpartition(".")
    try:
        key = serialization.load_pem_public_key(pem.encode())
        raw = _decoded(signature)
        if algorithm == "RS384" and isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, signed.encode(), padding.PKCS1v15(), hashes.SHA384())
            return True
        if algorithm == "ES384" and isinstance(key, ec.EllipticCurvePublicKey) and len(raw) == 96:
            numbers = (int.from_bytes(half, "big") for half in (raw[:48], raw[48:]))
            key.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA384()))
            return True
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return False


def _organization_rights(scope: str) -> list[str]:
    found = []
    for each in scope.split():
        context, _, right = each.rpartition(".")
        if context in ("system/Organization", "system/*"):
            found.append(_RIGHTS.get(right, right))
    return found


def _part(assertion: str, at: int) -> JsonObject:
    parts = assertion.split(".")
    try:
        read: Any = orjson.loads(_decoded(parts[at])) if len(parts) == 3 else {}
    except (ValueError, binascii.Error):
        return {}
    return read if isinstance(read, dict) else {}


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
