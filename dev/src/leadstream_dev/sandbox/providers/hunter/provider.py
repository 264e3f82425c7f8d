"""Hunter: whether an address exists, and what is left of an account."""

import re
from collections import Counter
from hashlib import sha256
from typing import Any, Final

from leadstream_dev.sandbox.data.contacts import verdict
from leadstream_dev.sandbox.data.draw import chance
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Pace, Provider
from leadstream_dev.sandbox.providers.hunter.options import HunterOptions
from leadstream_dev.sandbox.providers.others import is_of_another
from leadstream_dev.sandbox.windows import FixedWindow

TEST_KEY: Final = "test-api-key"
_KEY: Final = "x-api-key"
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_WEBMAIL: Final = ("gmail.com", "outlook.com", "yahoo.com", "hotmail.com")
# The others are skipped, and cost nothing.
_COUNTED: Final = ("valid", "invalid", "accept_all")
_RESULTS: Final = {"valid": "deliverable", "invalid": "undeliverable"}


class Hunter(Provider):
    name = "hunter"
    prefix = "/hunter"
    options_type = HunterOptions
    options: HunterOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._spent: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._seconds, self._minutes = FixedWindow(), FixedWindow()

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("verify", "GET", "/v2/email-verifier", self._verify),
            Operation("account", "GET", "/v2/account", self._account),
        )

    def authenticate(self, call: Call) -> Answer | None:
        # They take it in the URL, too. Here that is a mistake: URLs are logged on the way.
        key = call.headers.get(_KEY)
        if not key:
            return self.missing_key(call)
        if key == TEST_KEY:
            return None
        if is_of_another(key, self.name) or not self.options.accept(key):
            return self.wrong_key(call)
        return None

    def account(self, call: Call) -> str | None:
        key = call.headers.get(_KEY)
        return sha256(key.encode()).hexdigest()[:12] if key else None

    def identify(self, call: Call) -> JsonObject:
        email = dict(call.arguments).get("email", "").lower()
        return {"email": email, "domain": email.rpartition("@")[2]} if email else {}

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "credits":
            self._spent[line["account"]] += int(effect["credits"])
        else:
            self._asked[effect["email"]] += 1

    def state(self) -> object:
        return {"spent": dict(self._spent)}

    def _verify(self, call: Call) -> Answer:
        key, now = call.headers[_KEY], self.world.now()
        if (
            self._seconds.take(key, now, seconds=1) > self.options.per_second
            or self._minutes.take(key, now, seconds=60) > self.options.per_minute
        ):
            return _TOO_FAST
        if key in self.options.without_verifier:
            return _error(403, "forbidden", "Your plan does not include the Email Verifier")
        email = dict(call.arguments).get("email", "").strip()
        if not email:
            return _error(400, "wrong_params", "You are missing the email parameter")
        if not _ADDRESS.fullmatch(email):
            return _error(400, "invalid_email", "The email address is not valid")
        if key == TEST_KEY:
            return self._answer(email, "valid", ())
        return self._known(call, email.lower())

    def _known(self, call: Call, email: str) -> Answer:
        if email in self.options.objected:
            details = "The person behind this email address asked us not to process their data"
            return _error(451, "claimed_email", details)
        if self._left(call) == 0:
            return _USED_UP
        if self._asked[email] < self.options.checking.get(email, 0):
            effect = {"kind": "checking", "email": email}
            return json_answer(202, {"data": None, "meta": _meta(email)}, effects=(effect,))
        if email in self.options.failing:
            return json_answer(222, {"data": {"email": email}, "meta": _meta(email)})
        status = self._status(email)
        paid = {
            "kind": "credits",
            "provider": self.name,
            "domain": email.rpartition("@")[2],
            "credits": 1,
        }
        return self._answer(email, status, (paid,) if status in _COUNTED else ())

    def _status(self, email: str) -> str:
        pinned = self.options.verdicts.get(email)
        if pinned is not None:
            return pinned
        if chance("knows", self.name, self.world.seed, email) >= self.options.knows:
            return "unknown"
        if email.rpartition("@")[2] in _WEBMAIL:
            return "webmail"
        return str(verdict(seed=self.world.seed, email=email)["status"])

    def _answer(self, email: str, status: str, effects: tuple[JsonObject, ...]) -> Answer:
        data: JsonObject = {
            "status": status,
            "result": _RESULTS.get(status, "risky"),
            "_deprecation_notice": "Using result is deprecated, use status instead",
            "score": 100 if status == "valid" else 40,
            "email": email,
            "regexp": True,
            "gibberish": False,
            "disposable": status == "disposable",
            "webmail": status == "webmail",
            "mx_records": True,
            "smtp_server": True,
            "smtp_check": status == "valid",
            "accept_all": status == "accept_all",
            "block": False,
            "sources": [],
        }
        return json_answer(200, {"data": data, "meta": _meta(email)}, effects=effects)

    def _account(self, call: Call) -> Answer:
        spent, credits = self._spent[self.account(call) or ""], self.options.credits
        verifications = {"used": spent, "available": 100_000 if credits is None else credits}
        return json_answer(
            200,
            {
                "data": {
                    "first_name": "Kate",
                    "last_name": "Buyer",
                    "email": "kate@leadstream.example",
                    "plan_name": "Growth",
                    "plan_level": 2,
                    "reset_date": self.world.today().isoformat(),
                    "team_id": 1,
                    "calls": verifications,
                    "requests": {
                        "searches": {"used": 0, "available": 0},
                        "verifications": verifications,
                        "credits": verifications,
                    },
                }
            },
        )

    def _left(self, call: Call) -> int | None:
        if self.options.credits is None:
            return None
        return max(0, self.options.credits - self._spent[self.account(call) or ""])

    def missing_key(self, call: Call) -> Answer:
        return _error(401, "authentication_failed", "No API key was given in X-API-KEY")

    def wrong_key(self, call: Call) -> Answer:
        return _error(401, "authentication_failed", "No user found for the API key supplied")

    def not_found(self, call: Call) -> Answer:
        return _error(404, "not_found", "The requested resource does not exist")

    def rate_limited(self, pace: Pace) -> Answer:
        return _TOO_FAST

    def quota_exhausted(self, kind: str) -> Answer:
        return _USED_UP

    def failed(self, status: int) -> Answer:
        return _error(status, "server_error", "Something went wrong on our end")


def _error(status: int, kind: str, details: str) -> Answer:
    return json_answer(status, {"errors": [{"id": kind, "code": status, "details": details}]})


_TOO_FAST: Final = _error(403, "too_many_requests", "You have reached the rate limit")
_USED_UP: Final = _error(
    429, "usage_limit", "You have reached your usage limit. Upgrade your plan if necessary"
)


def _meta(email: str) -> JsonObject:
    return {"params": {"email": email}}
