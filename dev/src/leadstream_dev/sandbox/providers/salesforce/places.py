"""State and country lists, as new orgs have them: a few of each are enough to be refused by."""

from dataclasses import dataclass

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.salesforce.errors import row_error

COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "DE": "Germany",
    "AU": "Australia",
}
STATES = {
    "US": {"CA": "California", "NY": "New York", "TX": "Texas", "WA": "Washington"},
    "CA": {"ON": "Ontario", "QC": "Quebec", "BC": "British Columbia"},
    "AU": {"NSW": "New South Wales"},
}
_INTEGRITY = "FIELD_INTEGRITY_EXCEPTION"
_PROBLEM = (
    "There's a problem with this {0}, even though it may appear correct. "
    "Please select a {0} from the list of valid {1}.: {2}"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a row says that a lead is, with what the org has of it already."""

    row: JsonObject
    held: JsonObject

    def resolved(self) -> JsonObject:
        """Labels and codes, each from the other, as the org keeps them; for rows that are right."""
        country = self._country()
        state = self._state(country)
        found: JsonObject = {}
        if country:
            found |= {"CountryCode": country, "Country": COUNTRIES[country]}
        if country and state:
            found |= {"StateCode": state, "State": STATES[country][state]}
        return found

    def problem(self) -> JsonObject | None:
        country, name = self._country(), self._named("Country")
        if name and country is None:
            return row_error(_INTEGRITY, _PROBLEM.format("country", "countries", "Country"), name)
        name = self._named("State")
        if name and country is None:
            said = "A country/territory must be specified before specifying a state value for field"
            return row_error(_INTEGRITY, f"{said}: State/Province", name)
        if name and self._state(country) is None:
            return row_error(_INTEGRITY, _PROBLEM.format("state", "states", "State"), name)
        return None

    def _named(self, name: str) -> str | None:
        return next((each for each in (f"{name}Code", name) if self.row.get(each)), None)

    def _country(self) -> str | None:
        if not self._named("Country"):
            return _by_label(self.held.get("Country"), COUNTRIES)
        code = self.row.get("CountryCode")
        if code:
            return code if code in COUNTRIES else None
        return _by_label(self.row["Country"], COUNTRIES)

    def _state(self, country: str | None) -> str | None:
        states = STATES.get(country or "", {})
        code = self.row.get("StateCode")
        if code:
            return code if code in states else None
        return _by_label(self.row.get("State"), states)


def _by_label(label: object, known: dict[str, str]) -> str | None:
    return next((code for code, name in known.items() if name == label), None)
