"""Numbers as people write them. What can be read in two ways is left out."""

import math
import re
import unicodedata
from typing import Final

LONGEST: Final = 40
_SCALES: Final = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mm": 10**6,
    "mio": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "": 1,
}
_CURRENCY: Final = r"(?:[$€£¥]|us\$|usd|eur|gbp)?"
_SHAPE: Final = re.compile(
    rf"(?:~|ca\.?|about|approx\.?)?\s*(?P<sign>[-\u2212]?)\s*{_CURRENCY}\s*"
    rf"(?P<digits>\d[\d.,'\u2019 ]*?)\s*(?P<scale>{'|'.join(_SCALES)})\.?\s*\+?\s*"
    rf"{_CURRENCY}(?:\s*employees|\s*people)?"
)
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?")
# A thousand and two hundred on the continent, one and a fifth elsewhere.
_EITHER: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
# Groups of three, or as in India of two before the last three; then perhaps a fraction.
_GROUPED: Final = re.compile(
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d+)?"
)
# As on the continent; a single group (1.200) may be a fraction.
_DOTTED: Final = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d{1,2}")
_COMMA_FRACTION: Final = re.compile(r"\d+,\d{1,2}")
_SCIENTIFIC: Final = re.compile(r"[-+]?\d+(?:\.\d+)?e[-+]?\d{1,2}")


def number(value: object) -> int | float | None:
    """A number, however it is written: `1200`, `"1,200"`, `"1.2k"`, `"$1.5 million"`, `"200+"`.

    None for everything else: True, NaN, what no float holds, a range (`50-200`), and what may be two numbers (`1.200`
    is read as JSON has it, as a fraction; `1,200` as a thousand and more).
    """
    if isinstance(value, str):
        return _read(value, unclear=True)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def whole(value: object, *, largest: int) -> int | None:
    """A count from 0 to `largest`, written as a whole number; a fraction is none, and `1.200`, `12.000` may be one."""
    read = _clear(value)
    if read is None or not 0 <= read <= largest:
        return None
    return int(read) if read == int(read) else None


def rounded(value: object, *, largest: int) -> int | None:
    """An amount from 0 to `largest`, without its fraction; None for `1.200`, which may be a thousand and more."""
    read = _clear(value)
    return round(read) if read is not None and 0 <= read <= largest else None


def _clear(value: object) -> int | float | None:
    return _read(value, unclear=False) if isinstance(value, str) else number(value)


def _read(text: str, *, unclear: bool) -> int | float | None:
    if len(text) > LONGEST:
        return None
    written = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if _SCIENTIFIC.fullmatch(written):
        return _plain(float(written))
    shape = _SHAPE.fullmatch(written)
    if shape is None:
        return None
    scale = _SCALES[shape["scale"]]
    # With a scale it is a fraction: 1.250M.
    if not unclear and scale == 1 and _EITHER.fullmatch(shape["digits"]):
        return None
    size = _digits(shape["digits"], scaled=scale > 1)
    return None if size is None else _plain((-size if shape["sign"] else size) * scale)


def _digits(written: str, *, scaled: bool) -> float | None:
    if _PLAIN.fullmatch(written):
        return float(written)
    if _DOTTED.fullmatch(written):
        return float(written.replace(".", "").replace(",", "."))
    if _GROUPED.fullmatch(written) and not (scaled and written.count(",") == 1):
        return float(_ungrouped(written))
    if _COMMA_FRACTION.fullmatch(written):
        return float(written.replace(",", "."))
    return None


def _ungrouped(written: str) -> str:
    spaced = re.sub(r"[ '\u2019]", "", written)
    return spaced.replace(",", ".") if spaced != written else written.replace(",", "")


def _plain(size: float) -> int | float:
    size = round(size, 6)
    return int(size) if size.is_integer() else size
