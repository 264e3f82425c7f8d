"""A FHIR R4 server: organizations, alone and in batches, and SMART Backend Services beside it."""

from collections import defaultdict
from hashlib import sha256
from typing import Any

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.fhir.clients import Sessions, client_in, rights_of
from leadstream_dev.sandbox.providers.fhir.options import FhirOptions
from leadstream_dev.sandbox.providers.fhir.outcomes import (
    Refused,
    fhir_answer,
    outcome_of,
    refusal,
)
from leadstream_dev.sandbox.providers.fhir.requests import Asked, Done, Server
from leadstream_dev.sandbox.providers.fhir.statement import capability_statement
from leadstream_dev.sandbox.providers.fhir.store import Store, first_identifier

BASE = "/r4"
TOKEN = "/auth/token"  # noqa: S105 - a path
_OPEN = (f"{BASE}/metadata", f"{BASE}/.well-known/smart-configuration", TOKEN)
_TYPES = ("application/fhir+json", "application/json")


class Fhir(Provider):
    name = "fhir"
    prefix = "/fhir"
    options_type = FhirOptions
    options: FhirOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._stores: dict[str, Store] = defaultdict(Store)
        self._sessions = Sessions(self.world.seed)

    def operations(self) -> tuple[Operation, ...]:
        kind = f"{BASE}/Organization"
        return (
            Operation("metadata", "GET", f"{BASE}/metadata", self._metadata),
            Operation("discover", "GET", f"{BASE}/.well-known/smart-configuration", self._discover),
            Operation("token", "POST", TOKEN, self._token),
            Operation("batch", "POST", BASE, self._batch),
            Operation("search", "GET", kind, self._alone),
            Operation("create", "POST", kind, self._alone),
            Operation("conditional_update", "PUT", kind, self._alone),
            Operation("read", "GET", f"{kind}/{{id}}", self._alone),
            Operation("update", "PUT", f"{kind}/{{id}}", self._alone),
            Operation("delete", "DELETE", f"{kind}/{{id}}", self._alone),
        )

    def authenticate(self, call: Call) -> Answer | None:
        if call.path.endswith(_OPEN):
            return None
        if call.bearer is None:
            return self.missing_key(call)
        session = self._sessions.of(call.bearer)
        if session is None:
            return None if self.options.accept(call.bearer) else self.wrong_key(call)
        over = self.world.now() >= session.until or session.client_id in self.options.revoked
        return self.wrong_key(call) if over else None

    def account(self, call: Call) -> str | None:
        if call.path.endswith(TOKEN):
            return client_in(call) or None
        session = self._sessions.of(call.bearer)
        if session:
            return session.client_id
        return sha256(call.bearer.encode()).hexdigest()[:12] if call.bearer else None

    def identify(self, call: Call) -> JsonObject:
        listed = call.body.get("entry")
        entries = listed if isinstance(listed, list) else [{"resource": call.json}]
        resources = [each.get("resource") for each in entries if isinstance(each, dict)]
        ids = [first_identifier(each) for each in resources if isinstance(each, dict)]
        found = [each for each in ids if each]
        return {"object": "Organization", "external_ids": found} if found else {}

    def redact(self, call: Call) -> object | None:
        if not call.form:
            return None
        shortened = {
            name: f"…{call.form[name][-4:]}"
            for name in ("client_assertion", "client_secret")
            if name in call.form
        }
        return call.form | shortened

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "session":
            self._sessions.open(line["account"], effect)
            return
        store = self._stores[line["account"]]
        if effect["kind"] == "removal":
            store.delete(effect["id"])
            return
        body = line["body"]
        resource = body if effect["item"] is None else body["entry"][effect["item"]]["resource"]
        store.write(effect["id"], resource, at=effect["at"], keeps_tags=effect["keeps_tags"])

    def expire(self) -> int:
        """End every session, as an administrator can; returns how many there were."""
        return self._sessions.expire()

    def state(self) -> object:
        return {
            account: [kept.resource for kept in store.by_id.values()]
            for account, store in self._stores.items()
        }

    def _metadata(self, call: Call) -> Answer:
        return fhir_answer(200, capability_statement(self.options))

    def _discover(self, call: Call) -> Answer:
        if not self.options.discovery:
            return self.not_found(call)
        return json_answer(
            200,
            {
                "token_endpoint": self._token_url(call),
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": self.options.algorithms,
                "capabilities": ["client-confidential-asymmetric", "permission-v2"],
            },
        )

    def _token(self, call: Call) -> Answer:
        url = self._token_url(call)
        return self._sessions.grant(call, self.options, now=self.world.now(), url=url)

    def _token_url(self, call: Call) -> str:
        return f"{call.base_url}{self.prefix}{TOKEN}"

    def _alone(self, call: Call) -> Answer:
        id_ = call.params.get("id")
        asked = Asked(
            call.method,
            f"Organization{f'/{id_}' if id_ else ''}{f'?{call.query}' if call.query else ''}",
            call.json,
            call.headers.get("if-match"),
            call.headers.get("if-none-exist"),
        )
        try:
            self._check_type(call)
            done = self._server(call).do(asked)
        except Refused as exc:
            return self._refusal(exc)
        effects = (done.effect,) if done.effect else ()
        if done.resource is None:
            return Answer(status=done.status, effects=effects)
        return fhir_answer(done.status, done.resource, headers=dict(done.headers), effects=effects)

    def _batch(self, call: Call) -> Answer:
        try:
            self._check_type(call)
            entries = self._entries(call)
        except Refused as exc:
            return self._refusal(exc)
        server = self._server(call)
        answers: list[JsonObject] = []
        effects: list[JsonObject] = []
        for item, entry in enumerate(entries):
            answer, effect = self._entry(server, entry, item)
            answers.append(answer)
            effects += [effect] if effect else []
        if self.options.loses_entries:
            answers = answers[:-1]
        body = {"resourceType": "Bundle", "type": "batch-response", "entry": answers}
        return fhir_answer(200, body, effects=tuple(effects))

    def _entries(self, call: Call) -> list[Any]:
        bundle = call.body
        if not self.options.batch:
            raise Refused(400, "not-supported", "no batches here")
        if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "batch":
            raise Refused(400, "structure", "the body is no Bundle of the type batch")
        entries = bundle.get("entry")
        if not isinstance(entries, list) or not entries:
            raise Refused(400, "structure", "the Bundle has no entries")
        if len(entries) > self.options.largest_bundle:
            raise Refused(413, "too-costly", f"at most {self.options.largest_bundle} entries")
        urls = [_url(each) for each in entries]
        if len(urls) != len(set(urls)):
            raise Refused(400, "invalid", "two entries are about the same resource")
        return entries

    def _entry(
        self, server: Server, entry: object, item: int
    ) -> tuple[JsonObject, JsonObject | None]:
        try:
            done = server.do(_asked(entry, item))
        except Refused as exc:
            response: JsonObject = {"status": f"{exc.status} {_REASONS.get(exc.status, 'Error')}"}
            if not self.options.bare:
                response["outcome"] = outcome_of(exc, self.options)
            return {"response": response}, None
        return _answered(done), done.effect

    def _server(self, call: Call) -> Server:
        session = self._sessions.of(call.bearer)
        return Server(
            store=self._stores[self.account(call) or ""].copy(),
            options=self.options,
            rights=rights_of(session.scope) if session else self.options.rights,
            now=self.world.now(),
            base=f"{call.base_url}{self.prefix}{BASE}",
        )

    def _check_type(self, call: Call) -> None:
        if call.method not in ("POST", "PUT"):
            return
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES:
            raise Refused(415, "not-supported", "bodies are application/fhir+json")
        if len(call.raw) > self.options.largest_bytes:
            raise Refused(413, "too-costly", f"at most {self.options.largest_bytes} bytes")
        if not call.is_json:
            raise Refused(400, "structure", "the body is no JSON")

    def _refusal(self, refused: Refused) -> Answer:
        if self.options.bare:
            return Answer(status=refused.status)
        return fhir_answer(refused.status, outcome_of(refused, self.options))

    def missing_key(self, call: Call) -> Answer:
        return refusal(401, "login", "a token is needed").with_headers(_CHALLENGE)

    def wrong_key(self, call: Call) -> Answer:
        if call.path.endswith(TOKEN):
            return json_answer(401, {"error": "invalid_client", "error_description": "no client"})
        return refusal(401, "login", "the token is not known, or has expired").with_headers(
            _CHALLENGE
        )

    def not_found(self, call: Call) -> Answer:
        return refusal(404, "not-found", "there is nothing here")

    def rate_limited(self, pace: Pace) -> Answer:
        said = refusal(429, "throttled", "too many requests")
        return said.with_headers({"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return refusal(429, "throttled", "quota exceeded").with_headers({"Retry-After": "3600"})

    def failed(self, status: int) -> Answer:
        return refusal(status, _FAILURES.get(status, "exception"), "it did not work")


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fhir"'}
_FAILURES = {
    400: "structure",
    401: "login",
    403: "forbidden",
    405: "not-supported",
    409: "conflict",
    412: "conflict",
    413: "too-costly",
    422: "processing",
    429: "throttled",
    501: "not-supported",
    503: "transient",
    504: "timeout",
}
_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
_SUCCESSES = {200: "200 OK", 201: "201 Created", 204: "204 No Content"}


def _request_of(entry: object) -> JsonObject:
    request = entry.get("request") if isinstance(entry, dict) else None
    return request if isinstance(request, dict) else {}


def _url(entry: object) -> tuple[str, str]:
    request = _request_of(entry)
    return str(request.get("method")), str(request.get("url"))


def _asked(entry: object, item: int) -> Asked:
    request = _request_of(entry)
    method, url = _url(entry)
    if not request.get("method") or not request.get("url"):
        raise Refused(400, "required", "an entry has a request with a method and a URL")
    resource = entry.get("resource") if isinstance(entry, dict) else None
    given = {name: request.get(name) for name in ("ifMatch", "ifNoneExist")}
    if any(value is not None and not isinstance(value, str) for value in given.values()):
        raise Refused(400, "structure", "ifMatch and ifNoneExist are texts")
    return Asked(method, url, resource, given["ifMatch"], given["ifNoneExist"], item)


def _answered(done: Done) -> JsonObject:
    response: JsonObject = {"status": _SUCCESSES[done.status]}
    if "Location" in done.headers:
        place = done.headers["Location"]
        response["location"] = place[place.index("Organization/") :]
    is_read = done.resource is not None and "Location" not in done.headers
    if "ETag" in done.headers and is_read:
        response["etag"] = done.headers["ETag"]
    return {"response": response, **({"resource": done.resource} if is_read else {})}
