"""What an admin API's answer means."""

from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from leadstream.admin.answers import HealthBody
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, RefusedError, StrangeError

T = TypeVar("T")


def read(call: Call[T], answer: httpx.Response) -> T:
    """The answer of a call. Raises RefusedError if it was refused, StrangeError if it can't be the service's."""
    if not answer.is_success:
        raise failure(call.service, answer)
    try:
        read: T = _adapter(call.answer).validate_json(answer.content)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        message = f"answered {call.path} as no {call.service} does: {place}: {first['msg']}"
        raise StrangeError(call.service, message) from None
    return read


def read_readiness(service: str, answer: httpx.Response) -> HealthBody:
    """Raises StrangeError: 503 is an answer, too."""
    try:
        read: HealthBody = _adapter(HealthBody).validate_json(answer.content)
    except ValidationError:
        message = f"answered /readyz with {answer.status_code}, as no {service} does"
        raise StrangeError(service, message) from None
    return read


def failure(service: str, answer: httpx.Response) -> AdminError:
    """What an answer other than success means. No service sends anybody elsewhere: whatever does is none."""
    if answer.status_code < 400:
        return StrangeError(service, f"answered {answer.status_code}, as no {service} does")
    return refusal(service, answer)


def refusal(service: str, answer: httpx.Response) -> RefusedError:
    status = answer.status_code
    wait = answer.headers.get("retry-after", "")
    seconds = float(wait) if wait.isdecimal() else None
    try:
        error = answer.json()["error"]
        message, code = str(error["message"]), str(error["code"])
        field = str(error["field"]) if error.get("field") else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return RefusedError(
            service, f"{status} {answer.reason_phrase}", status=status, wait=seconds
        )
    # A message about several fields names each itself.
    named = f"{field}: " if field and not message.startswith(field) else ""
    return RefusedError(
        service,
        f"{status} {named}{message}",
        status=status,
        code=code,
        field=field,
        wait=seconds,
    )


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)
