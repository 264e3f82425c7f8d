import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.domain.company import MAX_KEY, company_key
from discovery.domain.names import normalise_name


@pytest.mark.parametrize(
    "spellings",
    [
        ("Acme Corp", "ACME  corp.", "Acme, Corp", "acme", "Acme Corporation", "Acme Inc."),
        ("The Acme Corp", "Acme Inc", "THE ACME"),
        ("Müller GmbH", "MÜLLER GmbH & Co. KG", "mu\u0308ller"),
        ("Müller", "Muller", "MÜLLER GmbH"),
        ("Nestlé", "NESTLE", "Nestle\u0301 Ltd"),
        ("Ørsted", "Orsted"),
        ("Straße Ltd", "STRASSE Limited"),
        ("O'Brien Ltd", "OBrien Limited", "O\N{RIGHT SINGLE QUOTATION MARK}Brien"),
        ("Johnson & Johnson", "Johnson and Johnson", "JOHNSON&JOHNSON Inc"),
        ("S.A. Tools", "SA Tools"),
        ("Delta S.A.", "Delta SA", "DELTA, S. A."),
        ("J. P. Stone", "JP Stone", "j.p. stone inc."),
        ("Siemens AG", "SIEMENS A.G.", "Siemens, AG"),
        ("Novo A/S", "Novo AS", "NOVO A.S."),
        ("Zen S.p.A.", "Zen SpA", "ZEN S.P.A", "Zen, S. p. A."),
        ("Ford Motor Company", "Ford Motor Co.", "The Ford Motor Co"),
        ("Orlen Sp. z o.o.", "ORLEN sp. z.o.o."),
        ("Coca-Cola", "Coca Cola"),
        ("Yahoo!", "yahoo"),
        ("Web 2.0", "Web 2.0, Inc.", "WEB 2.0 GmbH"),
        ("No. 7 Ltd.", "No 7 Ltd"),
        ("Ａｃｍｅ", "acme"),  # noqa: RUF001 - full-width
    ],
)
def test_spellings_of_a_name_are_one(spellings: tuple[str, ...]) -> None:
    assert len({normalise_name(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zen Spa", "Zen Inc"),
        ("Zen Spa", "Zen"),
        ("Zen SPA", "Zen Ltd"),
        ("Zen Spa", "Zen S.p.A."),
        ("Zen Day Spa", "Zen Day Inc"),
        ("Berlin Zoo", "Berlin GmbH"),
        ("Heartland Ag", "Heartland Inc"),
        ("Delta Co", "Delta SA"),
        ("Delta SA", "Delta AG"),
        ("Delta AS", "Delta AB"),
        ("Nordic SAS", "Nordic SE"),
        ("Vega NV", "Vega BV"),
        ("Silver KG", "Silver KK"),
        ("Alpha LP", "Alpha LLC"),
        ("Alpha Oy", "Alpha Inc"),
        ("Tiffany & Co", "Tiffany Inc"),
        ("A+ Tutors", "A Tutors"),
        ("C# Labs", "C Labs"),
        ("C++ Labs", "C# Labs"),
        ("Acme Tools", "Acme Toys"),
        ("Acme 1", "Acme 2"),
        ("3.14 Labs", "314 Labs"),
        ("Web 2.0", "Web 20"),
        ("Web 2.0 Inc.", "Web 20 Inc."),
        ("1.1.1 Media", "111 Media"),
        ("東京", "京都"),
        ("ガス", "カス"),
        ("Чай", "Чаи"),
        ("!!!", "???"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


@pytest.mark.parametrize(
    "name", ["Inc", "GmbH", "Co. KG", "& Co. KG", "The", "The Limited", "!!!", "☕", "\u0301"]
)
def test_a_name_is_never_normalised_away(name: str) -> None:
    assert normalise_name(name)


@given(st.text(min_size=1, max_size=500))
def test_a_key_fits_into_an_index_whatever_the_name(name: str) -> None:
    key = company_key(name, None)

    assert len(key) <= MAX_KEY + len("name:")


def test_a_domain_goes_before_the_name() -> None:
    assert company_key("Acme", "acme.com") == company_key("Acme Corporation", "acme.com")
    assert company_key("Acme", "acme.com") != company_key("Acme", None)
