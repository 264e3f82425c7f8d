"""An Organization as it would be with our fields in it, and with everything else as it is.

A PUT replaces the whole resource: what is not in it is gone. So what is there is read, and ours is put into it.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.fhir.mapping import (
    ACTIVE,
    CITY,
    CONTACT_EMAIL,
    CONTACT_NAME,
    CONTACT_PHONE,
    COUNTRY,
    INTENT,
    NAME,
    PERSON,
    PLACE,
    STATE,
    TYPE,
    WEBSITE,
)
from platform_upload.application.ports import Parcel
from platform_upload.domain.drafts import Draft, Fields
from platform_upload.domain.gaps import UNKNOWN, OnUpdate, Written, changes, digest

INTENT_SYSTEM = "https://leadstream.example/fhir/intent"
_TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
_PURPOSES = "http://terminology.hl7.org/CodeSystem/contactentity-type"
_PARTS = {CITY: "city", STATE: "state", COUNTRY: "country"}
_REACHED_BY = {CONTACT_EMAIL: "email", CONTACT_PHONE: "phone"}
# Of `meta`, what is the server's to say.
_SERVERS = frozenset({"versionId", "lastUpdated"})
# Not all dots: in a URL, those lead elsewhere.
_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Held:
    """An organization as the server has it."""

    resource: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def version(self) -> str | None:
        meta = self.resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, Mapping) else None
        return str(version) if version not in (None, "") else None

    @property
    def etag(self) -> str | None:
        return f'W/"{self.version}"' if self.version else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What is to be written of a draft."""

    resource: Mapping[str, Any] = field(repr=False)
    # Ours that go out, those that are there in the same words among them.
    fields: Fields
    # Of them, what is different there, as it is and as it will be.
    changes: Mapping[str, tuple[Any, Any]]
    # Where in the resource our fields are.
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Slots:
    """Which entries of the lists in a resource are ours; None where one would be added."""

    website: int | None = None
    address: int | None = None
    contact: int | None = None
    # The contact is of somebody whom ours takes the place of.
    is_replaced: bool = False


def held_in(resource: object, system: str, lead: UUID) -> Held | None:
    """The resource, if it is an organization of this lead's: some servers find more than they were asked for."""
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "Organization":
        return None
    named = any(
        each.get("system") == system and str(each.get("value")).casefold() == str(lead)
        for each in _objects(resource.get("identifier"))
    )
    id_ = resource.get("id")
    is_id = isinstance(id_, str) and _ID.fullmatch(id_)
    return Held(resource) if named and is_id else None


def compose(
    parcel: Parcel, draft: Draft, held: Held | None, *, system: str, on_update: OnUpdate
) -> Composed:
    """Put a draft into what is there; into nothing where there is none."""
    there = held.resource if held else {}
    slots = _slots(there, draft.fields, parcel)
    known = _with_our_tag(values_of(there, slots), there, draft.fields)
    wanted = _wanted(draft.fields, known, parcel, on_update)
    fields = (
        changes(wanted, known, parcel.written, lead=parcel.lead.id, on_update=on_update)
        if held
        else dict(wanted)
    )
    resource, places = _Merge(deepcopy(dict(there)), slots).of(fields, system, parcel.lead.id)
    return Composed(
        resource=resource,
        fields=fields,
        changes={
            name: (known.get(name), value)
            for name, value in fields.items()
            if known.get(name) != value
        },
        places=places,
    )


def values_of(resource: Mapping[str, Any], slots: _Slots) -> dict[str, Any]:
    """What a resource has in the places of our fields."""
    address = _at(resource.get("address"), slots.address)
    person = {} if slots.is_replaced else _at(resource.get("contact"), slots.contact)
    codes = [each.get("code") for each in _tags(resource)]
    found = {
        NAME: resource.get("name"),
        ACTIVE: resource.get("active"),
        TYPE: _first_type(resource),
        INTENT: codes[-1] if codes else None,
        WEBSITE: _at(resource.get("telecom"), slots.website).get("value"),
        **{name: address.get(part) for name, part in _PARTS.items()},
        **person_of(person),
    }
    return {name: value for name, value in found.items() if value is not None}


def _with_our_tag(
    known: dict[str, Any], resource: Mapping[str, Any], fields: Fields
) -> dict[str, Any]:
    """Some servers take no tag away: of several, ours may be any."""
    wanted = fields.get(INTENT)
    codes = [each.get("code") for each in _tags(resource)]
    return {**known, INTENT: wanted} if wanted is not None and wanted in codes else known


