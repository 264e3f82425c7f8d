"""What a process that calls the provider is told, as its only argument."""

from dataclasses import asdict, dataclass
from typing import Self

import orjson

KIND = "bound"
SCHEMA = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    database: str
    url: str
    # Calls a second that the provider allows, all processes together, and as many at once.
    limit: float
    # Calls of one process side by side.
    concurrency: int

    @classmethod
    def of_argument(cls, argument: str) -> Self:
        return cls(**orjson.loads(argument))

    def argument(self) -> str:
        return orjson.dumps(asdict(self)).decode()
