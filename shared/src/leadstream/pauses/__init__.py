from leadstream.pauses.board import PauseBoard
from leadstream.pauses.store import (
    CIRCUIT_OPEN,
    Pause,
    active_pauses,
    add_pause,
    lift,
    open_circuit,
    postpone_probe,
    scope_kind,
)

__all__ = [
    "CIRCUIT_OPEN",
    "Pause",
    "PauseBoard",
    "active_pauses",
    "add_pause",
    "lift",
    "open_circuit",
    "postpone_probe",
    "scope_kind",
]
