"""One instance's leads, by id and by the values that they may be looked for by."""

from dataclasses import dataclass, field

from leadstream_dev.sandbox.exchange import JsonObject

FIRST_ID = 1_000


@dataclass(slots=True)
class Database:
    leads: dict[int, JsonObject] = field(default_factory=dict)
    _made: int = 0
    _by_value: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def matching(self, name: str, value: object) -> list[int]:
        """The ids of all leads with this value, whatever its case."""
        if name == "id":
            number = int(str(value)) if str(value).isdecimal() and len(str(value)) < 20 else 0
            return [number] if number in self.leads else []
        return sorted(self._by_value.get((name, _plain(value)), ()))

    def next_id(self, ahead: int) -> int:
        return FIRST_ID + self._made + ahead

    def write(self, lead_id: int, fields: JsonObject) -> None:
        if lead_id not in self.leads:
            self.leads[lead_id] = {}
            self._made += 1
        lead = self.leads[lead_id]
        for name, value in fields.items():
            if name in lead:
                self._by_value.get((name, _plain(lead[name])), set()).discard(lead_id)
            if value is None:
                lead.pop(name, None)
                continue
            lead[name] = value
            self._by_value.setdefault((name, _plain(value)), set()).add(lead_id)

    def delete(self, lead_id: int) -> None:
        for name, value in self.leads.pop(lead_id, {}).items():
            self._by_value.get((name, _plain(value)), set()).discard(lead_id)


def _plain(value: object) -> str:
    return str(value).strip().casefold()
