"""Resend's list of addresses that get nothing: one for the whole team, whichever of its keys asks."""

from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.providers.resend.answers import error
from leadstream_dev.sandbox.providers.resend.rules import recipients
from leadstream_dev.sandbox.world import World

ORIGINS = ("bounce", "complaint", "manual")
MOST_ADDED = 100


class SuppressionList:
    def __init__(self, world: World) -> None:
        self._world = world
        self._listed: dict[str, JsonObject] = {}

    def holds(self, address: str) -> bool:
        return address in self._listed

    def apply(self, effect: JsonObject) -> None:
        for suppression in effect["added"]:
            self._listed[suppression["email"]] = suppression
        for address in effect["removed"]:
            self._listed.pop(address, None)

    def state(self) -> list[JsonObject]:
        return list(self._listed.values())

    def learn(self, address: str, origin: str, email_id: str) -> JsonObject:
        """The effect of an e-mail that came back, or was complained about."""
        return _effect([self._new(address, email_id, origin=origin, source_id=email_id)])

    def add(self, call: Call) -> Answer:
        found = self._address(call.body)
        if found is None:
            return _invalid("The `email` field must be an email address.")
        known = self._listed.get(found)
        made = known or self._new(found, call.seq)
        effects = () if known else (_effect([made]),)
        return json_answer(200, {"object": "suppression", "id": made["id"]}, effects=effects)

    def add_batch(self, call: Call) -> Answer:
        emails = call.body.get("emails")
        if not isinstance(emails, list) or not 1 <= len(emails) <= MOST_ADDED:
            return _invalid("The `emails` field must hold 1 to 100 email addresses.")
        found = [self._address({"email": each}) for each in emails]
        if None in found:
            return _invalid("Each of the `emails` must be an email address.")
        made = [self._listed.get(each) or self._new(each, call.seq) for each in found if each]
        new = [each for each in made if each["email"] not in self._listed]
        data = [{"object": "suppression", "id": each["id"]} for each in made]
        effects = (_effect(new),) if new else ()
        return json_answer(200, {"object": "list", "data": data}, effects=effects)

    def list_all(self, call: Call) -> Answer:
        asked = dict(call.arguments)
        origin, limit = asked.get("origin"), asked.get("limit", "20")
        if origin is not None and origin not in ORIGINS:
            return _invalid("The `origin` must be `bounce`, `complaint` or `manual`.")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            return _invalid("The `limit` must be between 1 and 100.")
        listed = [each for each in self._listed.values() if origin in (None, each["origin"])]
        ids = [each["id"] for each in listed]
        after = asked.get("after")
        first = ids.index(after) + 1 if after in ids else 0
        page = listed[first : first + int(limit)]
        more = first + len(page) < len(listed)
        return json_answer(200, {"object": "list", "has_more": more, "data": page})

    def get(self, call: Call) -> Answer:
        found = self._find(call)
        return json_answer(200, {"object": "suppression", **found}) if found else _missing()

    def remove(self, call: Call) -> Answer:
        found = self._find(call)
        if found is None:
            return _missing()
        body = {"object": "suppression", "id": found["id"], "deleted": True}
        return json_answer(200, body, effects=(_effect(removed=[found["email"]]),))

    def _find(self, call: Call) -> JsonObject | None:
        wanted = unquote(call.params["id"]).strip().lower()
        return next(
            (each for each in self._listed.values() if wanted in (each["id"], each["email"])), None
        )

    def _address(self, body: Any) -> str | None:
        found = recipients(body.get("email"))
        return found[0] if len(found) == 1 else None

    def _new(
        self,
        address: str,
        cause: object,
        *,
        origin: str = "manual",
        source_id: str | None = None,
    ) -> JsonObject:
        made = uuid5(NAMESPACE_URL, f"sandbox:{self._world.seed}:suppression:{address}:{cause}")
        return {
            "id": str(made),
            "email": address,
            "origin": origin,
            "source_id": source_id,
            "created_at": self._world.now().isoformat(),
        }


def _effect(added: list[JsonObject] | None = None, removed: list[str] | None = None) -> JsonObject:
    return {"kind": "suppression", "added": added or [], "removed": removed or []}


def _invalid(message: str) -> Answer:
    return error(422, "validation_error", message)


def _missing() -> Answer:
    return error(404, "not_found", "Suppression not found")
