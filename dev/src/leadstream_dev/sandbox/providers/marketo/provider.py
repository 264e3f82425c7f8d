"""Marketo: an identity endpoint, and leads by address or by a field of one's own."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.marketo.answers import Refused, refusal, success
from leadstream_dev.sandbox.providers.marketo.database import Database
from leadstream_dev.sandbox.providers.marketo.fields import lead_fields
from leadstream_dev.sandbox.providers.marketo.limits import Limits, too_fast
from leadstream_dev.sandbox.providers.marketo.options import MarketoOptions
from leadstream_dev.sandbox.providers.marketo.sync import Sync, delete, read
from leadstream_dev.sandbox.providers.marketo.tokens import Tokens

MAX_BYTES = 1_000_000
MAX_URI = 8_192
_IDENTITY = "/identity/oauth/token"
_SECRETS = ("client_secret", "access_token")


class Marketo(Provider):
    name = "marketo"
    prefix = "/marketo"
    options_type = MarketoOptions
    options: MarketoOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._databases: dict[str, Database] = defaultdict(Database)
        self._tokens = Tokens(self.world.seed)
        self._limits = Limits()

    def operations(self) -> tuple[Operation, ...]:
        leads = "/rest/v1/leads"
        return (
            Operation("token", "POST", _IDENTITY, self._token),
            Operation("token_get", "GET", _IDENTITY, self._token),
            self._on("read", "POST", f"{leads}.json", self._read, argument=("_method", "GET")),
            self._on("read_get", "GET", f"{leads}.json", self._read),
            self._on("sync", "POST", f"{leads}.json", self._sync),
            self._on("delete", "POST", f"{leads}/delete.json", self._delete),
            self._on("describe", "GET", f"{leads}/describe2.json", self._describe),
            self._on("partitions", "GET", f"{leads}/partitions.json", self._partitions),
        )

    def authenticate(self, call: Call) -> Answer | None:
        if call.path.endswith(_IDENTITY):
            return None
        problem = self._tokens.problem(call.bearer, self.options, self.world.now())
        return refusal(*problem) if problem else None

    def account(self, call: Call) -> str | None:
        return self._tokens.client_of(call.bearer) or self._credentials(call).get("client_id")

    def identify(self, call: Call) -> JsonObject:
        records = call.body.get("input")
        by = str(call.body.get("lookupField") or "email")
        ids = [
            str(record[by]).casefold()
            for record in (records if isinstance(records, list) else [])
            if isinstance(record, dict) and record.get(by) is not None
        ]
        return {"external_ids": ids} if ids else {}

    def redact(self, call: Call) -> object | None:
        if not call.form:
            return None
        hidden = {name: f"…{call.form[name][-4:]}" for name in _SECRETS if name in call.form}
        return call.form | hidden

    def claim(self, call: Call) -> Answer | None:
        client = self._tokens.client_of(call.bearer)
        if client is None or call.path.endswith(_IDENTITY):
            return None
        return self._limits.begin(client, self.options, self.world.now())

    def release(self, call: Call) -> None:
        client = self._tokens.client_of(call.bearer)
        if client is not None and not call.path.endswith(_IDENTITY):
            self._limits.end(client)

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "session":
            self._tokens.open(line["account"], effect)
            return
        database = self._databases[line["account"]]
        if effect["kind"] == "deleted":
            database.delete(int(effect["id"]))
            return
        record = line["body"]["input"][effect["item"]]
        fields = {name: value for name, value in record.items() if name != "id"}
        database.write(int(effect["id"]), fields)

    def state(self) -> object:
        return {
            client: [{"id": lead_id, **lead} for lead_id, lead in database.leads.items()]
            for client, database in self._databases.items()
        }

    def _on(
        self,
        name: str,
        method: str,
        path: str,
        handle: Callable[[Call], Answer],
        *,
        argument: tuple[str, str] | None = None,
    ) -> Operation:
        def guarded(call: Call) -> Answer:
            if len(call.raw) > MAX_BYTES:
                return Answer(status=413)
            if len(call.path) + len(call.query) + 1 > MAX_URI:
                return Answer(status=414)
            if not self.options.may_write:
                return refusal(603, "Access denied")
            try:
                return handle(call)
            except Refused as exc:
                return exc.answer

        return Operation(name, method, path, guarded, argument)

    def _token(self, call: Call) -> Answer:
        return self._tokens.grant(self._credentials(call), self.options, self.world.now())

    def _sync(self, call: Call) -> Answer:
        sync = Sync(self._database(call), lead_fields(self.options), self.options)
        return sync.answer(_body(call))

    def _read(self, call: Call) -> Answer:
        asked = dict(call.arguments) | call.form
        return read(self._database(call), lead_fields(self.options), asked)

    def _delete(self, call: Call) -> Answer:
        return delete(self._database(call), _body(call))

    def _describe(self, call: Call) -> Answer:
        fields = lead_fields(self.options).values()
        return success(
            [
                {
                    "name": "API Lead",
                    "searchableFields": [[field.name] for field in fields if field.searchable],
                    "fields": [field.shown() for field in fields],
                }
            ]
        )

    def _partitions(self, call: Call) -> Answer:
        named = enumerate(self.options.partitions, start=1)
        return success([{"id": number, "name": name} for number, name in named])

    def _credentials(self, call: Call) -> dict[str, str]:
        return call.form or dict(call.arguments)

    def _database(self, call: Call) -> Database:
        return self._databases[self.account(call) or ""]

    def missing_key(self, call: Call) -> Answer:
        return refusal(601, "Access token invalid")

    def wrong_key(self, call: Call) -> Answer:
        if call.path.endswith(_IDENTITY):
            body = {"error": "unauthorized", "error_description": "No client with requested id"}
            return json_answer(401, body)
        return refusal(601, "Access token invalid")

    def not_found(self, call: Call) -> Answer:
        return refusal(610, "Requested resource not found")

    def rate_limited(self, pace: Pace) -> Answer:
        return too_fast(pace.limit, pace.window)

    def quota_exhausted(self, kind: str) -> Answer:
        return refusal(607, "Daily quota reached")

    def failed(self, status: int) -> Answer:
        if status == 502:
            return refusal(502, "Bad Gateway")
        if status == 503:
            return refusal(608, "API Temporarily Unavailable")
        return refusal(713, "Transient Error") if status == 504 else refusal(611, "System error")


def _body(call: Call) -> JsonObject:
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        raise Refused(612, "Invalid Content Type")
    if not isinstance(call.json, dict):
        raise Refused(609, "Invalid JSON")
    return call.json
