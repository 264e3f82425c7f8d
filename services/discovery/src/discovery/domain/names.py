"""A company's name in the one form that two spellings of it share: its identity where it has no domain."""

import unicodedata

_FORMS = """
    ab ag aps as asa bhd bv bvba co corp corporation eg eirl eood gmbh inc incorporated kft kg kk limited
    llc llp lp ltd ltda mbh nv oy oyj plc pte pty sa sapa sarl sas sca sdn se sl spa srl sro ug vof zoo
"""
_LEGAL_FORMS = frozenset(_FORMS.split())
# Left out without leaving a gap: "S.A.", "s.a." and "SA" are one word, and so are "O'Brien" and "OBrien".
_CLOSED_UP = dict.fromkeys(map(ord, ".'`\N{RIGHT SINGLE QUOTATION MARK}"))


def normalise_name(name: str) -> str:
    """`  ACME,  Inc. ` → `acme`. Never empty for a name that has anything visible in it."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    spaced = "".join(char if _is_word(char) else " " for char in folded.translate(_CLOSED_UP))
    words = _without_legal_form(spaced.split())
    return " ".join(words) or " ".join(folded.split())


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def _without_legal_form(words: list[str]) -> list[str]:
    """Drop "GmbH", "Co KG" and the like from the end, as long as a name is left."""
    end = len(words)
    while end > 1 and words[end - 1] in _LEGAL_FORMS:
        end -= 1
    return words[:end]
