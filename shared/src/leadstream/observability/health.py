"""What a probe asks: is the process alive, and may it take work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from leadstream.observability.redact import Redactor

# Return None if all is well, else the reason; raising counts as a reason.
Check = Callable[[], Awaitable[str | None]]

TIMEOUT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to one probe: each check's name with its reason, or None where all is well."""

    checks: dict[str, str | None]

    @property
    def ok(self) -> bool:
        return not any(self.checks.values())

    def as_json(self) -> dict[str, object]:
        failing = {name: reason for name, reason in self.checks.items() if reason}
        return {
            "status": "ok" if self.ok else "unavailable",
            "failing": failing,
            "passing": sorted(set(self.checks) - set(failing)),
        }


@dataclass(frozen=True, slots=True)
class _Named:
    check: Check
    timeout: timedelta


@dataclass(slots=True)
class Health:
    """The checks of one service. Liveness checks only what a restart would mend."""

    _liveness: dict[str, _Named] = field(default_factory=dict)
    _readiness: dict[str, _Named] = field(default_factory=dict)

    def add_liveness(self, name: str, check: Check, *, timeout: timedelta = TIMEOUT) -> None:
        self._liveness[name] = _Named(check, timeout)

    def add_readiness(self, name: str, check: Check, *, timeout: timedelta = TIMEOUT) -> None:
        self._readiness[name] = _Named(check, timeout)

    async def live(self) -> Report:
        return await _run(self._liveness)

    async def ready(self) -> Report:
        return await _run(self._readiness)


async def _run(checks: dict[str, _Named]) -> Report:
    reasons = await asyncio.gather(*(_reason(named) for named in checks.values()))
    return Report(dict(zip(checks, reasons, strict=True)))


async def _reason(named: _Named) -> str | None:
    try:
        async with asyncio.timeout(named.timeout.total_seconds()):
            return await named.check()
    except TimeoutError:
        return f"no answer within {named.timeout.total_seconds():g} s"
    except Exception as exc:  # noqa: BLE001 - a probe reports whatever is wrong
        return Redactor().text(f"{type(exc).__name__}: {exc}").rstrip(": ")
