"""What pages are asked with besides filters: services in paths, moments, reasons."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path

from console.domain import moments
from console.entrypoints.filters import Query
from console.entrypoints.forms import Form
from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS

# A service in a path: another word is no page.
Service = Annotated[str, Path(pattern=f"^({'|'.join(SERVICE_PORTS)})$")]


def taken(filters: Query, *names: str) -> dict[str, Any]:
    """The filters that are given; `since` as a moment, whatever was typed. Raises InvalidError."""
    given: dict[str, Any] = {**filters.taken(*names)}
    if "since" in given:
        given["since"] = since(given["since"])
    return given


def sent(form: Form, *names: str) -> dict[str, Any]:
    """The filters in a form, as above."""
    given: dict[str, Any] = {name: value for name in names if (value := form.text(name))}
    if "since" in given:
        given["since"] = since(given["since"])
    return given


def chosen(service: str | None) -> list[str]:
    """The services that a form is for. Raises InvalidError."""
    if service is None:
        return list(SERVICE_PORTS)
    if service not in SERVICE_PORTS:
        raise InvalidError("there is no such service", field="service")
    return [service]


def since(text: str) -> str:
    try:
        return moments.earlier(text, datetime.now(UTC)).isoformat()
    except (ValueError, OverflowError):
        raise InvalidError(
            "is no moment: 24h, 30min, 7d, or 2026-11-29 06:00 (UTC)", field="since"
        ) from None


def until(text: str) -> str:
    try:
        return moments.later(text, datetime.now(UTC)).isoformat()
    except (ValueError, OverflowError):
        raise InvalidError(
            "is no moment: 2h, 30min, 7d, or 2026-11-29 18:00 (UTC)", field="until"
        ) from None


def why(form: Form) -> str:
    """The reason of a form. Browsers see to it that there is one; this does, too."""
    if form.reason is None:
        raise InvalidError("say why: it is for the audit", field="reason")
    return form.reason
