"""What other people's software says, read as people would read it. Pure: bytes and values in, values out.

For what is not ours. Our own events are read by `leadstream.contracts`, letter for letter.
"""

from leadstream.reading.documents import NotJsonError, read_json
from leadstream.reading.encodings import decode
from leadstream.reading.moments import moment
from leadstream.reading.numbers import number, rounded, whole
from leadstream.reading.shapes import entries, listed, spoken
from leadstream.reading.text import (
    clean,
    is_blank,
    one_line,
    read_phone,
    read_text,
    shorten,
    whole_items,
)
from leadstream.reading.waits import parse_retry_after
from leadstream.reading.words import pick, word

__all__ = [
    "NotJsonError",
    "clean",
    "decode",
    "entries",
    "is_blank",
    "listed",
    "moment",
    "number",
    "one_line",
    "parse_retry_after",
    "pick",
    "read_json",
    "read_phone",
    "read_text",
    "rounded",
    "shorten",
    "spoken",
    "whole",
    "whole_items",
    "word",
]
