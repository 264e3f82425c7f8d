"""What providers answer with 200 and ought not to."""

from collections.abc import Mapping
from typing import Any, Final

DEEP: Any = None
for _ in range(200):
    DEEP = [DEEP]

# In the place of the list of people. How many of them can be used: None where the answer is no answer, which may have
# been paid for.
PLACES: Final[Mapping[str, tuple[object, int | None]]] = {
    "null": (None, 0),
    "empty": ([], 0),
    "false": (False, 0),
    "nothing": ("", 0),
    "text": ("none", None),
    "number": (5, None),
    "true": (True, None),
    "nulls": ([None, None], 0),
    "numbers": ([1, 2.5, -1], 0),
    "texts": (["Ann", "Bob"], 0),
    "lists": ([["Ann"], []], 0),
    "empty_people": ([{}, {}], 0),
    "nameless": ([{"title": "CEO", "job_title": "CEO"}], 0),
    "deep": ([DEEP], 0),
}

# Each in the place of every field of a person whose name is right.
VALUES: Final[Mapping[str, object]] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "text_number": "12",
    "huge_number": 10**30,
    "float": 1.5,
    "empty": "",
    "blank": " \u200b\t",
    "list": [],
    "list_of_null": [None],
    "list_of_texts": ["a@b.example"],
    "object": {"a": {"b": []}},
    "html": "<img src=x onerror=alert(1)>",
    "long": "x" * 30_000,
    "surrogate": "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "controls": "a\x00b\x1b[31m",
    "script": "javascript:alert(1)",
    "lines": "a\r\nBcc: x@evil.example",
}

# Instead of a document.
BODIES: Final[Mapping[str, str]] = {
    "html": "<html><body>please log in</body></html>",
    "words": "upstream connect error",
    "half": '{"contacts": [{"full_name": "An',
    "nothing": " ",
    "a_text": '"ok"',
    "nan": "NaN",
}

# Documents of another kind, whoever asks.
FAULTS: Final[Mapping[str, object]] = {
    "error": {"error": {"code": "busy", "message": "try again"}},
    "errors": {"errors": [{"id": "x", "code": 500, "details": "try again"}]},
    "message": {"message": "Service is starting"},
    "success_false": {"success": False, "data": None, "contacts": None},
}


def of_fields(record: Mapping[str, Any], value: object) -> dict[str, Any]:
    """A record whose every field holds the same, and one that nobody knows."""
    return dict.fromkeys(record, value) | {"something_new": value}
