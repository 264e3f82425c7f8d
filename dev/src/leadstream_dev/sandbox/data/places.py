"""Where the sample companies are."""

from random import Random

Place = tuple[str, str, str]
"""City, state, country."""

UNITED_STATES = "United States"

_STATES = {
    "California": "CA",
    "Texas": "TX",
    "New York": "NY",
    "Washington": "WA",
    "Massachusetts": "MA",
    "Illinois": "IL",
    "Colorado": "CO",
    "Florida": "FL",
    "Georgia": "GA",
    "Oregon": "OR",
}

_CITIES = {
    (UNITED_STATES, "CA"): ("San Francisco", "Los Angeles", "San Diego", "San José", "Oakland"),
    (UNITED_STATES, "TX"): ("Austin", "Dallas", "Houston"),
    (UNITED_STATES, "NY"): ("New York", "Buffalo"),
    (UNITED_STATES, "WA"): ("Seattle", "Spokane"),
    (UNITED_STATES, "MA"): ("Boston", "Cambridge"),
    (UNITED_STATES, "IL"): ("Chicago",),
    (UNITED_STATES, "CO"): ("Denver", "Boulder"),
    (UNITED_STATES, "FL"): ("Miami", "Tampa"),
    (UNITED_STATES, "GA"): ("Atlanta",),
    (UNITED_STATES, "OR"): ("Portland",),
    ("Canada", "ON"): ("Toronto", "Ottawa"),
    ("Canada", "QC"): ("Montréal",),
    ("United Kingdom", "England"): ("London", "Manchester", "Bristol"),
    ("Germany", "Bavaria"): ("München", "Nürnberg"),
    ("Germany", "Berlin"): ("Berlin",),
    ("France", "Île-de-France"): ("Paris",),
    ("Spain", "Catalonia"): ("Barcelona",),
    ("Japan", "Tokyo"): ("Tokyo",),
    ("Australia", "NSW"): ("Sydney",),
    ("Brazil", "SP"): ("São Paulo",),
}
_PLACES: tuple[Place, ...] = tuple(
    (city, state, country) for (country, state), cities in _CITIES.items() for city in cities
)


def place(random: Random, *, country: str | None, state: str | None, city: str | None) -> Place:
    """Draw a place that fits; what isn't in the atlas is taken at its word."""
    state = _STATES.get(state, state) if state else None
    fitting = [known for known in _PLACES if _fits(known, country, state, city)]
    if fitting:
        return random.choice(fitting)
    return city or "Springfield", state or "", country or UNITED_STATES


def is_in(found: Place, *, country: str | None, state: str | None, city: str | None) -> bool:
    return _fits(found, country, _STATES.get(state, state) if state else None, city)


def _fits(known: Place, country: str | None, state: str | None, city: str | None) -> bool:
    wanted = (city, state, country)
    return all(not want or want == have for want, have in zip(wanted, known, strict=True))
