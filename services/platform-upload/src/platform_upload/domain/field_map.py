"""Under which of a platform's names each field of a lead goes out."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Ours(StrEnum):
    """What a lead consists of, where a platform may have a field for it: the words of `settings.fields`."""

    COMPANY_NAME = "company_name"
    DOMAIN = "domain"
    INDUSTRY = "industry"
    EMPLOYEE_COUNT = "employee_count"
    REVENUE = "revenue"
    CITY = "city"
    STATE = "state"
    COUNTRY = "country"
    INTENT_SCORE = "intent_score"
    SIGNALS = "signals"
    # That it is from us.
    SOURCE = "source"
    CONTACT_FIRST_NAME = "contact.first_name"
    CONTACT_LAST_NAME = "contact.last_name"
    CONTACT_EMAIL = "contact.email"
    CONTACT_PHONE = "contact.phone"
    CONTACT_TITLE = "contact.title"
    # Who told of the person, and when: for those who have a field for it, so nowhere unless somebody says where.
    CONTACT_PROVIDER = "contact.provider"
    CONTACT_COLLECTED_AT = "contact.collected_at"

    @property
    def is_of_contact(self) -> bool:
        return self.startswith("contact.")


class Kind(StrEnum):
    """What sort of value a field of ours has, and so what field of theirs can take it."""

    TEXT = "text"
    NUMBER = "number"
    # One of the words that a list over there may hold.
    CHOICE = "choice"
    SCORE = "score"
    WEB = "web address"
    EMAIL = "e-mail address"
    PHONE = "phone number"


KINDS: Mapping[Ours, Kind] = {
    **dict.fromkeys(Ours, Kind.TEXT),
    Ours.DOMAIN: Kind.WEB,
    Ours.INDUSTRY: Kind.CHOICE,
    Ours.STATE: Kind.CHOICE,
    Ours.COUNTRY: Kind.CHOICE,
    Ours.SOURCE: Kind.CHOICE,
    Ours.EMPLOYEE_COUNT: Kind.NUMBER,
    Ours.REVENUE: Kind.NUMBER,
    Ours.INTENT_SCORE: Kind.SCORE,
    Ours.CONTACT_EMAIL: Kind.EMAIL,
    Ours.CONTACT_PHONE: Kind.PHONE,
}
# What of the upload format each is made from, where the name is another there.
_ORIGINS = {
    Ours.CITY: "location.city",
    Ours.STATE: "location.state",
    Ours.COUNTRY: "location.country",
    Ours.SIGNALS: "intent_signals",
}
# Cut, they would lead nowhere, or to somebody else.
WHOLE_OR_NOT = frozenset({Kind.WEB, Kind.EMAIL, Kind.PHONE})


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Theirs by ours. What is not in it is not sent."""

    names: Mapping[Ours, str]

    def name_of(self, ours: Ours) -> str | None:
        return self.names.get(ours)

    def of_kind(self, *kinds: Kind) -> frozenset[str]:
        return frozenset(name for ours, name in self.names.items() if KINDS[ours] in kinds)

    @property
    def of_contact(self) -> frozenset[str]:
        return frozenset(name for ours, name in self.names.items() if ours.is_of_contact)

    def origins(self, *, people: str) -> dict[str, str]:
        """What of the upload format their fields are made from; `people` is where it has the contacts."""
        return {
            name: people if ours.is_of_contact else _ORIGINS.get(ours, ours.value)
            for ours, name in self.names.items()
            if ours is not Ours.SOURCE
        }

    def without(self, withheld: Set[Ours]) -> "FieldMap":
        return FieldMap({o: name for o, name in self.names.items() if o not in withheld})

    def put(self, values: Mapping[Ours, Any]) -> dict[str, Any]:
        """What is known and has a place, under the platform's names."""
        return {
            self.names[ours]: value
            for ours, value in values.items()
            if ours in self.names and value not in (None, "")
        }
