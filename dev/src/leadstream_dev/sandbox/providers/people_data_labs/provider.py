"""People Data Labs: the search for people, on its own host and on that of its sandbox."""

from collections import Counter
from hashlib import sha256
from typing import Any, Final

from leadstream_dev.sandbox.data.draw import chance
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.others import is_of_another
from leadstream_dev.sandbox.providers.people_data_labs.options import PeopleDataLabsOptions
from leadstream_dev.sandbox.providers.people_data_labs.people import (
    CONTACT_FIELDS,
    FIELDS,
    SYNTHETIC,
    people,
    titled,
)
from leadstream_dev.sandbox.providers.people_data_labs.query import (
    QueryError,
    Suits,
    company_of,
    compile_query,
)
from leadstream_dev.sandbox.windows import FixedWindow, end_of_window

WINDOW: Final = 60
_MOST: Final = 100
_FURTHEST: Final = 9_999
_KEY: Final = "x-api-key"
_PARAMETERS: Final = (
    *("query", "sql", "size", "from", "scroll_token", "titlecase", "pretty", "dataset"),
    "data_include",
)
_DATASETS: Final = (
    *("all", "resume", "email", "phone", "mobile_phone", "street_address", "consumer_social"),
    "developer",
)


class Refused(Exception):  # noqa: N818 - what it is, not what went wrong with us
    """A request that is none; the text says why."""


