"""The frame of a service's HTTP API: probes, metrics, documents, and the admin routes behind the gate."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, Literal

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from leadstream.api.auth import bearer
from leadstream.api.errors import USUAL, ApiError, answers, validation_error
from leadstream.api.gate import ADMIN, AdminLimits, Gate
from leadstream.api.pages import add_docs_page
from leadstream.api.tokens import AdminToken
from leadstream.observability.health import Health, Report
from leadstream.observability.metrics import render_metrics

# FastAPI would trace every request, also those that are not admitted, with path, query and the texts of errors. The
# gate traces what it admits.
_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


class HealthBody(BaseModel):
    status: Literal["ok", "unavailable"]
    failing: dict[str, str] = Field(description="The checks that fail, with their reasons.")
    passing: list[str]


_HEALTH: Final[dict[int | str, dict[str, object]]] = {
    200: {"model": HealthBody, "description": "All checks pass."},
    503: {"model": HealthBody, "description": "At least one check fails."},
}


def create_app(
    *,
    service: str,
    health: Health,
    tokens: Sequence[AdminToken] = (),
    limits: AdminLimits | None = None,
    admin: Sequence[APIRouter] = (),
    public: Sequence[APIRouter] = (),
) -> FastAPI:
    """Put a service's routers into the frame.

    `admin` routers live under /api/admin and name their callers (`caller: Operator`); `public` ones are
    reached without a token.
    """
    app = FastAPI(
        title=f"Leadstream {service}",
        description=f"Probes, metrics and the admin API of the {service} service.",
        version=version("leadstream-shared"),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_TELEMETRY,
    )
    add_docs_page(app)
    app.include_router(operations_router(health))
    for router in admin:
        app.include_router(
            router, prefix=ADMIN, dependencies=[Depends(bearer)], responses=answers(*USUAL)
        )
    for router in public:
        app.include_router(router)
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_middleware(Gate, tokens=tokens, limits=limits)
    return app


def operations_router(health: Health) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Is the process alive?", responses=_HEALTH)
    async def healthz() -> JSONResponse:
        return _answer(await health.live())

    @router.get("/readyz", summary="May it take work?", responses=_HEALTH)
    async def readyz() -> JSONResponse:
        return _answer(await health.ready())

    @router.get(
        "/metrics",
        summary="Prometheus metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        content, media_type = render_metrics()
        return Response(content, media_type=media_type)

    return router


def _answer(report: Report) -> JSONResponse:
    return JSONResponse(report.as_json(), 200 if report.ok else 503)


async def _on_api_error(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ApiError)  # noqa: S101 - registered for this class
    return exc.response()


async def _on_validation_error(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101 - registered for this class
    return validation_error(exc.errors()).response()


async def _on_http_exception(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - registered for this class
    code = {404: "not_found", 405: "method_not_allowed"}.get(exc.status_code, "http_error")
    return ApiError(exc.status_code, code, str(exc.detail), headers=exc.headers).response()
