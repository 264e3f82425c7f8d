"""One shop: its companies, their contacts, and the customers behind them."""

from dataclasses import dataclass, field, replace

from leadstream_dev.sandbox.exchange import JsonObject

FIRST_ID = 1001


@dataclass(frozen=True, slots=True)
class Record:
    """A company, a contact or a customer, by its kind."""

    kind: str
    number: int
    fields: JsonObject
    created: float

    @property
    def id(self) -> str:
        return f"gid://shopify/{self.kind}/{self.number}"


@dataclass(slots=True)
class Shop:
    records: dict[str, Record] = field(default_factory=dict)
    next_number: int = FIRST_ID
    # Ids by what is unique: a company's external id, a customer's address and number.
    unique: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def copy(self) -> "Shop":
        """Another one with the same records, to try a document on."""
        return replace(self, records=dict(self.records), unique=dict(self.unique))

    def of(self, kind: str) -> list[Record]:
        return [each for each in self.records.values() if each.kind == kind]

    def get(self, record_id: object, kind: str) -> Record | None:
        found = self.records.get(str(record_id))
        return found if found and found.kind == kind else None

    def find(self, kind: str, name: str, value: object) -> Record | None:
        record_id = self.unique.get((kind, name, _folded(value)))
        return self.records[record_id] if record_id else None

    def contacts_of(self, company_id: str) -> list[Record]:
        contacts = self.of("CompanyContact")
        return [each for each in contacts if each.fields["company"] == company_id]

    def write(self, kind: str, number: int, fields: JsonObject, *, at: float) -> Record:
        """Make a record or change its fields; None takes one away."""
        record_id = f"gid://shopify/{kind}/{number}"
        held = self.records.get(record_id)
        if held:
            self._forget(held)
        merged = {**(held.fields if held else {}), **fields}
        kept = {name: value for name, value in merged.items() if value is not None}
        record = Record(kind, number, kept, held.created if held else at)
        self.records[record_id] = record
        self.next_number = max(self.next_number, number + 1)
        for name in _UNIQUE.get(kind, ()):
            if name in kept:
                self.unique[kind, name, _folded(kept[name])] = record_id
        return record

    def remove(self, record_id: str) -> None:
        held = self.records.pop(record_id, None)
        if held:
            self._forget(held)

    def shown(self) -> JsonObject:
        kinds = {"companies": "Company", "contacts": "CompanyContact", "customers": "Customer"}
        return {
            name: [{"id": each.id, **each.fields} for each in self.of(kind)]
            for name, kind in kinds.items()
        }

    def _forget(self, record: Record) -> None:
        for name in _UNIQUE.get(record.kind, ()):
            if name in record.fields:
                self.unique.pop((record.kind, name, _folded(record.fields[name])), None)


_UNIQUE = {"Company": ("externalId",), "Customer": ("email", "phone")}


def _folded(value: object) -> str:
    return str(value).strip().lower()
