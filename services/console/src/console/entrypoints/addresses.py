"""Addresses of the console's own pages."""

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request

HOME: Final = "/"


def address_of(request: Request) -> str:
    """Path and query as they were sent, whoever answers."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    return own_address(f"{path}?{query}" if query else path)


def own_address(target: str) -> str:
    """The address if it is one of the console's, never another site's; else the first page."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return HOME
    # Browsers read a backslash as a slash, and leave out tabs and line breaks.
    is_plain = "\\" not in target and target.isprintable()
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return target if is_plain and is_own and not target.startswith("//") else HOME


def login_url(request: Request) -> str:
    """The way in, and back to here."""
    target = address_of(request)
    return "/login" if target == HOME else f"/login?next={quote(target, safe='/')}"
