"""The fixture cases of the providers, and how an answer is compared with one."""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from leadstream_dev.sandbox import Sandbox

FIXTURES = Path(__file__).parent.parent / "fixtures"
JSON_TYPES: dict[type, str] = {int: "number", float: "number"}

Send = Callable[[Sandbox, httpx.AsyncClient], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Case:
    provider: str
    name: str
    response: dict[str, Any]
    request: dict[str, Any] = field(default_factory=dict)


def cases(provider: str) -> list[Case]:
    document = json.loads((FIXTURES / f"{provider}.json").read_text(encoding="utf-8"))
    return [
        Case(provider, case["name"], case["response"], case.get("request", {}))
        for case in document["cases"]
    ]


def case(provider: str, name: str) -> Case:
    return next(found for found in cases(provider) if found.name == name)


def assert_answers(answer: httpx.Response, expected: Case, *, extra: tuple[str, ...] = ()) -> None:
    """Demand the fixture's status, headers and shape; keys named in `extra` may be there besides."""
    assert answer.status_code == expected.response["status"], answer.text
    for name in expected.response["headers"]:
        assert name in answer.headers
    body = expected.response["body"]
    if isinstance(body, str):
        assert answer.text == body
        return
    found = list(differences(body, answer.json(), extra))
    assert not found, f"{expected.name}: {found} in {answer.text[:2000]}"


def differences(
    expected: object, found: object, extra: tuple[str, ...] = (), at: str = ""
) -> Iterator[str]:
    """Name what is missing, besides, or of another type. Of a list, the first item counts."""
    if expected is None or found is None:
        return
    if _json_type(expected) != _json_type(found):
        yield f"{at or 'body'} is {_json_type(found)}, not {_json_type(expected)}"
        return
    if isinstance(expected, list) and isinstance(found, list) and expected:
        if not found:
            yield f"{at} is empty"
            return
        yield from differences(expected[0], found[0], extra, f"{at}[0]")
    if isinstance(expected, dict) and isinstance(found, dict):
        yield from (f"{at}.{name} is missing" for name in expected if name not in found)
        yield from (
            f"{at}.{name} is besides"
            for name in found
            if name not in expected and not _is_named(f"{at}.{name}", extra)
        )
        for name in expected:
            yield from differences(expected[name], found.get(name), extra, f"{at}.{name}")


def _is_named(path: str, extra: tuple[str, ...]) -> bool:
    """A name that ends in `.*` stands for everything below."""
    return any(path == name or (name[-1] == "*" and path.startswith(name[:-1])) for name in extra)


def _json_type(value: object) -> str:
    return JSON_TYPES.get(type(value), type(value).__name__)
