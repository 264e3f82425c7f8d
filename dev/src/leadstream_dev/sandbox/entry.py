"""One line of the ledger, as the judges read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from leadstream_dev.sandbox.exchange import JsonObject, Outcome

# Read again when they are asked for. As objects they are half of what a line takes, and a ledger has a million lines.
_LARGE = ("body", "headers")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Fields that only some providers have are read with `entry["lead_id"]`."""

    raw: bytes
    _fields: JsonObject

    @classmethod
    def read(cls, raw: bytes) -> Self:
        fields = orjson.loads(raw)
        for name in _LARGE:
            fields.pop(name, None)
        return cls(raw, fields)

    @property
    def line(self) -> JsonObject:
        line: JsonObject = orjson.loads(self.raw)
        return line

    def __getitem__(self, name: str) -> Any:
        """The field, or None where this request has none of that name."""
        return (self.line if name in _LARGE else self._fields).get(name)

    @property
    def seq(self) -> int:
        return int(self._fields["seq"])

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self._fields["time"])

    @property
    def provider(self) -> str:
        return str(self._fields["provider"])

    @property
    def operation(self) -> str:
        return str(self._fields["operation"])

    @property
    def status(self) -> int | None:
        """The status answered; None if the answer never arrived."""
        status = self._fields["status"]
        return None if status is None else int(status)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self._fields["outcome"])

    @property
    def body(self) -> Any:
        return self["body"]

    @property
    def headers(self) -> dict[str, str]:
        return dict(self["headers"])

    @property
    def effects(self) -> list[JsonObject]:
        """What the provider did, also where the answer was lost; nothing for a replay."""
        return [] if self._fields["replayed"] else list(self._fields["effects"])

    def matches(self, wanted: JsonObject) -> bool:
        return all(_holds(self[name], value) for name, value in wanted.items())


def _holds(value: object, wanted: object) -> bool:
    return wanted in value if isinstance(value, list) else value == wanted
