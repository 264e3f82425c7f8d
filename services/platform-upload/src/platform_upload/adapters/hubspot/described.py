"""What an account has of what a connection's settings name: properties, and an owner."""

from collections.abc import Mapping
from typing import Any

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.complaints import PROPERTY_MISSING
from platform_upload.adapters.hubspot.layout import OWNER, layout_of
from platform_upload.adapters.hubspot.mapping import OURS
from platform_upload.adapters.mapped import FIELDS, setting
from platform_upload.application.ports import WrongSettingError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.field_map import KINDS, Kind, Ours

_LIST = "enumeration"
_TAKES: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"string"}),
    Kind.CHOICE: frozenset({"string", _LIST}),
    Kind.SCORE: frozenset({"string", _LIST}),
    Kind.NUMBER: frozenset({"number", "string"}),
    Kind.WEB: frozenset({"string"}),
    Kind.EMAIL: frozenset({"string"}),
    Kind.PHONE: frozenset({"string", "phone_number"}),
}
_SCORES = ("hot", "warm")
_FORBIDDEN = 403


async def check_account(calls: HubspotCalls, settings: Mapping[str, Any]) -> str | None:
    """Say what the token does not let us look at; raise WrongSettingError for what is not there."""
    said = {Ours(o): name for o, name in (settings.get(FIELDS) or {}).items() if name is not None}
    for kind in ("companies", "contacts"):
        wanted = {o: name for o, name in said.items() if o.is_of_contact == (kind == "contacts")}
        if wanted:
            _check_fields(kind, wanted, await calls.properties_of(kind))
    owner = layout_of(settings).owner
    return await _check_owner(calls, owner) if owner else None


def _check_fields(
    kind: str, wanted: Mapping[Ours, str], there: Mapping[str, Mapping[str, Any]]
) -> None:
    for ours, name in wanted.items():
        if name in OURS:
            # We make it where it is missing.
            continue
        known = there.get(name)
        if known is None:
            said = _wrong(PROPERTY_MISSING, f"{kind} have no property {name}")
            raise WrongSettingError(said, field=setting(ours))
        problem = _problem(ours, known)
        if problem:
            raise WrongSettingError(
                _wrong("INVALID_PROPERTY", f"{name} {problem}"), field=setting(ours)
            )


def _problem(ours: Ours, known: Mapping[str, Any]) -> str | None:
    kind, there = KINDS[ours], str(known.get("type"))
    writing = known.get("modificationMetadata")
    read_only = isinstance(writing, Mapping) and writing.get("readOnlyValue")
    if read_only or known.get("calculated") or known.get("archived"):
        return "can't be written"
    if known.get("hasUniqueValue") and ours is not Ours.CONTACT_EMAIL:
        return "is unique: two records may have the same"
    if there not in _TAKES[kind]:
        return f"is of the type {there}, which takes no {kind}"
    if there == _LIST and kind is Kind.SCORE:
        options = {str(each.get("value")) for each in known.get("options") or ()}
        missing = [score for score in _SCORES if score not in options]
        return f"has no option {' and no option '.join(missing)}" if missing else None
    return None


async def _check_owner(calls: HubspotCalls, owner: str) -> str | None:
    try:
        there = await calls.has_owner(owner)
    except RefusedError as exc:
        if exc.refused.status_code == _FORBIDDEN:
            # A scope of its own, which writing companies does not need.
            return "owners"
        raise
    if not there:
        said = _wrong("INVALID_OWNER_ID", f"there is no owner {owner} for {OWNER}")
        raise WrongSettingError(said, field="settings.owner")
    return None


def _wrong(code: str, message: str) -> Refused:
    return Refused(verdict=Verdict.CONFIGURATION, code=code, message=message)
