from leadstream.pauses.board import PauseBoard
from leadstream.pauses.store import Pause, active_pauses, add_pause, lift, scope_kind

__all__ = ["Pause", "PauseBoard", "active_pauses", "add_pause", "lift", "scope_kind"]
