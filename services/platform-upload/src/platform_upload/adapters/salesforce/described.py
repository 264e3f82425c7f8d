"""What an org has of what a connection's settings name: fields, an owner, an assignment rule."""

from collections.abc import Mapping
from typing import Any

from platform_upload.adapters.mapped import FIELDS, setting
from platform_upload.adapters.salesforce.api import SalesforceCalls
from platform_upload.adapters.salesforce.layout import (
    EXTERNAL_ID,
    QUEUE,
    RULE,
    Layout,
    layout_of,
)
from platform_upload.application.ports import WrongSettingError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.field_map import KINDS, Kind, Ours

_LISTS = frozenset({"picklist", "multipicklist", "combobox"})
_TEXTS = frozenset({"string", "textarea"}) | _LISTS
_NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})
_TAKES: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: _TEXTS,
    Kind.CHOICE: _TEXTS,
    Kind.SCORE: _TEXTS,
    Kind.NUMBER: _NUMBERS,
    Kind.WEB: _TEXTS | {"url"},
    Kind.EMAIL: _TEXTS | {"email"},
    Kind.PHONE: _TEXTS | {"phone"},
}
_SCORES = ("Hot", "Warm")
_NOT_FOR_US = frozenset({Verdict.PERMANENT, Verdict.CONFIGURATION})


async def check_org(calls: SalesforceCalls, settings: Mapping[str, Any]) -> str:
    """Say what was found; raise WrongSettingError for a setting that names what is not there."""
    described = await calls.describe()
    fields = {str(each.get("name")): each for each in described.get("fields") or ()}
    _check_ours(fields.get(EXTERNAL_ID))
    for ours, theirs in (settings.get(FIELDS) or {}).items():
        if theirs is not None:
            _check_field(Ours(ours), theirs, fields)
    unseen = await _check_assignment(calls, layout_of(settings))
    found = f"Salesforce takes the credentials; Lead has the field {EXTERNAL_ID}"
    return f"{found}; {unseen} may not be looked at" if unseen else found


def _check_ours(ours: Mapping[str, Any] | None) -> None:
    if not ours or not ours.get("externalId") or not ours.get("unique"):
        message = f"Lead needs the field {EXTERNAL_ID}, unique and an external id"
        raise RefusedError(_wrong("INVALID_FIELD", message))


def _check_field(ours: Ours, name: str, fields: Mapping[str, Mapping[str, Any]]) -> None:
    field = fields.get(name)
    if field is None:
        same = next((each for each in fields if each.casefold() == name.casefold()), None)
        reason = f"Lead has no field {name}" + (f": it is {same}" if same else "")
        raise WrongSettingError(_wrong("INVALID_FIELD", reason), field=setting(ours))
    problem = _problem(ours, field)
    if problem:
        said = _wrong("INVALID_FIELD_FOR_INSERT_UPDATE", f"{name} {problem}")
        raise WrongSettingError(said, field=setting(ours))


def _problem(ours: Ours, field: Mapping[str, Any]) -> str | None:
    kind, there = KINDS[ours], str(field.get("type"))
    if not field.get("createable") or not field.get("updateable"):
        return "can't be written with these credentials"
    if field.get("unique"):
        return "is unique: two leads may have the same"
    if there not in _TAKES[kind]:
        return f"is of the type {there}, which takes no {kind}"
    if there in _LISTS and field.get("restrictedPicklist"):
        return _missing_from_list(kind, field)
    return None


def _missing_from_list(kind: Kind, field: Mapping[str, Any]) -> str | None:
    """Of words that are free, what is in no list is left out lead by lead; a list that none is in is a mistake."""
    if kind is Kind.CHOICE:
        return None
    if kind is not Kind.SCORE:
        return f"takes the words of its list only, which no {kind} is"
    listed = {str(v.get("value")) for v in field.get("picklistValues") or () if v.get("active")}
    missing = [score for score in _SCORES if score not in listed]
    return f"has no {' and no '.join(missing)} in its list" if missing else None


async def _check_assignment(calls: SalesforceCalls, layout: Layout) -> str | None:
    """Say what the credentials don't let us look at."""
    if layout.owner:
        return await _check_owner(calls, layout.owner)
    if layout.rule and layout.rule.startswith(RULE):
        return await _check_rule(calls, layout.rule)
    return None


async def _check_owner(calls: SalesforceCalls, owner: str) -> str | None:
    if owner.startswith(QUEUE):
        kind, by, names = "QueueSobject", "QueueId", ["QueueId", "SobjectType"]
    else:
        kind, by, names = "User", "Id", ["Id", "IsActive"]
    found = await _look_up(calls, kind, by, owner, names)
    if found is None:
        return "owners"
    if kind == "QueueSobject":
        if not any(each.get("SobjectType") == "Lead" for each in found):
            raise _wrong_owner("there is no queue of this id that takes leads")
    elif not found:
        raise _wrong_owner("there is no user of this id")
    elif not found[0].get("IsActive"):
        raise _wrong_owner("this user is not active")
    return None


async def _check_rule(calls: SalesforceCalls, rule: str) -> str | None:
    found = await _look_up(calls, "AssignmentRule", "Id", rule, ["Id", "SobjectType"])
    if found is None:
        return "assignment rules"
    if not any(each.get("SobjectType") == "Lead" for each in found):
        said = _wrong("INVALID_CROSS_REFERENCE_KEY", "there is no rule of this id for leads")
        raise WrongSettingError(said, field="settings.assignment_rule")
    return None


async def _look_up(
    calls: SalesforceCalls, kind: str, by: str, value: str, names: list[str]
) -> list[Any] | None:
    """What there is, or None where we may not look: that is no reason to write no leads."""
    try:
        return await calls.look_up(kind, by, value, names)
    except RefusedError as exc:
        if exc.refused.verdict in _NOT_FOR_US:
            return None
        raise


def _wrong_owner(message: str) -> WrongSettingError:
    return WrongSettingError(_wrong("INVALID_CROSS_REFERENCE_KEY", message), field="settings.owner")


def _wrong(code: str, message: str) -> Refused:
    return Refused(verdict=Verdict.CONFIGURATION, code=code, message=message)
