"""Which Marketo instance a connection leads to, and by what it knows a lead again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadstream.http import EgressGuard, UnsafeUrlError
from platform_upload.adapters.fields import text
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.connection import Connection

EMAIL = "email"

_MUNCHKIN = re.compile(r"[0-9]{3}-[A-Z]{3}-[0-9]{3}")
_HOST = re.compile(r"(?:https://)?([^/.:]+)\.mktorest\.com\.?(?::443)?(?:[/?#].*)?", re.IGNORECASE)
# What is shown beside the two addresses in Marketo's own settings.
_ENDPOINT = re.compile(r"/+(?:rest|identity)(?:/+v1)?/*$", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
# Keys of Marketo's own, that mean something else than our lead's id.
_NOT_OURS = re.compile(r"id|cookies?|twitterId|facebookId|linkedInId|sfdc\w*", re.IGNORECASE)
_LONGEST_PARTITION = 255


@dataclass(frozen=True, slots=True)
class Terms:
    """What a connection says about how its leads are kept."""

    lookup_field: str
    partition: str | None

    @property
    def by_address(self) -> bool:
        return self.lookup_field == EMAIL


def terms_of(connection: Connection) -> Terms:
    settings = connection.settings
    return Terms(settings.get("lookup_field") or EMAIL, settings.get("partition"))


def base_url(settings: Mapping[str, Any]) -> str:
    munchkin = str(settings["munchkin"])
    if _MUNCHKIN.fullmatch(munchkin):
        return f"https://{munchkin}.mktorest.com"
    return munchkin


def check_munchkin(settings: Mapping[str, Any], guard: EgressGuard) -> str:
    """The id, however it is pasted, or the address of an instance at a trusted host; raise InvalidConnectionError."""
    given = text(settings, "munchkin", "settings")
    named = _HOST.fullmatch(given)
    munchkin = (named[1] if named else given.rstrip("/")).upper()
    if _MUNCHKIN.fullmatch(munchkin):
        return munchkin
    try:
        # Marketo's own hosts are known by their ids: what is left is a trusted host.
        url = guard.check_vendor_url(given, ())
    except UnsafeUrlError as exc:
        reason = "is an id such as 123-ABC-456, or the https address with it"
        raise InvalidConnectionError(reason, field="settings.munchkin") from exc
    if "?" in url or "#" in url:
        raise InvalidConnectionError("has nothing after its path", field="settings.munchkin")
    scheme, _, rest = _ENDPOINT.sub("", url).partition("://")
    return f"{scheme}://{re.sub('/{2,}', '/', rest).rstrip('/')}"


def check_lookup_field(settings: Mapping[str, Any], taken: frozenset[str]) -> dict[str, str]:
    """`taken` are the fields that hold something else of a lead."""
    if settings.get("lookup_field") is None:
        return {}
    name = text(settings, "lookup_field", "settings")
    if name == EMAIL:
        return {"lookup_field": name}
    if not _FIELD.fullmatch(name) or name in taken or _NOT_OURS.fullmatch(name):
        raise InvalidConnectionError(
            "is email, or the API name of a custom field that holds our lead's id",
            field="settings.lookup_field",
        )
    return {"lookup_field": name}


def check_partition(settings: Mapping[str, Any]) -> dict[str, str]:
    if settings.get("partition") is None:
        return {}
    name = text(settings, "partition", "settings")
    if len(name) > _LONGEST_PARTITION:
        raise InvalidConnectionError("is longer than any name", field="settings.partition")
    return {"partition": name}
