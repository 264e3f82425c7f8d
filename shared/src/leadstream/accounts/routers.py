"""`/provider-accounts` and `/sources/{workspace_id}`: with whose keys a workspace has whom asked."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from leadstream.accounts.bodies import (
    AccountTest,
    ContactSources,
    IntentSources,
    NewAccount,
    NewCredentials,
    ProviderAccount,
    RemovedAccount,
    RotatedAccountKeys,
    SetContactSources,
    SetIntentSources,
)
from leadstream.accounts.management import AccountsApi
from leadstream.accounts.sources import SourcesApi
from leadstream.api import Admin, Operator, Page, PagingQuery, Viewer, answers


def accounts_router(api: AccountsApi) -> APIRouter:
    router = APIRouter(prefix="/provider-accounts", tags=["provider accounts"])

    @router.get(
        "",
        summary="Workspaces' own accounts at providers, newest first",
        response_model=Page[ProviderAccount],
    )
    async def list_provider_accounts(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        provider: str | None = None,
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id, provider)

    @router.post(
        "",
        status_code=201,
        summary="Have a workspace pay with its own key, or change it",
        response_model=ProviderAccount,
    )
    async def put_provider_account(caller: Operator, body: NewAccount) -> dict[str, Any]:
        return await api.put(caller, body)

    @router.post(
        "/rotate-keys",
        summary="Encrypt all credentials with the newest key",
        response_model=RotatedAccountKeys,
    )
    async def rotate_account_keys(caller: Admin) -> dict[str, Any]:
        return await api.rotate_keys(caller)

    @router.get("/{account_id}", summary="One account", response_model=ProviderAccount)
    async def get_provider_account(caller: Viewer, account_id: UUID) -> dict[str, Any]:
        return await api.get(caller, account_id)

    @router.post(
        "/{account_id}/rotate",
        summary="Give it new credentials; what waited for them goes on",
        response_model=ProviderAccount,
    )
    async def rotate_provider_account(
        caller: Operator, account_id: UUID, body: NewCredentials
    ) -> dict[str, Any]:
        return await api.rotate(caller, account_id, body.credentials)

    @router.post(
        "/{account_id}/test",
        summary="Ask the provider with it, at no cost",
        response_model=AccountTest,
        responses=answers(409),
    )
    async def test_provider_account(caller: Operator, account_id: UUID) -> dict[str, Any]:
        return await api.test(caller, account_id)

    @router.delete(
        "/{account_id}",
        summary="Delete an account with its credentials",
        response_model=RemovedAccount,
    )
    async def delete_provider_account(caller: Operator, account_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, account_id)

    return router


def intent_sources_router(api: SourcesApi) -> APIRouter:
    about = "Whom a workspace has asked for companies"
    router = _sources_router(api, SetIntentSources, Page[SetIntentSources], about)

    @router.put("/{workspace_id}", summary=_set(about), response_model=SetIntentSources)
    async def put_sources(
        caller: Operator, workspace_id: UUID, body: IntentSources
    ) -> dict[str, Any]:
        return await api.put(caller, workspace_id, body.model_dump(exclude_unset=True))

    return router


def contact_sources_router(api: SourcesApi) -> APIRouter:
    about = "Whom a workspace has asked for people, and for their addresses"
    router = _sources_router(api, SetContactSources, Page[SetContactSources], about)

    @router.put("/{workspace_id}", summary=_set(about), response_model=SetContactSources)
    async def put_sources(
        caller: Operator, workspace_id: UUID, body: ContactSources
    ) -> dict[str, Any]:
        return await api.put(caller, workspace_id, body.model_dump(exclude_unset=True))

    return router


def _sources_router(
    api: SourcesApi, answer: type[BaseModel], page: type[BaseModel], about: str
) -> APIRouter:
    """What both services tell; what each takes is its own."""
    router = APIRouter(prefix="/sources", tags=["provider accounts"])

    @router.get(
        "",
        summary="Workspaces that have said whom to ask, and whom",
        response_model=page,
    )
    async def list_sources(
        caller: Viewer, paging: PagingQuery, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id)

    @router.get("/{workspace_id}", summary=about, response_model=answer)
    async def get_sources(caller: Viewer, workspace_id: UUID) -> dict[str, Any]:
        return await api.get(caller, workspace_id)

    return router


def _set(about: str) -> str:
    return f"Set {about[0].lower()}{about[1:]}"
