"""How a route says who may call it: `caller: Operator`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from leadstream.api.errors import ForbiddenError, UnauthorizedError
from leadstream.api.tokens import Caller, Role

# For the OpenAPI document only: the gate has looked at the token before any route is reached.
bearer = HTTPBearer(auto_error=False, description="A token of ADMIN_TOKENS.")


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


Viewer = Annotated[Caller, Depends(require(Role.VIEWER))]
Operator = Annotated[Caller, Depends(require(Role.OPERATOR))]
Admin = Annotated[Caller, Depends(require(Role.ADMIN))]
