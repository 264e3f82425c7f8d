"""The link at the foot of each e-mail: the recipient's page, and RFC 8058's one click. It needs no token of ours."""

from dataclasses import replace
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from delivery.adapters.email.message import render
from delivery.domain.moments import MORNING
from delivery.domain.preferences import MOST_A_DAY, Rhythm
from delivery.domain.score import Score
from delivery.entrypoints.http.preference_form import (
    LABELS,
    RHYTHMS,
    FormError,
    PreferenceForm,
    zones_by_region,
)
from delivery.entrypoints.http.preferences import Choice, PreferencesByToken

SCORES: Final = (
    (Score.COLD, "All leads"),
    (Score.WARM, "Hot and warm leads"),
    (Score.HOT, "Hot leads only"),
)
RHYTHM_TEXTS: Final = {
    Rhythm.AT_ONCE: "One by one, at once",
    Rhythm.HOURLY: "Together, every hour",
    Rhythm.DAILY: f"Together, every morning at {MORNING:%H:%M}",
    Rhythm.WEEKLY: f"Together, on Mondays at {MORNING:%H:%M}",
}
SAID: Final = {
    "saved": "Saved. It holds from now on.",
    "resumed": "You get lead alerts again.",
}
# Why somebody gets nothing who did not ask for it.
STOPPED: Final = {
    "bounced": "An e-mail to it came back for good.",
    "complained": "One was reported as spam from there.",
    "manual": "Whoever runs Leadstream has stopped them, or was asked to.",
}
HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-robots-tag": "noindex",
}
_ZONES: Final = zones_by_region()
_LISTS: Final = {
    "scores": SCORES,
    "labels": LABELS,
    "rhythms": RHYTHMS,
    "rhythm_texts": RHYTHM_TEXTS,
    "regions": _ZONES,
    "offered": {name for zones in _ZONES.values() for name, _ in zones},
    "most_a_day": MOST_A_DAY,
}


class PreferencePage:
    """What is seen and done with a link."""

    def __init__(self, preferences: PreferencesByToken) -> None:
        self._preferences = preferences

    async def show(self, token: str, said: str | None = None) -> Response:
        choice = await self._preferences.get(token)
        if choice is None or _is_off(choice):
            return _closed(choice)
        return _page(choice, said=SAID.get(said or ""))

    async def unsubscribe(self, token: str) -> Response:
        return _closed(await self._preferences.unsubscribe(token))

    async def save(self, token: str, body: bytes) -> Response:
        form = PreferenceForm.sent(body)
        try:
            wants = form.read(enabled=True)
        except FormError as exc:
            return await self._refuse(token, exc.form)
        # A page that was open before somebody unsubscribed: saving is not switching on.
        after = await self._preferences.change(
            token, lambda choice: None if _is_off(choice) else wants
        )
        return _closed(after, 409) if after is None or _is_off(after) else _see("saved")

    async def resume(self, token: str) -> Response:
        after = await self._preferences.change(
            token, lambda choice: replace(choice.wants, enabled=True)
        )
        return _closed(after) if after is None else _see("resumed")

    async def _refuse(self, token: str, form: PreferenceForm) -> Response:
        choice = await self._preferences.get(token)
        if choice is None or _is_off(choice):
            return _closed(choice, 409)
        return _page(choice, form=form, status=422)


def preference_router(page: PreferencePage) -> APIRouter:
    router = APIRouter(prefix="/u", include_in_schema=False)

    @router.get("/{token}")
    async def show(token: str, said: str | None = None) -> Response:
        """Only show: mail scanners follow links, and must not unsubscribe anybody."""
        return await page.show(token, said)

    @router.post("/{token}")
    async def act(
        token: str, request: Request, do: Literal["save", "resume"] | None = None
    ) -> Response:
        """What is posted to the link as it is, whatever the body, is a mail program's one click; a form says more."""
        match do:
            case None:
                return await page.unsubscribe(token)
            case "save":
                return await page.save(token, await request.body())
            case "resume":
                return await page.resume(token)

    return router


def _is_off(choice: Choice) -> bool:
    return choice.suppressed is not None or not choice.wants.enabled


def _see(said: str) -> Response:
    """To be read again without being sent again."""
    return RedirectResponse(f"?said={said}", 303, headers=HEADERS)


def _closed(choice: Choice | None, status: int = 200) -> Response:
    """Where there is nothing to choose."""
    if choice is None:
        return _html({"state": "unknown"}, 404)
    values = {
        "state": "off",
        "address": _masked(choice.email),
        "suppressed": choice.suppressed,
        "why": STOPPED.get(choice.suppressed or ""),
    }
    return _html(values, status)


def _page(
    choice: Choice,
    *,
    form: PreferenceForm | None = None,
    said: str | None = None,
    status: int = 200,
) -> Response:
    shown = PreferenceForm.of(choice.wants)
    if form is not None:
        # As typed; what did not arrive is as it was.
        shown = replace(form, values={**shown.values, **form.values})
    values = {"state": "on", "address": _masked(choice.email), "form": shown, "said": said}
    return _html(values | _LISTS, status)


def _masked(email: str) -> str:
    """Enough for its owner; whoever was forwarded an e-mail is told no address."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _html(values: dict[str, Any], status: int) -> Response:
    return HTMLResponse(
        render("preferences.html.j2", {"form": None, **values}), status, headers=HEADERS
    )
