"""G2's answers: a row says what one company did on one day. Rows of one company become one company with its signals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from discovery.adapters.items import read_answer
from discovery.domain.company import DomainOf
from discovery.domain.harvest import Harvest, Rejection
from discovery.domain.search import Filters
from leadstream.accounts import Account
from leadstream.accounts.g2 import ANY
from leadstream.reading import number, read_text, word

SOURCE: Final = "G2"
DAYS: Final = 30
# G2's sandbox has what is between half a year and a year old.
TRAINING_DAYS: Final = 365
OTHER: Final = "other"
# Who looks at prices and at others like it is about to buy.
STRENGTHS: Final = {
    "pricing": "high",
    "compare": "high",
    "alternatives": "high",
    "profile": "medium",
    "category": "medium",
    OTHER: "low",
}
# Shorter, and it is a code of something.
_NAME: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a topic is at G2; without a product, all that the account has."""

    product: str | None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How an account wants its rows read."""

    strengths: Mapping[str, str]
    # From which score on a signal is how strong, in place of its type.
    scores: Mapping[str, int] | None
    days: timedelta

    @classmethod
    def of(cls, account: Account) -> "Reading":
        days = TRAINING_DAYS if account.training else account.settings.get("days", DAYS)
        given = account.settings.get("strengths", {})
        return cls(
            strengths={**STRENGTHS, **{word(kind) or kind: each for kind, each in given.items()}},
            scores=account.settings.get("scores"),
            days=timedelta(days=days),
        )

    def strength(self, kind: str, score: object) -> str:
        if self.scores is None:
            return self.strengths.get(word(kind) or OTHER, self.strengths[OTHER])
        points = number(score) or 0
        if points >= self.scores["high"]:
            return "high"
        return "medium" if points >= self.scores["medium"] else "low"


def subject_of(account: Account, topic: str) -> Subject | None:
    """What the account's settings say a topic is; None where they say nothing."""
    products = account.settings.get("products", {})
    named = {_spelled_alike(name): each for name, each in products.items()}
    found = named.get(_spelled_alike(topic), named.get(ANY))
    if found is None:
        return None
    if isinstance(found, str):
        return Subject(product=None if found == ANY else found)
    product = found.get("product", ANY)
    return Subject(product=None if product == ANY else product, filters=found.get("filters", {}))


def read_rows(
    rows: Sequence[object], filters: Filters, reading: Reading, domain_of: DomainOf
) -> Harvest:
    companies: dict[object, Any] = {}
    for place, row in enumerate(rows):
        company = _company(row, reading)
        key = _key(company, domain_of) or place
        companies[key] = _together(companies[key], company) if key in companies else company
    fitting = [each for each in companies.values() if _fits(each, filters)]
    left_out = len(companies) - len(fitting)
    harvest = read_answer(fitting, domain_of)
    if not left_out:
        return harvest
    rejected = {**harvest.rejected, Rejection.FILTERED_OUT: left_out}
    return replace(harvest, found=harvest.found + left_out, rejected=rejected)


def _company(row: object, reading: Reading) -> Any:
    """A row as an item of a search; what is no row stays what it is, and is rejected as that."""
    if not isinstance(row, Mapping):
        return row
    told = row.get("attributes")
    if not isinstance(told, Mapping):
        told = {}
    return {
        "name": told.get("company_name"),
        "domain": told.get("company_domain"),
        "industry": told.get("company_industry"),
        "employee_count": told.get("company_employees"),
        "location": {"country": told.get("company_country"), "state": told.get("company_state")},
        "intent_signals": _signals(told, reading),
    }


def _signals(told: Mapping[str, Any], reading: Reading) -> list[Mapping[str, Any]]:
    kind = told.get("signal_type")
    if not isinstance(kind, str) or not kind.strip():
        return []
    return [
        {
            "signal_type": kind,
            "signal_strength": reading.strength(kind, told.get("company_intent_score")),
            "detected_at": told.get("day"),
            "source": SOURCE,
        }
    ]


def _together(first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    """Two rows of one company: both their signals, and the first's facts completed."""
    gaps = [name for name, fact in first.items() if fact is None]
    signals = [*first["intent_signals"], *second["intent_signals"]]
    return {**first, **{name: second[name] for name in gaps}, "intent_signals": signals}


def _key(company: Any, domain_of: DomainOf) -> tuple[str, str] | None:
    """By a domain that is the company's own, or else by its name."""
    if not isinstance(company, Mapping):
        return None
    domain, name = company["domain"], company["name"]
    if isinstance(domain, str) and (own := domain_of(domain)):
        return "domain", own
    return ("name", _spelled_alike(name)) if isinstance(name, str) and name.strip() else None


def _fits(company: Any, filters: Filters) -> bool:
    """By what G2 is not asked to look at. What it does not tell, or in another form, excludes nobody."""
    if not isinstance(company, Mapping):
        return True
    return _is_in(company["location"]["state"], [filters.state]) and _is_in(
        company["industry"], filters.industries
    )


def _is_in(told: object, wanted: Sequence[str | None]) -> bool:
    """Whether one of the two says the other: "Computer Software" is in "Software"."""
    text = read_text(told, 500)
    asked = [_spelled_alike(each) for each in wanted if each]
    if text is None or not asked:
        return True
    said = _spelled_alike(text)
    return any(each in said or said in each or min(len(each), len(said)) < _NAME for each in asked)


def _spelled_alike(text: str) -> str:
    return " ".join(text.casefold().split())
