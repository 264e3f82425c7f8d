"""A small service on the frame, and the tokens to call it with."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, Field

from leadstream.api import (
    Admin,
    AdminLimits,
    AdminToken,
    ApiServer,
    ConflictError,
    Operator,
    PagingQuery,
    Role,
    Viewer,
    create_app,
)
from leadstream.errors import TransientError
from leadstream.observability import Health

ACME = UUID(int=1)
TOKENS = [
    ("root", Role.ADMIN, None),
    ("operator", Role.OPERATOR, None),
    ("viewer", Role.VIEWER, None),
    ("acme", Role.OPERATOR, ACME),
]


class Filters(BaseModel):
    country: str | None = None
    min_employees: int | None = Field(None, ge=0, le=2**31 - 1)


class NewThing(BaseModel):
    name: str = Field(min_length=1)
    filters: Filters = Filters()


def things() -> APIRouter:
    router = APIRouter(prefix="/things", tags=["things"])

    @router.get("")
    async def list_things(caller: Viewer, paging: PagingQuery, kind: str = "") -> dict[str, Any]:
        return paging.page([1, 2, 3], key=lambda row: (row,), render=lambda row: row)

    @router.post("", status_code=201)
    async def create_thing(caller: Operator, new: NewThing) -> dict[str, str]:
        return {"id": "1", "name": new.name, "by": caller.name}

    @router.delete("")
    async def drop_things(caller: Admin) -> None:
        caller.must_span_workspaces()

    @router.get("/{thing_id}")
    async def get_thing(caller: Viewer, thing_id: UUID) -> dict[str, str]:
        caller.must_see(thing_id, "thing")
        return {"id": str(thing_id)}

    @router.post("/raise")
    async def raise_something(caller: Operator, what: Annotated[str, Query()]) -> None:
        raise {
            "bug": RuntimeError("postgres://app:pw@db/x"),
            "conflict": ConflictError("it is running"),
            "away": TransientError("kafka"),
            "postgres": asyncpg.CannotConnectNowError("starting up"),
            "unfit": asyncpg.DataError("value out of int32 range"),
        }[what]

    return router


def greetings() -> APIRouter:
    """What is reached without a token: unsubscribe links, inbound webhooks."""
    router = APIRouter()

    @router.post("/hook")
    async def hook(what: dict[str, Any]) -> dict[str, Any]:
        return what

    return router


def an_app(health: Health | None = None, *, limits: AdminLimits | None = None) -> FastAPI:
    tokens = [
        AdminToken(
            name=name,
            sha256=hashlib.sha256(f"token-of-{name}".encode()).hexdigest(),
            role=role,
            workspace=workspace,
        )
        for name, role, workspace in TOKENS
    ]
    return create_app(
        service="delivery",
        health=health or Health(),
        tokens=tokens,
        limits=limits,
        admin=[things()],
        public=[greetings()],
    )


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The app on a real socket, and a client without a token."""
    server = ApiServer(app, host="127.0.0.1", port=0)
    port = await server.start()
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as client:
            yield client
    finally:
        await server.stop()


def token_of(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-of-{name}"}
