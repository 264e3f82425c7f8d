"""Associating contacts with companies."""

from datetime import datetime

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject
from leadstream_dev.sandbox.providers.hubspot.answers import Refused, batch, item_error
from leadstream_dev.sandbox.providers.hubspot.portal import Portal

BATCH_LIMIT = 2_000
_TYPES = {("contacts", "companies"): 279, ("companies", "contacts"): 280}


def associate(portal: Portal, call: Call, now: datetime) -> Answer:
    kind, target = call.params["kind"], call.params["target"]
    inputs = call.body.get("inputs")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= BATCH_LIMIT:
        raise Refused(f"Between 1 and {BATCH_LIMIT} inputs are allowed")
    effects, results, errors = [], [], []
    for one in inputs:
        source_id, target_id = _end(one, "from"), _end(one, "to")
        if source_id in portal.records[kind] and target_id in portal.records[target]:
            effects.append(
                {
                    "kind": "association",
                    "object": kind,
                    "from": source_id,
                    "target": target,
                    "to": target_id,
                }
            )
            results.append(_associated(kind, source_id, target, target_id))
            continue
        message = "Some objects in the association do not exist"
        errors.append(
            item_error(
                message,
                trace=None,
                category="OBJECT_NOT_FOUND",
                fromObjectId=source_id,
                toObjectId=target_id,
            )
        )
    return batch(call, now, results, errors=errors, effects=effects)


def _associated(kind: str, source_id: str, target: str, target_id: str) -> JsonObject:
    return {
        "from": {"id": source_id},
        "to": {"id": target_id},
        "associationSpec": {
            "associationCategory": "HUBSPOT_DEFINED",
            "associationTypeId": _TYPES.get((kind, target), 1),
        },
    }


def _end(one: object, name: str) -> str:
    end = one.get(name) if isinstance(one, dict) else None
    if not isinstance(end, dict) or not isinstance(end.get("id"), str):
        raise Refused(f"Some required fields were not set: [{name}.id]")
    return str(end["id"])
