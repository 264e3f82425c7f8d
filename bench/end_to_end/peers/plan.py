"""What the process of a peer's stage is told, through its environment."""

import os
from dataclasses import dataclass
from typing import Self

_PREFIX = "BENCH_CHAIN_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    stage: str
    bootstrap: str
    database: str
    clay: str
    alerts: str
    platform: str

    @classmethod
    def of_environment(cls) -> Self:
        return cls(**{name: os.environ[_PREFIX + name.upper()] for name in cls.__slots__})

    def environment(self) -> dict[str, str]:
        return {_PREFIX + name.upper(): getattr(self, name) for name in self.__slots__}
