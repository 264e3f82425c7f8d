"""The one shape of an error: `{"error": {"code", "message", "field"?}}`."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class ErrorDetail(BaseModel):
    code: str = Field(description="A word for programs.", examples=["not_found"])
    message: str = Field(description="A sentence for people.")
    field: str | None = Field(None, description="What in the request is wrong, if that is known.")


class ErrorBody(BaseModel):
    """What every answer of 400 and above holds."""

    error: ErrorDetail


class ApiError(Exception):
    """An answer other than success. The message is read by people: no secret, no payload."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        return JSONResponse({"error": error}, self.status, self.headers)


class InvalidError(ApiError):
    """422: the request can be read and makes no sense."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(422, "invalid", message, field=field)


class UnauthorizedError(ApiError):
    """401: no token, or not one of ours."""

    def __init__(self, message: str) -> None:
        headers = {"www-authenticate": "Bearer"}
        super().__init__(401, "unauthorized", message, headers=headers)


class ForbiddenError(ApiError):
    """403: the token's role or workspace does not allow it."""

    def __init__(self, message: str) -> None:
        super().__init__(403, "forbidden", message)


class NotFoundError(ApiError):
    """404: no such thing, or another workspace's."""

    def __init__(self, what: str) -> None:
        super().__init__(404, "not_found", f"there is no such {what}")


class ConflictError(ApiError):
    """409: it exists already, or its state does not allow it."""

    def __init__(self, message: str) -> None:
        super().__init__(409, "conflict", message)


class TooManyError(ApiError):
    """429: over a limit, until `wait` has passed."""

    def __init__(self, message: str, *, wait: timedelta) -> None:
        headers = {"retry-after": str(max(1, math.ceil(wait.total_seconds())))}
        super().__init__(429, "too_many_requests", message, headers=headers)


class UnavailableError(ApiError):
    """503: something we depend on is away; the same call may work in a moment."""

    def __init__(self) -> None:
        headers = {"retry-after": "5"}
        super().__init__(
            503, "unavailable", "a dependency is not available right now", headers=headers
        )


def answers(*statuses: int) -> dict[int | str, dict[str, object]]:
    """For a route's `responses`: answers that not every admin route may give."""
    return {status: {"model": ErrorBody, "description": _REASONS[status]} for status in statuses}


# Every admin route may answer these: the gate and the frame give them.
USUAL: Final = (400, 401, 403, 404, 422, 429, 503)
_REASONS: Final = {
    400: "The request can't be read as HTTP.",
    401: "No token, or one that is not known.",
    402: "The user has no credit left for today.",
    403: "The token's role or workspace does not allow it.",
    404: "No such thing, or another workspace's.",
    408: "The body did not arrive in time.",
    409: "What is there does not allow it; the message says why.",
    413: "The body is larger than 1 MiB.",
    422: "Something in the request is wrong; `field` names it.",
    429: "Over a limit; Retry-After says for how long.",
    502: "Whom the service asked for this said no; the message says what.",
    503: "Something the service depends on is away; the same call may work in a moment.",
}


def validation_error(errors: Sequence[Mapping[str, object]]) -> InvalidError:
    """Name the first field that is wrong, and say what is wrong with each."""
    found = [(_field(error), str(error["msg"])) for error in errors]
    message = "; ".join(f"{field}: {text}" for field, text in found[:10])
    return InvalidError(message, field=found[0][0])


def _field(error: Mapping[str, object]) -> str:
    """Leave out where FastAPI looked for it: `filters.country`, not `body.filters.country`."""
    place = error["loc"]
    parts = [str(part) for part in place] if isinstance(place, Sequence) else [str(place)]
    return ".".join(parts[1:]) or parts[0]
