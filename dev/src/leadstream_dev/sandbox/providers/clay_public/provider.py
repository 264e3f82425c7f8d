"""Clay's Public API v0: a search that gives people without addresses, and routines that find them, later."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.clay_public.bodies import (
    Page,
    Refused,
    Run,
    Search,
    check_filters,
    check_items,
    read,
)
from leadstream_dev.sandbox.providers.clay_public.options import (
    ClayPublicOptions,
    Routine,
    as_field,
)
from leadstream_dev.sandbox.providers.clay_public.people import (
    ANYWHERE,
    matching,
    people,
    shown,
)
from leadstream_dev.sandbox.providers.others import is_of_another
from leadstream_dev.sandbox.world import World

RESETS_AT = "2026-12-01T00:00:00Z"


class ClayPublic(Provider):
    name = "clay_public_v0"
    prefix = "/clay/public/v0"
    options_type = ClayPublicOptions
    options: ClayPublicOptions

    def __init__(self, world: World, journal: Journal) -> None:
        super().__init__(world, journal)
        self._searches: dict[str, JsonObject] = {}
        self._runs: dict[str, JsonObject] = {}
        self._used: dict[str, int] = {}

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("me", "GET", "/me", self._me),
            Operation("fields", "GET", "/search/filters-mode/fields", self._fields),
            Operation("create_search", "POST", "/search/filters-mode", self._create_search),
            Operation(
                "run_search", "POST", "/search/filters-mode/{search_id}/run", self._run_search
            ),
            Operation("run_routine", "POST", "/routines/{routine_id}/run", self._run_routine),
            Operation("results", "GET", "/routines/run/{run_id}/results", self._results),
        )

    def authenticate(self, call: Call) -> Answer | None:
        key = call.headers.get("clay-api-key")
        if not key:
            return self.missing_key(call)
        # Nor is the one of Clay's other API a key of this one.
        if is_of_another(key, "clay") or key == "sandbox-clay":
            return self.wrong_key(call)
        return None if self.options.accept(key) else self.wrong_key(call)

    def account(self, call: Call) -> str | None:
        key = call.headers.get("clay-api-key")
        return hashlib.sha256(key.encode()).hexdigest()[:12] if key else None

    def identify(self, call: Call) -> JsonObject:
        """Say which company a call is about, through search, page and run."""
        params, found = call.params, _domain_in(call.body)
        search = self._searches.get(params.get("search_id", ""))
        run = self._runs.get(params.get("run_id", ""))
        domain = found or (search or run or {}).get("domain")
        return {"domain": domain} if domain else {}

    def missing_key(self, call: Call) -> Answer:
        return _error(401, "Authentication failed")

    def wrong_key(self, call: Call) -> Answer:
        return _error(401, "Authentication failed")

    def not_found(self, call: Call) -> Answer:
        return _error(404, "Not found")

    def rate_limited(self, pace: Pace) -> Answer:
        refused = _error(429, "Too many requests")
        return refused.with_headers({"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return _error(402, "You are out of credits for this period")

    def failed(self, status: int) -> Answer:
        return _error(status, "Forbidden" if status == 403 else "Something went wrong")

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        match effect["kind"]:
            case "search":
                self._searches[effect["id"]] = effect | {"taken": 0}
            case "page":
                self._searches[effect["id"]]["taken"] += effect["people"]
                self._used[line["account"]] = self._used_by(line["account"]) + effect["people"]
            case "run":
                self._runs[effect["id"]] = effect

    def state(self) -> object:
        return {"searches": self._searches, "runs": self._runs, "used": self._used}

    def _me(self, call: Call) -> Answer:
        return json_answer(
            200, {"user": {"id": "1", "name": None}, "workspace": {"id": self.account(call)}}
        )

    def _fields(self, call: Call) -> Answer:
        asked = dict(call.arguments).get("source_type")
        if asked not in ("people", "companies"):
            return _error(400, "Validation failed: source_type: required")
        return json_answer(
            200,
            {
                "source_type": asked,
                "fields": [as_field(each) for each in self.options.filters],
                "guidance": {"behavior": [], "field_guidance": []},
            },
        )

    def _create_search(self, call: Call) -> Answer:
        return _validated(partial(self._created, call))

    def _created(self, call: Call) -> Answer:
        asked: Search = read(Search, call.json)
        if asked.source_type != "people":
            raise Refused("Validation failed: source_type: this sandbox knows people only")
        check_filters(asked.filters, self.options)
        found = {
            "kind": "search",
            "id": f"srch_{call.seq}",
            "domain": _domain_in(call.body) or ANYWHERE,
            "filters": asked.filters,
        }
        return json_answer(200, {"search_id": found["id"]}, effects=(found,))

    def _run_search(self, call: Call) -> Answer:
        return _validated(partial(self._page, call))

    def _page(self, call: Call) -> Answer:
        limit = read(Page, call.json if call.raw else {}).limit
        search = self._searches.get(call.params["search_id"])
        if search is None:
            return _error(404, "Not found")
        if limit > self.options.largest_page:
            return _error(413, "too large")
        most, taken = self.options.per_search, search["taken"]
        if taken + limit > most:
            cap = f"You have already requested {taken} of a single-search cap of {most}"
            return _error(402, cap)
        account = self.account(call) or ""
        found = matching(
            people(self.options, seed=self.world.seed, domain=search["domain"]), search["filters"]
        )
        # The iterator moves on whether or not anybody hears what it said.
        page = found[taken : taken + limit]
        used = self._used_by(account) + len(page)
        if used > self.options.per_period:
            return _error(402, "You have used the results of this period")
        return json_answer(
            200,
            {
                "data": [shown(one, search["domain"]) for one in page],
                "has_more": taken + len(page) < len(found),
                "period_quota": {
                    "limit": self.options.per_period,
                    "used": used,
                    "remaining": self.options.per_period - used,
                    "resets_at": RESETS_AT,
                },
            },
            effects=({"kind": "page", "id": search["id"], "people": len(page)},),
        )

    def _run_routine(self, call: Call) -> Answer:
        return _validated(partial(self._started, call))

    def _started(self, call: Call) -> Answer:
        """Begin another run, and charge for it, however often the same items are sent."""
        routine = self.options.routines.get(call.params["routine_id"])
        if routine is None:
            return _error(404, "Not found")
        asked: Run = read(Run, call.json)
        check_items(asked.items, routine.inputs)
        if asked.webhook_id is not None and asked.webhook_id not in self.options.webhooks:
            raise Refused("Validation failed: webhook_id: no such webhook")
        run: JsonObject = {
            "kind": "run",
            "id": f"run_{call.seq}",
            "domain": str(asked.items[0].inputs[routine.domain]).lower(),
            "started": self.world.now().isoformat(),
            "data": [self._outcome(item.id, item.inputs, routine) for item in asked.items],
        }
        paid = {
            "kind": "credits",
            "domain": run["domain"],
            "credits": routine.credits * len(asked.items),
        }
        told = self._callout(asked.webhook_id, run["id"]) if asked.webhook_id else ()
        return json_answer(
            202,
            {"routine_run_id": run["id"], "status": "in_progress"},
            effects=(run, paid, *told),
        )

    def _outcome(self, item_id: str, inputs: JsonObject, routine: Routine) -> JsonObject:
        name, domain = str(inputs[routine.name]), str(inputs[routine.domain]).lower()
        known = people(self.options, seed=self.world.seed, domain=domain)
        email = next((one["email"] for one in known if one["name"] == name), None)
        if name in self.options.failing or email is None:
            return {"id": item_id, "status": "failed", "error": {"message": "not found"}}
        return {"id": item_id, "status": "complete", "result": {routine.result: email}}

    def _callout(self, webhook_id: str, run_id: str) -> tuple[JsonObject, ...]:
        webhook = self.options.webhooks[webhook_id]
        body = orjson.dumps(
            {
                "webhookId": webhook_id,
                "createdAt": self.world.now().isoformat(),
                "data": {"routine_run_id": run_id},
            }
        )
        digest = hmac.digest(webhook.secret.encode(), body, hashlib.sha256).hex()
        headers = {"content-type": "application/json", "x-clay-signature": f"sha256={digest}"}
        return (
            {
                "kind": "callout",
                "url": webhook.url,
                "after": self.options.run_seconds,
                "headers": headers,
                "body": body.decode(),
            },
        )

    def _results(self, call: Call) -> Answer:
        run = self._runs.get(call.params["run_id"])
        if run is None:
            return _error(404, "Not found")
        asked = dict(call.arguments)
        try:
            limit, first = int(asked.get("limit", 20)), int(asked.get("cursor", 0))
        except ValueError:
            return _error(400, "Validation failed: query")
        if not 1 <= limit <= 100:
            return _error(400, "Validation failed: limit: 1 to 100")
        about: JsonObject = {"routine_run_id": run["id"], "total": len(run["data"])}
        took = self.world.now() - datetime.fromisoformat(run["started"])
        if took.total_seconds() < self.options.run_seconds:
            return json_answer(202, about | {"status": "in_progress", "finished": 0})
        last = first + min(limit, self.options.results)
        rest = {"cursor": str(last)} if last < len(run["data"]) else {}
        done = {
            "status": "complete",
            "finished": len(run["data"]),
            "data": run["data"][first:last],
        }
        return json_answer(200, about | done | rest)

    def _used_by(self, account: str) -> int:
        return self._used.get(account, 0)


def _validated(answer: Callable[[], Answer]) -> Answer:
    try:
        return answer()
    except Refused as exc:
        return _error(400, str(exc))


def _error(status: int, message: str) -> Answer:
    return json_answer(status, {"message": message})


def _domain_in(body: JsonObject) -> str | None:
    """The company that a search is for, or the first one that a run is for; never fails."""
    filters, items = body.get("filters"), body.get("items")
    named: Any = filters.get("company_identifier") if isinstance(filters, dict) else None
    if isinstance(items, list) and items and isinstance(items[0], dict):
        inputs = items[0].get("inputs")
        named = (
            [value for value in inputs.values() if _is_domain(value)]
            if isinstance(inputs, dict)
            else None
        )
    first = named[0] if isinstance(named, list) and named else None
    return first.lower() if isinstance(first, str) else None


def _is_domain(value: object) -> bool:
    return isinstance(value, str) and "." in value and " " not in value and "/" not in value
