"""Imports: a file's rows, sent in batches by `leadstream import`. None becomes a lead before all are here."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from discovery.adapters.arrivals import SQL as ARRIVALS
from discovery.adapters.catalogue import SQL as CATALOGUE
from discovery.adapters.imports import (
    SQL,
    IncompleteError,
    UnlikeBatchError,
    UnstorableError,
    add_batch,
    finish,
    read_rows,
)
from discovery.entrypoints.http.bodies import Body, Name
from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
    answers,
)
from leadstream.clock import Clock
from leadstream.companies import company_domain
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx

MOST_ROWS = 1_000_000
MOST_IN_BATCH = 5_000
FINISHED = "it has been imported already"


class ImportBody(Body):
    """The same file, read in the same way, for the same query, is the same import."""

    workspace_id: UUID
    query: Name = Field(description="By name; what the leads are found for.")
    file: Name = Field(description="The file's name, for people.")
    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of what is in the file, and of how it is read."
    )
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    dry_run: bool = Field(False, description="Only count: it is never finished, and deleted.")


class RowsBody(Body):
    number: Annotated[int, Field(ge=0, le=MOST_ROWS)] = Field(description="Of the batch, from 0.")
    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_IN_BATCH)] = Field(
        description="Companies, as DataShopper's answers have them."
    )


class ImportAnswer(BaseModel):
    id: UUID
    workspace_id: UUID
    query_id: UUID
    file: str
    rows: int
    created_at: datetime
    finished_at: datetime | None = Field(description="Null: its rows are still coming.")


class BegunImport(ImportAnswer):
    batches: list[int] = Field(description="The numbers of those that are here.")


class Forecast(BaseModel):
    rows: int = Field(description="How many are here.")
    new: int = Field(description="How many leads would be made of them at most.")
    known: int


class ImportsApi:
    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._audit = PostgresAudit()

    async def begin(self, caller: Caller, body: ImportBody) -> dict[str, Any]:
        """Begin an import, or go on with it."""
        caller.must_see(body.workspace_id, "workspace")
        query_id = derived_id("query", body.workspace_id, body.query)
        kind = "rehearsed-import" if body.dry_run else "import"
        import_id = derived_id(kind, query_id, body.digest)
        async with self._database.transaction() as tx:
            if await tx.fetchrow(CATALOGUE.get_query, query_id, body.workspace_id) is None:
                raise NotFoundError(f"query {body.query} in the workspace")
            row: Any = await tx.fetchrow(
                SQL.insert_import,
                import_id,
                body.workspace_id,
                query_id,
                body.file,
                body.rows,
                body.dry_run,
            )
            if row is None:
                row = await tx.fetchrow(SQL.lock_import, import_id, body.workspace_id)
                if row["rows"] != body.rows:
                    raise ConflictError(f"it was begun with {row['rows']} rows")
            batches = await tx.fetch(SQL.batches_of, import_id)
        return {**row, "batches": [each["number"] for each in batches]}

    async def add_rows(self, caller: Caller, import_id: UUID, body: RowsBody) -> dict[str, Any]:
        try:
            findings, faults = read_rows(body.rows, company_domain)
        except UnstorableError:
            raise InvalidError("a number has more digits than can be kept", field="rows") from None
        if faults:
            index, reason = faults[0]
            raise InvalidError(
                f"{len(faults)} rows can't be taken, the first: {reason}", field=f"rows.{index}"
            )
        async with self._database.transaction() as tx:
            begun = await _row(tx, SQL.share_import, caller, import_id)
            _must_be_open(begun)
            try:
                await add_batch(tx, begun, body.number, body.rows, findings)
            except UnlikeBatchError:
                raise ConflictError(f"batch {body.number} was sent with other rows") from None
        return dict(begun)

    async def forecast(self, caller: Caller, import_id: UUID) -> dict[str, Any]:
        async with self._database.looking() as tx:
            begun = await _row(tx, SQL.get_import, caller, import_id)
            _must_be_open(begun)
            batches = await tx.fetch(SQL.batches_of, import_id)
            new = await tx.fetchval(SQL.count_new, import_id, begun["workspace_id"])
        rows = sum(each["rows"] for each in batches)
        return {"rows": rows, "new": new, "known": rows - new}

    async def finish(self, caller: Caller, import_id: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            begun = await _row(tx, SQL.lock_import, caller, import_id)
            if begun["is_rehearsal"]:
                raise ConflictError("a dry run is not finished")
            if begun["finished_at"]:
                return dict(begun)
            try:
                row = await finish(tx, begun, self._clock)
            except IncompleteError as exc:
                raise ConflictError(str(exc)) from None
            await self._record(tx, caller, "import.finished", row)
        self._wake()
        return dict(row)

    async def delete(self, caller: Caller, import_id: UUID) -> dict[str, Any]:
        """Forget one that is not finished, with what came of it."""
        async with self._database.transaction() as tx:
            begun = await _row(tx, SQL.lock_import, caller, import_id)
            _must_be_open(begun)
            await tx.execute(ARRIVALS.drop_arrivals_of, import_id)
            await tx.execute(SQL.delete_import, import_id)
            if not begun["is_rehearsal"]:
                await self._record(tx, caller, "import.deleted", begun)
        return dict(begun)

    async def _record(self, tx: Tx, caller: Caller, action: str, row: Any) -> None:
        change = Change(
            action,
            f"import:{row['id']}",
            after={"file": row["file"], "rows": row["rows"], "query_id": str(row["query_id"])},
            workspace_id=row["workspace_id"],
        )
        await self._audit.record(tx, caller, change)


def imports_router(database: Database, api: ImportsApi) -> APIRouter:
    router = APIRouter(prefix="/imports", tags=["imports"])

    @router.get("", summary="Imports, newest first", response_model=Page[ImportAnswer])
    async def list_imports(
        caller: Viewer, paging: PagingQuery, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(SQL.list_imports, workspace, paging.limit + 1, *after)
        return paging.page(rows, key=lambda row: (row["created_at"], str(row["id"])), render=dict)

    @router.post(
        "",
        status_code=201,
        summary="Begin an import, or go on with it",
        response_model=BegunImport,
        responses=answers(409),
    )
    async def begin_import(caller: Operator, body: ImportBody) -> dict[str, Any]:
        return await api.begin(caller, body)

    @router.post(
        "/{import_id}/rows",
        status_code=202,
        summary="Send a batch of rows; the same again changes nothing",
        response_model=ImportAnswer,
        responses=answers(409, 413),
    )
    async def add_rows(caller: Operator, import_id: UUID, body: RowsBody) -> dict[str, Any]:
        return await api.add_rows(caller, import_id, body)

    @router.get(
        "/{import_id}/forecast",
        summary="How many leads it would make",
        response_model=Forecast,
        responses=answers(409),
    )
    async def forecast_import(caller: Viewer, import_id: UUID) -> dict[str, Any]:
        return await api.forecast(caller, import_id)

    @router.post(
        "/{import_id}/finish",
        status_code=202,
        summary="All rows are there: make leads of them",
        response_model=ImportAnswer,
        responses=answers(409),
    )
    async def finish_import(caller: Operator, import_id: UUID) -> dict[str, Any]:
        return await api.finish(caller, import_id)

    @router.delete(
        "/{import_id}",
        summary="Forget an import that is not finished",
        response_model=ImportAnswer,
        responses=answers(409),
    )
    async def delete_import(caller: Operator, import_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, import_id)

    return router


def _must_be_open(begun: Any) -> None:
    if begun["finished_at"]:
        raise ConflictError(FINISHED)


async def _row(tx: Tx, query: str, caller: Caller, import_id: UUID) -> Any:
    row = await tx.fetchrow(query, import_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("import")
    return row
