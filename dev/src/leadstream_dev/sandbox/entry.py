"""One line of the ledger, as the judges read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadstream_dev.sandbox.exchange import JsonObject, Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Fields that only some providers have are read with `entry["lead_id"]`."""

    line: JsonObject

    def __getitem__(self, name: str) -> Any:
        """The field, or None where this request has none of that name."""
        return self.line.get(name)

    @property
    def seq(self) -> int:
        return int(self.line["seq"])

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.line["time"])

    @property
    def provider(self) -> str:
        return str(self.line["provider"])

    @property
    def operation(self) -> str:
        return str(self.line["operation"])

    @property
    def status(self) -> int | None:
        """The status answered; None if the answer never arrived."""
        status = self.line["status"]
        return None if status is None else int(status)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.line["outcome"])

    @property
    def body(self) -> Any:
        return self.line["body"]

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.line["headers"])

    @property
    def effects(self) -> list[JsonObject]:
        """What the provider did, also where the answer was lost; nothing for a replay."""
        return [] if self.line["replayed"] else list(self.line["effects"])

    def matches(self, wanted: JsonObject) -> bool:
        return all(_holds(self.line.get(name), value) for name, value in wanted.items())


def _holds(value: object, wanted: object) -> bool:
    return wanted in value if isinstance(value, list) else value == wanted
