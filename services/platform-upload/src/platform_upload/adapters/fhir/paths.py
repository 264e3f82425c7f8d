"""Places in a resource, as outcomes name them: by FHIRPath in `expression`, XPath or either in `location`, in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# `name`, `address[0]`, and what a server may put between: `f:address`, `contact/*John*/`.
_STEP = re.compile(r"(?:f:)?([A-Za-z]+)(?:\[x\])?(?:/\*.*?\*/)?(?:\[(\d+)\])?")
_NAMED = re.compile(r"\bOrganization((?:\.[a-z][A-Za-z]*(?:\[\d+\])?)+)")
_NOTES = re.compile(r"/\*.*?\*/")
_ROOTS = re.compile(
    r"^/?(?:f:)?(?:Bundle[./].*?resource(?:\.ofType\(\w+\))?[./]?)?(?:/?(?:f:)?Organization)?[./]?"
)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    index: int | None

    def meets(self, other: "_Step") -> bool:
        return self.name == other.name and (
            None in (self.index, other.index) or self.index == other.index
        )


def paths_in(issue: Mapping[str, Any], words: str) -> list[str]:
    """The places that an issue names, each once, as `address[0].state`."""
    listed = [*_texts(issue.get("expression")), *_texts(issue.get("location"))]
    found = [path for each in listed if (path := _plain(each))]
    if not found:
        found = [path.removeprefix(".") for path in _NAMED.findall(words[:_LONGEST])]
    return [*dict.fromkeys(found)]


def fields_at(path: str, places: Mapping[str, str]) -> list[str]:
    """Which of our fields are at a place, or around it, or in it; `places` are theirs."""
    there = _steps(path)
    return [
        *dict.fromkeys(
            name
            for place, name in places.items()
            if all(one.meets(other) for one, other in zip(_steps(place), there, strict=False))
        )
    ]


def _plain(expression: str) -> str | None:
    """Without what stands before the resource, and up to the first function."""
    text = _NOTES.sub("", expression[:_LONGEST].strip())
    inner = _ROOTS.sub("", text, count=1)
    steps = []
    for part in re.split(r"[./]", inner):
        found = _STEP.fullmatch(part)
        if found is None:
            break
        # XPath counts from one.
        index = int(found[2]) - ("f:" in text) if found[2] else None
        steps.append(found[1] if index is None else f"{found[1]}[{index}]")
    return ".".join(steps) or None


def _steps(path: str) -> list[_Step]:
    found = (_STEP.fullmatch(part) for part in path.split("."))
    return [_Step(each[1], int(each[2]) if each[2] else None) for each in found if each]


def _texts(listed: object) -> list[str]:
    items = listed if isinstance(listed, list) else [listed]
    return [each for each in items if isinstance(each, str)]
