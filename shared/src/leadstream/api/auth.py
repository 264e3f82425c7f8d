"""How a route says who may call it: `caller: Operator`. Routes that change something take a reason with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer

from leadstream.admin.calls import REASON
from leadstream.api.errors import ForbiddenError, InvalidError, UnauthorizedError
from leadstream.api.tokens import Caller, Role

# For the OpenAPI document only: the gate has looked at the token before any route is reached.
bearer = HTTPBearer(auto_error=False, description="A token of ADMIN_TOKENS.")
LONGEST_REASON: Final = 500

Reason = Annotated[
    str | None,
    Header(
        alias=REASON,
        description=f"Why, for the audit: UTF-8, at most {LONGEST_REASON} characters.",
    ),
]


def require(role: Role) -> Callable[[Request], Caller]:
    """A dependency that gives the caller, or answers 403 if the role does not suffice."""

    def caller_of(request: Request) -> Caller:
        caller = getattr(request.state, "caller", None)
        if not isinstance(caller, Caller):
            raise UnauthorizedError("a bearer token is needed")
        if not caller.may(role):
            raise ForbiddenError(f"the role {role} is needed")
        return caller

    return caller_of


def _changing(role: Role) -> Callable[[Request, str | None], Caller]:
    """The same, with the reason that the caller gives."""
    caller_of = require(role)

    def caller_with_reason(request: Request, reason: Reason = None) -> Caller:
        return replace(caller_of(request), reason=_read(reason))

    return caller_with_reason


def _read(header: str | None) -> str | None:
    if header is None:
        return None
    try:
        # Frameworks read headers as Latin-1; what is no UTF-8 was Latin-1.
        text = header.encode("latin-1").decode()
    except UnicodeDecodeError:
        text = header
    text = text.strip()
    if len(text) > LONGEST_REASON or not text.isprintable():
        message = f"must be a single line of at most {LONGEST_REASON} characters"
        raise InvalidError(message, field=REASON)
    return text or None


Viewer = Annotated[Caller, Depends(require(Role.VIEWER))]
Operator = Annotated[Caller, Depends(_changing(Role.OPERATOR))]
Admin = Annotated[Caller, Depends(_changing(Role.ADMIN))]
