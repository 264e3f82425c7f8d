"""The circuit breaker: an outage is the provider's fault, and fails nobody's job."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from leadstream.jobs.model import Failed, Outcome, Passed, Released, Retry
from leadstream.pauses import PauseBoard

# Faults in a row that open a circuit: of so many different jobs, or so many at all.
JOBS = 3
FAULTS = 5

# A job, when its attempt began, which is the row of its history, and which of its attempts it was.
Try: TypeAlias = tuple[UUID, datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an attempt means for the circuit of its scope, to be written down with its outcome."""

    scope: str
    is_open: bool
    detail: str | None = None
    # The circuit, if this attempt was the one to try it.
    probed: UUID | None = None
    # Earlier attempts, which counted before it was seen that the provider is away.
    given_back: Sequence[Try] = ()


class Circuits:
    """Counts faults in a row for each scope, in this process; what is open is in `pauses`, for all replicas."""

    def __init__(self, board: PauseBoard) -> None:
        self._board = board
        # A call that takes several jobs is one fault.
        self._faults: dict[str, list[Sequence[Try]]] = {}
        self._opened_at: dict[str, datetime] = {}

    def judge(
        self, scope: str, tries: Sequence[Try], outcomes: Sequence[Outcome], *, probed: UUID | None
    ) -> tuple[Sequence[Outcome], Turn | None]:
        """Return the outcomes as they are to be written down, and what changes in the circuit.

        Faults that open it, or come while it is open, count for no job. Those of calls that were under way when it
        opened don't open it anew, either.
        """
        told = [each for each in outcomes if not _is_untried(each)]
        if not told or any(isinstance(each, Retry) and each.own for each in told):
            # The circuit was not tried after all.
            return outcomes, Turn(scope=scope, is_open=True, probed=probed) if probed else None
        circuit = self._board.circuit(scope)
        faults = [each for each in told if isinstance(each, Retry)]
        if len(faults) < len(told):
            self._faults.pop(scope, None)
            return outcomes, Turn(scope=scope, is_open=False) if circuit else None
        given_back = [replace(e, counts=False) if isinstance(e, Retry) else e for e in outcomes]
        began_at, earlier = tries[0][1], self._faults.get(scope, [])
        if circuit is None and began_at < self._opened_at.get(scope, began_at):
            return given_back, None
        if circuit is None and not _is_outage([*earlier, tries]):
            self._faults[scope] = [*earlier, tries]
            return outcomes, None
        self._faults.pop(scope, None)
        self._opened_at[scope] = circuit.created_at if circuit else datetime.now(UTC)
        if circuit and not probed and not earlier:
            return given_back, None
        turn = Turn(
            scope=scope,
            is_open=True,
            detail=faults[0].problem.message,
            probed=probed,
            given_back=[one for each in earlier for one in each],
        )
        return given_back, turn


def _is_untried(outcome: Outcome) -> bool:
    return isinstance(outcome, Released | Passed | Failed) and not outcome.tried


def _is_outage(faults: Sequence[Sequence[Try]]) -> bool:
    jobs = {job_id for tries in faults for job_id, _, _ in tries}
    # What a job has tried at other replicas counts, too: theirs are other memories of the same outage.
    calls = Counter(tries[0][0] for tries in faults)
    most = calls | Counter({job: max(t[0][2] for t in faults if t[0][0] == job) for job in calls})
    return most.total() >= FAULTS or min(most.total(), len(jobs)) >= JOBS
