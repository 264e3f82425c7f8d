"""Whether an instance has what we write, and knows a lead by what it is to be known by."""

from collections.abc import Mapping
from typing import Any

from leadstream.reading import listed
from platform_upload.adapters.marketo.answers import objects
from platform_upload.adapters.marketo.api import MarketoCalls
from platform_upload.adapters.marketo.complaints import NO_SUCH_FIELD, NOT_SUPPORTED
from platform_upload.adapters.marketo.instance import Terms
from platform_upload.adapters.marketo.mapping import FIELDS, SUSPENDED
from platform_upload.domain.answers import Refused, RefusedError, Verdict

_NO_PARTITION = "1008"
_TEXTS = frozenset({"string", "email", "text"})


async def probe_instance(calls: MarketoCalls, terms: Terms) -> str:
    """Say what was found, or raise RefusedError."""
    described = await calls.describe()
    fields = {str(each.get("name")): each for each in objects(described.get("fields"))}
    _check_key(terms.lookup_field, fields, described)
    if not _is_writable(fields.get(SUSPENDED)):
        _refuse(NO_SUCH_FIELD, f"a lead's field {SUSPENDED} is not there, or not to be written")
    if terms.partition and terms.partition not in await calls.partitions():
        _refuse(_NO_PARTITION, "the user of the API sees no partition of this name")
    missing = [name for name in FIELDS if not _is_writable(fields.get(name))]
    said = f"Marketo takes the credentials; it knows leads again by {terms.lookup_field}"
    if missing:
        return f"{said}; it has no field to write {', '.join(missing)} to, which will be left out"
    return said


def _check_key(
    name: str, fields: Mapping[str, Mapping[str, Any]], described: Mapping[str, Any]
) -> None:
    field = fields.get(name)
    if not _is_writable(field):
        _refuse(NO_SUCH_FIELD, f"a lead has no field {name} that may be written")
    if field and str(field.get("dataType") or "string").lower() not in _TEXTS:
        _refuse(NOT_SUPPORTED, f"the field {name} takes no text")
    if [name] not in (listed(described.get("searchableFields")) or ()):
        _refuse(NOT_SUPPORTED, f"leads are not to be found by the field {name}")


def _is_writable(field: Mapping[str, Any] | None) -> bool:
    return field is not None and field.get("updateable") is not False


def _refuse(code: str, message: str) -> None:
    raise RefusedError(Refused(verdict=Verdict.CONFIGURATION, code=code, message=message))
