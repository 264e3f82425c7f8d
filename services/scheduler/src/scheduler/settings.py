from datetime import timedelta

from pydantic import Field

from leadstream.settings import Seconds, ServiceSettings, seconds


class Settings(ServiceSettings, service="scheduler"):
    tick_interval: Seconds = Field(
        default=seconds(0.5),
        gt=timedelta(0),
        description="Seconds between two looks for schedules that are due.",
    )
