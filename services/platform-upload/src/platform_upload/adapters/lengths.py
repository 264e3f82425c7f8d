"""Texts that are longer than their field."""

import re

from leadstream.reading import shorten

# `(max length=40)`, `Limit: 65,536`, `longer than 255 characters`, `at most 80 characters` … What stands after `by` is
# how much too long a text is.
_LIMIT = re.compile(
    r"(?:max(?:imum)?\s*(?:length|is)|limit|longer than|at most|up to|exceeds?|less than)"
    r"(?:(?!\bby\b)\D){0,30}?(\d{1,3}(?:[,.'\s]\d{3})+|\d{1,6})(?![.,]?\d)\b",
    re.IGNORECASE,
)


def cut_to(value: str, message: str) -> str | None:
    """The text cut to the length that a refusal names; None where it names none that would change anything."""
    found = _LIMIT.search(message)
    longest = int(re.sub(r"\D", "", found[1])) if found else len(value)
    return shorten(value, longest) or None if 0 < longest < len(value) else None
