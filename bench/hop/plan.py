"""What a stage's process is told, through its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

_PREFIX = "BENCH_HOP_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    bootstrap: str
    database: str
    source: str
    target: str
    group: str

    @classmethod
    def of_environment(cls) -> Self:
        return cls(**{name: os.environ[_PREFIX + name.upper()] for name in cls.__slots__})

    def environment(self) -> dict[str, str]:
        return {_PREFIX + name.upper(): getattr(self, name) for name in self.__slots__}


def enriched(lead: Mapping[str, Any]) -> dict[str, Any]:
    """What every stage makes of a lead: the next event, as enrichment writes it for a lead it skips."""
    enrichment = {
        "status": "skipped",
        "reason": "benchmark",
        "enriched_at": datetime.now(UTC).isoformat(),
    }
    return {**lead, "enrichment": enrichment}
