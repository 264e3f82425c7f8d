"""The console as an application: probes, files, the gate, and the pages."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from console.application.merged import BadCursorError
from console.entrypoints.addresses import address_of, own_address
from console.entrypoints.assets import Assets
from console.entrypoints.forms import form_of
from console.entrypoints.gate import Gate
from console.entrypoints.live import Hub, live_router
from console.entrypoints.login import again, login_router
from console.entrypoints.pages import ROUTERS
from console.entrypoints.sessions import Sessions
from console.entrypoints.templating import problem
from leadstream.admin.client import AdminApis
from leadstream.admin.errors import AdminError, AwayError, RefusedError, StrangeError
from leadstream.api import ApiError
from leadstream.api.app import operations_router
from leadstream.observability.health import Health


def console_app(
    apis: AdminApis, sessions: Sessions, hub: Hub, *, public_url: str | None = None
) -> FastAPI:
    app = FastAPI(
        title="Leadstream console",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # It would name scheme and host, and behind a proxy the wrong ones.
        redirect_slashes=False,
    )
    app.state.apis = apis
    app.state.sessions = sessions
    app.state.public_url = public_url
    app.include_router(operations_router(Health()))
    app.mount("/static", Assets(), name="static")
    app.include_router(login_router(sessions))
    app.include_router(live_router(hub))
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(AdminError, _on_admin_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(BadCursorError, _on_bad_cursor)
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_middleware(Gate, sessions=sessions)
    return app


async def _on_admin_error(request: Request, exc: Exception) -> Response:
    """A service refused, or is away. What was in a form is offered to be sent again."""
    assert isinstance(exc, AdminError)  # noqa: S101 - registered for this class
    form = await form_of(request)
    if isinstance(exc, RefusedError) and exc.status == 401:
        return again(request, form, "The token is not valid any more. Log in to go on.")
    status, title, advice = _explained(exc)
    return problem(
        request,
        status,
        title,
        f"{exc.service}: {exc.message}",
        advice=advice,
        form=form.kept if form else None,
        action=address_of(request),
        field=exc.field if isinstance(exc, RefusedError) else None,
    )


def _explained(error: AdminError) -> tuple[int, str, str]:
    """Status, title, and what to do."""
    match error:
        case AwayError():
            return (
                503,
                f"{error.service} is away",
                "The rest of the console works. Try again in a moment.",
            )
        case StrangeError():
            return (
                502,
                f"{error.service} gave a strange answer",
                f"Is it really Leadstream's {error.service}, and as new as this console? Ask whoever runs it.",
            )
        case RefusedError(status=403):
            return (
                403,
                "Not with this token",
                "It needs a token with a higher role, or for all workspaces.",
            )
        case RefusedError(status=404):
            return (
                404,
                "There is no such thing",
                "The id may be mistyped, or what it meant has been removed.",
            )
        case RefusedError(status=429):
            return 429, "Too many changes in a minute", "Wait a minute and send it again."
        case RefusedError(status=409):
            return (
                409,
                "That can't be done now",
                "Something has changed meanwhile: look at it again.",
            )
        case RefusedError(status=503):
            return (
                503,
                f"{error.service} can't answer now",
                "Something that it needs is away: see Tonight.",
            )
        case RefusedError(status=status) if status < 500:
            return 422, "That was not accepted", "Change what it says and send it again."
    return 502, f"{error.service} failed", "It is written in the service's log."


async def _on_invalid(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101 - registered for this class
    first: Any = exc.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    is_address = first["loc"][0] == "path"
    status, title = (404, "There is no such page") if is_address else (422, "That makes no sense")
    return problem(request, status, title, f"{place}: {first['msg']}")


async def _on_bad_cursor(request: Request, exc: Exception) -> Response:
    text = f"{exc}: it may be from another list, or from before an update."
    return problem(request, 422, "That page is not there", text, advice="Begin at the newest.")


async def _on_api_error(request: Request, exc: Exception) -> Response:
    """What the console itself refuses, in the words of the services."""
    assert isinstance(exc, ApiError)  # noqa: S101 - registered for this class
    named = f"{exc.field}: {exc.message}" if exc.field else exc.message
    form = await form_of(request)
    return problem(
        request,
        exc.status,
        "That was not accepted",
        named,
        form=form.kept if form else None,
        action=address_of(request),
    )


async def _on_http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - registered for this class
    if exc.status_code == 404:
        if request.method == "GET" and request.url.path.endswith("/"):
            path, mark, query = address_of(request).partition("?")
            return RedirectResponse(own_address(path.rstrip("/") + mark + query), status_code=307)
        return problem(
            request, 404, "There is no such page", "See the navigation for what there is."
        )
    return problem(request, exc.status_code, "That does not work", str(exc.detail))
