"""The nights, and the funnel of one."""

from dataclasses import dataclass
from uuid import UUID

from console.application.ports import Api
from console.domain.funnel import Billed, Row, differences, rows, steps
from leadstream.admin.answers import Tick
from leadstream.admin.errors import AdminError
from leadstream.admin.runs import count_billed, get_tick


@dataclass(frozen=True, slots=True)
class Night:
    """`unbilled`: why it is not known what was billed, as an error or in words."""

    tick: Tick
    rows: list[Row]
    differences: list[str]
    unbilled: AdminError | str | None

    @property
    def steps(self) -> list[tuple[Row, list[Row]]]:
        return steps(self.rows)


async def look_at_night(api: Api, tick_id: UUID | str, workspace_id: str | None = None) -> Night:
    """Raises AdminError where discovery has no answer."""
    tick = await api.ask(get_tick(tick_id, workspace_id=workspace_id))
    billed = await _billed(api, tick, workspace_id)
    known = billed if isinstance(billed, Billed) else None
    return Night(tick, rows(tick, known), differences(tick, known), None if known else _why(billed))


async def _billed(api: Api, tick: Tick, workspace_id: str | None) -> Billed | AdminError | str:
    span = tick["span"]
    if span is None:
        return Billed({})
    if span["others"]:
        return (
            "Another night ran at the same time, and what was billed can't be told apart by lead."
        )
    call = count_billed(span["first"], span["last"], workspace_id=workspace_id)
    answer = await api.try_(call)
    return answer if isinstance(answer, AdminError) else Billed(answer["platforms"])


def _why(billed: Billed | AdminError | str) -> AdminError | str:
    assert not isinstance(billed, Billed)  # noqa: S101 - asked of what is not
    return billed
