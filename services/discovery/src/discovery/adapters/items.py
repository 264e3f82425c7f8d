"""Reading the items of a provider's answer: what can be used is kept, what is malformed is rejected with its reason."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from discovery.adapters.documents import read_strength
from discovery.domain.company import Company, DomainOf, Location
from discovery.domain.finding import Finding, unite
from discovery.domain.harvest import Harvest, Rejection
from discovery.domain.scoring import Signal, distinct, strongest
from leadstream.reading import clean, is_blank, listed, moment, read_text, rounded, whole, word

# We ask for 50. A provider that sends a hundred times that has lost its mind, and we needn't follow.
MAX_ITEMS = 5_000
# Together these keep the largest lead well under what an event may be, whatever it is made of.
MAX_TEXT = 500
MAX_DESCRIPTION = 5_000
MAX_URL = 2_048
MAX_TECHNOLOGIES = 50
MAX_PROFILES = 20
MAX_COUNT = 2**31 - 1
MAX_AMOUNT = 2**53 - 1
# Whole numbers that a float still tells apart.
MAX_FLOAT_ID = 2**53
_LIST_MARKS = re.compile(r"[,;|\n]")
# Put where there is no id.
_NO_IDS = frozenset({"n_a", "na", "nan", "nil", "none", "null", "undefined", "unknown"})
# A year, or three numbers: "2 days ago" is another day with each answer.
_NAMES_A_DAY = re.compile(r"\b(?:19|20)\d\d|\d\D\d{1,2}\D\d")


def read_answer(items: Sequence[object], domain_of: DomainOf) -> Harvest:
    read = [read_item(item, domain_of) for item in items[:MAX_ITEMS]]
    usable = [each for each in read if isinstance(each, Finding)]
    rejected = Counter(each for each in read if isinstance(each, Rejection))
    rejected[Rejection.OVER_DAILY_LIMIT] += max(0, len(items) - MAX_ITEMS)
    findings = unite(usable)
    return Harvest(
        found=len(items),
        findings=findings,
        repeated=len(usable) - len(findings),
        rejected=+rejected,
    )


def read_item(item: object, domain_of: DomainOf) -> Finding | Rejection:
    """Read one company. Only its name and its signals can spoil it: any other fact is left out if it can't be read."""
    if not isinstance(item, Mapping):
        return Rejection.NOT_AN_OBJECT
    name = item.get("name") or ""
    if not isinstance(name, str) or len(name) > MAX_TEXT:
        return Rejection.INVALID_NAME
    if is_blank(name):
        return Rejection.MISSING_NAME
    signals = _listed_signals(item.get("intent_signals"))
    if signals is None:
        return Rejection.INVALID_SIGNALS
    return Finding(company=_company(name, item, domain_of), signals=_signals(signals))


def _company(name: str, item: Mapping[str, Any], domain_of: DomainOf) -> Company:
    return Company(
        name=" ".join(clean(name).split()),
        domain=domain_of(_url(item.get("domain"))) or domain_of(_url(item.get("website"))),
        website=_url(item.get("website")),
        description=read_text(item.get("description"), MAX_DESCRIPTION),
        industry=read_text(item.get("industry"), MAX_TEXT),
        employee_count=whole(item.get("employee_count"), largest=MAX_COUNT),
        revenue=rounded(item.get("revenue"), largest=MAX_AMOUNT),
        location=_location(item.get("location")),
        founded_year=whole(item.get("founded_year"), largest=9999),
        technologies=_technologies(item.get("technologies")),
        social_profiles=_profiles(item.get("social_profiles")),
    )


def _listed_signals(raw: object) -> list[Any] | None:
    """An object in place of the list is one signal, if it is one at all."""
    if isinstance(raw, Mapping) and raw and "signal_type" not in raw:
        return None
    return listed(raw)


def _signals(raw: list[object]) -> tuple[Signal, ...]:
    """The signals that say what they are."""
    read = (_signal(each) for each in raw)
    return strongest(distinct(signal for signal in read if signal is not None))


def _signal(raw: object) -> Signal | None:
    if not isinstance(raw, Mapping):
        return None
    signal_type = read_text(raw.get("signal_type"), MAX_TEXT // 2)
    if signal_type is None:
        return None
    detected_at = moment(raw.get("detected_at"))
    return Signal(
        provider_id=_id(raw.get("id")),
        signal_type=signal_type,
        strength=read_strength(raw.get("signal_strength")),
        detected_at=detected_at,
        detected_text=_day_in_words(raw.get("detected_at")) if detected_at is None else None,
        source=read_text(raw.get("source"), MAX_TEXT // 2),
    )


def _day_in_words(raw: object) -> str | None:
    text = read_text(raw, MAX_TEXT // 5)
    return text if text and _NAMES_A_DAY.search(text) else None


def _id(raw: object) -> str | None:
    """None for what only stands where an id would be: 0, `n/a`, `-`."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < MAX_FLOAT_ID:
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw) if 0 < abs(raw) < 10**40 else None
    if not isinstance(raw, str) or is_blank(raw):
        return None
    text = clean(raw).strip()
    if len(text) > MAX_TEXT // 4:
        # Half an id may be another's.
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return None if _is_no_id(text) else text


def _is_no_id(text: str) -> bool:
    """Whether it is a word for none, or zeros, or no letter and no digit."""
    return not re.search(r"[^\W_0]", text) or word(text) in _NO_IDS


def _location(raw: object) -> Location:
    if not isinstance(raw, Mapping):
        return Location()
    parts = ("city", "state", "country", "address")
    return Location(**{part: read_text(raw.get(part), MAX_TEXT) for part in parts})


def _technologies(raw: object) -> tuple[str, ...]:
    named = (
        _LIST_MARKS.split(raw[: MAX_TECHNOLOGIES * 100]) if isinstance(raw, str) else listed(raw)
    )
    texts = (read_text(each, 100) for each in (named or [])[:MAX_TECHNOLOGIES])
    return tuple(text for text in texts if text is not None)


def _profiles(raw: object) -> Mapping[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    read = {read_text(name, 100): _url(url) for name, url in list(raw.items())[:MAX_PROFILES]}
    return {name: url for name, url in read.items() if name is not None and url is not None}


def _url(raw: object) -> str | None:
    """Half a URL leads nowhere: one that is too long is left out."""
    if not isinstance(raw, str) or len(raw) > MAX_URL:
        return None
    return clean(raw).strip() or None
