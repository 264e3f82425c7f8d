"""A recipient's preferences as the fields of a form, and back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum
from typing import Final, Self, TypeVar
from zoneinfo import available_timezones

from delivery.domain.preferences import (
    MOST_A_DAY,
    PreferenceError,
    Preferences,
    QuietHours,
    Rhythm,
    is_zone,
)
from delivery.domain.score import Score
from leadstream.api import InvalidError
from leadstream.api.form import form_pairs
from leadstream.reading import one_line

RHYTHMS: Final = {score: f"rhythm_{score}" for score in reversed(Score)}
# Browsers send each of these, empty or not: where one is missing, not all of the form has arrived.
LABELS: Final = {
    "min_score": "Which leads",
    **{name: f"{score.capitalize()} leads" for score, name in RHYTHMS.items()},
    "quiet_start": "From",
    "quiet_end": "To",
    "zone": "Time zone",
    "daily_cap": "Most e-mails a day",
}
# Only where it is ticked.
TICKED: Final = "hot_breaks_through"
# By the names on a map; whoever has another one, such as US/Pacific, keeps it.
REGIONS: Final = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia",
                  "Europe", "Indian", "Pacific")  # fmt: skip
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_COUNT: Final = re.compile(r"[0-9]+")

HALF: Final = "Give both times, or neither."
EQUAL: Final = "Both times are the same: give two, or leave both empty."
CAP: Final = f"Give a whole number from 1 to {MOST_A_DAY:,}, or leave it empty for no limit."
NO_ZONE: Final = (
    "Choose your time zone: quiet hours, e-mails in the morning and a limit a day go by your clock."
)
Choice = TypeVar("Choice", bound=StrEnum)


class FormError(ValueError):
    """Something in a form is wrong; `form` is the form with what is wrong where."""

    def __init__(self, form: "PreferenceForm") -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in form.errors.items()))
        self.form = form


@dataclass(frozen=True, slots=True)
class PreferenceForm:
    """Each field as text; `errors` says what is wrong, by field."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, wants: Preferences) -> Self:
        quiet = wants.quiet_hours
        return cls(
            {
                "min_score": wants.min_score.value,
                **{name: wants.rhythm[score].value for score, name in RHYTHMS.items()},
                "quiet_start": f"{quiet.start:%H:%M}" if quiet else "",
                "quiet_end": f"{quiet.end:%H:%M}" if quiet else "",
                "zone": wants.zone or "",
                "daily_cap": str(wants.daily_cap or ""),
                TICKED: "yes" if wants.hot_breaks_through else "",
            }
        )

    @classmethod
    def sent(cls, body: bytes) -> Self:
        """As somebody has filled it in, fit to be shown again; without what can't be read."""
        try:
            pairs = form_pairs(body)
        except InvalidError:
            # By no browser. Every field is missing then, which `read` says.
            pairs = []
        return cls({name: one_line(text, 60) for name, text in pairs if name in {*LABELS, TICKED}})

    def read(self, *, enabled: bool) -> Preferences:
        """What was chosen. Raises FormError that names everything that can't be."""
        reader = _Reader(self.values)
        min_score = reader.choice("min_score", Score)
        rhythm = {score: reader.choice(name, Rhythm) for score, name in RHYTHMS.items()}
        quiet_hours = reader.quiet_hours()
        daily_cap = reader.count("daily_cap")
        zone = reader.text("zone") or None
        errors = reader.errors
        try:
            wants = Preferences(
                enabled=enabled,
                min_score=min_score,
                rhythm=rhythm,
                quiet_hours=quiet_hours,
                zone=zone,
                daily_cap=daily_cap,
                hot_breaks_through=bool(self.values.get(TICKED)),
            )
        except PreferenceError as exc:
            errors = self._said(exc) | errors
        if errors:
            raise FormError(replace(self, errors=_in_order(errors)))
        return wants

    def _said(self, error: PreferenceError) -> dict[str, str]:
        """Where the page has the field, and in its own words."""
        match error.field:
            case "zone" if zone := self.values.get("zone"):
                return {"zone": f"Choose one from the list: there is no time zone “{zone}”."}
            case "zone":
                return {"zone": NO_ZONE}
            case "daily_cap":
                return {"daily_cap": CAP}
            case other:
                return {other: str(error)}


def _in_order(errors: Mapping[str, str]) -> dict[str, str]:
    return {name: errors[name] for name in sorted(errors, key=list(LABELS).index)}


class _Reader:
    """Reads one field after the other, and goes on where one is wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.errors = {
            name: "This did not arrive: send the form again."
            for name in LABELS
            if name not in values
        }

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        try:
            return kind(self.text(name))
        except ValueError:
            self.errors.setdefault(name, "Choose one of these.")
            # Nobody sees it: the form is refused.
            return next(iter(kind))

    def quiet_hours(self) -> QuietHours | None:
        start, end = self._time("quiet_start"), self._time("quiet_end")
        if self.errors.keys() & {"quiet_start", "quiet_end"} or (start is None and end is None):
            return None
        if start is None or end is None:
            self.errors["quiet_start" if start is None else "quiet_end"] = HALF
            return None
        try:
            return QuietHours(start=start, end=end)
        except PreferenceError:
            self.errors["quiet_end"] = EQUAL
            return None

    def _time(self, name: str) -> time | None:
        text = self.text(name)
        if text and not _TIME.fullmatch(text):
            self.errors[name] = "Give a time such as 22:00, or leave it empty."
        return time.fromisoformat(text) if _TIME.fullmatch(text) else None

    def count(self, name: str) -> int | None:
        text = self.text(name)
        if text and not _COUNT.fullmatch(text):
            self.errors[name] = CAP
        return int(text) if _COUNT.fullmatch(text) else None


def zones_by_region() -> dict[str, list[tuple[str, str]]]:
    """(name, what people read) of each time zone that is offered."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region in found and is_zone(name):
            found[region].append((name, place.replace("_", " ").replace("/", ", ")))
    return found
