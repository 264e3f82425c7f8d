"""HubSpot's error and batch answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

import orjson

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """A call refused as a whole."""

    def __init__(
        self, message: str, *, status: int = 400, category: str = "VALIDATION_ERROR"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.category = category
        self.detail: JsonObject = {}

    def about_property(self, name: str, code: str) -> "Refused":
        self.detail = {
            "errors": [{"message": self.message, "code": code, "context": {"propertyName": [name]}}]
        }
        return self


def not_valid(name: str, value: str, code: str, said: str) -> Refused:
    """As HubSpot says it: a sentence that ends in JSON, and the same once more as a list."""
    inside = {
        "isValid": False,
        "message": said,
        "error": code,
        "name": name,
        "propertyValue": value,
        "localizedErrorMessage": said,
        "portalId": 1,
    }
    listed = orjson.dumps([inside]).decode()
    return Refused(f"Property values were not valid: {listed}").about_property(name, code)


def error(status: int, category: str, message: str, **more: object) -> Answer:
    return json_answer(
        status,
        {
            "status": "error",
            "message": message,
            "correlationId": str(uuid5(NAMESPACE_URL, f"{category}:{message}")),
            "category": category,
            **more,
        },
    )


def item_error(
    message: str,
    *,
    trace: str | None,
    category: str = "VALIDATION_ERROR",
    errors: Sequence[JsonObject] = (),
    **context: object,
) -> JsonObject:
    where: JsonObject = {name: [value] for name, value in context.items()}
    if trace is not None:
        where["objectWriteTraceId"] = [trace]
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": where,
        "links": {},
        "errors": list(errors),
    }


def batch(
    call: Call,
    now: datetime,
    results: Sequence[JsonObject],
    *,
    errors: Sequence[JsonObject] = (),
    effects: Sequence[JsonObject] = (),
    status: int | None = None,
) -> Answer:
    body: JsonObject = {
        "status": "COMPLETE",
        "results": list(results),
        "startedAt": timestamp(call.received),
        "completedAt": timestamp(now),
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return json_answer(status or (207 if errors else 200), body, effects=tuple(effects))


def timestamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
