"""What Resend demands of an e-mail, and the error it names for each breach."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from leadstream_dev.sandbox.exchange import JsonObject

MAX_RECIPIENTS = 50
_ADDRESS = r"[^\s<>@,;\"]+@[^\s<>@,;\"]+\.[^\s<>@,;.\"]+"
_MAILBOX = re.compile(rf"^(?:{_ADDRESS}|[^<>\r\n]*<({_ADDRESS})>)$")
_TAG = re.compile(r"^[A-Za-z0-9_-]{1,256}$")
_HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_FORMAT = "The email address needs to follow the `email@example.com` or `Name <email@example.com>` format."


@dataclass
class Invalid(Exception):  # noqa: N818 - named as it reads where it is raised
    status: int
    name: str
    message: str


def check_email(email: object, may_send: Callable[[str], bool], *, in_batch: bool = False) -> None:
    """Raise Invalid with the first thing that is wrong."""
    if not isinstance(email, dict):
        _invalid("The request body must be a JSON object.", status=400)
    for required in ("from", "to", "subject"):
        if not email.get(required):
            _missing(required)
    if not any(email.get(content) for content in ("html", "text", "template")):
        _missing("html` or `text")
    _check_from(email["from"], may_send)
    for name in ("to", "cc", "bcc", "reply_to"):
        _check_recipients(email, name)
    _check_line(email["subject"], "subject")
    for name in ("html", "text"):
        if not isinstance(email.get(name, ""), str):
            _invalid(f"The `{name}` field must be a `string`.")
    _check_headers(email.get("headers", {}))
    _check_tags(email.get("tags", []))
    _check_attachments(email, in_batch=in_batch)


def recipients(value: object) -> list[str]:
    """The bare addresses of a `to`, whatever its shape; nothing for what isn't one."""
    listed = value if isinstance(value, list) else [value]
    return [
        (found.group(1) or found.group(0)).lower()
        for one in listed
        if isinstance(one, str) and (found := _MAILBOX.match(one))
    ]


def _check_from(sender: object, may_send: Callable[[str], bool]) -> None:
    found = recipients(sender) if isinstance(sender, str) else []
    if not found:
        raise Invalid(422, "invalid_from_address", f"Invalid `from` field. {_FORMAT}")
    domain = found[0].rpartition("@")[2]
    if not may_send(domain):
        _invalid(f"The {domain} domain is not verified.", status=403)


def _check_recipients(email: JsonObject, name: str) -> None:
    if name not in email:
        return
    value = email[name]
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MAX_RECIPIENTS:
        _invalid(f"The `{name}` field must not have more than {MAX_RECIPIENTS} items.")
    if len(recipients(listed)) != len(listed):
        _invalid(f"Invalid `{name}` field. {_FORMAT}")


def _check_line(value: object, name: str) -> None:
    if not isinstance(value, str):
        _invalid(f"The `{name}` field must be a `string`.")
    if "\r" in value or "\n" in value:
        _invalid(f"The `\\n` is not allowed in the `{name}` field.")


def _check_headers(headers: object) -> None:
    if not isinstance(headers, dict):
        _invalid("The `headers` field must be an `object`.")
    for name, value in headers.items():
        if not _HEADER_NAME.match(name):
            _invalid(f"Invalid header name `{name!r}`.")
        _check_line(value, f"headers.{name}")


def _check_tags(tags: object) -> None:
    if not isinstance(tags, list):
        _invalid("The `tags` field must be an `array`.")
    for tag in tags:
        parts = (tag.get("name"), tag.get("value")) if isinstance(tag, dict) else (None, None)
        if not all(isinstance(part, str) and _TAG.match(part) for part in parts):
            _invalid(
                "Tags should only contain ASCII letters, numbers, underscores, or dashes,"
                " and no more than 256 of them."
            )


def _check_attachments(email: JsonObject, *, in_batch: bool) -> None:
    if in_batch and ("attachments" in email or "scheduled_at" in email):
        _invalid("`attachments` and `scheduled_at` are not supported in a batch.")
    attachments = email.get("attachments", [])
    usable = isinstance(attachments, list) and all(
        isinstance(one, dict) and (one.get("content") or one.get("path")) for one in attachments
    )
    if not usable:
        raise Invalid(422, "invalid_attachment", "An attachment needs a `content` or a `path`.")


def _missing(name: str) -> NoReturn:
    raise Invalid(422, "missing_required_field", f"Missing `{name}` field.")


def _invalid(message: str, *, status: int = 422) -> NoReturn:
    raise Invalid(status, "validation_error", message)
