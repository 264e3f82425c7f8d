"""What is asked of the organizations, alone or in a batch, and what comes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.fhir.checks import check
from leadstream_dev.sandbox.providers.fhir.options import FhirOptions
from leadstream_dev.sandbox.providers.fhir.outcomes import Refused
from leadstream_dev.sandbox.providers.fhir.store import Kept, Store, first_identifier

# Parameters of every search, which this server knows and does nothing with.
_COMMON = frozenset({"_count", "_format", "_summary", "_elements", "_total"})
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    # Below the base, with its query.
    url: str
    resource: object = None
    if_match: str | None = None
    if_none_exist: str | None = None
    # Its place in a batch.
    item: int | None = None

    @property
    def id(self) -> str | None:
        return self.url.partition("?")[0].partition("/")[2] or None

    @property
    def query(self) -> str:
        return self.url.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Done:
    status: int
    resource: JsonObject | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: JsonObject | None = None


@dataclass(slots=True)
class Server:
    """Carries requests out on a copy of the store."""

    store: Store
    options: FhirOptions
    rights: str
    now: datetime
    base: str

    def do(self, asked: Asked) -> Done:
        """Raise Refused."""
        if (
            not self.options.organizations
            or asked.url.split("?")[0].split("/")[0] != "Organization"
        ):
            raise Refused(404, "not-supported", "no such resource type")
        match asked.method:
            case "GET":
                return self._read(asked) if asked.id else self._search(asked)
            case "POST":
                return self._create(asked)
            case "PUT":
                return self._update(asked) if asked.id else self._conditional_update(asked)
            case "DELETE":
                return self._delete(asked)
        raise Refused(405, "not-supported", "no such interaction")

    def _read(self, asked: Asked) -> Done:
        self._need("r")
        kept = self._kept(asked.id or "")
        return Done(200, kept.resource, {"ETag": kept.etag})

    def _search(self, asked: Asked) -> Done:
        self._need("s")
        found = self._find(asked.query)
        lagging = {each.casefold() for each in self.options.search_lags}
        entries = [
            {
                "fullUrl": f"{self.base}/Organization/{each.id}",
                "resource": each.resource,
                "search": {"mode": "match"},
            }
            for each in found
            if str(first_identifier(each.resource)).casefold() not in lagging
        ]
        bundle: JsonObject = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(entries),
            "link": [{"relation": "self", "url": f"{self.base}/{asked.url}"}],
        }
        return Done(200, bundle | ({"entry": entries} if entries else {}))

    def _create(self, asked: Asked) -> Done:
        self._need("c")
        resource = self._checked(asked)
        if asked.if_none_exist is not None:
            if not self.options.conditional_create:
                raise Refused(412, "not-supported", "no conditional create here")
            found = self._find(asked.if_none_exist)
            self._one(found)
            if found:
                return self._said(200, found[0])
        return self._write(asked, self.store.next_id(), resource, created=True)

    def _update(self, asked: Asked) -> Done:
        self._need("u")
        resource, id_ = self._checked(asked), asked.id or ""
        if resource.get("id") != id_:
            raise Refused(400, "value", "the id in the body is not that of the URL", path="id")
        held = self.store.by_id.get(id_)
        if held is None:
            if not self.options.update_create or not _ID.fullmatch(id_):
                raise Refused(404, "not-found", f"Organization/{id_} is not known")
            self._need("c")
        self._match(asked, held)
        return self._write(asked, id_, resource, created=held is None)

    def _conditional_update(self, asked: Asked) -> Done:
        self._need("u")
        if not self.options.conditional_update:
            raise Refused(405, "not-supported", "no conditional update here")
        resource = self._checked(asked)
        found = self._find(asked.query)
        self._one(found)
        named = resource.get("id")
        if found:
            if named not in (None, found[0].id):
                raise Refused(400, "value", "the id in the body is another's", path="id")
            self._match(asked, found[0])
            return self._write(asked, found[0].id, resource, created=False)
        self._need("c")
        if named is not None and not self.options.update_create:
            raise Refused(400, "value", "the server names new resources itself", path="id")
        return self._write(asked, str(named or self.store.next_id()), resource, created=True)

    def _delete(self, asked: Asked) -> Done:
        self._need("d")
        kept = self._kept(asked.id or "")
        self.store.delete(kept.id)
        return Done(204, effect={"kind": "removal", "object": "Organization", "id": kept.id})

    def _write(self, asked: Asked, id_: str, resource: JsonObject, *, created: bool) -> Done:
        if not _ID.fullmatch(id_):
            raise Refused(400, "value", "no id that FHIR has", path="id")
        at = self.now.isoformat()
        keeps_tags = self.options.keeps_tags
        self.store.write(id_, resource, at=at, keeps_tags=keeps_tags)
        effect = {
            "kind": "record",
            "object": "Organization",
            "id": id_,
            "created": created,
            "id_property": "identifier",
            "external_id": first_identifier(resource),
            "item": asked.item,
            "at": at,
            "keeps_tags": keeps_tags,
        }
        return self._said(201 if created else 200, self.store.by_id[id_], effect)

    def _said(self, status: int, kept: Kept, effect: JsonObject | None = None) -> Done:
        place = f"{self.base}/Organization/{kept.id}/_history/{kept.version}"
        return Done(status, kept.resource, {"Location": place, "ETag": kept.etag}, effect)

    def _checked(self, asked: Asked) -> JsonObject:
        if not self.options.writable:
            raise Refused(405, "not-supported", "nobody writes Organization here")
        resource = check(asked.resource, self.options)
        identifier = first_identifier(resource) or ""
        status = self.options.trouble.get(identifier)
        if status is not None:
            raise Refused(status, _CODES.get(status, "processing"), f"{status} for this one")
        return resource

    def _kept(self, id_: str) -> Kept:
        kept = self.store.by_id.get(id_)
        if kept is None:
            gone = id_ in self.store.versions
            raise Refused(
                410 if gone else 404, "deleted" if gone else "not-found", "it is not here"
            )
        return kept

    def _find(self, query: str) -> list[Kept]:
        wanted = [
            pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in _COMMON
        ]
        if self.options.ignores_search:
            return list(self.store.by_id.values())
        if [name for name, _ in wanted] != ["identifier"]:
            raise Refused(400, "not-supported", "only identifier is searched by, once")
        system, found, value = wanted[0][1].partition("|")
        if not found or not system or not value or "," in value:
            raise Refused(400, "value", "an identifier is searched by as system|value")
        return self.store.find(system, value)

    def _one(self, found: list[Kept]) -> None:
        if len(found) > 1:
            raise Refused(412, "multiple-matches", f"{len(found)} matches")

    def _match(self, asked: Asked, held: Kept | None) -> None:
        if asked.if_match is None:
            if held and self.options.versioning == "versioned-update":
                raise Refused(412, "conflict", "If-Match is needed")
            return
        if self.options.versioning != "no-version" and (
            held is None or asked.if_match.removeprefix("W/").strip('"') != str(held.version)
        ):
            raise Refused(412, "conflict", "it is of another version")

    def _need(self, right: str) -> None:
        if right not in self.rights:
            raise Refused(403, "forbidden", "the scopes of this token do not allow it")


_CODES = {
    400: "structure",
    401: "login",
    403: "forbidden",
    409: "conflict",
    412: "multiple-matches",
    422: "processing",
    429: "throttled",
    503: "transient",
}
