"""What the board of pauses says about a call that is to be made right now."""

from collections.abc import Sequence

from enrichment.application.ports import Hold
from leadstream.pauses import PauseBoard


class BoardHolds:
    """`source`: the provider of the kind, whose open circuit a lead may be there to try."""

    def __init__(self, board: PauseBoard, source: str) -> None:
        self._board = board
        self._circuit = f"provider:{source}"

    def on(self, scopes: Sequence[str], *, other_key_at: str | None = None) -> Hold | None:
        circuit = self._board.circuit(self._circuit)
        pause = self._board.held(
            scopes, but=circuit.id if circuit else None, other_key_at=other_key_at
        )
        return Hold(pause.reason, pause.until) if pause else None
