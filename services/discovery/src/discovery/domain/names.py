"""A company's name in the one form that two spellings of it share: its identity where it has no domain.

Two names that may be two companies stay two: a lead too many is seen and closed, two companies in one lead are not.
"""

import re
import unicodedata

# Words that say which form a company has and nothing else, in any spelling. Not what is a word or a name as well:
# a Spa, a Zoo, Heartland Ag, the Nordic SAS.
_FORMS = """
    bhd bvba corp corporation eirl eood gesmbh gmbh inc incorporated kft limitada limited llc llp ltd ltda mbh oyj plc
    pte pty sarl sdn srl sro
"""
_LEGAL_FORMS = frozenset(_FORMS.split())
# Together they are a form, though each alone is a word.
_COMPOUNDS = (("co", "kg"), ("co", "kgaa"), ("co", "ohg"), ("sp", "z", "oo"), ("sp", "zoo"))
# Left out without leaving a gap: "S.A.", "s.a." and "SA" are one word, and so are "O'Brien" and "OBrien". And joiners,
# which nobody sees, and some leave out.
_CLOSED_UP = dict.fromkeys(map(ord, ".'`\N{RIGHT SINGLE QUOTATION MARK}\u200c\u200d\ufe0f"))
# "Web 2.0" is not "Web 20".
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_APART = re.compile(r"(?<=\b[a-z]\.)\s+(?=[a-z]\.)")
_SLASH_IN_FORM = re.compile(r"(?<=\b[a-z])/(?=[a-z]\b)")
# Written like this it is no spa.
_SPA = re.compile(r"\b(?:(?i:s\.\s?p\.\s?a\.?)|SpA)\W*$")
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
)
# "C++", "C#" and "C" are three.
_MEANT = frozenset("+#")


def normalise_name(name: str) -> str:
    """`  The ACME,  Inc. ` → `acme`. Never empty for a name that has anything visible in it."""
    text = unicodedata.normalize("NFKC", name)
    folded = _without_accents(_SPA.sub("societa per azioni", text).casefold())
    apart = _POINT.sub(" ", folded)
    closed_up = _SLASH_IN_FORM.sub("", _APART.sub("", apart)).translate(_CLOSED_UP)
    spelt_out = closed_up.replace("&", " and ")
    words = "".join(char if _is_word(char) else " " for char in spelt_out).split()
    return " ".join(_without_legal_form(_without_article(words))) or " ".join(folded.split())


def _without_accents(text: str) -> str:
    """`é` → `e`. In other scripts a mark may be the difference between two letters."""
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(char):
            base = char
        elif base and base.isascii():
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_UNDECOMPOSED)


def _is_word(char: str) -> bool:
    return char in _MEANT or unicodedata.category(char)[0] in "LMN"


def _without_article(words: list[str]) -> list[str]:
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _without_legal_form(words: list[str]) -> list[str]:
    """Drop "GmbH", "& Co. KG" and the like from the end, as long as a name is left."""
    while (form := _form_at_end(words)) and len(words) > form:
        words = words[:-form]
    if len(words) > 1 and words[-1] == "company":
        return [*words[:-1], "co"]
    return words


def _form_at_end(words: list[str]) -> int:
    """How many of the last words say no more than a form; 0 if none does."""
    if words and words[-1] in _LEGAL_FORMS:
        return 1
    for compound in _COMPOUNDS:
        length = len(compound)
        if tuple(words[-length:]) == compound:
            return length + (words[-length - 1 : -length] == ["and"])
    return 0
