"""One Salesforce org: its leads, by id, external id and address."""

from dataclasses import dataclass, field
from string import ascii_letters, ascii_uppercase, digits

from leadstream_dev.sandbox.exchange import JsonObject

_BASE62 = digits + ascii_letters
_CASE = ascii_uppercase + digits[:6]
_LEAD_PREFIX = "00Q5e0000"


@dataclass(slots=True)
class Lead:
    id: str
    fields: JsonObject
    converted: bool = False


@dataclass(slots=True)
class Org:
    leads: dict[str, Lead] = field(default_factory=dict)
    _by_external_id: dict[tuple[str, str], str] = field(default_factory=dict)
    _by_email: dict[str, set[str]] = field(default_factory=dict)

    def find(self, name: str, value: object) -> Lead | None:
        lead_id = self._by_external_id.get((name, str(value).lower()))
        return self.leads[lead_id] if lead_id else None

    def with_email(self, email: str) -> set[str]:
        """The ids of the leads that have an address."""
        return self._by_email.get(email.lower(), set())

    def twin(self, name: str, value: object, lead: Lead | None) -> Lead | None:
        """Another lead with the same value in a field."""
        if value in (None, ""):
            return None
        others = (each for each in self.leads.values() if lead is None or each.id != lead.id)
        return next((each for each in others if each.fields.get(name) == value), None)

    def write(self, lead_id: str, name: str, fields: JsonObject) -> None:
        lead = self.leads.setdefault(lead_id, Lead(lead_id, {}))
        before = lead.fields.get("Email")
        if before:
            self._by_email[before.lower()].discard(lead_id)
        lead.fields |= fields
        self._by_external_id[name, str(fields[name]).lower()] = lead_id
        if lead.fields.get("Email"):
            self._by_email.setdefault(lead.fields["Email"].lower(), set()).add(lead_id)

    def next_ids(self, how_many: int) -> list[str]:
        first = len(self.leads) + 1
        return [_lead_id(first + step) for step in range(how_many)]


def _lead_id(number: int) -> str:
    short = _LEAD_PREFIX + _base62(number).rjust(6, "0")
    return short + _checksum(short)


def _base62(number: int) -> str:
    if number < 62:
        return _BASE62[number]
    return _base62(number // 62) + _BASE62[number % 62]


def _checksum(short: str) -> str:
    """The three characters that make an id safe where case is lost: which letters are capitals."""
    return "".join(
        _CASE[sum(2**place for place, letter in enumerate(short[at : at + 5]) if letter.isupper())]
        for at in (0, 5, 10)
    )
