"""Wealthbox: contacts by a token of one person's, with no key that would keep a record from being made twice."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import Field

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.limits import SlidingWindow
from leadstream_dev.sandbox.provider import Operation, Options, Pace, Provider
from leadstream_dev.sandbox.providers.wealthbox.book import Book
from leadstream_dev.sandbox.providers.wealthbox.errors import Refused, Style, error
from leadstream_dev.sandbox.providers.wealthbox.rules import TYPES, Rule, check

PER_PAGE, MOST_PER_PAGE = 25, 100
_FILTERS = ("external_unique_id", "type", "email", "name", "contact_type")
_HEADER = "access_token"


class WealthboxOptions(Options):
    visible_after: float = 0.0
    """Seconds until the search shows a contact that was made."""
    rules: list[Rule] = Field(default_factory=list)
    errors: Style = "text"
    """How refused values are named: in a sentence, by field, or in a list of sentences."""
    limit: int = 300
    """Calls of one token in `window` seconds."""
    window: float = 300.0
    retry_after: str | None = None
    """Retry-After to announce instead of the true one."""
    unique: bool = False
    """Whether a second contact of one external id is refused: nobody knows what the real one does."""


class Wealthbox(Provider):
    name = "wealthbox"
    prefix = "/wealthbox/v1"
    options_type = WealthboxOptions
    options: WealthboxOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._books: dict[str, Book] = defaultdict(Book)
        self._windows: dict[str, SlidingWindow] = {}

    def operations(self) -> tuple[Operation, ...]:
        return (
            self._on("find", "GET", "/contacts", self._find),
            self._on("create", "POST", "/contacts", self._create),
            self._on("read", "GET", "/contacts/{id}", self._read),
            self._on("change", "PUT", "/contacts/{id}", self._change),
            self._on("remove", "DELETE", "/contacts/{id}", self._remove),
            self._on("me", "GET", "/me", self._me),
        )

    def authenticate(self, call: Call) -> Answer | None:
        key = call.headers.get(_HEADER)
        if not key:
            return self.missing_key(call)
        return None if self.options.accept(key) else self.wrong_key(call)

    def account(self, call: Call) -> str | None:
        key = call.headers.get(_HEADER)
        return sha256(key.encode()).hexdigest()[:12] if key else None

    def identify(self, call: Call) -> JsonObject:
        # Also of keys that nobody has: they have no book, and get none.
        book = self._books.get(self.account(call) or "", Book())
        contact = book.contacts.get(_number(call.params.get("id")), {})
        asked = dict(call.arguments)
        key = next(
            (
                each["external_unique_id"]
                for each in (call.body, asked, contact)
                if isinstance(each.get("external_unique_id"), str)
            ),
            None,
        )
        kind = call.body.get("type") or asked.get("type") or contact.get("type")
        found: JsonObject = {"object": kind} if isinstance(kind, str) else {}
        return found | ({"external_ids": [key], "lead_id": key.partition(":")[0]} if key else {})

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        book = self._books[line["account"]]
        if effect["kind"] == "record":
            book.keep(effect["contact"], datetime.fromisoformat(effect["at"]))
        elif effect["kind"] == "removal":
            book.contacts.pop(int(effect["id"]), None)

    def state(self) -> object:
        return {account: list(book.contacts.values()) for account, book in self._books.items()}

    def _on(self, name: str, method: str, path: str, handle: Callable[[Call], Answer]) -> Operation:
        def guarded(call: Call) -> Answer:
            pace = self._pace(call)
            if pace is not None:
                return self.rate_limited(pace)
            try:
                return handle(call)
            except Refused as exc:
                return exc.answer(self.options.errors)

        return Operation(name, method, path, guarded)

    def _pace(self, call: Call) -> Pace | None:
        """How far the token is over its limit, if it is."""
        wanted = (self.options.limit, self.options.window)
        window = self._windows.get(self.account(call) or "")
        if window is None or (window.limit, window.window) != wanted:
            window = SlidingWindow(limit=wanted[0], window=wanted[1])
            self._windows[self.account(call) or ""] = window
        allowed, pace = window.take(self.world.now().timestamp())
        return None if allowed else pace

    def _find(self, call: Call) -> Answer:
        asked = dict(call.arguments)
        if asked.get("type") not in (None, *TYPES):
            raise Refused("is not included in the list", field="type")
        page, per_page = _number(asked.get("page", "1")), _number(asked.get("per_page", PER_PAGE))
        if page < 1 or not 1 <= per_page <= MOST_PER_PAGE:
            raise Refused("page and per_page are numbers; per_page is at most 100", status=400)
        found = self._book(call).find(
            # What it does not know, it does not filter by, and does not say so.
            {name: asked[name] for name in _FILTERS if name in asked},
            now=self.world.now(),
            visible_after=self.options.visible_after,
        )
        start = (page - 1) * per_page
        meta = {
            "current_page": page,
            "total_pages": -(-len(found) // per_page),
            "total_count": len(found),
        }
        return json_answer(200, {"contacts": found[start : start + per_page], "meta": meta})

    def _create(self, call: Call) -> Answer:
        now, book = self.world.now(), self._book(call)
        body = check(call.json, self.options.rules, held=None)
        key = body.get("external_unique_id")
        others = {each["external_unique_id"] for each in book.contacts.values()}
        if self.options.unique and key and key in others:
            raise Refused("has already been taken", field="external_unique_id")
        contact = book.new(body, now)
        return json_answer(200, contact, effects=(_written(contact, now, created=True),))

    def _read(self, call: Call) -> Answer:
        return json_answer(200, self._held(call))

    def _change(self, call: Call) -> Answer:
        held, now = self._held(call), self.world.now()
        body = check(call.json, self.options.rules, held=held)
        if not body:
            raise Refused("no field is given", status=400)
        contact = self._book(call).changed(held, body, now)
        return json_answer(200, contact, effects=(_written(contact, now, created=False),))

    def _remove(self, call: Call) -> Answer:
        held = self._held(call)
        gone = {"kind": "removal", "object": held["type"], "id": str(held["id"])}
        return Answer(status=204, effects=(gone,))

    def _me(self, call: Call) -> Answer:
        user = {"id": 1, "name": "Kate Advisor", "email": "kate@advisors.example"}
        return json_answer(200, {**user, "accounts": [{"id": 1, "name": "Advisors"}]})

    def _book(self, call: Call) -> Book:
        return self._books[self.account(call) or ""]

    def _held(self, call: Call) -> JsonObject:
        held = self._book(call).contacts.get(_number(call.params["id"]))
        if held is None:
            raise Refused("The requested resource was not found", status=404)
        return held

    def missing_key(self, call: Call) -> Answer:
        return error(401, "unauthorized")

    def wrong_key(self, call: Call) -> Answer:
        return error(401, "unauthorized")

    def not_found(self, call: Call) -> Answer:
        return error(404, "not found")

    def rate_limited(self, pace: Pace) -> Answer:
        wait = self.options.retry_after
        headers = {"Retry-After": str(pace.reset) if wait is None else wait}
        return error(429, "rate limited").with_headers(headers)

    def quota_exhausted(self, kind: str) -> Answer:
        # It knows none but that of five minutes.
        return error(429, "rate limited").with_headers({"Retry-After": "300"})

    def failed(self, status: int) -> Answer:
        return Answer(status=status) if status >= 500 else error(status, "something went wrong")


def _written(contact: JsonObject, now: datetime, *, created: bool) -> JsonObject:
    return {
        "kind": "record",
        "object": contact["type"],
        "id": str(contact["id"]),
        "created": created,
        "id_property": "external_unique_id",
        "external_id": contact["external_unique_id"],
        "contact": contact,
        "at": now.isoformat(),
    }


def _number(value: object) -> int:
    """A number as it stands in a URL; 0 where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
