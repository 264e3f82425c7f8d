"""Bodies of forms, as browsers send them: no file, so no multipart."""

from typing import Final
from urllib.parse import parse_qsl

from leadstream.api.errors import InvalidError

MOST_FIELDS: Final = 1000


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Fields in the order in which they were sent, some more than once. Raises InvalidError."""
    if body.count(b"&") >= MOST_FIELDS:
        raise InvalidError(f"the form has more than {MOST_FIELDS} fields", field="body")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as exc:
        raise InvalidError(
            "the form can't be read: it must be sent as UTF-8", field="body"
        ) from exc
