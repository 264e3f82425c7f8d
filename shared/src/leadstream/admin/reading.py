"""What an admin API's answer means."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from leadstream.admin.answers import HealthBody
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, RefusedError, StrangeError

T = TypeVar("T")
Place: TypeAlias = tuple[int | str, ...]

# By how null is refused. A number or a word that is not told can't be made up.
_NOTHING: Final[Mapping[str, Callable[[], object]]] = {
    "list_type": list,
    "dict_type": dict,
    "bool_type": bool,
}
# What is put in may lack something in turn.
MOST_ROUNDS: Final = 4


def read(call: Call[T], answer: httpx.Response) -> T:
    """The answer of a call. Raises RefusedError if it was refused, StrangeError if it can't be the service's."""
    if not answer.is_success:
        raise failure(call.service, answer)
    try:
        read: T = _read_as(call.answer, answer.content)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        message = f"answered {call.path} as no {call.service} does: {place}: {first['msg']}"
        raise StrangeError(call.service, message) from None
    return read


def _read_as(shape: Any, content: bytes) -> Any:
    """What the content says; of an older release, what it does not tell yet is null, empty or false.

    Services, console and command are deployed in any order. Raises ValidationError.
    """
    adapter = _adapter(shape)
    try:
        return adapter.validate_json(content)
    except ValidationError as exc:
        strange = exc
    document = from_json(content) if _is_json(strange) else None
    gaps: set[Place] = set()
    errors = strange.errors(include_url=False, include_input=False)
    for _ in range(MOST_ROUNDS):
        if not _fill(document, errors, gaps):
            break
        try:
            return adapter.validate_json(to_json(document))
        except ValidationError as exc:
            errors = exc.errors(include_url=False, include_input=False)
    raise strange


def _is_json(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid"


def _fill(document: Any, errors: Sequence[ErrorDetails], gaps: set[Place]) -> bool:
    """Put nothing where something is missing, in the words of its type; False where anything else is wrong."""
    missing = Counter(each["loc"][:-1] for each in errors if each["type"] == "missing")
    for each in errors:
        place = each["loc"]
        above, name = place[:-1], place[-1] if place else ""
        parent = _at(document, above)
        if not isinstance(parent, dict):
            return False
        if each["type"] == "missing" and missing[above] < len(parent):
            parent[name] = None
            gaps.add(place)
        elif place in gaps and each["type"] in _NOTHING:
            parent[name] = _NOTHING[each["type"]]()
        else:
            return False
    return True


def _at(document: Any, place: Sequence[int | str]) -> Any:
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


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
