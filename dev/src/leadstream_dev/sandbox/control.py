"""The client of the control API."""

from collections.abc import Sequence
from datetime import date
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from types import TracebackType
from typing import Any, Self

import httpx

from leadstream_dev.sandbox.exchange import JsonObject

# Reading the certificate authorities takes longer than most tests, and the sandbox has no TLS.
WITHOUT_AUTHORITIES = SSLContext(PROTOCOL_TLS_CLIENT)


class ControlError(Exception):
    """The sandbox refused a control call; the text says why."""


class Control:
    """What tests and the demo ask of the sandbox. Nothing here is in the ledger."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url}/_control", verify=WITHOUT_AUTHORITIES, trust_env=False, timeout=60
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def behave(
        self,
        provider: str,
        operation: str | None = None,
        *,
        match: JsonObject | None = None,
        contains: str | None = None,
        **switches: object,
    ) -> None:
        """Switch misbehaviour on, in place of what was set for exactly the same calls.

        Switches: `latency={"seconds", "jitter"}`, `rate_limit={"limit", "window", "retry_after"}`,
        `errors={"rate", "status", "body", "headers"}`, the fractions `hang`, `drop`, `half` and `lose`,
        `quota_exhausted=True | "daily" | "monthly"`, `revoked=True`.
        """
        target = _target(provider, operation, match, contains)
        await self._ask("PUT", "/behaviours", target | switches)

    async def script(
        self,
        provider: str,
        operation: str | None,
        *steps: JsonObject,
        match: JsonObject | None = None,
        contains: str | None = None,
    ) -> int:
        """Say what happens to the next calls that match, one step each; returns the script's id.

        A step: `{"action": "answer", "status", "headers", "body", "delay", "times"}`, or with one
        of the actions `pass`, `hang`, `drop`, `half`, `lose` just `delay` and `times`.
        """
        target = _target(provider, operation, match, contains)
        answer = await self._ask("POST", "/scripts", target | {"steps": list(steps)})
        return int(answer["id"])

    async def scripts(self) -> list[JsonObject]:
        """The scripts, each with how many calls it is still for in `left`."""
        return await self._list("/scripts")

    async def clear(self, provider: str | None = None, operation: str | None = None) -> None:
        """Switch misbehaviour and scripts off."""
        asked = {"provider": provider, "operation": operation}
        params = {name: value for name, value in asked.items() if value is not None}
        await self._ask("DELETE", "/behaviours", params=params)

    async def settings(self, **changes: object) -> JsonObject:
        """Change `day`, `results`, `odd`, `clock_offset`; returns all of them."""
        day = changes.get("day")
        if isinstance(day, date):
            changes["day"] = day.isoformat()
        return await self._ask("PATCH", "/settings", changes)

    async def options(self, provider: str, **changes: object) -> JsonObject:
        """Change a provider's options; mappings are merged, null takes a key out."""
        return await self._ask("PATCH", f"/options/{provider}", changes)

    async def catalogue(
        self,
        topic: str,
        companies: Sequence[JsonObject],
        *,
        ignore_limit: bool = False,
        ignore_page: bool = False,
    ) -> None:
        """Make a search for `topic` find exactly these companies, whatever its filters."""
        pinned = {
            "companies": list(companies),
            "ignore_limit": ignore_limit,
            "ignore_page": ignore_page,
        }
        await self.options("datashopper", catalogues={topic: pinned})

    async def company(self, domain: str, **answer: object) -> None:
        """Pin Clay's answer for a domain: `contacts`, `company_info`, `credits_used`."""
        await self.options("clay", companies={domain.lower(): answer})

    async def verdict(self, email: str, status: str) -> None:
        """Pin the verification of an address: valid, invalid, accept_all, disposable, unknown."""
        await self.options("clay", verdicts={email.lower(): status})

    async def hook_secrets(self, hook: str, *secrets: str) -> None:
        """Tell the receiver what it must verify the signatures for `/hooks/{hook}` with."""
        await self.options("hooks", secrets={hook: list(secrets)})

    async def revoke(self, provider: str, *keys: str) -> None:
        """Refuse these keys (client ids, for Salesforce) from now on, and only these."""
        await self.options(provider, revoked=list(keys))

    async def expire_fhir_sessions(self) -> int:
        return int((await self._ask("POST", "/fhir/expire"))["ended"])

    async def expire_salesforce_sessions(self) -> int:
        return int((await self._ask("POST", "/salesforce/expire"))["ended"])

    async def expire_shopify_tokens(self) -> int:
        return int((await self._ask("POST", "/shopify/expire"))["ended"])

    async def state(self, provider: str) -> JsonObject:
        return await self._ask("GET", f"/state/{provider}")

    async def stats(self) -> list[JsonObject]:
        """Calls by provider, operation, outcome and status."""
        return await self._list("/stats")

    async def ledger(self, **wanted: str | int) -> list[JsonObject]:
        """Ledger lines by any of their fields; `after` a seq, at most `limit` of them."""
        return await self._list("/ledger", params=wanted)

    async def health(self) -> JsonObject:
        return await self._ask("GET", "/healthz")

    async def reset(self, *, keep_ledger: bool = False) -> None:
        """Forget everything asked for, and unless the ledger is kept, everything that happened."""
        await self._ask("POST", "/reset", {"keep_ledger": keep_ledger})

    async def _ask(
        self, method: str, path: str, body: object = None, params: JsonObject | None = None
    ) -> JsonObject:
        answer: JsonObject = await self._send(method, path, body, params)
        return answer

    async def _list(self, path: str, params: JsonObject | None = None) -> list[JsonObject]:
        answer: list[JsonObject] = await self._send("GET", path, None, params)
        return answer

    async def _send(self, method: str, path: str, body: object, params: JsonObject | None) -> Any:
        answer = await self._http.request(method, path, json=body, params=params)
        if answer.is_error:
            raise ControlError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()


def _target(
    provider: str, operation: str | None, match: JsonObject | None, contains: str | None
) -> JsonObject:
    return {
        "provider": provider,
        "operation": operation,
        "match": match or {},
        "contains": contains,
    }
