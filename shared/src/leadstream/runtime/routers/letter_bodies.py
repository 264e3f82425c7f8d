"""What the calls about dead letters take and answer."""

import re
from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from leadstream.contracts.rejection import Reason

# Letters that are put back by one call.
MOST: Final = 1000
# Letters that are counted, the newest.
MOST_COUNTED: Final = 10_000

ID: Final = re.compile(r"([a-z][a-z0-9.-]{0,100}):(\d{1,9}):(\d{1,18}):(-?\d{1,18})")
Id = Annotated[str, Path(pattern=rf"^{ID.pattern}$")]
Topic = Annotated[str | None, Query(max_length=100, description="The one that it was read from.")]
WasReplayed = Annotated[bool | None, Query(description="Whether it was put back.")]

_WHY = Field(None, max_length=500, description="Why; or in X-Reason.")


class DeadLetterRow(BaseModel):
    id: str = Field(description="`<topic>:<partition>:<offset>:<timestamp>` of the record.")
    topic: str = Field(description="The one that it was read from.")
    partition: int
    offset: int
    letters: str = Field(description="The topic that it was set aside to.")
    reason: str
    error: str = Field(description="What the schema complains of, with the path.")
    created_at: datetime
    replayed_at: datetime | None = Field(
        description="When it, or a corrected copy, was put back last; not by `leadstream dlq`."
    )


class Bytes(BaseModel):
    size: int
    text: str = Field(description="As UTF-8; bytes that are none are written `\\xNN`.")
    hex: str
    more: bool = Field(description="There are more bytes than are shown.")


class Header(BaseModel):
    name: str
    value: Bytes | None


class DeadLetterDetail(DeadLetterRow):
    letters_partition: int
    letters_offset: int
    key: Bytes | None
    value: Bytes | None = Field(description="Null: a tombstone.")
    headers: list[Header]


class DeadLetterCount(BaseModel):
    topic: str
    reason: str
    count: int
    oldest: datetime
    newest: datetime


class DeadLetterCounts(BaseModel):
    items: list[DeadLetterCount]
    more: bool = Field(
        description=f"More than {MOST_COUNTED} wait: these are of the newest {MOST_COUNTED}."
    )


class Filter(BaseModel):
    topic: str | None = Field(None, max_length=100)
    reason: Reason | None = None
    since: AwareDatetime | None = None
    replayed: bool | None = Field(None, description="False: only those that were not put back.")


class Corrected(BaseModel):
    """What is sent instead of the record: checked against the topic's contract before."""

    value: str = Field(min_length=1, description="The whole record, as text.")
    key: str | None = Field(
        None, min_length=1, max_length=1000, description="Left out: as the contract has it."
    )


class Replay(BaseModel):
    """Which dead letters to put back where they came from: these, or those that a filter finds."""

    ids: list[str] | None = Field(None, min_length=1, max_length=MOST)
    filter: Filter | None = Field(None, description=f"The newest {MOST} that match it.")
    corrected: Corrected | None = Field(
        None, description="Of one letter: a corrected copy, as a new event."
    )
    reason: str | None = _WHY
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "Replay":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give ids or a filter")
        if self.corrected is not None and len(self.ids or ()) != 1:
            raise ValueError("a corrected copy is of one letter: give its id")
        return self


class Show(BaseModel):
    reason: str | None = _WHY


class Replayed(BaseModel):
    dry_run: bool
    total: int = Field(description="Letters that were put back, or would be.")
    missing: int = Field(description="Kafka keeps no record of so many others.")
    more: bool = Field(description=f"More than {MOST} match the filter: these were the newest.")
    event_id: str | None = Field(None, description="Of a corrected copy: the new event.")
