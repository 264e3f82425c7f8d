"""What of Elasticsearch 7.7 a search may hold, and whom it finds."""

import re
from collections.abc import Callable, Mapping, Set
from typing import Any, Final

import orjson

from leadstream_dev.sandbox.exchange import JsonObject

Suits = Callable[[JsonObject], bool]

_COMPANY: Final = re.compile(
    r'"job_company_website"\s*:\s*(?:\{\s*"(?:value|query)"\s*:\s*)?"([^"]*)"'
)
_OCCURRENCES: Final = ("must", "filter", "should", "must_not")
_MOST_CLAUSES: Final = 100
_DEEPEST: Final = 5


class QueryError(ValueError):
    """A query that is none; the text says why."""


def compile_query(given: object, fields: Set[str]) -> Suits:
    """The query as it stands in a body: an object, or its JSON as text, with or without `query` around it."""
    if isinstance(given, str):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError as exc:
            raise QueryError("query is not valid JSON") from exc
    if isinstance(given, dict) and set(given) == {"query"}:
        given = given["query"]
    return _clause(given, fields, 1)


def company_of(given: object) -> str | None:
    """The website that a query names, for the ledger; never fails."""
    written = given if isinstance(given, str) else orjson.dumps(given).decode()
    found = _COMPANY.search(written)
    return found[1] if found else None


def _clause(given: object, fields: Set[str], depth: int) -> Suits:
    if depth > _DEEPEST:
        raise QueryError("query is nested too deeply")
    if not isinstance(given, dict) or len(given) != 1:
        raise QueryError("[query] malformed query, expected exactly one clause")
    ((kind, content),) = given.items()
    if kind == "match_all":
        return lambda person: True
    if kind == "bool":
        return _bool(content, fields, depth)
    if kind not in _LEAVES:
        raise QueryError(f"unknown query [{kind}]")
    if not isinstance(content, dict) or len(content) != 1:
        raise QueryError(f"[{kind}] query doesn't support multiple fields")
    ((name, wanted),) = content.items()
    if kind == "exists":
        name, wanted = wanted, None
    if not isinstance(name, str) or name not in fields:
        raise QueryError(f"unknown field [{name}]")
    return _LEAVES[kind](name, wanted)


def _bool(content: object, fields: Set[str], depth: int) -> Suits:
    if not isinstance(content, dict) or not content:
        raise QueryError("[bool] query malformed")
    unknown = set(content) - {*_OCCURRENCES, "minimum_should_match"}
    if unknown:
        raise QueryError(f"[bool] query does not support [{min(unknown)}]")
    clauses: dict[str, list[Suits]] = {}
    for name in _OCCURRENCES:
        given = content.get(name, [])
        listed = given if isinstance(given, list) else [given]
        if len(listed) > _MOST_CLAUSES:
            raise QueryError("too many clauses")
        clauses[name] = [_clause(each, fields, depth + 1) for each in listed]
    needed = clauses["must"] + clauses["filter"]
    least = content.get("minimum_should_match", 0 if needed else 1)
    if not isinstance(least, int) or isinstance(least, bool):
        raise QueryError("[bool] minimum_should_match must be a number")
    least = min(least, len(clauses["should"])) if "should" in content else 0
    return lambda person: (
        all(suits(person) for suits in needed)
        and not any(suits(person) for suits in clauses["must_not"])
        and sum(suits(person) for suits in clauses["should"]) >= least
    )


def _term(name: str, wanted: object) -> Suits:
    value = wanted.get("value") if isinstance(wanted, dict) else wanted
    if not isinstance(value, str | int | float):
        raise QueryError(f"[term] query on [{name}] needs a value")
    # Without any cleaning: `https://acme.com` and `ACME.com` are no company's website.
    return lambda person: value in _values(person, name)


def _terms(name: str, wanted: object) -> Suits:
    if not isinstance(wanted, list) or not all(isinstance(each, str | int) for each in wanted):
        raise QueryError(f"[terms] query on [{name}] needs a list of values")
    return lambda person: any(value in wanted for value in _values(person, name))


def _phrase(name: str, wanted: object) -> Suits:
    text = wanted.get("query") if isinstance(wanted, dict) else wanted
    if not isinstance(text, str) or not text:
        raise QueryError(f"[match_phrase] query on [{name}] needs a text")
    words = _words(text)
    return lambda person: any(
        words == said[start : start + len(words)]
        for said in map(_words, _values(person, name))
        for start in range(len(said))
    )


def _match(name: str, wanted: object) -> Suits:
    text = wanted.get("query") if isinstance(wanted, dict) else wanted
    if not isinstance(text, str) or not text:
        raise QueryError(f"[match] query on [{name}] needs a text")
    words = set(_words(text))
    return lambda person: any(words & set(_words(value)) for value in _values(person, name))


def _exists(name: str, wanted: object) -> Suits:
    return lambda person: bool(_values(person, name))


def _values(person: JsonObject, name: str) -> list[Any]:
    value = person.get(name)
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]


def _words(text: object) -> list[str]:
    return re.findall(r"\w+", str(text).lower())


_LEAVES: Final[Mapping[str, Callable[[str, object], Suits]]] = {
    "term": _term,
    "terms": _terms,
    "match": _match,
    "match_phrase": _phrase,
    "exists": _exists,
}
