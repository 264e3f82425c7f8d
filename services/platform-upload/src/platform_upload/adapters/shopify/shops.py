"""Which shop a connection leads to: somebody pastes its name, its host, or an address out of the browser."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from leadstream.http import EgressGuard, UnsafeUrlError
from platform_upload.adapters.fields import text
from platform_upload.application.ports import InvalidConnectionError

_SUFFIX = ".myshopify.com"
_VENDOR = (f"*{_SUFFIX}",)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
# Where a shop's people are when they copy its address.
_ADMIN = re.compile(
    r"(?:https?://)?admin\.shopify\.com/store/([^/?#]+).*", re.IGNORECASE | re.DOTALL
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_FIELD = "settings.shop"


def check_shop(settings: Mapping[str, Any], guard: EgressGuard) -> str:
    """`acme.myshopify.com`, or the address of a trusted host; raise InvalidConnectionError."""
    given = text(settings, "shop", "settings")
    in_admin = _ADMIN.fullmatch(given)
    name = (in_admin[1] if in_admin else given).lower()
    if _NAME.fullmatch(name):
        return f"{name}{_SUFFIX}"
    try:
        url = httpx.URL(guard.check_vendor_url(_with_scheme(name, given), _VENDOR))
    except UnsafeUrlError as exc:
        raise InvalidConnectionError(f"is no shop's name: {exc}", field=_FIELD) from exc
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    if host.endswith(_SUFFIX):
        if not _NAME.fullmatch(host.removesuffix(_SUFFIX)):
            raise InvalidConnectionError("is no shop's name, such as acme", field=_FIELD)
        # What is beside the host is where somebody was when they copied it.
        return host
    if url.query or url.fragment:
        raise InvalidConnectionError("has nothing after its path", field=_FIELD)
    return str(url).rstrip("/?#")


def base_url(settings: Mapping[str, Any]) -> str:
    shop = str(settings["shop"])
    return shop if _SCHEME.match(shop) else f"https://{shop}"


def _with_scheme(name: str, given: str) -> str:
    return given if _SCHEME.match(given) else f"https://{name}"
