"""Resend: e-mail, with its 24-hour idempotency keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject
from leadstream_dev.sandbox.provider import Operation, Options, Pace, Provider
from leadstream_dev.sandbox.providers.resend.answers import error, sent, sent_batch, shown
from leadstream_dev.sandbox.providers.resend.domains import MAY_SEND, listed
from leadstream_dev.sandbox.providers.resend.events import (
    SUPPRESSED,
    Kind,
    Telling,
    Webhook,
    callouts,
    kinds_of,
    listed_as,
)
from leadstream_dev.sandbox.providers.resend.keys import MAX_LENGTH, Keys, fingerprint
from leadstream_dev.sandbox.providers.resend.rules import Invalid, check_email, recipients
from leadstream_dev.sandbox.providers.resend.suppressions import SuppressionList

BATCH_LIMIT = 100
UNLIMITED = 10_000
"""What the headers announce while no limit is switched on."""

Handle = Callable[[Call], Answer]

_PLACES = ("emails", "emails/batch", "domains", "suppressions", "suppressions/batch/add")
_TAGS = ("lead_id", "revision", "workspace_id")
_FAILURES = {401: "restricted_api_key", 403: "validation_error", 451: "security_error"}


class ResendOptions(Options):
    keys: list[str] = Field(default=["sandbox*", "re_sandbox*"])
    sending_only: list[str] = Field(default_factory=list)
    """Keys that may send and nothing else."""
    verified_domains: list[str] | None = None
    """Domains one may send from; None is any that `domains` does not say otherwise of."""
    domains: dict[str, str] = Field(default={"leadstream.example": "verified"})
    """The domains of the account, and their status."""
    webhooks: list[Webhook] = Field(default_factory=list)
    """Who is told what becomes of e-mails."""
    telling: Telling = Field(default_factory=Telling)
    last_events: dict[str, str] = Field(default_factory=dict)
    """What is said of e-mails to an address when one asks, in the place of what was told last."""
    history: float | None = None
    """Seconds that e-mails are known for; Resend keeps them as many days as one's plan has."""

    def may_send(self, domain: str) -> bool:
        if self.verified_domains is not None:
            return domain in self.verified_domains
        return self.domains.get(domain, "verified") in MAY_SEND


