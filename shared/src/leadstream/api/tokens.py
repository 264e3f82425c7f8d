"""Who may call the admin API: tokens are kept as SHA-256, compared in constant time."""

import enum
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from leadstream.api.errors import ForbiddenError, NotFoundError


class Role(enum.StrEnum):
    """What a token may do; each role may do all that the one below may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


def _check_digest(value: str) -> str:
    value = value.strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", value) is None:
        raise ValueError("must be a SHA-256 in hex, 64 characters")
    return value.lower()


def _read_word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class AdminToken(BaseModel):
    """An entry of ADMIN_TOKENS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    sha256: Annotated[str, AfterValidator(_check_digest), Field(repr=False)]
    role: Annotated[Role, BeforeValidator(_read_word)]
    workspace: UUID | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever made the call: a token, or the person at this machine."""

    name: str
    role: Role
    workspace_id: UUID | None = None
    # Why this call is made, if it says so.
    reason: str | None = None

    def may(self, role: Role) -> bool:
        return self.role.includes(role)

    def sees(self, workspace_id: UUID | None) -> bool:
        """Tell whether what belongs to a workspace (None: to no single one) is this caller's to see."""
        return self.workspace_id is None or self.workspace_id == workspace_id

    def must_see(self, workspace_id: UUID | None, what: str) -> None:
        """Answer 404, as for a thing that does not exist, unless the caller sees the workspace."""
        if not self.sees(workspace_id):
            raise NotFoundError(what)

    def must_span_workspaces(self) -> None:
        """Answer 403 unless the caller is bound to no workspace."""
        if self.workspace_id is not None:
            raise ForbiddenError("this call concerns all workspaces and the token is for one")

    def narrow(self, workspace_id: UUID | None) -> UUID | None:
        """The workspace a list is filtered by: the one asked for, else the caller's own, else None for all."""
        if workspace_id is not None:
            self.must_see(workspace_id, "workspace")
            return workspace_id
        return self.workspace_id


def find_token(tokens: Sequence[AdminToken], presented: str) -> AdminToken | None:
    """The token that was presented, comparing with every one, so that time tells nothing."""
    digest = hashlib.sha256(presented.encode("utf-8", "surrogateescape")).hexdigest()
    found = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, digest):
            found = token
    return found
