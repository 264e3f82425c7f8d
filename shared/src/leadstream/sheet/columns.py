"""Which column of a file says what: found by its name, or as it was asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadstream.reading import word
from leadstream.sheet.errors import SheetError

# What a row may say, and the names that its column has elsewhere.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "company",
        "company_name",
        "account",
        "account_name",
        "organization",
        "organisation",
        "organization_name",
        "business_name",
        "firma",
        "unternehmen",
        "empresa",
        "societe",
    ),
    "domain": ("company_domain", "email_domain", "web_domain", "domain_name"),
    "website": ("url", "web", "homepage", "website_url", "company_website", "web_site", "webseite"),
    "description": ("about", "company_description", "beschreibung"),
    "industry": ("sector", "company_industry", "branche", "vertical", "sub_industry"),
    "employee_count": (
        "employees",
        "employee",
        "number_of_employees",
        "no_of_employees",
        "headcount",
        "company_size",
        "size",
        "staff",
        "mitarbeiter",
    ),
    "revenue": ("annual_revenue", "sales", "turnover", "company_revenue", "umsatz"),
    "founded_year": ("founded", "year_founded", "founded_in"),
    "technologies": ("tech", "tech_stack", "technology"),
    "city": ("town", "company_city", "ort", "stadt"),
    "state": ("region", "province", "company_state", "state_region", "bundesland"),
    "country": ("company_country", "land", "country_region"),
    "address": ("street", "street_address", "company_address", "adresse"),
    "signal_type": ("signal", "intent", "intent_signal", "signal_name"),
    "signal_strength": ("strength", "intent_strength", "signal_score"),
    "detected_at": ("detected", "signal_date", "date_detected", "detected_on", "seen_at", "date"),
    "source": ("signal_source", "lead_source"),
    "signal_id": (),
}
_MEANT: Final = {alias: field for field, aliases in FIELDS.items() for alias in (field, *aliases)}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field is found, and which columns nobody asked for."""

    places: Mapping[str, int]
    names: Sequence[str]
    ignored: Sequence[str]

    def of(self, field: str) -> str:
        """What the file calls a field."""
        return self.names[self.places[field]] if field in self.places else field


def choose_columns(header: Sequence[str], asked: Mapping[str, str], *, line: int = 1) -> Columns:
    """`asked`: field by column's name; it goes before what the names say. Raises SheetError, of the header's line."""
    places = {field: _place(header, column, line) for column, field in asked.items()}
    _refuse_twice(asked, places, line)
    for place, name in enumerate(header):
        field = _MEANT.get(word(name) or "")
        if field is None or field in asked.values() or place in places.values():
            continue
        if field in places:
            first = header[places[field]]
            # What is named alike can't be told apart by its name.
            are_alike = first.casefold() == name.casefold()
            mending = "rename one" if are_alike else f"choose with --map '{name}={field}'"
            raise SheetError(
                f"the columns {first} and {name} both say {field}: {mending}",
                line=line,
                column=place + 1,
            )
        places[field] = place
    if "name" not in places:
        raise SheetError(
            f"no column names the company among {_listed(header)}: say which with --map COLUMN=name",
            line=line,
        )
    taken = set(places.values())
    ignored = [name for place, name in enumerate(header) if place not in taken and name]
    return Columns(places, header, ignored)


def _place(header: Sequence[str], column: str, line: int) -> int:
    found = [place for place, name in enumerate(header) if name.casefold() == column.casefold()]
    if len(found) > 1:
        raise SheetError(f"there are {len(found)} columns {column}", line=line, column=found[1] + 1)
    if not found:
        raise SheetError(f"there is no column {column} among {_listed(header)}", line=line)
    return found[0]


def _refuse_twice(asked: Mapping[str, str], places: Mapping[str, int], line: int) -> None:
    for field in asked.values():
        if field not in FIELDS:
            raise SheetError(f"there is no field {field}: one of {', '.join(FIELDS)}")
    for field, times in Counter(asked.values()).items():
        if times > 1:
            raise SheetError(f"two columns are mapped to {field}")
    for place, times in Counter(places.values()).items():
        if times > 1:
            raise SheetError("one column is mapped twice", line=line, column=place + 1)


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(name for name in header[:12] if name)
    return f"{shown}, … ({len(header)} columns)" if len(header) > 12 else shown
