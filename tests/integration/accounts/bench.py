"""The admin API of accounts and sources on a service's own tables, with a provider that says what a test wants."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx

from leadstream.accounts import Account, SourceList
from leadstream.accounts.management import AccountsApi, Workplace
from leadstream.accounts.routers import accounts_router, contact_sources_router
from leadstream.accounts.sources import SourcesApi
from leadstream.accounts.store import PostgresAccounts
from leadstream.api import AdminToken, create_app
from leadstream.clock import SystemClock
from leadstream.crypto import Keyring
from leadstream.jobs.model import Failed, Held, Retry
from leadstream.observability.health import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from support.keys import generate_key

WORKSPACE, OTHER = UUID(int=1), UUID(int=2)
PDL, KEY = "people_data_labs", "pdl-secret-key"
SEALING: Final = generate_key("k1")
DEPLOYMENTS: Final = Account(provider=PDL, credentials={"api_key": "the-deployments-key"})


@dataclass(slots=True)
class AProvider:
    fault: Retry | Failed | Held | None = None
    asked: list[Account] = field(default_factory=list)

    async def __call__(self, account: Account) -> Retry | Failed | Held | None:
        self.asked.append(account)
        return self.fault


@dataclass(slots=True)
class Bench:
    """One process of the service, as far as accounts go."""

    database: Database
    board: PauseBoard
    accounts: PostgresAccounts
    provider: AProvider
    http: httpx.AsyncClient

    async def put_account(self, provider: str = PDL, **changes: Any) -> httpx.Response:
        body = {
            "workspace_id": str(WORKSPACE),
            "provider": provider,
            "credentials": {"api_key": KEY},
            **changes,
        }
        return await self.http.post(
            "/provider-accounts", json={name: v for name, v in body.items() if v is not None}
        )

    async def put_sources(self, **body: Any) -> httpx.Response:
        return await self.http.put(f"/sources/{WORKSPACE}", json=body)

    async def key(self, provider: str = PDL, workspace: UUID = WORKSPACE) -> str | None:
        found = await self.accounts.find(provider, workspace)
        return found.credentials["api_key"] if found else None

    async def audit(self) -> list[dict[str, Any]]:
        rows = await self.database.pool.fetch("SELECT * FROM audit_log ORDER BY at, id")
        return [dict(row) for row in rows]


def a_bench(
    database: Database,
    board: PauseBoard,
    *,
    sealing: str | None = SEALING,
    deployment: tuple[Account, ...] = (DEPLOYMENTS,),
    token: tuple[AdminToken, str] | None = None,
) -> Bench:
    keyring = Keyring.parse(sealing) if sealing else None
    workplace = Workplace(
        service="enrichment",
        database=database,
        keyring=keyring,
        board=board,
        clock=SystemClock(),
        wake=lambda: None,
    )
    accounts = PostgresAccounts(
        database, keyring, board, service="enrichment", deployment=deployment
    )
    provider = AProvider()
    lists = (SourceList.CONTACTS, SourceList.VERIFY)
    app = create_app(
        service="enrichment",
        health=Health(),
        tokens=[token[0]] if token else [],
        admin=[
            accounts_router(AccountsApi(workplace, {PDL: provider})),
            contact_sources_router(SourcesApi(workplace, accounts, lists)),
        ],
    )
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("127.0.0.1", 50_000)),
        base_url="http://127.0.0.1/api/admin",
        headers={"authorization": f"Bearer {token[1]}"} if token else {},
    )
    return Bench(database, board, accounts, provider, http)
