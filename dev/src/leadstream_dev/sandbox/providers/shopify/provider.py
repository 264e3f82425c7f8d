"""Shopify: a shop's tokens, and its GraphQL endpoint, which is run by a real GraphQL engine."""

import re
from collections import defaultdict
from typing import Any

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.shopify.costs import Bucket
from leadstream_dev.sandbox.providers.shopify.graph import Graph
from leadstream_dev.sandbox.providers.shopify.rules import ShopifyOptions
from leadstream_dev.sandbox.providers.shopify.run import roots_of, run, throttled
from leadstream_dev.sandbox.providers.shopify.shop import Shop
from leadstream_dev.sandbox.providers.shopify.tokens import Tokens

TOKEN_HEADER = "x-shopify-access-token"  # noqa: S105 - its name
VERSION = re.compile(r"\d{4}-(01|04|07|10)|unstable")
# What is older than this is over: the oldest that there is answers in its place.
OLDEST = "2026-01"
# What rate limits that somebody switches on say of a call.
_SOME_POINTS = 10
FIRST_CUSTOMER = 900_001


class Shopify(Provider):
    name = "shopify"
    prefix = "/shopify"
    options_type = ShopifyOptions
    options: ShopifyOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._shops: dict[str, Shop] = defaultdict(Shop)
        self._buckets: dict[str, Bucket] = {}
        self._tokens = Tokens(self.world.seed)

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("token", "POST", "/{shop}/admin/oauth/access_token", self._token),
            Operation("graphql", "POST", "/{shop}/admin/api/{version}/graphql.json", self._graphql),
        )

    def authenticate(self, call: Call) -> Answer | None:
        if "version" not in call.params:
            return None
        token = call.headers.get(TOKEN_HEADER, "")
        valid = self._tokens.valid(
            token, call.params.get("shop", ""), self.options, self.world.now()
        )
        return None if valid else self.wrong_key(call)

    def account(self, call: Call) -> str | None:
        return call.params.get("shop")

    def identify(self, call: Call) -> JsonObject:
        query = call.body.get("query")
        if not isinstance(query, str):
            return {}
        ids = _external_ids(call.body.get("variables"))
        return {"roots": roots_of(query)} | ({"external_ids": ids} if ids else {})

    def redact(self, call: Call) -> object | None:
        given = call.form or (call.body if "client_secret" in call.body else {})
        if "client_secret" not in given:
            return None
        return given | {"client_secret": f"…{str(given['client_secret'])[-4:]}"}

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "session":
            self._tokens.open(line["account"], effect)
            return
        shop = self._shops[line["account"]]
        if effect["kind"] in {"record", "shop_record"}:
            shop.write(effect["object"], effect["number"], effect["fields"], at=effect["at"])
        elif effect["kind"] == "removal":
            shop.remove(effect["id"])

    def expire(self) -> int:
        """End every token that was given out; returns how many there were."""
        return self._tokens.expire()

    def state(self) -> object:
        return {name: shop.shown() for name, shop in self._shops.items()}

    def _token(self, call: Call) -> Answer:
        return self._tokens.grant(call, self.options, self.world.now())

    def _graphql(self, call: Call) -> Answer:
        asked = call.params.get("version", "")
        if not VERSION.fullmatch(asked):
            return self.not_found(call)
        query, variables = call.body.get("query"), call.body.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            return json_answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        shop = self._shop(call)
        graph = Graph(
            shop.copy(), self.options, call.params.get("shop", ""), self.world.now().timestamp()
        )
        body = run(query, variables, graph, self._bucket(call))
        call.identity["points"] = body.get("extensions", {}).get("cost", {}).get("actualQueryCost")
        served = self.options.served_version or max(asked, OLDEST)
        headers = {"X-Shopify-API-Version": served}
        return json_answer(200, body, headers=headers, effects=tuple(graph.effects))

    def _shop(self, call: Call) -> Shop:
        shop = self._shops[call.params.get("shop", "")]
        for at, (email, fields) in enumerate(self.options.customers.items()):
            if shop.find("Customer", "email", email) is None:
                number = FIRST_CUSTOMER + at
                shop.write("Customer", number, {"email": email, **fields}, at=0.0)
        return shop

    def _bucket(self, call: Call) -> Bucket:
        size, rate = self.options.bucket, self.options.restore_rate
        held = self._buckets.get(call.params.get("shop", ""))
        if held is None or (held.size, held.rate) != (size, rate):
            held = self._buckets[call.params.get("shop", "")] = Bucket(size, rate, size)
        return held

    def missing_key(self, call: Call) -> Answer:
        return self.wrong_key(call)

    def wrong_key(self, call: Call) -> Answer:
        said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return json_answer(401, {"errors": said})

    def not_found(self, call: Call) -> Answer:
        return json_answer(404, {"errors": "Not Found"})

    def rate_limited(self, pace: Pace) -> Answer:
        bucket = Bucket(self.options.bucket, self.options.restore_rate, 0.0)
        return json_answer(200, throttled(_SOME_POINTS, bucket))

    def quota_exhausted(self, kind: str) -> Answer:
        """There is none but the bucket: the shop itself may be closed."""
        return self.failed(402)

    def failed(self, status: int) -> Answer:
        said = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too many requests"}
        if status in said:
            return json_answer(status, {"errors": said[status]})
        return Answer(status=status)


def _external_ids(variables: object) -> list[str]:
    if not isinstance(variables, dict):
        return []
    found = [
        str(value["company"]["externalId"])
        for value in variables.values()
        if isinstance(value, dict)
        and isinstance(value.get("company"), dict)
        and "externalId" in value["company"]
    ]
    query = variables.get("q")
    return found or (re.findall(r"external_id:'([^']*)'", query) if isinstance(query, str) else [])
