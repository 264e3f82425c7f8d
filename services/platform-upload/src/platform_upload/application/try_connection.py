"""Tries a connection out, without writing anything at the platform."""

from collections.abc import Callable
from dataclasses import dataclass

from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Adapter, WrongSettingError
from platform_upload.domain.answers import RefusedError
from platform_upload.domain.connection import Connection, Hold

# What a working connection need not wait for any longer. A quota is not among them: reading may be free of it.
OVERCOME = (Hold.CREDENTIAL, Hold.MISCONFIGURED, Hold.CIRCUIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    ok: bool
    message: str
    verdict: str | None = None
    code: str | None = None
    status_code: int | None = None


async def try_connection(
    adapter: Adapter, connection: Connection, budget: Callable[[], Budget]
) -> Tested:
    try:
        return Tested(ok=True, message=await adapter.probe(connection, budget()))
    except SpentError:
        return Tested(ok=False, message="the platform took too long", code="timeout")
    except RefusedError as exc:
        refused = exc.refused
        return Tested(
            ok=False,
            message=f"{exc.field}: {refused.message}"
            if isinstance(exc, WrongSettingError)
            else refused.message,
            verdict=refused.verdict.value,
            code=refused.code,
            status_code=refused.status_code,
        )