def person_of(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one contact, where it has them."""
    found = {CONTACT_NAME: _name_of(contact)}
    for name, system in _REACHED_BY.items():
        index = _index_of(contact.get("telecom"), system=system)
        found[name] = _at(contact.get("telecom"), index).get("value")
    return {name: value for name, value in found.items() if value is not None}


def is_as_written(fields: Fields, written: Written, lead: UUID) -> bool:
    """Whether all of it is in our words, and nobody else's."""
    return bool(fields) and all(
        written.get(name) == digest(lead, name, value) for name, value in fields.items()
    )


def _wanted(fields: Fields, known: Fields, parcel: Parcel, on_update: OnUpdate) -> Fields:
    """Without the rest of an address where somebody has moved the company: half of each is nowhere."""
    moved = on_update is OnUpdate.FILL_GAPS and any(
        _is_anothers(name, fields, known, parcel) for name in PLACE
    )
    return {name: value for name, value in fields.items() if not (moved and name in PLACE)}


def _is_anothers(name: str, fields: Fields, known: Fields, parcel: Parcel) -> bool:
    there = known.get(name)
    if there in (None, "", UNKNOWN, fields.get(name)):
        return False
    return parcel.written.get(name) != digest(parcel.lead.id, name, there)


def _slots(resource: Mapping[str, Any], fields: Fields, parcel: Parcel) -> _Slots:
    slots = _Slots(
        website=_index_of(resource.get("telecom"), system="url"),
        address=_index_of(resource.get("address"), use="work"),
    )
    if slots.address is None and _objects(resource.get("address")):
        slots = replace(slots, address=_index_of(resource.get("address")))
    ours = {name: fields[name] for name in PERSON if name in fields}
    return _with_contact(slots, resource, ours, parcel) if ours else slots


def _with_contact(
    slots: _Slots, resource: Mapping[str, Any], ours: Fields, parcel: Parcel
) -> _Slots:
    """The same person's entry; else that of the person whom we wrote before, if it is as we wrote it."""
    people = {
        index: person_of(each)
        for index, each in enumerate(_list(resource.get("contact")))
        if isinstance(each, Mapping)
    }
    for name in (CONTACT_EMAIL, CONTACT_NAME):
        said = str(ours.get(name) or "").casefold()
        for index, person in people.items():
            if said and str(person.get(name) or "").casefold() == said:
                return replace(slots, contact=index)
    for index, person in people.items():
        if is_as_written(person, parcel.written, parcel.lead.id):
            return replace(slots, contact=index, is_replaced=True)
    return slots


@dataclass(slots=True)
class _Merge:
    resource: dict[str, Any]
    slots: _Slots
    places: dict[str, str] = field(default_factory=dict)

    def of(self, fields: Fields, system: str, lead: UUID) -> tuple[dict[str, Any], dict[str, str]]:
        self.resource["resourceType"] = "Organization"
        self._identify(system, lead)
        self._tag(fields)
        self._plain(fields)
        self._website(fields)
        self._address(fields)
        self._contact({name: fields[name] for name in PERSON if name in fields})
        return self.resource, self.places

    def _identify(self, system: str, lead: UUID) -> None:
        ids = _list(self.resource.get("identifier"))
        ours = any(
            each.get("system") == system and str(each.get("value")).casefold() == str(lead)
            for each in _objects(ids)
        )
        if not ours:
            self.resource["identifier"] = [*ids, {"system": system, "value": str(lead)}]

    def _tag(self, fields: Fields) -> None:
        """With our tag in place of an older one, and without what the server says of its own versions."""
        kept = _unversioned(self.resource.get("meta"))
        if INTENT in fields:
            others = [each for each in _list(kept.get("tag")) if not _is_our_tag(each)]
            kept["tag"] = [*others, {"system": INTENT_SYSTEM, "code": fields[INTENT]}]
            self.places[f"meta.tag[{len(others)}]"] = INTENT
        if kept:
            self.resource["meta"] = kept
        else:
            self.resource.pop("meta", None)

    def _plain(self, fields: Fields) -> None:
        for name in (NAME, ACTIVE):
            if name in fields:
                self.resource[name] = fields[name]
            self.places[name] = name
        if TYPE in fields and _first_type(self.resource) != fields[TYPE]:
            # What it is besides is said in other entries.
            coded = {"coding": [{"system": _TYPES, "code": fields[TYPE]}]}
            self.resource["type"] = [coded, *_list(self.resource.get("type"))]
        self.places["type[0]"] = TYPE

    def _website(self, fields: Fields) -> None:
        entries = _list(self.resource.get("telecom"))
        index = len(entries) if self.slots.website is None else self.slots.website
        if WEBSITE in fields:
            new = {"system": "url", "value": fields[WEBSITE], "use": "work"}
            self.resource["telecom"] = _put(
                entries, index, {**new, **_at(entries, index), "value": fields[WEBSITE]}
            )
        self.places[f"telecom[{index}]"] = WEBSITE

    def _address(self, fields: Fields) -> None:
        entries = _list(self.resource.get("address"))
        index = len(entries) if self.slots.address is None else self.slots.address
        parts = {part: fields[name] for name, part in _PARTS.items() if name in fields}
        if parts:
            self.resource["address"] = _put(
                entries, index, {"use": "work", **_at(entries, index), **parts}
            )
        self.places |= {f"address[{index}].{part}": name for name, part in _PARTS.items()}

    def _contact(self, fields: Fields) -> None:
        if not fields:
            return
        people = _list(self.resource.get("contact"))
        index = len(people) if self.slots.contact is None else self.slots.contact
        entry = {} if self.slots.is_replaced else dict(_at(people, index))
        entry.setdefault("purpose", {"coding": [{"system": _PURPOSES, "code": "ADMIN"}]})
        if CONTACT_NAME in fields:
            name = entry.get("name")
            kept = dict(name) if isinstance(name, Mapping) else {}
            entry["name"] = {**kept, "text": fields[CONTACT_NAME]}
        self.places[f"contact[{index}].name"] = CONTACT_NAME
        for name, system in _REACHED_BY.items():
            reached = _list(entry.get("telecom"))
            at = _index_of(reached, system=system)
            at = len(reached) if at is None else at
            if name in fields:
                new = {"system": system, "value": fields[name], "use": "work"}
                entry["telecom"] = _put(
                    reached, at, {**new, **_at(reached, at), "value": fields[name]}
                )
                self.places[f"contact[{index}].telecom[{at}]"] = name
        self.resource["contact"] = _put(people, index, entry)


def without_contact(resource: Mapping[str, Any], indexes: Sequence[int]) -> dict[str, Any]:
    """The resource without these contacts, and without what the server says of its own versions."""
    left = [each for at, each in enumerate(_list(resource.get("contact"))) if at not in indexes]
    others = {name: value for name, value in resource.items() if name not in ("contact", "meta")}
    meta = _unversioned(resource.get("meta"))
    # FHIR has no empty lists.
    return {**others, **({"meta": meta} if meta else {}), **({"contact": left} if left else {})}


def _unversioned(meta: object) -> dict[str, Any]:
    kept = dict(meta) if isinstance(meta, Mapping) else {}
    return {name: value for name, value in kept.items() if name not in _SERVERS}


def _first_type(resource: Mapping[str, Any]) -> Any:
    """The code of what kind it is; a kind in words, too, is one."""
    for kind in _objects(resource.get("type")):
        codes = [each.get("code") for each in _objects(kind.get("coding")) if each.get("code")]
        if codes or kind.get("text"):
            return codes[0] if codes else kind["text"]
    return None


def _name_of(contact: Mapping[str, Any]) -> str | None:
    name = contact.get("name")
    # R5 has a list of them.
    names = _objects(name) if isinstance(name, list) else [name]
    if not names or not isinstance(names[0], Mapping):
        return None
    text = names[0].get("text")
    if isinstance(text, str) and text.strip():
        return text
    parts = [*_list(names[0].get("given")), names[0].get("family")]
    return " ".join(str(part) for part in parts if part) or None


def _tags(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    meta = resource.get("meta")
    tags = _objects(meta.get("tag")) if isinstance(meta, Mapping) else []
    return [each for each in tags if _is_our_tag(each)]


def _is_our_tag(tag: object) -> bool:
    return isinstance(tag, Mapping) and tag.get("system") == INTENT_SYSTEM


def _index_of(entries: object, **wanted: str) -> int | None:
    """The place of the first that has these values."""
    found = (
        index
        for index, each in enumerate(_list(entries))
        if isinstance(each, Mapping)
        and all(each.get(name) == value for name, value in wanted.items())
    )
    return next(found, None)


def _at(entries: object, index: int | None) -> Mapping[str, Any]:
    held = _list(entries)
    found = held[index] if index is not None and index < len(held) else {}
    return found if isinstance(found, Mapping) else {}


def _put(entries: Sequence[Any], index: int, entry: Mapping[str, Any]) -> list[Any]:
    return [*entries[:index], entry, *entries[index + 1 :]]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, Mapping)]
