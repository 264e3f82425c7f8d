"""Reading the items of a provider's answer: what can be used is kept, what is malformed is rejected with its reason."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from discovery.domain.company import Company, DomainOf, Location
from discovery.domain.finding import Finding
from discovery.domain.scoring import Signal, Strength, distinct, strongest

# Together these keep the largest lead well under what an event may be, whatever it is made of.
MAX_TEXT = 500
MAX_DESCRIPTION = 5_000
MAX_URL = 2_048
MAX_TECHNOLOGIES = 50
MAX_PROFILES = 20
MAX_COUNT = 2**31 - 1
MAX_AMOUNT = 2**53 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2999
# Postgres holds neither NUL nor half a surrogate pair.
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")


class Rejection(StrEnum):
    """Why an item did not become a lead; also a metric's label, so the set is closed."""

    NOT_AN_OBJECT = "not_an_object"
    MISSING_NAME = "missing_name"
    INVALID_NAME = "invalid_name"
    INVALID_SIGNALS = "invalid_signals"
    OVER_DAILY_LIMIT = "over_daily_limit"


def read_item(item: object, domain_of: DomainOf) -> Finding | Rejection:
    """Read one company. Only its name and its signals can spoil it: any other fact is left out if it can't be read."""
    if not isinstance(item, Mapping):
        return Rejection.NOT_AN_OBJECT
    name = item.get("name", "")
    if not isinstance(name, str | None) or len(name or "") > MAX_TEXT:
        return Rejection.INVALID_NAME
    if not clean(name or "").strip():
        return Rejection.MISSING_NAME
    signals = item.get("intent_signals") or []
    if not isinstance(signals, list):
        return Rejection.INVALID_SIGNALS
    return Finding(company=_company(item, domain_of), signals=_signals(signals))


def clean(text: str) -> str:
    return _UNHOLDABLE.sub("", text)


def _company(item: Mapping[str, Any], domain_of: DomainOf) -> Company:
    return Company(
        name=clean(item["name"]),
        domain=domain_of(_url(item.get("domain"))) or domain_of(_url(item.get("website"))),
        website=_url(item.get("website")),
        description=_text(item.get("description"), MAX_DESCRIPTION),
        industry=_text(item.get("industry")),
        employee_count=_whole(item.get("employee_count"), MAX_COUNT),
        revenue=_rounded(item.get("revenue"), MAX_AMOUNT),
        location=_location(item.get("location")),
        founded_year=_whole(item.get("founded_year"), 9999),
        technologies=_technologies(item.get("technologies")),
        social_profiles=_profiles(item.get("social_profiles")),
    )


def _signals(raw: list[object]) -> tuple[Signal, ...]:
    """The signals that say what they are."""
    read = (_signal(each) for each in raw)
    return strongest(distinct(signal for signal in read if signal is not None))


def _signal(raw: object) -> Signal | None:
    if not isinstance(raw, Mapping):
        return None
    signal_type = _text(raw.get("signal_type"), MAX_TEXT // 2)
    if signal_type is None:
        return None
    return Signal(
        signal_type=signal_type,
        strength=Strength.read(raw.get("signal_strength")),
        detected_at=_moment(raw.get("detected_at")),
        source=_text(raw.get("source"), MAX_TEXT // 2),
    )


def _location(raw: object) -> Location:
    if not isinstance(raw, Mapping):
        return Location()
    parts = ("city", "state", "country", "address")
    return Location(**{part: _text(raw.get(part)) for part in parts})


def _technologies(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        return ()
    texts = (_text(each, 100) for each in raw[:MAX_TECHNOLOGIES])
    return tuple(text for text in texts if text is not None)


def _profiles(raw: object) -> Mapping[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    read = {_text(name, 100): _url(url) for name, url in list(raw.items())[:MAX_PROFILES]}
    return {name: url for name, url in read.items() if name is not None and url is not None}


def _text(raw: object, longest: int = MAX_TEXT) -> str | None:
    """Text that says something, cut where it is too long."""
    if not isinstance(raw, str):
        return None
    text = clean(raw)[:longest]
    return text if text.strip() else None


def _url(raw: object) -> str | None:
    """Half a URL leads nowhere: one that is too long is left out."""
    text = _text(raw, MAX_URL + 1)
    return None if text is None or len(text) > MAX_URL else text


def _whole(raw: object, largest: int) -> int | None:
    """JSON has one kind of number: 250.0 is as good as 250. True is none."""
    number = _rounded(raw, largest)
    return number if number == raw else None


def _rounded(raw: object, largest: int) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return round(raw) if 0 <= raw <= largest else None


def _moment(raw: object) -> datetime | None:
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    try:
        moment = datetime.fromisoformat(raw)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None
