"""Other people's words, made fit to stand in ours."""

import unicodedata

# Cc: controls. Cf: invisible format characters, such as those that turn the direction of what follows.
# Cs, Cn: surrogates and what is no character. Zl, Zp: line breaks by another name.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
ELLIPSIS = "…"
LONG_WORD = 20


def one_line(text: str | None, limit: int = 200) -> str:
    """A single line of at most `limit` visible characters: no line break, control or direction mark survives."""
    if not text:
        return ""
    # Cut before looking at each character: 20,000 of them may come, and more are dropped than shown.
    kept = text[: limit * 4]
    if not kept.isprintable():
        kept = "".join(_visible(character) for character in kept)
    line = " ".join(kept.split())
    return line if len(line) <= limit else _cut(line, limit - 1) + ELLIPSIS


def _cut(line: str, length: int) -> str:
    """Not in the middle of a word, unless it is a very long one."""
    head, _, tail = line[: length + 1].rpartition(" ")
    return head if head and len(tail) < LONG_WORD else line[:length].rstrip()


def _visible(character: str) -> str:
    if unicodedata.category(character) in _DROPPED:
        return " " if character in "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029" else ""
    return character
