"""The beginning of an answer without people and secrets, though it may be cut off in the middle of its JSON."""

import json
import re
from typing import Final

from console.domain.masking import HIDDEN, masked

_FIELD: Final = re.compile(r'"(?P<name>[^"\\]{1,80})"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*+)("|$)')


def masked_excerpt(text: str) -> str:
    try:
        return json.dumps(masked(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return str(masked(_FIELD.sub(_field, text)))


def _field(match: re.Match[str]) -> str:
    if masked(match["value"], match["name"]) != HIDDEN:
        return match[0]
    start, end = match.span("value")
    begin = match.start()
    return f"{match[0][: start - begin]}{HIDDEN}{match[0][end - begin :]}"
