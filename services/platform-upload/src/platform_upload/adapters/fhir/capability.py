"""What a FHIR server says it can do: read once for each version of a connection, and again after a while."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadstream.clock import Clock
from leadstream.reading import listed, word
from platform_upload.adapters.fhir.api import FhirApi
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

READ_AGAIN = timedelta(hours=1)
_R4 = "4."


@dataclass(frozen=True, slots=True)
class Capability:
    fhir_version: str | None = None
    conditional_update: bool = False
    conditional_create: bool = False
    # A PUT to an id that is not there makes it.
    update_create: bool = False
    batch: bool = False
    # Whether former versions are kept, or it doesn't say.
    keeps_history: bool = True

    @property
    def is_safe(self) -> bool:
        """Whether there is a way to make an organization that makes no second one."""
        return self.conditional_update or self.conditional_create or self.update_create

    @property
    def in_words(self) -> str:
        ways = {
            "conditional update": self.conditional_update,
            "conditional create": self.conditional_create,
            "ids of ours": self.update_create,
        }
        way = next((name for name, there in ways.items() if there), "none")
        return f"Organizations by {way}, {'in batches' if self.batch else 'one by one'}"


@dataclass(frozen=True, slots=True)
class _Known:
    capability: Capability
    version: int
    read_at: datetime


class Capabilities:
    def __init__(self, api: FhirApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[UUID, _Known] = {}
        self._locks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, connection: Connection, budget: Budget, *, anew: bool = False) -> Capability:
        """Raise RefusedError where the server says nothing, or that it is none for us."""
        async with self._locks[connection.id]:
            known = self._known.get(connection.id)
            if anew or known is None or not self._holds(known, connection):
                said = await self._api.metadata(connection, budget)
                known = _Known(read_statement(said), connection.version, self._clock.now())
                self._known[connection.id] = known
            return known.capability

    def forget(self, connection: Connection) -> None:
        """The server did not do what it said it could."""
        self._known.pop(connection.id, None)

    def _holds(self, known: _Known, connection: Connection) -> bool:
        fresh = self._clock.now() < known.read_at + READ_AGAIN
        return fresh and known.version == connection.version


def read_statement(statement: Mapping[str, Any]) -> Capability:
    """Raise RefusedError (misconfigured) where organizations can't be written, or could be made twice."""
    version = statement.get("fhirVersion")
    if isinstance(version, str) and not version.startswith(_R4):
        raise _unfit(f"the server speaks FHIR {version[:20]}, not R4")
    rest = _server(statement)
    resource = next(
        (each for each in _objects(rest.get("resource")) if each.get("type") == "Organization"),
        None,
    )
    if resource is None:
        raise _unfit("the server has no Organization resources")
    codes = _codes(resource)
    if codes and "update" not in codes:
        raise _unfit("the server lets nobody write Organization resources")
    capability = Capability(
        fhir_version=version if isinstance(version, str) else None,
        conditional_update=_is_true(resource.get("conditionalUpdate")),
        conditional_create=_is_true(resource.get("conditionalCreate"))
        and (not codes or "create" in codes),
        update_create=_is_true(resource.get("updateCreate")),
        batch="batch" in _codes(rest),
        keeps_history=word(resource.get("versioning")) != "no_version",
    )
    if not capability.is_safe:
        raise _unfit(
            "the server has neither conditional update nor conditional create of Organization resources, nor takes it "
            "ids of ours: a lead could be made twice"
        )
    return capability


def _server(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    found = _objects(statement.get("rest"))
    served = (each for each in found if word(each.get("mode")) == "server")
    return next(served, found[0] if found else {})


def _codes(part: Mapping[str, Any]) -> set[str | None]:
    return {word(each.get("code")) for each in _objects(part.get("interaction"))}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in listed(value) or () if isinstance(each, Mapping)]


def _is_true(value: object) -> bool:
    return value is True or word(value) == "true"


def _unfit(message: str) -> RefusedError:
    return RefusedError(
        Refused(verdict=Verdict.CONFIGURATION, code="not_supported", message=message)
    )
