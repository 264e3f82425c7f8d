"""What the calls take."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from scheduler.domain.schedule import CatchUp

# A tick carries them to every consumer; a record takes a megabyte.
LARGEST_PARAMS = 64 * 1024


def _fit_an_event(params: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(params))
    except TypeError as exc:
        raise ValueError(f"can't be written as JSON: {exc}") from None
    if size > LARGEST_PARAMS:
        raise ValueError(f"must not be larger than {LARGEST_PARAMS} bytes")
    return params


Params = Annotated[dict[str, Any], AfterValidator(_fit_an_event)]
# Cron knows no others, and reckoning at the ends of the calendar overflows.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 2, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScheduleBody(_Body):
    cron: str = Field(
        min_length=1,
        max_length=200,
        description="Five fields, as Debian's cron.",
        examples=["0 2 * * *"],
    )
    timezone: str = Field("UTC", min_length=1, max_length=100, examples=["Europe/Berlin"])
    catch_up: CatchUp = CatchUp.LATEST
    enabled: bool = True
    params: Params = Field(default_factory=dict)


class TriggerBody(_Body):
    params: Params = Field(
        default_factory=dict, description="On top of the schedule's own parameters."
    )


class PauseBody(_Body):
    reason: str = Field(min_length=1, max_length=500)


class BackfillBody(_Body):
    since: Moment = Field(alias="from")
    until: Moment = Field(alias="to")
    dry_run: bool = False
