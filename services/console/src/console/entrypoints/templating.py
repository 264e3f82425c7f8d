"""From a view to a page: Jinja with autoescape, and the words and numbers as all pages write them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.domain import words
from console.domain.amounts import amount
from console.domain.excerpts import masked_excerpt
from console.domain.masking import is_secret, masked
from console.entrypoints.addresses import address_of
from console.entrypoints.assets import asset_url

FLASH: Final = "leadstream-done"
_CLOCKS: Final = {"clock": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S"}

# What the pages are called in the navigation, in its order: (path, label, key after `g`).
NAVIGATION: Final = (
    ("/", "Tonight", "t"),
    ("/runs", "Runs", "r"),
    ("/leads", "Leads", "l"),
    ("/failures", "Failures", "f"),
    ("/jobs", "Jobs", "j"),
    ("/pauses", "Pauses", "p"),
    ("/dead-letters", "Dead letters", "d"),
    ("/schedules", "Schedules", "s"),
    ("/destinations", "Destinations", "o"),
    ("/workspaces", "Workspaces", "w"),
    ("/spend", "Spend", "m"),
    ("/trends", "Trends", "n"),
    ("/audit", "Audit", "a"),
    ("/people", "People", "i"),
    ("/erasures", "Erasures", "e"),
)


def render(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """A page. `visitor` is there in every template, None on the way in."""
    done = _flash(request)
    html = (
        _environment()
        .get_template(template)
        .render(
            request=request,
            path=request.url.path,
            again_at=address_of(request),
            query=dict(request.query_params),
            visitor=getattr(request.state, "visitor", None),
            navigation=NAVIGATION,
            done=done,
            now=datetime.now(UTC),
            **context,
        )
    )
    # JSON may name half a character, which UTF-8 can't write: it is shown as it was written there.
    response = HTMLResponse(html.encode(errors="backslashreplace"), status)
    if done:
        response.delete_cookie(FLASH, httponly=True, samesite="strict")
    return response


def problem(
    request: Request, status: int, title: str, text: str, /, **context: Any
) -> HTMLResponse:
    """The page of something that went wrong: what, and what to do."""
    return render(request, "problem.html", status, title=title, text=text, status=status, **context)


def see(url: str, done: str | None = None) -> Response:
    """After a form: go there, where it is said what was done."""
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    if done:
        # A cookie longer than 4 KB is kept by no browser.
        said = quote(done[:300])
        response.set_cookie(FLASH, said, max_age=60, httponly=True, samesite="strict")
    return response


def _flash(request: Request) -> str | None:
    said = request.cookies.get(FLASH)
    return unquote(said) if said else None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ago": words.ago,
        "amount": amount,
        "number": words.number,
        "lasted": words.lasted,
        "time": _time,
        "pretty": _pretty,
        "masked": masked,
        "masked_excerpt": masked_excerpt,
        "plural": words.plural,
    }
    environment.tests["secret"] = is_secret
    environment.globals |= {"url": url_with, "asset": asset_url}
    return environment


def url_with(path: str, query: Mapping[str, Any] | None = None, /, **changes: Any) -> str:
    """A link: the query with changes; what is None or empty is left out."""
    found = {**(query or {}), **changes}
    kept = {name: value for name, value in found.items() if value not in {None, ""}}
    return f"{path}?{urlencode(kept)}" if kept else path


def _time(moment: datetime | None, form: str = "ago") -> Markup:
    """A moment: in words or as a clock; the visitor's own zone where JavaScript runs, exact on hover."""
    if moment is None:
        return Markup("–")
    with suppress(OverflowError):
        # In the first and the last year, UTC's may be one that there is not.
        moment = moment.astimezone(UTC)
    exact = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    shown = words.ago(moment) if form == "ago" else moment.strftime(_CLOCKS[form])
    return Markup('<time datetime="{}" title="{}" data-form="{}">{}</time>').format(
        moment.isoformat(), exact, form, shown
    )


def _pretty(value: Any) -> str:
    """JSON as people read it; numbers as they came."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
