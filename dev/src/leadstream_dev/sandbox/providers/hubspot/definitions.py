"""Property definitions of a portal: listing, reading and creating them."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.providers.hubspot.answers import Refused, batch, item_error
from leadstream_dev.sandbox.providers.hubspot.schema import Definition, ObjectType


@dataclass(slots=True)
class Definitions:
    """One call on the properties of one object type."""

    type: ObjectType
    kind: str
    call: Call
    now: datetime

    def create(self) -> Answer:
        effect = self._effect(self.call.json, None)
        return json_answer(201, _made(self.call.body), effects=(effect,))

    def create_all(self) -> Answer:
        inputs = self.call.body.get("inputs")
        if not isinstance(inputs, list) or not inputs:
            raise Refused("Some required fields were not set: [inputs]")
        effects, errors, results = [], [], []
        for item, definition in enumerate(inputs):
            try:
                effects.append(self._effect(definition, item))
                results.append(_made(definition))
            except Refused as exc:
                name = definition.get("name") if isinstance(definition, dict) else None
                wrong = item_error(exc.message, trace=None, category=exc.category, name=name)
                errors.append(wrong)
        status = None if errors else 201
        return batch(self.call, self.now, results, errors=errors, effects=effects, status=status)

    def create_group(self) -> Answer:
        name, label = self.call.body.get("name"), self.call.body.get("label")
        if not isinstance(name, str) or not isinstance(label, str) or not name:
            raise Refused("Some required fields were not set: [name, label]")
        if name in self.type.groups:
            raise Refused(
                f"Property group '{name}' already exists", status=409, category="CONFLICT"
            )
        effect = {"kind": "group", "object": self.kind, "name": name}
        made = {"name": name, "label": label, "displayOrder": -1, "archived": False}
        return json_answer(201, made, effects=(effect,))

    def list_groups(self) -> Answer:
        return json_answer(200, {"results": [{"name": name} for name in sorted(self.type.groups)]})

    def list_all(self) -> Answer:
        return json_answer(
            200, {"results": [known.shown() for known in self.type.properties.values()]}
        )

    def get(self) -> Answer:
        name = self.call.params["name"]
        known = self.type.properties.get(name)
        if known is None:
            message = f'Property "{name}" does not exist'
            raise Refused(message, status=404, category="OBJECT_NOT_FOUND")
        return json_answer(200, known.shown())

    def _effect(self, definition: object, item: int | None) -> JsonObject:
        name = self._checked(definition).name
        if name in self.type.properties:
            raise Refused(
                f'A property named "{name}" already exists.',
                status=409,
                category="OBJECT_ALREADY_EXISTS",
            )
        return {"kind": "property", "object": self.kind, "name": name, "item": item}

    def _checked(self, definition: object) -> Definition:
        try:
            checked = Definition.model_validate(definition)
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise Refused(f"Invalid property: {where}: {first['msg']}") from exc
        if checked.group not in self.type.groups:
            raise Refused(f"Property group '{checked.group}' does not exist")
        return checked


def _made(definition: JsonObject) -> JsonObject:
    return definition | {"archived": False, "hubspotDefined": False}