class PeopleDataLabs(Provider):
    name = "people_data_labs"
    prefix = "/people_data_labs"
    options_type = PeopleDataLabsOptions
    options: PeopleDataLabsOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._spent: Counter[str] = Counter()
        self._window = FixedWindow()

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("search", "POST", "/v5/person/search", self._search),
            Operation("sandbox_search", "POST", "/sandbox/v5/person/search", self._search),
        )

    def authenticate(self, call: Call) -> Answer | None:
        key = call.headers.get(_KEY)
        if not key:
            return self.missing_key(call)
        if is_of_another(key, self.name) or not self.options.accept(key):
            return self.wrong_key(call)
        return None

    def account(self, call: Call) -> str | None:
        key = call.headers.get(_KEY)
        return sha256(key.encode()).hexdigest()[:12] if key else None

    def identify(self, call: Call) -> JsonObject:
        domain = company_of(call.body.get("query"))
        return {"domain": domain} if domain else {}

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        self._spent[line["account"]] += int(effect["credits"])

    def state(self) -> object:
        return {"spent": dict(self._spent)}

    def _search(self, call: Call) -> Answer:
        taken = self._window.take(call.headers[_KEY], self.world.now(), seconds=WINDOW)
        if taken > self.options.per_minute:
            refused = _error(429, "rate_limit_error", _TOO_QUICK)
            return refused.with_headers(self._headers(call, taken=taken))
        answer = self._checked(call)
        return answer.with_headers(self._headers(call, taken=taken) | dict(answer.headers))

    def _checked(self, call: Call) -> Answer:
        if self._plan(call) == "without_search":
            return _error(403, "forbidden", "Your plan does not include the Person Search API")
        try:
            suits = self._read(call)
        except (QueryError, Refused) as exc:
            return _error(400, "invalid_request_error", str(exc))
        left = None if self._is_free(call) else self._left(call)
        if left == 0:
            return _error(402, "payment_required", _ALL_USED)
        return self._found(call, suits, left)

    def _read(self, call: Call) -> Suits:
        """Check what was asked; raises Refused or QueryError."""
        body = call.body
        if not call.headers.get("content-type", "").startswith("application/json") or not body:
            raise Refused("the body must be a JSON object")
        for name in body:
            if name not in _PARAMETERS or (
                name == "data_include" and not self.options.takes_data_include
            ):
                raise Refused(f"{name} is not a valid parameter")
        if ("query" in body) == ("sql" in body):
            raise Refused("Either query or sql is required, and not both")
        if "sql" in body:
            raise Refused("this stand-in knows query only")
        _number(body, "size", least=1, most=_MOST)
        _number(body, "from", least=0, most=_FURTHEST)
        if "from" in body and "scroll_token" in body:
            raise Refused("from can't be used with scroll_token")
        for name in ("titlecase", "pretty"):
            if not isinstance(body.get(name, False), bool):
                raise Refused(f"{name} must be a boolean")
        _names(body, "dataset", _DATASETS)
        _names(body, "data_include", FIELDS)
        return compile_query(body["query"], FIELDS)

    def _found(self, call: Call, suits: Suits, left: int | None) -> Answer:
        body = call.body
        free = self._is_free(call)
        matching = self._synthetic(suits) if free else self._matching(call, suits)
        start, size = body.get("from", 0), body.get("size", 1)
        if left is not None:
            size = min(size, left)
        records = [self._record(call, person) for person in matching[start : start + size]]
        if not records and not self.options.empty:
            return _error(404, "not_found", "No records were found matching your search")
        cost = 0 if free else len(records)
        paid = {"kind": "credits", "provider": self.name, "credits": cost} | call.identity
        return json_answer(
            200,
            {
                "status": 200,
                "data": records,
                "scroll_token": f"{start + size}$",
                "total": len(matching),
            },
            headers=self._spent_headers(cost),
            effects=(paid,) if cost else (),
        )

    def _matching(self, call: Call, suits: Suits) -> list[JsonObject]:
        domain = call.identity.get("domain", "")
        pinned = self.options.companies.get(domain)
        if pinned is not None:
            return [{"job_company_website": domain} | person for person in pinned.people]
        if chance("knows", self.name, self.world.seed, domain) >= self.options.knows:
            return []
        return [each for each in people(seed=self.world.seed, domain=domain) if suits(each)]

    def _synthetic(self, suits: Suits) -> list[JsonObject]:
        found = (people(seed=self.world.seed, domain=domain) for domain in SYNTHETIC)
        return [person for each in found for person in each if suits(person)]

    def _record(self, call: Call, person: JsonObject) -> JsonObject:
        wanted = call.body.get("data_include")
        if self._plan(call) == "free":
            person = person | {
                name: bool(person[name]) for name in CONTACT_FIELDS if name in person
            }
        if call.body.get("titlecase"):
            person = {name: titled(value) for name, value in person.items()}
        if wanted is None:
            return person
        names = [name.strip() for name in wanted.removeprefix("-").split(",")]
        left_out = wanted.startswith("-")
        return {name: value for name, value in person.items() if (name in names) is not left_out}

    def _is_free(self, call: Call) -> bool:
        """Whether it is their sandbox that is asked."""
        return call.path.startswith(f"{self.prefix}/sandbox/")

    def _plan(self, call: Call) -> str:
        return self.options.plans.get(call.headers[_KEY], "pro")

    def _left(self, call: Call) -> int | None:
        if self.options.credits is None:
            return None
        return max(0, self.options.credits - self._spent[self.account(call) or ""])

    def _headers(self, call: Call, *, taken: int) -> dict[str, str]:
        limit = self.options.per_minute
        reset = end_of_window(self.world.now(), seconds=WINDOW)
        left = self._left(call)
        return {
            "x-ratelimit-reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            # Python's notation, which is no JSON.
            "x-ratelimit-limit": f"{{'minute': {limit}}}",
            "x-ratelimit-remaining": f"{{'minute': {max(0, limit - taken)}}}",
            "x-totallimit-remaining": "100000" if left is None else str(left),
            "x-call-credits-type": "search",
            **self._spent_headers(0),
        }

    def _spent_headers(self, cost: int) -> dict[str, str]:
        return {"x-call-credits-spent": str(cost)} if self.options.says_spent else {}

    def missing_key(self, call: Call) -> Answer:
        return _error(401, "authentication_error", _NO_KEY)

    def wrong_key(self, call: Call) -> Answer:
        return _error(401, "authentication_error", _NO_KEY)

    def not_found(self, call: Call) -> Answer:
        if call.path.endswith("/v5/person/search"):
            return _error(405, "invalid_request_error", "Request method is not allowed")
        return json_answer(404, {"message": "no Route matched with those values"})

    def rate_limited(self, pace: Pace) -> Answer:
        reset = end_of_window(self.world.now(), seconds=WINDOW)
        refused = _error(429, "rate_limit_error", _TOO_QUICK)
        return refused.with_headers({"x-ratelimit-reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def quota_exhausted(self, kind: str) -> Answer:
        refused = _error(402, "payment_required", _ALL_USED)
        return refused.with_headers({"x-totallimit-remaining": "0"})

    def failed(self, status: int) -> Answer:
        return _error(status, "api_error", "The server encountered an unexpected condition")


_TOO_QUICK: Final = "An error occurred due to requests hitting the API too quick"
_ALL_USED: Final = "You have hit your account maximum (all matches used)"
_NO_KEY: Final = "Request contained a missing or invalid key"


def _error(status: int, kind: str, message: str) -> Answer:
    return json_answer(status, {"status": status, "error": {"type": kind, "message": message}})


def _number(body: JsonObject, name: str, *, least: int, most: int) -> None:
    value = body.get(name, least)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{name} must be a number between {least} and {most}")


def _names(body: JsonObject, name: str, known: Any) -> None:
    value = body.get(name)
    if value is None:
        return
    if not isinstance(value, str):
        raise Refused(f"{name} must be a comma-separated text")
    for each in value.removeprefix("-").split(","):
        if each.strip() not in known:
            raise Refused(f"{name}: {each.strip()!r} is not known")
