"""What somebody has said about which field of ours goes to which of a platform's: `settings.fields`."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.field_map import FieldMap, Ours

FIELDS = "fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a platform allows to be said."""

    defaults: Mapping[Ours, str]
    # There is no record without these: each is where it is, and nothing else goes there.
    fixed: Set[Ours]
    grammar: re.Pattern[str]
    # How a name that is one looks.
    example: str
    # Names for which something else is responsible, with what to do instead.
    taken: Mapping[str, str] = field(default_factory=dict)
    # A contact is a record of its own, whose names are none of the company's.
    contacts_apart: bool = False


def setting(ours: str) -> str:
    return f"settings.{FIELDS}.{ours}"


def given_fields(settings: Mapping[str, Any], rules: Rules) -> Mapping[str, Any]:
    """What is said, judged as far as that goes without asking the platform; raise InvalidConnectionError."""
    said = settings.get(FIELDS)
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise InvalidConnectionError(
            "is a mapping of our fields to theirs", field="settings.fields"
        )
    read = {ours: _read(ours, theirs, rules) for ours, theirs in said.items()}
    _refuse_twice(_names(read, rules), read, rules)
    return {FIELDS: read}


def field_map(settings: Mapping[str, Any], rules: Rules) -> FieldMap:
    """Of settings that were judged well."""
    return FieldMap(_names(settings.get(FIELDS) or {}, rules))


def _read(ours: str, theirs: object, rules: Rules) -> str | None:
    if ours not in list(Ours):
        raise InvalidConnectionError(f"is none of {', '.join(Ours)}", field=setting(ours))
    needed = rules.defaults[Ours(ours)] if ours in rules.fixed else None
    if theirs is None:
        if needed:
            raise InvalidConnectionError(
                f"can't be left out: there is no record without {needed}", field=setting(ours)
            )
        return None
    name = theirs.strip() if isinstance(theirs, str) else ""
    if not rules.grammar.fullmatch(name):
        raise InvalidConnectionError(
            f"is no name of a field, such as {rules.example}", field=setting(ours)
        )
    if needed and name != needed:
        raise InvalidConnectionError(f"goes to {needed} and nowhere else", field=setting(ours))
    return name


def _names(said: Mapping[str, str | None], rules: Rules) -> dict[Ours, str]:
    wanted = {ours: said.get(ours, rules.defaults.get(ours)) for ours in Ours}
    return {ours: name for ours, name in wanted.items() if name is not None}


def _refuse_twice(names: Mapping[Ours, str], said: Mapping[str, Any], rules: Rules) -> None:
    taken = {name.casefold(): reason for name, reason in rules.taken.items()}
    places: dict[tuple[bool, str], Ours] = {}
    # What is where it always is comes first, so that the one that is blamed was said.
    for ours, name in sorted(names.items(), key=lambda each: each[0] in said):
        place = (rules.contacts_apart and ours.is_of_contact, name.casefold())
        if name.casefold() in taken:
            raise InvalidConnectionError(taken[name.casefold()], field=setting(ours))
        if place in places:
            raise InvalidConnectionError(f"goes where {places[place]} goes", field=setting(ours))
        places[place] = ours
