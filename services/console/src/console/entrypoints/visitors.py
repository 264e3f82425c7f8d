"""Who is looking: the holder of a token, or on a machine of one's own, whoever sits at it."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from leadstream.admin.client import AdminApis, Api
from leadstream.api.tokens import Role


@dataclass(frozen=True, slots=True)
class Visitor:
    name: str
    role: Role
    workspace_id: UUID | None
    # None: no tokens are configured, and this visitor is at this machine.
    token: str | None = field(repr=False)
    session_id: UUID | None = None

    def may(self, role: str) -> bool:
        """Whether a button that needs the role is shown; the services decide what it does."""
        return self.role.includes(Role(role))


def _visitor(request: Request) -> Visitor:
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)  # noqa: S101 - the gate lets nobody else pass
    return visitor


def _api(request: Request) -> Api:
    apis: AdminApis = request.app.state.apis
    return apis.as_(_visitor(request).token)


Looking = Annotated[Visitor, Depends(_visitor)]
# The services' APIs as the visitor may use them.
Asking = Annotated[Api, Depends(_api)]
