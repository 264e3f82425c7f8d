"""What a request shows to say who we are: nothing of it belongs into what is told of the answer."""

from typing import Final
from urllib.parse import parse_qsl

import httpx

_HEADERS: Final = ("authorization", "access_token", "x-shopify-access-token")
_FIELDS: Final = frozenset({"client_id", "client_secret", "client_assertion", "refresh_token"})
_FORM: Final = "application/x-www-form-urlencoded"


def secrets_in(request: httpx.Request) -> frozenset[str]:
    """The tokens in its headers, and the credentials in the form that asks for one."""
    # `Bearer`, or another scheme, is a word as any.
    shown = (request.headers.get(name, "").split()[-1:] for name in _HEADERS)
    return frozenset(each for some in (*shown, _in_form(request)) for each in some)


def _in_form(request: httpx.Request) -> list[str]:
    if request.headers.get("content-type") != _FORM:
        return []
    form = parse_qsl(request.content.decode("ascii", "replace"))
    return [value for name, value in form if name in _FIELDS]
