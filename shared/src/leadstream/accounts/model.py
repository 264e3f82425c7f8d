"""With whose key a data provider is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at a provider: the deployment's, which all workspaces may use, or a workspace's own."""

    provider: str
    # None: the deployment's.
    workspace_id: UUID | None = None
    # The provider's sandbox is asked: its answers are made up, and cost nothing.
    training: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    # What may be shown: names of the provider's own things, such as a routine or a product.
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """The pause that holds the calls made with this key, and nobody else's."""
        provider = f"provider:{self.provider}"
        return provider if self.workspace_id is None else f"{provider}:{self.workspace_id}"

    @property
    def owner(self) -> str:
        """Whom answers belong to that were bought with this key: `all`, a workspace's id, or `training`."""
        if self.training:
            return "training"
        return "all" if self.workspace_id is None else str(self.workspace_id)
