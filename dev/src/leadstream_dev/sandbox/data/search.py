"""Which companies a search finds on a day."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from leadstream_dev.sandbox.data.companies import Filters, company, meets
from leadstream_dev.sandbox.data.draw import chance, number, stream
from leadstream_dev.sandbox.data.oddities import ALWAYS, SOMETIMES
from leadstream_dev.sandbox.data.signals import signals
from leadstream_dev.sandbox.exchange import JsonObject

SHARED_COMPANIES = 800
RETURNING = 0.18
"""Part of a day's companies that were there on an earlier day."""
SHARED = 0.12
"""Part that other searches find too, if they suit the filters."""
ODD = 0.1
REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Query:
    topic: str
    filters: Filters
    day: date


@dataclass(slots=True)
class Finder:
    """Pure but for its memory: the same seed, query and day find the same."""

    seed: int
    _known: OrderedDict[tuple[Query, int, bool], list[JsonObject]] = field(
        default_factory=OrderedDict
    )

    def find(self, query: Query, *, results: int, odd: bool) -> list[JsonObject]:
        key = (query, results, odd)
        if key not in self._known:
            self._known[key] = self._find(query, results=results, odd=odd)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]

    def _find(self, query: Query, *, results: int, odd: bool) -> list[JsonObject]:
        if query.filters.contradictory:
            return []
        shared = self._shared_ones(query)
        found: dict[str, JsonObject] = {}
        for slot in range(results):
            made = self._company(query, slot, results, shared)
            if made["domain"] in found:
                made = self._fresh(query, slot)
            found[made["domain"]] = made | {
                "intent_signals": signals(
                    seed=self.seed, domain=made["domain"], day=query.day, topic=query.topic
                )
            }
        listed = list(found.values())
        return self._with_oddities(listed, query) if odd else listed

    def _company(
        self, query: Query, slot: int, results: int, shared: Iterator[JsonObject]
    ) -> JsonObject:
        if self._returns(query, slot):
            return self._earlier(query, slot, results)
        if chance("shared", self.seed, query, slot) < SHARED:
            return next(shared, None) or self._fresh(query, slot)
        return self._fresh(query, slot)

    def _fresh(self, query: Query, slot: int) -> JsonObject:
        return company(name=(self.seed, query, slot), filters=query.filters)

    def _returns(self, query: Query, slot: int) -> bool:
        return chance("returns", self.seed, query, slot) < RETURNING

    def _earlier(self, query: Query, slot: int, results: int) -> JsonObject:
        """A company that was new on one of the three days before."""
        draw = number("earlier", self.seed, query, slot)
        before = Query(query.topic, query.filters, query.day - timedelta(days=1 + draw % 3))
        for step in range(results):
            candidate = (draw // 3 + step) % results
            if not self._returns(before, candidate):
                return self._fresh(before, candidate)
        return self._fresh(query, slot)

    def _shared_ones(self, query: Query) -> Iterator[JsonObject]:
        # In an order that depends on the day only: searches alike in their filters meet the same ones.
        start = number("shared-start", self.seed, query.day) % SHARED_COMPANIES
        known = _shared_companies(self.seed)
        rotated = known[start:] + known[:start]
        return (made for made in rotated if meets(made, query.filters))

    def _with_oddities(self, found: list[JsonObject], query: Query) -> list[JsonObject]:
        random = stream("odd", self.seed, query)
        wanted = int(len(found) * ODD)
        if not wanted:
            return found
        kinds = [*ALWAYS, *random.sample(SOMETIMES, len(SOMETIMES))][:wanted]
        first, second, *slots = random.sample(range(len(found)), wanted + 2)
        for slot, (_, change) in zip(slots, kinds, strict=True):
            found[slot] = change(found[slot])
        # The same company twice in one answer, each time with other signals.
        found[second] = found[first] | {"intent_signals": found[second]["intent_signals"]}
        return found


@cache
def _shared_companies(seed: int) -> list[JsonObject]:
    return [
        company(name=(seed, "shared", which), filters=Filters())
        for which in range(SHARED_COMPANIES)
    ]
