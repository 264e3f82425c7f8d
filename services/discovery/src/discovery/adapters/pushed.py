"""Signals that others push: each is one company and one signal of it. What can't be used is named, with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from discovery.adapters.items import MAX_TEXT
from leadstream.reading import is_blank, moment, read_text

MOST_SIGNALS = 1_000
# Senders' clocks differ from ours.
SKEW = timedelta(minutes=5)
# What is read of a company; whatever else is sent is not kept.
_COMPANY = (
    "name",
    "domain",
    "website",
    "description",
    "industry",
    "employee_count",
    "revenue",
    "location",
    "founded_year",
    "technologies",
    "social_profiles",
)
_SIGNAL = ("id", "signal_type", "signal_strength", "detected_at", "source")


@dataclass(frozen=True, slots=True)
class Fault:
    """Which signal, which field of it, and why it can't be taken."""

    index: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pushed:
    index: int
    topic: str | None
    # In the words of a provider's answer.
    item: Mapping[str, Any]


def read_pushed(
    signals: Sequence[object], *, source: str, now: datetime
) -> tuple[list[Pushed], list[Fault]]:
    """`source` is named by signals that don't say where they are from."""
    pushed: list[Pushed] = []
    faults: list[Fault] = []
    for index, signal in enumerate(signals):
        found = [Fault(index, field, reason) for field, reason in _faults(signal, now)]
        faults += found
        if isinstance(signal, Mapping) and not found:
            topic = read_text(signal.get("topic"), MAX_TEXT)
            pushed.append(Pushed(index, topic, _item(signal, source)))
    return pushed, faults


def _faults(signal: object, now: datetime) -> Iterator[tuple[str, str]]:
    if not isinstance(signal, Mapping):
        yield "", "must be an object"
        return
    yield from _faults_of_company(signal.get("company"))
    if read_text(signal.get("signal_type"), MAX_TEXT) is None:
        yield "signal_type", _said(signal.get("signal_type"))
    if not isinstance(signal.get("topic"), str | None):
        yield "topic", "must be a text"
    detected_at = signal.get("detected_at")
    at = moment(detected_at)
    if detected_at is None or detected_at == "":
        yield "detected_at", "is missing"
    elif at is None:
        yield "detected_at", "is no time: write it as 2026-11-29T12:00:00Z"
    elif at > now + SKEW:
        yield "detected_at", "is in the future"


def _faults_of_company(company: object) -> Iterator[tuple[str, str]]:
    if not isinstance(company, Mapping):
        yield "company", "is missing" if company is None else "must be an object"
        return
    name = company.get("name")
    if not isinstance(name, str) or is_blank(name):
        yield "company.name", _said(name)
    elif len(name) > MAX_TEXT:
        yield "company.name", f"is longer than {MAX_TEXT} characters"


def _said(value: object) -> str:
    return "is missing" if value is None or isinstance(value, str) else "must be a text"


def _item(signal: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    company = signal["company"]
    told = {name: signal[name] for name in _SIGNAL if signal.get(name) is not None}
    kept = {name: company[name] for name in _COMPANY if company.get(name) is not None}
    return {**kept, "intent_signals": [{"source": source, **told}]}
