"""The bytes of a record as people read them: JSON laid out, bytes as hex, people and secrets masked."""

import json
import re
from typing import Final

from console.domain.masking import HIDDEN, masked

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_OPENING: Final = ("{", "[")
_CLOSING: Final = ("}", "]")
# In what is no JSON, as a whole or any more: a name and what follows it.
_PAIR: Final = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.){1,100}+"\s*+[:=]\s*+)(?P<value>"(?:[^"\\]|\\.)*"?)'
)
_PER_LINE: Final = 16
# Further in nobody reads, and a thousand levels would be a megabyte of blanks.
_DEEP: Final = 40


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def laid_out(text: str) -> str:
    """JSON in lines, every number and string as it came; what is no JSON stays as it is."""
    if not is_json(text):
        return text
    out: list[str] = []
    depth = 0
    tokens = _TOKEN.findall(text)
    for before, token in zip(["", *tokens], tokens, strict=False):
        is_closing = token in _CLOSING
        depth -= is_closing
        if (is_closing and before not in _OPENING) or (before in _OPENING and not is_closing):
            out.append("\n" + "  " * min(depth, _DEEP))
        depth += token in _OPENING
        match token:
            case ",":
                out.append(",\n" + "  " * min(depth, _DEEP))
            case ":":
                out.append(": ")
            case _:
                out.append(token)
    return "".join(out)


def masked_record(text: str) -> str:
    """A record without people and secrets, laid out."""
    try:
        document = json.loads(text)
        return json.dumps(masked(document), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return str(masked(_PAIR.sub(_masked_pair, text)))


def _masked_pair(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    bare = name.rstrip().rstrip(":=").rstrip().strip('"')
    shown = masked(value.strip('"'), bare)
    return f'{name}"{HIDDEN}"' if shown == HIDDEN else match.group()


def hex_dump(digits: str) -> str:
    """Lines of sixteen bytes: where, the bytes, and what of them is ASCII."""
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        # Bytes are what somebody else says that they are.
        return digits
    lines = (_hex_line(at, raw[at : at + _PER_LINE]) for at in range(0, len(raw), _PER_LINE))
    return "\n".join(lines)


def _hex_line(at: int, part: bytes) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
    return f"{at:06x}  {part.hex(' '):<{_PER_LINE * 3 - 1}}  {text}"
