"""`/connections`: a workspace's ways into platforms."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from leadstream.api import Admin, Operator, Page, PagingQuery, Viewer, answers
from platform_upload.domain.connection import Status
from platform_upload.entrypoints.http.answers import ConnectionAnswer, RotatedKeys, TestResult
from platform_upload.entrypoints.http.connection_api import ConnectionsApi
from platform_upload.entrypoints.http.connection_bodies import (
    ConnectionChange,
    NewConnection,
    Rotation,
)


def connections_router(api: ConnectionsApi) -> APIRouter:
    router = APIRouter(prefix="/connections", tags=["connections"])

    @router.get("", summary="Connections, newest first", response_model=Page[ConnectionAnswer])
    async def list_connections(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        platform: str | None = None,
        status: Status | None = None,
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id, platform, status)

    @router.post(
        "",
        status_code=201,
        summary="Connect a workspace to a platform, or change how",
        response_model=ConnectionAnswer,
        responses=answers(409),
    )
    async def put_connection(caller: Operator, body: NewConnection) -> dict[str, Any]:
        return await api.put(caller, body)

    @router.post(
        "/rotate-keys",
        summary="Encrypt all credentials with the newest key",
        response_model=RotatedKeys,
    )
    async def rotate_keys(caller: Admin) -> dict[str, Any]:
        return await api.rotate_keys(caller)

    @router.get("/{connection_id}", summary="One connection", response_model=ConnectionAnswer)
    async def get_connection(caller: Viewer, connection_id: UUID) -> dict[str, Any]:
        return await api.get(caller, connection_id)

    @router.patch(
        "/{connection_id}",
        summary="Change a connection",
        response_model=ConnectionAnswer,
        responses=answers(409),
    )
    async def change_connection(
        caller: Operator, connection_id: UUID, body: ConnectionChange
    ) -> dict[str, Any]:
        return await api.change(caller, connection_id, body)

    @router.post(
        "/{connection_id}/rotate",
        summary="Give it new credentials",
        response_model=ConnectionAnswer,
        responses=answers(409),
    )
    async def rotate_connection(
        caller: Operator, connection_id: UUID, body: Rotation
    ) -> dict[str, Any]:
        return await api.rotate(caller, connection_id, body)

    @router.post(
        "/{connection_id}/test",
        summary="Call the platform with it, without writing",
        response_model=TestResult,
        responses=answers(409),
    )
    async def test_connection(caller: Operator, connection_id: UUID) -> dict[str, Any]:
        return await api.test(caller, connection_id)

    return router
