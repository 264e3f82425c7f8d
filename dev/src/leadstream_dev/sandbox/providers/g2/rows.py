"""What G2 saw: a row for each company, type of signal and day. A pure function of seed, product and day."""

from datetime import date, datetime, timedelta

from leadstream_dev.sandbox.data.companies import Filters
from leadstream_dev.sandbox.data.draw import number, stream
from leadstream_dev.sandbox.data.search import Finder, Query
from leadstream_dev.sandbox.data.signals import signals
from leadstream_dev.sandbox.exchange import JsonObject

TYPES = {
    "high": ("pricing", "compare", "alternatives"),
    "medium": ("profile", "category"),
    "low": ("sponsored_content", "reference"),
}
WORTH = {"high": 25, "medium": 12, "low": 3}
# A sandbox's data is between half a year and a year old.
AGE = timedelta(days=190)


class Rows:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._finder = Finder(seed)

    def of(self, product: str, day: date, *, results: int) -> list[JsonObject]:
        query = Query(f"g2:{product}", Filters(), day)
        rows: list[JsonObject] = []
        for company in self._finder.find(query, results=results, odd=False):
            rows += self._of_company(company, product, day)
        return rows

    def _of_company(self, company: JsonObject, product: str, day: date) -> list[JsonObject]:
        domain = company["domain"]
        seen = signals(seed=self._seed, domain=domain, day=day, topic=product)
        score = min(100, sum(WORTH[signal["signal_strength"]] for signal in seen))
        random = stream("g2", self._seed, product, domain, day)
        return [
            {
                "company_name": company["name"],
                "company_domain": domain,
                "company_country": company["location"]["country"],
                "company_state": company["location"]["state"],
                "company_employees": company["employee_count"],
                "company_industry": company["industry"],
                "signal_type": random.choice(TYPES[signal["signal_strength"]]),
                "day": signal["detected_at"][:10],
                "company_intent_score": score,
                "total_activity": 1 + number("g2-activity", domain, signal["detected_at"]) % 9,
                "visitor_count": 1 + number("g2-visitors", domain, signal["detected_at"]) % 3,
                "last_seen_at": signal["detected_at"],
            }
            for signal in seen
        ]


def aged(row: JsonObject) -> JsonObject:
    """As the sandbox has it."""
    day = date.fromisoformat(row["day"]) - AGE
    seen = datetime.fromisoformat(row["last_seen_at"]) - AGE
    return row | {"day": day.isoformat(), "last_seen_at": seen.strftime("%Y-%m-%dT%H:%M:%SZ")}