class Resend(Provider):
    name = "resend"
    prefix = "/resend"
    options_type = ResendOptions
    options: ResendOptions

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._keys = Keys()
        self._suppressions = SuppressionList(self.world)
        self._lines: dict[str, tuple[int, int | None, tuple[Kind, ...]]] = {}
        """Ledger line, place in the batch and fate of each e-mail: the bodies stay in the file."""

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("send", "POST", "/emails", self._send),
            Operation("send_batch", "POST", "/emails/batch", self._send_batch),
            Operation("get", "GET", "/emails/{id}", self._full_access(self._get)),
            Operation("domains", "GET", "/domains", self._full_access(self._domains)),
            *(
                Operation(
                    name, method, f"/suppressions{path}", self._full_access(self._of_list(handle))
                )
                for name, method, path, handle in (
                    ("suppress", "POST", "", SuppressionList.add),
                    ("suppress_batch", "POST", "/batch/add", SuppressionList.add_batch),
                    ("list_suppressions", "GET", "", SuppressionList.list_all),
                    ("get_suppression", "GET", "/{id}", SuppressionList.get),
                    ("lift", "DELETE", "/{id}", SuppressionList.remove),
                )
            ),
        )

    def _of_list(self, handle: Callable[[SuppressionList, Call], Answer]) -> Handle:
        # The list as it is when it is asked: a provider that was reset has a new one.
        return lambda call: handle(self._suppressions, call)

    def _full_access(self, handle: Handle) -> Handle:
        def asked(call: Call) -> Answer:
            if call.bearer in self.options.sending_only:
                return error(
                    401, "restricted_api_key", "This API key is restricted to only send emails"
                )
            return handle(call)

        return asked

    def identify(self, call: Call) -> JsonObject:
        emails = call.json if isinstance(call.json, list) else [call.body]
        about = [_about(email) for email in emails if isinstance(email, dict)]
        everyone = [address for email in about for address in email["recipients"]]
        found = {"idempotency_key": _key(call), "recipients": everyone}
        if isinstance(call.json, list) or not about:
            return found
        return found | about[0] | {"recipient": everyone[0] if everyone else None}

    def claim(self, call: Call) -> Answer | None:
        key = _key(call)
        if key is None or self._keys.begin(key):
            return None
        return error(
            409,
            "concurrent_idempotent_requests",
            "Same idempotency key used while original request is still in progress.",
        )

    def release(self, call: Call) -> None:
        key = _key(call)
        if key is not None:
            self._keys.end(key)

    def apply(self, effect: JsonObject, line: JsonObject) -> None:
        if effect["kind"] == "suppression":
            self._suppressions.apply(effect)
            return
        if effect["kind"] != "email":
            return
        # A ledger of before this was written down says no more than that it was sent.
        told = tuple(effect.get("told", ("email.sent",)))
        self._lines[effect["id"]] = (line["seq"], effect["item"], told)
        key = line["idempotency_key"]
        if key is not None:
            at = datetime.fromisoformat(effect["at"])
            self._keys.keep(key, effect["id"], seq=line["seq"], body=line["body"], at=at)

    def _send(self, call: Call) -> Answer:
        refused, earlier = self._look_up(call)
        if refused is not None:
            return refused
        if earlier:
            return sent(_repeated(earlier), replayed=True)
        try:
            check_email(call.json, self.options.may_send)
        except Invalid as exc:
            return error(exc.status, exc.name, exc.message)
        effect = self._effect(call, call.body, None)
        return sent([effect], replayed=False).with_effects(self._told(effect, call.body))

    def _send_batch(self, call: Call) -> Answer:
        refused, earlier = self._look_up(call)
        if refused is not None:
            return refused
        mode = call.headers.get("x-batch-validation", "strict")
        if mode not in ("strict", "permissive"):
            message = "The `x-batch-validation` header must be `strict` or `permissive`."
            return error(422, "validation_error", message)
        emails = call.json
        if not isinstance(emails, list) or not 1 <= len(emails) <= BATCH_LIMIT:
            return error(422, "validation_error", "A batch holds 1 to 100 emails.")
        errors: dict[int, str] = {}
        for index, email in enumerate(emails):
            try:
                check_email(email, self.options.may_send, in_batch=True)
            except Invalid as exc:
                # Whose domain it is is a matter of the account, and not of one e-mail.
                if mode == "strict" or exc.status == 403:
                    return error(exc.status, exc.name, exc.message)
                errors[index] = exc.message
        if earlier:
            return sent_batch(_repeated(earlier), errors, replayed=True)
        effects = [
            self._effect(call, email, index)
            for index, email in enumerate(emails)
            if index not in errors
        ]
        told = [each for e in effects for each in self._told(e, emails[e["item"]])]
        return sent_batch(effects, errors, replayed=False).with_effects(told)

    def _domains(self, call: Call) -> Answer:
        known = self.options.domains
        if self.options.verified_domains is not None:
            known = known | dict.fromkeys(self.options.verified_domains, "verified")
        return listed(known, dict(call.arguments))

    def _get(self, call: Call) -> Answer:
        where = self._lines.get(call.params["id"])
        line = self.journal.read(where[0]) if where else {}
        if where is None or self._is_forgotten(line):
            return error(404, "not_found", "Email not found")
        _, item, told = where
        email = line["body"] if item is None else line["body"][item]
        to = next(iter(recipients(email["to"])), "")
        event = self.options.last_events.get(to, told[-1].removeprefix("email."))
        return shown(call.params["id"], email, line["time"], last_event=event)

    def _is_forgotten(self, line: JsonObject) -> bool:
        kept = self.options.history
        age = self.world.now() - datetime.fromisoformat(line["time"])
        return kept is not None and age.total_seconds() > kept

    def _told(self, effect: JsonObject, email: JsonObject) -> list[JsonObject]:
        """What is told of it, and what Resend itself learns of that."""
        learned = [
            self._suppressions.learn(address, origin, effect["id"])
            for address in effect["recipients"][:1]
            if (origin := listed_as(address, effect["told"], self.options.telling))
        ]
        return learned + callouts(
            effect["id"],
            email,
            effect["told"],
            webhooks=self.options.webhooks,
            telling=self.options.telling,
            at=self.world.now(),
        )

    def _look_up(self, call: Call) -> tuple[Answer | None, tuple[str, ...]]:
        """What forbids the call's idempotency key, and what it has already sent."""
        key = _key(call)
        if key is None:
            return None, ()
        if not 1 <= len(key) <= MAX_LENGTH:
            message = "The key must be between 1-256 chars."
            return error(400, "invalid_idempotency_key", message), ()
        kept = self._keys.find(key, self.world.now())
        if kept is None:
            return None, ()
        if kept.fingerprint != fingerprint(call.json):
            message = "Same idempotency key used with a different request payload."
            return error(409, "invalid_idempotent_request", message), ()
        return None, kept.ids

    def _effect(self, call: Call, email: JsonObject, item: int | None) -> JsonObject:
        email_id = uuid5(NAMESPACE_URL, f"sandbox:{self.world.seed}:{call.seq}:{item}")
        about = _about(email)
        # Accepted as any other; who is on the list gets nothing all the same.
        dropped = [each for each in about["recipients"] if self._suppressions.holds(each)]
        is_dropped = about["recipients"][0] in dropped
        told = SUPPRESSED if is_dropped else kinds_of(email, self.options.telling)
        return {
            "kind": "email",
            "id": str(email_id),
            "item": item,
            "at": self.world.now().isoformat(),
            **about,
            "recipients": [each for each in about["recipients"] if each not in dropped],
            "suppressed": dropped,
            "told": list(told),
        }

    def state(self) -> object:
        return {"suppressions": self._suppressions.state()}

    def pace_headers(self, pace: Pace | None) -> dict[str, str]:
        limit, remaining, reset = (
            (pace.limit, pace.remaining, pace.reset) if pace else (UNLIMITED, UNLIMITED - 1, 1)
        )
        return {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(reset),
        }

    def missing_key(self, call: Call) -> Answer:
        return error(401, "missing_api_key", "Missing API key in the authorization header.")

    def wrong_key(self, call: Call) -> Answer:
        return error(403, "invalid_api_key", "API key is invalid")

    def not_found(self, call: Call) -> Answer:
        if call.path.rstrip("/").removeprefix("/resend/") in _PLACES:
            return error(405, "method_not_allowed", "This endpoint does not support this method.")
        return error(404, "not_found", "The requested endpoint does not exist.")

    def rate_limited(self, pace: Pace) -> Answer:
        message = f"Too many requests. The limit is {pace.limit} in {pace.window:g} seconds."
        refused = error(429, "rate_limit_exceeded", message)
        return refused.with_headers({"retry-after": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return error(429, f"{kind}_quota_exceeded", f"You have reached your {kind} quota.")

    def failed(self, status: int) -> Answer:
        return error(
            status, _FAILURES.get(status, "internal_server_error"), "Something went wrong."
        )


def _key(call: Call) -> str | None:
    return call.headers.get("idempotency-key") if call.method == "POST" else None


def _repeated(ids: tuple[str, ...]) -> list[JsonObject]:
    return [{"kind": "email", "id": email_id} for email_id in ids]


def _about(email: JsonObject) -> JsonObject:
    """Whom an e-mail is for, and the tags that say what it is about."""
    tags = email.get("tags")
    found = {
        tag["name"]: tag.get("value")
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, dict) and tag.get("name") in _TAGS
    }
    return {"recipients": recipients(email.get("to")), **found}
