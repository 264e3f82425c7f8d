"""What holds up a workspace's leads, and only it can mend: told once for each cause, and once when it is well."""

from leadstream.troubles.known import KnownTroubles
from leadstream.troubles.store import (
    Trouble,
    begin_troubles,
    end_troubles,
    forget_troubles,
    mend_troubles,
)

__all__ = [
    "KnownTroubles",
    "Trouble",
    "begin_troubles",
    "end_troubles",
    "forget_troubles",
    "mend_troubles",
]
