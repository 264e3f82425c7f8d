"""Text that goes into a file which a spreadsheet opens."""

from typing import Final

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str) -> str:
    """What a spreadsheet would take for a formula has an apostrophe before it."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
