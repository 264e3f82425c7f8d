"""Whether a connection can be used now; and what is done with one that a platform has something against."""

from dataclasses import dataclass
from uuid import UUID

from leadstream.clock import Clock
from leadstream.jobs.model import Held, Problem, Released
from platform_upload.application.outcomes import HOLDS, MISCONFIGURED, held
from platform_upload.application.ports import Connections, UnreadableConnectionError
from platform_upload.domain.answers import Refused, Verdict
from platform_upload.domain.connection import Connection, Hold, connection_of, lane_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    connections: Connections
    clock: Clock

    async def open(self, lane: str) -> Connection | Held | Released:
        """The lane's connection; or, where it can't be used, the pause that its jobs wait for from now on."""
        connection_id = connection_of(lane)
        try:
            connection = await self.connections.get(connection_id)
        except UnreadableConnectionError as exc:
            problem = Problem(error_class="undecryptable", message=str(exc))
            return await self._hold(
                connection_id, Hold.MISCONFIGURED, problem, seen=exc.version, retry=True
            )
        if connection is None:
            problem = Problem(error_class=Hold.MISSING, message="there is no such connection yet")
            return await self._hold(connection_id, Hold.MISSING, problem, seen=None)
        if connection.held_by:
            message = connection.disabled_reason or f"the connection is {connection.status}"
            problem = Problem(error_class=connection.held_by, message=message)
            return await self._hold(
                connection_id, connection.held_by, problem, seen=connection.version
            )
        return connection

    async def obey(self, connection: Connection, refused: Refused) -> bool:
        """Pause the connection for an answer that concerns it; False: it was about an older version of it."""
        if refused.verdict is Verdict.DISABLE:
            return await self.connections.disable(
                connection.id, seen=connection.version, why=refused.message
            )
        until = None
        if refused.verdict is Verdict.CONFIGURATION:
            until = self.clock.now() + (refused.after or MISCONFIGURED)
        return await self.connections.hold(
            connection.id,
            seen=connection.version,
            reason=HOLDS[refused.verdict],
            until=until,
            why=refused.said,
        )

    async def _hold(
        self,
        connection_id: UUID,
        reason: str,
        problem: Problem,
        *,
        seen: int | None,
        retry: bool = False,
    ) -> Held | Released:
        until = self.clock.now() + MISCONFIGURED if retry else None
        paused = await self.connections.hold(
            connection_id, seen=seen, reason=reason, until=until, why=problem.message
        )
        if not paused:
            return Released()
        return held(lane_of(connection_id), reason, problem, now=self.clock.now())
