"""The pauses in force, in memory: what a worker asks right before every call."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from leadstream.pacing import first_of
from leadstream.pauses.store import (
    Pause,
    active_pauses,
    delete_expired,
    reason_label,
    scope_kind,
    scope_name,
)
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

# A NOTIFY that got lost with its connection is made good by the next look.
REFRESH_SECONDS = 5.0


class PauseBoard:
    """Follows the table by LISTEN, so a pause that one replica sets stops the others within milliseconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pauses: dict[str, list[Pause]] = {}
        self._circuits: dict[str, Pause] = {}
        self._changed = asyncio.Event()
        self._is_known = False
        self._watchers: list[Callable[[], None]] = []

    @property
    def is_known(self) -> bool:
        """Whether it has looked at all: before, an empty board says nothing."""
        return self._is_known

    def held(
        self, scopes: Iterable[str], *, but: UUID | None = None, other_key_at: str | None = None
    ) -> Pause | None:
        """A pause that holds one of the scopes now, other than `but`, or None.

        `other_key_at`: a scope whose key is not the one that is used, so that what is wrong with it holds nothing.
        """
        now = datetime.now(UTC)
        for scope in scopes:
            for pause in self._pauses.get(scope, ()):
                if scope == other_key_at and pause.is_of_key:
                    continue
                if pause.id != but and (pause.until is None or pause.until > now):
                    return pause
        return None

    def circuit(self, scope: str) -> Pause | None:
        """The scope's circuit, if it is open."""
        return self._circuits.get(scope)

    def probes_due(self, scopes: Collection[str] | None) -> list[str]:
        """Which of the scopes, or of all, have an open circuit and a job of theirs to be tried now."""
        if not self._circuits:
            return []
        now = datetime.now(UTC)
        return [
            scope
            for scope, each in self._circuits.items()
            if each.probe_at and each.probe_at <= now and (not scopes or scope in scopes)
        ]

    def circuits_older_than(self, age: timedelta) -> list[str]:
        """Scopes whose circuit has been open for longer."""
        before = datetime.now(UTC) - age
        return [scope for scope, each in self._circuits.items() if each.created_at < before]

    def scopes(self, kind: str) -> list[Pause]:
        """The pauses in force whose scope is of the given kind, such as `topic`."""
        return [p for ps in self._pauses.values() for p in ps if scope_kind(p.scope) == kind]

    def counts(self) -> Counter[str]:
        """Pauses in force by kind of scope."""
        return Counter(scope_kind(scope) for scope, ps in self._pauses.items() for _ in ps)

    def reasons(self) -> Counter[tuple[str, str, str]]:
        """Pauses in force by kind of scope, its name, and reason, in words that a metric may use."""
        return Counter(
            (scope_kind(p.scope), scope_name(p.scope), reason_label(p.reason))
            for ps in self._pauses.values()
            for p in ps
        )

    def held_scopes(self) -> list[str]:
        """What is held now."""
        return [scope for scope in self._pauses if self.held([scope])]

    def apply(self, pause: Pause) -> None:
        """Obey a pause that this process has just set, without waiting for its own NOTIFY."""
        # Its NOTIFY may have been quicker, and a longer pause replaces the shorter one of the same holder.
        others = [p for p in self._pauses.get(pause.scope, ()) if p.id != pause.id]
        self._pauses[pause.scope] = [*others, pause]
        if pause.probe_at:
            self._circuits[pause.scope] = pause

    def forget(self, scope: str) -> None:
        """A success has closed the scope's circuit."""
        self._pauses[scope] = [p for p in self._pauses.get(scope, ()) if not p.probe_at]
        self._circuits.pop(scope, None)

    def look_again(self) -> None:
        """Something has shown that the board may be behind."""
        self._changed.set()

    def watch(self, call: Callable[[], None]) -> None:
        """Call at each look, before what it brings is obeyed: for what is changed together with pauses."""
        self._watchers.append(call)

    async def refresh(self) -> None:
        found: dict[str, list[Pause]] = {}
        for pause in await active_pauses(self._database):
            found.setdefault(pause.scope, []).append(pause)
        for call in self._watchers:
            call()
        self._pauses = found
        self._circuits = {p.scope: p for ps in found.values() for p in ps if p.probe_at}
        self._is_known = True

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._follow(stop)
            except UNAVAILABLE as exc:
                log.warning("pauses.unreachable", extra={"error": repr(exc)})
                await _wait(stop, 1.0)

    async def _follow(self, stop: asyncio.Event) -> None:
        async with self._database.dedicated() as connection:
            channel = f"leadstream_pauses_{self._database.schema}"
            await connection.add_listener(channel, lambda *_: self._changed.set())
            # Nobody would be told any more: listen anew at once, not at the next look.
            connection.add_termination_listener(lambda *_: self._changed.set())
            while not stop.is_set() and not connection.is_closed():
                self._changed.clear()
                await self.refresh()
                if not await self._next_change(stop):
                    await delete_expired(self._database)

    async def _next_change(self, stop: asyncio.Event) -> bool:
        """Wait for a change or for the next look; tell whether it was a change."""
        await first_of(self._changed, stop, timeout=REFRESH_SECONDS)
        return self._changed.is_set()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
