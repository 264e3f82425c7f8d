"""The cookie that a session is kept in."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from console.entrypoints.sessions import LASTS
from leadstream.api.peer import names_loopback

# `__Host-`: no other host can set it, and browsers keep it only if it is Secure, which plain http is not.
COOKIE: Final = "__Host-leadstream"
COOKIE_ON_LOOPBACK: Final = "leadstream"


def cookie_of(request: Request) -> str | None:
    # Never both: what a neighbouring host may set is not looked at where ours can't be set by one.
    return request.cookies.get(_name(request))


def set_cookie(request: Request, response: Response, value: str) -> None:
    response.set_cookie(
        _name(request),
        value,
        max_age=int(LASTS.total_seconds()),
        secure=_is_secure(request),
        httponly=True,
        samesite="strict",
        path="/",
    )


def delete_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        _name(request), secure=_is_secure(request), httponly=True, samesite="strict", path="/"
    )


def is_readable_on_its_way(request: Request) -> bool:
    """Whether a browser sends this over plain http although its cookie would be for TLS only: it would not keep it."""
    origin = request.headers.get("origin", "")
    return origin.startswith("http:") and _is_secure(request)


def _name(request: Request) -> str:
    return COOKIE if _is_secure(request) else COOKIE_ON_LOOPBACK


def _is_secure(request: Request) -> bool:
    """Everywhere but on this machine, and where CONSOLE_PUBLIC_URL says that it is to be plain http."""
    public = request.app.state.public_url
    if public and urlsplit(public).scheme == "http":
        return False
    return not names_loopback(request.headers.get("host", ""))
