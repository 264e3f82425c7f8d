"""Salesforce: sessions by client credentials, and leads by external id."""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.salesforce.assignment import Assignment, look_up
from leadstream_dev.sandbox.providers.salesforce.errors import Refused, refusal
from leadstream_dev.sandbox.providers.salesforce.fields import lead_fields
from leadstream_dev.sandbox.providers.salesforce.org import Org
from leadstream_dev.sandbox.providers.salesforce.places import Address
from leadstream_dev.sandbox.providers.salesforce.query import query, record_asked_for
from leadstream_dev.sandbox.providers.salesforce.sessions import (
    SalesforceOptions,
    Sessions,
    oauth_error,
)
from leadstream_dev.sandbox.providers.salesforce.upsert import Upsert

DAILY_CALLS = 100_000
_VERSION = re.compile(r"^v(6[4-8])\.0$")


class Salesforce(Provider):
    name = "salesforce"
    prefix = "/salesforce"
    options_type = SalesforceOptions
    options: SalesforceOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._orgs: dict[str, Org] = defaultdict(Org)
        self._sessions = Sessions(self.world.seed)
        self._calls = 0

    def operations(self) -> tuple[Operation, ...]:
        data = "/services/data/{version}"
        lead = "sobjects/{kind}"
        return (
            Operation("token", "POST", "/services/oauth2/token", self._token),
            self._on("upsert", "PATCH", f"{data}/composite/{lead}/{{field}}", self._upsert),
            self._on("upsert_one", "PATCH", f"{data}/{lead}/{{field}}/{{value}}", self._upsert_one),
            self._on("describe", "GET", f"{data}/{lead}/describe", self._describe),
            self._on("get", "GET", f"{data}/{lead}/{{field}}/{{value}}", self._get),
            self._on("query", "GET", f"{data}/query", self._query),
            self._on("limits", "GET", f"{data}/limits", self._limits),
        )

    def authenticate(self, call: Call) -> Answer | None:
        if call.path.endswith("/services/oauth2/token"):
            return None
        valid = self._sessions.valid(call.bearer, self.options, self.world.now())
        return None if valid else self.wrong_key(call)

    def account(self, call: Call) -> str | None:
        return self._sessions.client_of(call.bearer) or call.form.get("client_id")

    def identify(self, call: Call) -> JsonObject:
        records = call.body.get("records")
        field = call.params.get("field", "")
        ids = [
            str(row[field])
            for row in (records if isinstance(records, list) else [])
            if isinstance(row, dict) and field in row
        ]
        if "value" in call.params:
            ids = [call.params["value"]]
        return {"external_ids": ids} if ids else {}

    def redact(self, call: Call) -> object | None:
        if not call.form:
            return None
        return call.form | {
            name: f"…{call.form[name][-4:]}"
            for name in ("client_secret", "assertion")
            if name in call.form
        }

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "session":
            self._sessions.open(line["account"], effect)
            return
        body = line["body"]
        row = body["records"][effect["item"]] if "records" in body else body
        name = effect["id_property"]
        fields = {key: value for key, value in row.items() if key != "attributes"}
        org = self._orgs[line["account"]]
        if effect.get("places"):
            held = org.leads[effect["id"]].fields if effect["id"] in org.leads else {}
            fields |= Address(fields, held).resolved()
        if effect.get("owner"):
            fields["OwnerId"] = effect["owner"]
        org.write(effect["id"], name, fields | {name: effect["external_id"]})

    def expire(self) -> int:
        """End every session, as an administrator can; returns how many there were."""
        return self._sessions.expire()

    def state(self) -> object:
        return {
            client: [{"Id": lead.id, **lead.fields} for lead in org.leads.values()]
            for client, org in self._orgs.items()
        }

    def _on(self, name: str, method: str, path: str, handle: Callable[[Call], Answer]) -> Operation:
        def guarded(call: Call) -> Answer:
            self._calls += 1
            if (
                not _VERSION.match(call.params["version"])
                or call.params.get("kind", "Lead") != "Lead"
            ):
                return self.not_found(call)
            try:
                return handle(call).with_headers(self._usage())
            except Refused as exc:
                return exc.answer.with_headers(self._usage())

        return Operation(name, method, path, guarded)

    def _token(self, call: Call) -> Answer:
        instance = f"{call.base_url}{self.prefix}"
        return self._sessions.grant(call, self.options, now=self.world.now(), instance=instance)

    def _upsert(self, call: Call) -> Answer:
        if not isinstance(call.json, dict):
            raise Refused("JSON_PARSER_ERROR", "The request body is not a JSON object")
        return self._upsert_into(call).many(call.json)

    def _upsert_one(self, call: Call) -> Answer:
        if not isinstance(call.json, dict):
            raise Refused("JSON_PARSER_ERROR", "The request body is not a JSON object")
        return self._upsert_into(call).one(call.params["value"], call.json)

    def _upsert_into(self, call: Call) -> Upsert:
        self._check_external_id(call.params["field"])
        allowed = "allowsave=true" in call.headers.get("sforce-duplicate-rule-header", "").lower()
        assignment = Assignment.of(
            call.headers.get("sforce-auto-assign"),
            self.options.owners,
            self.options.assignment_rules,
        )
        org = self._org(call)
        for value in self.options.converted:
            lead = org.find(call.params["field"], value)
            if lead is not None:
                lead.converted = True
        return Upsert(
            org,
            lead_fields(self.options),
            call.params["field"],
            self.options,
            assignment,
            refuse_duplicates=self.options.duplicate_rule and not allowed,
        )

    def _check_external_id(self, name: str) -> None:
        if name not in self.options.external_ids:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type Lead")

    def _describe(self, call: Call) -> Answer:
        fields = lead_fields(self.options)
        return json_answer(
            200, {"name": "Lead", "fields": [one.shown() for one in fields.values()]}
        )

    def _query(self, call: Call) -> Answer:
        soql = dict(call.arguments).get("q", "")
        asked = record_asked_for(soql)
        if asked is None:
            return query(self._org(call), lead_fields(self.options), soql)
        kind, names, value = asked
        if kind in self.options.unseen:
            raise Refused("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        found = look_up(kind, value, self.options.owners, self.options.assignment_rules)
        records = [
            {"attributes": {"type": kind}, **{name: each.get(name) for name in names}}
            for each in found
        ]
        return json_answer(200, {"totalSize": len(records), "done": True, "records": records})

    def _get(self, call: Call) -> Answer:
        self._check_external_id(call.params["field"])
        lead = self._org(call).find(call.params["field"], call.params["value"])
        if lead is None:
            return self.not_found(call)
        return json_answer(200, {"attributes": {"type": "Lead"}, "Id": lead.id, **lead.fields})

    def _limits(self, call: Call) -> Answer:
        left = DAILY_CALLS - self._calls
        return json_answer(200, {"DailyApiRequests": {"Max": DAILY_CALLS, "Remaining": left}})

    def _org(self, call: Call) -> Org:
        return self._orgs[self.account(call) or ""]

    def _usage(self) -> dict[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={self._calls}/{DAILY_CALLS}"}

    def missing_key(self, call: Call) -> Answer:
        return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def wrong_key(self, call: Call) -> Answer:
        if call.path.endswith("/services/oauth2/token"):
            return oauth_error("invalid_client_id", "client identifier invalid")
        return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def not_found(self, call: Call) -> Answer:
        return refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def rate_limited(self, pace: Pace) -> Answer:
        refused = refusal(503, "SERVER_UNAVAILABLE", "Server unavailable")
        return refused.with_headers({"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        refused = refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        return refused.with_headers({"Sforce-Limit-Info": f"api-usage={DAILY_CALLS}/{DAILY_CALLS}"})

    def failed(self, status: int) -> Answer:
        if status == 503:
            return refusal(503, "SERVER_UNAVAILABLE", "Server unavailable")
        return refusal(status, "UNKNOWN_EXCEPTION", "An unexpected error occurred")
