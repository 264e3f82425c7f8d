"""Retentions that some of the services have."""

from typing import Annotated

from pydantic import Field

from leadstream.settings.types import Seconds, seconds

LeadRetention = Annotated[
    Seconds,
    Field(
        default=seconds(730 * 86400),
        description="Seconds that leads are kept which nobody acted on, with contacts, history and deliveries (730 "
        "days).",
    ),
]
BillingRetention = Annotated[
    Seconds,
    Field(
        default=seconds(2557 * 86400),
        description="Seconds that uploads, billing events and uploaded leads are kept (seven years).",
    ),
]
