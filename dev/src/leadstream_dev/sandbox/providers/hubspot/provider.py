"""HubSpot: companies and contacts, their properties and associations, on the dated paths."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Options, Pace, Provider
from leadstream_dev.sandbox.providers.hubspot.answers import Refused, error
from leadstream_dev.sandbox.providers.hubspot.associations import associate
from leadstream_dev.sandbox.providers.hubspot.definitions import Definitions
from leadstream_dev.sandbox.providers.hubspot.portal import Portal
from leadstream_dev.sandbox.providers.hubspot.records import Batch
from leadstream_dev.sandbox.providers.hubspot.schema import Rule
from leadstream_dev.sandbox.providers.hubspot.search import search

UNLIMITED = 100_000
"""What the headers announce while no limit is switched on."""
_NO_KEY = "Authentication credentials not found."


class HubSpotOptions(Options):
    versions: list[str] = Field(default=["2026-03", "2026-09"])
    partial_status: Literal[200, 207, 400] = 207
    """How a batch with invalid items is answered; 400 refuses it as a whole."""
    missing_scopes: list[str] = Field(default_factory=list)
    """With any of these, every call is a 403 that names them."""
    rules: list[Rule] = Field(default_factory=list)
    hidden: list[str] = Field(default_factory=list)
    """Properties that the account does not have."""
    properties: dict[Literal["companies", "contacts"], list[JsonObject]] = Field(
        default_factory=dict
    )
    """Definitions, as they are made by call, of properties that every account has; `readOnlyValue` is one more key."""
    owners: dict[str, Literal["active", "archived"]] = Field(default_factory=dict)
    """Who works there, by id."""
    owners_scope: bool = True
    """Whether tokens may read owners."""


class HubSpot(Provider):
    name = "hubspot"
    prefix = "/hubspot"
    options_type = HubSpotOptions
    options: HubSpotOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._portals: dict[str, Portal] = defaultdict(Portal)

    def operations(self) -> tuple[Operation, ...]:
        records = "/crm/objects/{version}/{kind}"
        properties = "/crm/properties/{version}/{kind}"
        links = "/crm/associations/{version}/{kind}/{target}/batch"
        batch, definition = self._batch, self._definition
        return (
            self._on("batch_upsert", "POST", f"{records}/batch/upsert", batch(Batch.upsert)),
            self._on("batch_create", "POST", f"{records}/batch/create", batch(Batch.create)),
            self._on("batch_update", "POST", f"{records}/batch/update", batch(Batch.update)),
            self._on("batch_read", "POST", f"{records}/batch/read", batch(Batch.read)),
            self._on("gdpr_delete", "POST", f"{records}/gdpr-delete", self._erase),
            self._on("search", "POST", f"{records}/search", self._search),
            self._on("get", "GET", f"{records}/{{id}}", self._get),
            self._on("associate", "POST", f"{links}/associate/default", self._associate),
            self._on("associate", "POST", f"{links}/create", self._associate),
            self._on(
                "property_create_batch",
                "POST",
                f"{properties}/batch/create",
                definition(Definitions.create_all),
            ),
            self._on("property_create", "POST", properties, definition(Definitions.create)),
            self._on(
                "group_create", "POST", f"{properties}/groups", definition(Definitions.create_group)
            ),
            self._on(
                "group_list", "GET", f"{properties}/groups", definition(Definitions.list_groups)
            ),
            self._on("owner_get", "GET", "/crm/owners/{version}/{name}", self._owner),
            self._on("property_list", "GET", properties, definition(Definitions.list_all)),
            self._on("property_get", "GET", f"{properties}/{{name}}", definition(Definitions.get)),
        )

    def identify(self, call: Call) -> JsonObject:
        inputs = call.body.get("inputs")
        listed = (
            [one for one in inputs if isinstance(one, dict)] if isinstance(inputs, list) else []
        )
        found: JsonObject = {"object": call.params.get("kind")}
        ids = [one["id"] for one in listed if isinstance(one.get("id"), str)]
        traces = [one["objectWriteTraceId"] for one in listed if "objectWriteTraceId" in one]
        if ids:
            found["external_ids"] = ids
        if traces:
            found["trace_ids"] = traces
        return found

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        portal = self._portals[line["account"]]
        body = line["body"]
        match effect["kind"]:
            case "record":
                sent = body["inputs"][effect["item"]]
                properties = dict(sent["properties"])
                if effect["id_property"] is not None:
                    properties.setdefault(effect["id_property"], effect["external_id"])
                portal.write(effect["object"], effect["id"], properties, effect["at"])
            case "property":
                item = effect["item"]
                definition = body if item is None else body["inputs"][item]
                portal.define(effect["object"], definition)
            case "group":
                portal.types[effect["object"]].groups.add(effect["name"])
            case "erased":
                portal.erase(effect["id"], effect["email"])
            case "association":
                portal.associations.add(
                    (effect["object"], effect["from"], effect["target"], effect["to"])
                )

    def state(self) -> object:
        return {account: portal.shown() for account, portal in self._portals.items()}

    def _on(self, name: str, method: str, path: str, handle: Callable[[Call], Answer]) -> Operation:
        def guarded(call: Call) -> Answer:
            try:
                self._check_path(call)
                return handle(call)
            except Refused as exc:
                return error(exc.status, exc.category, exc.message, **exc.detail)

        return Operation(name, method, path, guarded)

    def _check_path(self, call: Call) -> None:
        if self.options.missing_scopes:
            refused = Refused(
                "This app hasn't been granted all required scopes",
                status=403,
                category="MISSING_SCOPES",
            )
            refused.detail = {"context": {"missingScopes": self.options.missing_scopes}}
            raise refused
        kinds = {call.params.get("kind", "companies"), call.params.get("target", "companies")}
        if call.params["version"] not in self.options.versions or kinds - {"companies", "contacts"}:
            raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")

    def _portal(self, call: Call) -> Portal:
        return self._portals[self.account(call) or ""]

    def _batch(self, act: Callable[[Batch], Answer]) -> Callable[[Call], Answer]:
        def handle(call: Call) -> Answer:
            portal, partial = self._furnished(call), self.options.partial_status
            kind, rules = call.params["kind"], self.options.rules
            owners = {one for one, state in self.options.owners.items() if state == "active"}
            return act(Batch(portal, kind, call, self.world.now(), partial, rules, owners))

        return handle

    def _furnished(self, call: Call) -> Portal:
        """The account, with the properties that were ordered for it and without those that were ordered away."""
        portal, kind = self._portal(call), call.params["kind"]
        for definition in self.options.properties.get(kind, ()):  # type: ignore[call-overload]  # any kind may be asked for
            portal.define(kind, definition)
        for name in self.options.hidden:
            portal.types[kind].properties.pop(name, None)
        return portal

    def _owner(self, call: Call) -> Answer:
        if not self.options.owners_scope:
            refused = Refused(
                "This app hasn't been granted all required scopes to make this call.",
                status=403,
                category="MISSING_SCOPES",
            )
            refused.detail = {"context": {"requiredScopes": ["crm.objects.owners.read"]}}
            raise refused
        owner = call.params["name"]
        # One that is archived is found only by those who ask for archived ones.
        if self.options.owners.get(owner) != "active":
            raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")
        return json_answer(
            200,
            {
                "id": owner,
                "type": "PERSON",
                "firstName": "Sam",
                "lastName": "Sales",
                "email": f"sales{owner}@example.com",
                "archived": False,
            },
        )

    def _definition(self, act: Callable[[Definitions], Answer]) -> Callable[[Call], Answer]:
        def handle(call: Call) -> Answer:
            kind = call.params["kind"]
            return act(Definitions(self._furnished(call).types[kind], kind, call, self.world.now()))

        return handle

    def _search(self, call: Call) -> Answer:
        return json_answer(200, search(self._portal(call), call.params["kind"], call.json))

    def _get(self, call: Call) -> Answer:
        held = self._portal(call).records[call.params["kind"]]
        record = held.get(call.params["id"])
        if record is None:
            raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")
        return json_answer(200, record.shown())

    def _erase(self, call: Call) -> Answer:
        """No answer but that it was done; for an address that nobody has, too: it is kept out from now on."""
        portal, kind = self._portal(call), call.params["kind"]
        if kind != "contacts":
            raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")
        wanted, by = call.body.get("objectId"), call.body.get("idProperty")
        if not isinstance(wanted, str) or not wanted:
            raise Refused("Some required fields were not set: [objectId]")
        if by is None:
            record = portal.records[kind].get(wanted)
            if record is None:
                raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")
        elif by != "email":
            raise Refused(f"Invalid input: idProperty {by} is not supported")
        else:
            record = portal.find(kind, "email", wanted)
        email = wanted if by else None
        effect = {
            "kind": "erased",
            "object": kind,
            "id": record.id if record else None,
            "email": email,
        }
        return Answer(status=204, effects=(effect,))

    def _associate(self, call: Call) -> Answer:
        return associate(self._portal(call), call, self.world.now())

    def pace_headers(self, pace: Pace | None) -> dict[str, str]:
        limit, remaining, window = (
            (pace.limit, pace.remaining, pace.window) if pace else (UNLIMITED, UNLIMITED - 1, 10)
        )
        return {
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(window * 1000)),
        }

    def missing_key(self, call: Call) -> Answer:
        return error(401, "INVALID_AUTHENTICATION", _NO_KEY)

    def wrong_key(self, call: Call) -> Answer:
        return error(401, "INVALID_AUTHENTICATION", _NO_KEY)

    def not_found(self, call: Call) -> Answer:
        return error(404, "OBJECT_NOT_FOUND", "resource not found")

    def rate_limited(self, pace: Pace) -> Answer:
        policy = "SECONDLY" if pace.window <= 1 else "TEN_SECONDLY_ROLLING"
        refused = _limit(policy)
        # HubSpot doesn't promise it, but sends it: contracts.md, section 4.
        return refused.with_headers({"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return _limit("DAILY").with_headers({"X-HubSpot-RateLimit-Daily-Remaining": "0"})

    def failed(self, status: int) -> Answer:
        if status in (502, 504, 521, 523, 524):
            return Answer(status=status)
        category = {409: "CONFLICT", 423: "LOCKED"}.get(status, "INTERNAL_ERROR")
        return error(status, category, "internal error")


def _limit(policy: str) -> Answer:
    return json_answer(
        429,
        {
            "status": "error",
            "message": f"You have reached your {policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
            "policyName": policy,
        },
    )
