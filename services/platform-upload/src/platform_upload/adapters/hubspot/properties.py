"""Sees to it that an account has the properties we write."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platform_upload.adapters.hubspot.answers import NOT_UNIQUE
from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.layout import LEAD_ID, layout_of
from platform_upload.adapters.hubspot.mapping import PROPERTIES
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection


class Properties:
    """Looks once in this process for each connection, and again when HubSpot says that one is missing."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    async def ensure(self, calls: HubspotCalls, connection: Connection) -> None:
        """Raise RefusedError where they can't be had."""
        if self._seen.get(connection.lane) == connection.version:
            return
        sent = {LEAD_ID, *layout_of(connection.settings).company.names.values()}
        # What goes elsewhere, or nowhere, needs no property of ours.
        for wanted in (each for each in PROPERTIES if each["name"] in sent):
            held = await calls.property_of_companies(wanted["name"])
            if held is None:
                await _create(calls, wanted)
            elif wanted["name"] == LEAD_ID and not held.get("hasUniqueValue"):
                raise RefusedError(_not_unique())
        self._seen[connection.lane] = connection.version

    def forget(self, connection: Connection) -> None:
        self._seen.pop(connection.lane, None)


async def _create(calls: HubspotCalls, wanted: Mapping[str, Any]) -> None:
    try:
        await calls.create_property(wanted)
    except RefusedError as exc:
        if exc.refused.verdict is not Verdict.PERMANENT:
            raise
        # No lead is to blame for it.
        raise RefusedError(replace(exc.refused, verdict=Verdict.CONFIGURATION)) from exc


def _not_unique() -> Refused:
    return Refused(
        verdict=Verdict.CONFIGURATION,
        code=NOT_UNIQUE,
        message=f"the company property {LEAD_ID} exists and is not unique: delete it in HubSpot",
    )
