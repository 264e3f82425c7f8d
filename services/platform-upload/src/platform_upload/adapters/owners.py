"""Who gets the records that are made: a matter of the connection, and of no lead."""

from collections.abc import Set
from dataclasses import replace

from platform_upload.domain.answers import Refused, Verdict


def of_the_connection(
    refused: Refused, setting: str | None, *, names: Set[str], codes: Set[str] = frozenset()
) -> Refused:
    """A refusal of the owner holds the connection; whose setting is None has none to refuse.

    Left out, the lead would be somebody's whom nobody has chosen. `names` are what the platform calls the field; with
    `codes` it means one without naming any.
    """
    named = {each.field for each in refused.complaints} - {None}
    blamed = bool(named & names) if named else refused.code in codes
    if setting is None or not blamed:
        return refused
    message = f"{setting}: {refused.message}"
    return replace(refused, verdict=Verdict.CONFIGURATION, message=message, complaints=())
