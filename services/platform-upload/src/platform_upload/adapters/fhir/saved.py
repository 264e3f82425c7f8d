"""What a connection to a FHIR server is made of, and what of it is refused when it is saved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import httpx

from leadstream.http import EgressGuard, UnsafeUrlError
from platform_upload.adapters.fhir.keys import UnusableKeyError, read_key
from platform_upload.adapters.fields import key, no_other, on_update, parts, text
from platform_upload.application.ports import Checked, Given, InvalidConnectionError
from platform_upload.domain.connection import Connection

SETTINGS = frozenset(
    {"base_url", "contacts", "identifier_system", "on_update", "scope", "token_url"}
)
IDENTIFIER_SYSTEM = "https://leadstream.example/fhir/lead-id"
# Create, update and search, in the order that SMART wants the letters in. Without the search nobody could see what a
# person has changed, and a write replaces the whole resource.
SCOPE = "system/Organization.cus"

# As it stands in a search: none of the characters that mean something there.
_SYSTEM = re.compile(r"[a-z][a-z0-9+.-]*:[^\s|,$\\\"<>#&?]+", re.IGNORECASE)
# What people open in a browser to see whether the server is there.
_BELOW = re.compile(r"/+(?:metadata|\.well-known/smart-configuration)$")
_SCOPES = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


class Contacts(StrEnum):
    """What of the primary contact goes with the company: no more than somebody has asked for."""

    NONE = "none"
    NAMES = "names"
    # With the addresses that people have at work.
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Way:
    """A connection's settings, read."""

    base_url: str
    contacts: Contacts
    identifier_system: str
    token_url: str | None
    scope: str

    def query(self, lead: object) -> str:
        """The search that finds a lead's organization. Our own id, and nothing of the lead: URLs are kept in logs."""
        return f"identifier={quote(self.identifier_system, safe=':/')}|{lead}"


def way_of(connection: Connection) -> Way:
    settings = connection.settings
    return Way(
        base_url=settings["base_url"],
        contacts=Contacts(settings.get("contacts") or Contacts.NONE),
        identifier_system=settings.get("identifier_system") or IDENTIFIER_SYSTEM,
        token_url=settings.get("token_url"),
        scope=settings.get("scope") or SCOPE,
    )


async def check(given: Given, held: Connection | None, guard: EgressGuard) -> Checked:
    """Settings and credentials as they are kept; raise InvalidConnectionError."""
    settings, credentials = parts(given, held)
    no_other(settings, SETTINGS, "settings")
    base_url = await _url(settings, "base_url", guard)
    kept: dict[str, Any] = {"base_url": _BELOW.sub("", base_url)}
    if settings.get("token_url") is not None:
        kept["token_url"] = await _url(settings, "token_url", guard)
    for name, form, reason in (
        ("identifier_system", _SYSTEM, "is an absolute URI, such as https://acme.example/leads"),
        ("scope", _SCOPES, "is scopes with a blank between them, such as system/Organization.cus"),
    ):
        if settings.get(name) is not None:
            kept[name] = _formed(settings, name, form, reason)
    if settings.get("contacts") is not None:
        if settings["contacts"] not in list(Contacts):
            raise _wrong(f"is none of {', '.join(Contacts)}", "settings.contacts")
        kept["contacts"] = Contacts(settings["contacts"]).value
    return Checked({**kept, **on_update(settings)}, _credentials(credentials))


async def _url(settings: Mapping[str, Any], name: str, guard: EgressGuard) -> str:
    field = f"settings.{name}"
    try:
        url = await guard.check_url(text(settings, name, "settings"))
    except UnsafeUrlError as exc:
        raise _wrong(str(exc), field) from exc
    parsed = httpx.URL(url)
    if parsed.query or parsed.fragment:
        raise _wrong("has nothing after its path", field)
    # What may end in a mark with nothing after it would swallow the path of every call.
    return url.rstrip("/?#")


def _formed(settings: Mapping[str, Any], name: str, form: re.Pattern[str], reason: str) -> str:
    value = text(settings, name, "settings")
    if not form.fullmatch(value):
        raise _wrong(reason, f"settings.{name}")
    return value


def _credentials(credentials: Mapping[str, Any]) -> Mapping[str, str]:
    """A token, or a client with its key."""
    if "token" in credentials:
        no_other(credentials, {"token"}, "credentials")
        return {"token": key(credentials, "token")}
    no_other(credentials, {"token", "client_id", "private_key", "key_id"}, "credentials")
    if not credentials:
        raise _wrong("is needed, or client_id and private_key", "credentials.token")
    kept = {"client_id": key(credentials, "client_id")}
    named = key(credentials, "key_id") if credentials.get("key_id") is not None else None
    if not credentials.get("private_key"):
        raise _wrong("is needed", "credentials.private_key")
    try:
        signing = read_key(credentials["private_key"], named)
    except UnusableKeyError as exc:
        raise _wrong(str(exc), "credentials.private_key") from exc
    kept["private_key"] = signing.as_pem()
    return {**kept, **({"key_id": signing.key_id} if signing.key_id else {})}


def _wrong(reason: str, field: str) -> InvalidConnectionError:
    return InvalidConnectionError(reason, field=field)
