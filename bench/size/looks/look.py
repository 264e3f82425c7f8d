"""A statement that is measured, with what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from bench.size.scale import Scale
from leadstream.erasure.sweeps import BATCH
from leadstream.postgres.queries import loaded


class Kind(Enum):
    """Who waits for it, and how long they may."""

    # What workers ask in turns, of hot tables, by indexes only.
    CLAIM = ("claim", 0.05)
    TIMER = ("timer", 0.05)
    LIST = ("list", 1.0)
    REPORT = ("report", 1.0)
    # By an index, whatever the planner thinks: a console asks every few seconds.
    POLL = ("poll", 0.3)
    # A poll's plan, and a list's patience.
    SUMMARY = ("summary", 1.0)
    CHANGE = ("change", 1.0)
    # A job's own: nobody waits for it, and it has other jobs beside it.
    JOB = ("job", 10.0)

    @property
    def limit(self) -> float:
        return float(self.value[1])

    def __str__(self) -> str:
        return str(self.value[0])


@dataclass(frozen=True, slots=True)
class World:
    """What the filled tables hold, by the same rules as their SQL."""

    scale: Scale

    @staticmethod
    def id(family: int, n: int) -> UUID:
        return UUID(f"{family:08x}-0000-7000-8000-{n:012x}")

    @property
    def big(self) -> UUID:
        """The workspace that half of everything belongs to."""
        return self.id(1, 1)

    @property
    def small(self) -> UUID:
        return self.id(1, 77)

    @property
    def lead(self) -> UUID:
        return self.id(4, self.scale.leads // 2)

    @property
    def person(self) -> str:
        """Known to every service, under the first thousandth of its rows."""
        return "ada200@company200.example"

    @staticmethod
    def ago(**units: float) -> datetime:
        return datetime.now(UTC) - timedelta(**units)

    def part(self, family: int, rows: int, size: int = BATCH) -> tuple[UUID, UUID]:
        """What an erasure looks through at once: from the middle of `rows` on."""
        return self.id(family, rows // 2), self.id(family, rows // 2 + size)


Args = Callable[[World], tuple[Any, ...]]
PAGE: Final = 51


def nothing(world: World) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    service: str
    # `package/file.sql:query`, or a text of our own under a name of its own.
    name: str
    kind: Kind
    args: Args = nothing
    # What it is asked, where it is measured more than once.
    asked: str = ""
    own_text: str = ""

    @property
    def text(self) -> str:
        if self.own_text:
            return self.own_text
        source, _, query = self.name.rpartition(":")
        return str(getattr(loaded[source], query))

    @property
    def limit(self) -> float:
        return self.kind.limit

    @property
    def short_name(self) -> str:
        return self.name.rpartition("/")[2]
