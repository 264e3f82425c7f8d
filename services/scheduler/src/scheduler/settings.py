from pydantic import Field

from leadstream.settings import ServiceSettings, TimeLimit, seconds


class Settings(ServiceSettings, service="scheduler"):
    tick_interval: TimeLimit = Field(
        default=seconds(0.5),
        description="Seconds between two looks for schedules that are due.",
    )
