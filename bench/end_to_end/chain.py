"""What is measured: the processes of one implementation, between a topic and a platform's door."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# Names of the sandbox's hooks: a workspace's own receiver of alerts, and the platform.
ALERTS = "bench-alerts"
PLATFORM = "bench-platform"


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that is ready for leads of one workspace in its source topic."""

    source: str
    workspace: UUID
    pids: Sequence[int]
