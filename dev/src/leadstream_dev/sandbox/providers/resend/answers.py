"""Resend's answers."""

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.providers.resend.rules import recipients


def error(status: int, name: str, message: str) -> Answer:
    return json_answer(status, {"statusCode": status, "name": name, "message": message})


def sent(effects: list[JsonObject], *, replayed: bool) -> Answer:
    return json_answer(200, {"id": effects[0]["id"]}, effects=tuple(effects), replayed=replayed)


def sent_batch(effects: list[JsonObject], errors: dict[int, str], *, replayed: bool) -> Answer:
    body: JsonObject = {"data": [{"id": effect["id"]} for effect in effects]}
    if errors:
        body["errors"] = [{"index": at, "message": why} for at, why in errors.items()]
    return json_answer(200, body, effects=tuple(effects), replayed=replayed)


def shown(email_id: str, email: JsonObject, at: str, *, last_event: str) -> Answer:
    return json_answer(
        200,
        {
            "object": "email",
            "id": email_id,
            "from": email["from"],
            "to": recipients(email["to"]),
            "cc": recipients(email.get("cc", [])),
            "bcc": recipients(email.get("bcc", [])),
            "reply_to": recipients(email.get("reply_to", [])),
            "subject": email["subject"],
            "html": email.get("html"),
            "text": email.get("text"),
            "created_at": at,
            "last_event": last_event,
        },
    )
