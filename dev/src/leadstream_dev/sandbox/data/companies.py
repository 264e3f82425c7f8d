"""Companies, each a pure function of its name in the sample world and of the filters it has to meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from leadstream_dev.sandbox.data.draw import stream, weighted
from leadstream_dev.sandbox.data.places import is_in, place
from leadstream_dev.sandbox.data.words import WORDS
from leadstream_dev.sandbox.exchange import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    country: str | None = None
    state: str | None = None
    city: str | None = None
    min_employees: int | None = None
    max_employees: int | None = None
    min_revenue: float | None = None
    max_revenue: float | None = None
    industries: tuple[str, ...] = ()

    @property
    def contradictory(self) -> bool:
        return _above(self.min_employees, self.max_employees) or _above(
            self.min_revenue, self.max_revenue
        )


def company(*, name: Sequence[object], filters: Filters) -> JsonObject:
    """Make up the company called `name` so that it meets `filters`."""
    random = stream("company", *name)
    industry = (
        random.choice(filters.industries)
        if filters.industries
        else weighted(random, WORDS.industries)
    )
    first = _first_word(random)
    second = random.choice(WORDS.second_words.get(industry, WORDS.other_second_words))
    domain = f"{first}-{second}.{weighted(random, WORDS.tlds)}".lower()
    employees = _employees(random, filters)
    city, state, country = place(
        random, country=filters.country, state=filters.state, city=filters.city
    )
    made: JsonObject = {
        "name": f"{first} {second}",
        "domain": domain,
        "website": f"https://www.{domain}",
        "description": f"{first} {second} is a {industry.lower()} company based in {city}.",
        "industry": industry,
        "employee_count": employees,
        "revenue": _revenue(random, employees, filters),
        "location": {
            "city": city,
            "state": state,
            "country": country,
            "address": f"{random.randint(1, 999)} {random.choice(WORDS.last_names)} Street",
        },
        "founded_year": random.randint(1952, 2024),
        "technologies": random.sample(WORDS.technologies, random.randint(0, 5)),
        "social_profiles": {"linkedin": f"https://www.linkedin.com/company/{domain.split('.')[0]}"},
    }
    return _with_gaps(random, made, filters)


def meets(made: JsonObject, filters: Filters) -> bool:
    where = made["location"]
    return (
        is_in(
            (where["city"], where["state"], where["country"]),
            country=filters.country,
            state=filters.state,
            city=filters.city,
        )
        and (not filters.industries or made["industry"] in filters.industries)
        and _within(made["employee_count"], filters.min_employees, filters.max_employees)
        and _within(made["revenue"], filters.min_revenue, filters.max_revenue)
    )


def _first_word(random: Random) -> str:
    return "".join(
        [*random.sample(WORDS.syllables, random.choice((1, 2, 2, 2))), random.choice(WORDS.endings)]
    ).title()


def _employees(random: Random, filters: Filters) -> int:
    lowest = filters.min_employees or 0
    highest = filters.max_employees if filters.max_employees is not None else max(5000, lowest * 4)
    # Small companies are far more frequent than large ones.
    drawn = int(max(lowest, 5) * (max(highest, 1) / max(lowest, 5)) ** random.random())
    return min(max(drawn, lowest), highest)


def _revenue(random: Random, employees: int, filters: Filters) -> int:
    drawn = max(employees, 1) * random.randint(60, 320) * 1000
    lowest = int(filters.min_revenue or 0)
    highest = filters.max_revenue
    if highest is None:
        return drawn if drawn >= lowest else lowest + drawn
    if lowest <= drawn <= highest:
        return drawn
    return random.randint(lowest, max(lowest, int(highest)))


def _with_gaps(random: Random, made: JsonObject, filters: Filters) -> JsonObject:
    """Leave out some of what no filter asked for, for enrichment to fill."""
    may_lack = {"description", "founded_year", "website"}
    if not filters.industries:
        may_lack.add("industry")
    if filters.min_employees is None and filters.max_employees is None:
        may_lack.add("employee_count")
    return {
        key: None if random.random() < 0.07 and key in may_lack else value
        for key, value in made.items()
    }


def _within(value: float | None, lowest: float | None, highest: float | None) -> bool:
    if value is None:
        return lowest is None and highest is None
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _above(lowest: float | None, highest: float | None) -> bool:
    return lowest is not None and highest is not None and lowest > highest
