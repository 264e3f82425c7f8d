from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.provider import Options

Plan = Literal["pro", "free", "without_search"]


class KnownCompany(BaseModel):
    """Exact records for a website, found whatever the query asks of them besides."""

    model_config = ConfigDict(extra="forbid", strict=True)

    people: list[JsonObject]


class PeopleDataLabsOptions(Options):
    companies: dict[str, KnownCompany] = Field(default_factory=dict)
    """By website."""
    knows: float = Field(default=1.0, ge=0, le=1)
    """Part of the other companies of which it knows anybody."""
    plans: dict[str, Plan] = Field(default_factory=dict)
    """By key. `free`: of what people can be reached by it says only that it is there."""
    credits: int | None = Field(default=None, ge=0)
    """How many each key has, from the beginning; None: as many as it wants."""
    per_minute: int = Field(default=1_000, ge=1)
    """Searches of one key. Theirs is 10 where a contract says nothing else."""
    takes_data_include: bool = True
    """Whether a search takes it: not every description of theirs has it."""
    says_spent: bool = True
    """Whether it says what a search has cost."""
    empty: bool = False
    """Whether it says that nothing was found with 200 and no records, as it did once."""
