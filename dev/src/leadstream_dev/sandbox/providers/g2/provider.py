"""G2: who looked at a product, by `GET products/{id}/buyer_intent`."""

import time
from collections import deque
from urllib.parse import urlencode

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer, text_answer
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.g2.options import G2Options
from leadstream_dev.sandbox.providers.g2.query import Query, WrongQueryError, cursor
from leadstream_dev.sandbox.providers.g2.rows import Rows, aged
from leadstream_dev.sandbox.world import World

SCOPE = "buyer_intent.read"
# All of the account's products.
ALL = "*"
_MEDIA_TYPE = {"content-type": "application/vnd.api+json; charset=utf-8"}
_BLOCKED = (
    "<!DOCTYPE html><html><head><title>Access denied | data.g2.com used Cloudflare to restrict access</title></head>"
    "<body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"
)


def refusal(status: int, title: str) -> Answer:
    errors = [{"status": str(status), "title": title}]
    return json_answer(status, {"errors": errors}, headers=_MEDIA_TYPE)


class G2(Provider):
    name = "g2"
    prefix = "/g2/api"
    options_type = G2Options
    options: G2Options

    def __init__(self, world: World, journal: Journal) -> None:
        super().__init__(world, journal)
        self._rows = Rows(world.seed)
        self._calls: deque[float] = deque()
        self._blocked_until = 0.0

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("intent", "GET", "/v2/products/{product}/buyer_intent", self._intent),
            Operation("intent_of_all", "GET", "/v2/buyer_intent", self._intent),
            Operation("sandbox", "GET", "/sandbox/products/{product}/buyer_intent", self._trained),
        )

    def missing_key(self, call: Call) -> Answer:
        return refusal(401, "You need to sign in or sign up before continuing.")

    def wrong_key(self, call: Call) -> Answer:
        return refusal(401, "The access token is invalid or has expired")

    def not_found(self, call: Call) -> Answer:
        return refusal(404, "Not found")

    def rate_limited(self, pace: Pace) -> Answer:
        """At the edge, without a header that says why or for how long."""
        return text_answer(403, _BLOCKED)

    def quota_exhausted(self, kind: str) -> Answer:
        return refusal(403, "Your current plan does not provide access to this resource")

    def failed(self, status: int) -> Answer:
        return refusal(status, "Something went wrong")

    def identify(self, call: Call) -> JsonObject:
        asked = {name: value for name, value in call.arguments if name == "page[after]"}
        return {"product": call.params.get("product", ALL), "after": asked.get("page[after]")}

    def claim(self, call: Call) -> Answer | None:
        """Count by address: there is one here."""
        now = time.monotonic()
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        self._calls.append(now)
        if len(self._calls) > self.options.per_second:
            self._blocked_until = now + self.options.blocked
        return text_answer(403, _BLOCKED) if now < self._blocked_until else None

    def _intent(self, call: Call) -> Answer:
        if SCOPE not in self.options.scopes:
            return refusal(403, f"The request requires the scope {SCOPE}")
        return self._answer(call, is_sandbox=False)

    def _trained(self, call: Call) -> Answer:
        return self._answer(call, is_sandbox=True)

    def _answer(self, call: Call, *, is_sandbox: bool) -> Answer:
        product = call.params.get("product", ALL)
        if product != ALL and not self.options.has(product):
            return refusal(404, "Product not found")
        try:
            query = Query.read(call.arguments)
        except WrongQueryError as exc:
            return refusal(400, str(exc))
        found = query.run(self._all(product, is_sandbox=is_sandbox))
        shown = found[query.after : query.after + query.size]
        end = query.after + len(shown)
        following = cursor(end) if end < len(found) else None
        body = {
            "data": [
                {"id": str(query.after + n), "type": "buyer_intent_interactions", "attributes": row}
                for n, row in enumerate(shown)
            ],
            **self._next(call, following),
        }
        return json_answer(200, body, headers=_MEDIA_TYPE)

    def _all(self, product: str, *, is_sandbox: bool) -> list[JsonObject]:
        pinned = self.options.rows.get(product)
        if pinned is not None:
            return pinned
        settings = self.world.settings
        rows = self._rows.of(product, self.world.today(), results=settings.results)
        return [aged(row) for row in rows] if is_sandbox else rows

    def _next(self, call: Call, following: str | None) -> JsonObject:
        if self.options.next_in == "cursor_pagination":
            return {"cursor_pagination": {"next": following}}
        if following is None:
            return {"links": {"self": f"{call.base_url}{call.path}", "next": None}}
        arguments = [each for each in call.arguments if each[0] != "page[after]"]
        query = urlencode([*arguments, ("page[after]", following)])
        return {"links": {"next": f"{call.base_url}{call.path}?{query}"}}
