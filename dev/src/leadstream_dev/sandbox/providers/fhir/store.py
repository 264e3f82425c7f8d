"""The organizations of one account, by id and by identifier."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from leadstream_dev.sandbox.exchange import JsonObject


@dataclass(frozen=True, slots=True)
class Kept:
    id: str
    version: int
    resource: JsonObject

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'


@dataclass(slots=True)
class Store:
    by_id: dict[str, Kept] = field(default_factory=dict)
    # Versions of what was deleted go on from where they were.
    versions: dict[str, int] = field(default_factory=dict)
    _by_identifier: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _last: int = 0

    def copy(self) -> "Store":
        """To try things out in; the resources themselves are never changed."""
        return Store(dict(self.by_id), dict(self.versions), dict(self._by_identifier), self._last)

    def find(self, system: str, value: str) -> list[Kept]:
        ids = self._by_identifier.get((system, value.casefold()), frozenset())
        return [self.by_id[each] for each in sorted(ids)]

    def next_id(self) -> str:
        return str(self._last + 1)

    def next_version(self, id_: str) -> int:
        return self.versions.get(id_, 0) + 1

    def write(self, id_: str, resource: JsonObject, *, at: str, keeps_tags: bool) -> None:
        before = self.by_id.get(id_)
        self._unlist(id_)
        self.versions[id_] = version = self.next_version(id_)
        if id_.isdecimal() and len(id_) < 12:
            self._last = max(self._last, int(id_))
        meta = dict(resource.get("meta") or {}) | {"versionId": str(version), "lastUpdated": at}
        if keeps_tags and before:
            tags = [*meta.get("tag", ()), *before.resource["meta"].get("tag", ())]
            meta |= {"tag": [each for i, each in enumerate(tags) if each not in tags[:i]]}
        self.by_id[id_] = Kept(id_, version, resource | {"id": id_, "meta": meta})
        for key in _identifiers(resource):
            self._by_identifier[key] = self._by_identifier.get(key, frozenset()) | {id_}

    def delete(self, id_: str) -> None:
        self._unlist(id_)
        self.versions[id_] = self.next_version(id_)
        del self.by_id[id_]

    def _unlist(self, id_: str) -> None:
        held = self.by_id.get(id_)
        for key in _identifiers(held.resource) if held else ():
            self._by_identifier[key] = self._by_identifier[key] - {id_}


def first_identifier(resource: JsonObject) -> str | None:
    return next((value for _, value in _identifiers(resource, folded=False)), None)


def _identifiers(resource: JsonObject, *, folded: bool = True) -> Iterator[tuple[str, str]]:
    listed: Any = resource.get("identifier")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("value"):
            value = str(each["value"])
            yield str(each.get("system") or ""), value.casefold() if folded else value
