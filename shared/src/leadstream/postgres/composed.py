"""Several statements as one: what is written together is sent, and answered, together."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

_COMMENT = re.compile(r"--[^\n]*")
_PARAMETER = re.compile(r"\$(\d+)")
_CLAUSE = re.compile(r"[\s,]*(?P<name>[a-z_][a-z_0-9]*)\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(")
# Of a clause, with its name.
_CHANGES = re.compile(r"[^(]*\(\s*(?:INSERT|UPDATE|DELETE)\b")
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|SHARE)\b")
_RETURNING = re.compile(r"\bRETURNING\b")

Rows: TypeAlias = list[Mapping[str, Any]]


class Part(NamedTuple):
    """A statement, and the columns that are wanted of what it returns."""

    text: str
    returns: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def compose(parts: tuple[Part, ...]) -> str:
    """One statement that runs the parts one after the other, on one snapshot: none sees what another writes.

    Each with all that it changes, so that locks are taken in the order of the parts.
    Its parameters are those of the parts, one after the other; it gives one row (see `unfold`). A part may begin with a
    WITH, though not a RECURSIVE one. Raises RuntimeError if two name something in there alike.
    """
    clauses: dict[str, str] = {}
    columns: list[str] = []
    taken = 0
    for number, part in enumerate(parts):
        ctes, main = _parted(_COMMENT.sub("", part.text))
        if twice := clauses.keys() & ctes.keys():
            # No ValueError: the intake would take that for a record that Postgres refuses.
            raise RuntimeError(f"two parts of one statement have something named {min(twice)}")
        of_part = {**ctes, f"part_{number}": f"part_{number} AS MATERIALIZED (\n{main}\n)"}
        # What nobody reads is run after all parts, and its locks are taken then.
        changing = [name for name, clause in of_part.items() if _CHANGES.match(clause)]
        of_part |= {name: _returning(of_part[name]) for name in changing}
        clauses |= {name: _shifted(clause, by=taken) for name, clause in of_part.items()}
        taken += max((int(each) for each in _PARAMETER.findall(part.text)), default=0)
        # Of our own words only. The last one first, as in a statement alone.
        columns += [f"(SELECT array_agg({each}) FROM part_{number})" for each in part.returns]  # noqa: S608
        read = dict.fromkeys([f"part_{number}", *reversed(changing)])
        columns.append(" + ".join(f"(SELECT count(*) FROM {name})" for name in read))  # noqa: S608
    return "WITH " + ",\n".join(clauses.values()) + "\nSELECT " + ",\n       ".join(columns)


def unfold(parts: Sequence[Part], row: Sequence[Any]) -> list[Rows]:
    """What each part has returned, in its order; of parts that return no columns nothing."""
    left = iter(row)
    return [
        _rows(part.returns, [next(left) for _ in (*part.returns, "count")][:-1]) for part in parts
    ]


def _rows(names: Sequence[str], values: Sequence[Any]) -> Rows:
    if not names or values[0] is None:
        return []
    return [dict(zip(names, each, strict=True)) for each in zip(*values, strict=True)]


def _returning(clause: str) -> str:
    """Its changes as rows that can be counted."""
    return clause if _RETURNING.search(clause) else f"{clause[:-1].rstrip()}\nRETURNING 1)"


def _shifted(text: str, *, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text)


def _parted(text: str) -> tuple[dict[str, str], str]:
    """The clauses of its WITH, and the rest."""
    text = text.strip().rstrip(";").rstrip()
    if not text.startswith("WITH "):
        return {}, text
    clauses: dict[str, str] = {}
    at = len("WITH ")
    while found := _CLAUSE.match(text, at):
        at = _end_of(text, found.end())
        clauses[found["name"]] = text[found.start("name") : at]
    return clauses, text[at:].strip()


def _end_of(text: str, at: int) -> int:
    """Behind the parenthesis that closes the one before `at`."""
    depth, quoted = 1, False
    while depth:
        if text[at] == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def changes(part: Part) -> bool:
    """Whether it writes, or takes row locks."""
    return _WRITES.search(_COMMENT.sub("", part.text)) is not None
