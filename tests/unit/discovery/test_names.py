import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.domain.company import MAX_KEY, company_key
from discovery.domain.names import normalise_name


@pytest.mark.parametrize(
    "spellings",
    [
        ("Acme Corp", "ACME  corp.", "Acme, Corp", "acme", "Acme Corporation", "Acme Inc."),
        ("Müller GmbH", "MÜLLER GmbH & Co. KG", "mu\u0308ller"),
        ("O'Brien Ltd", "OBrien Limited", "O\N{RIGHT SINGLE QUOTATION MARK}Brien"),
        ("S.A. Tools", "SA Tools"),
        ("Ａｃｍｅ", "acme"),  # noqa: RUF001 - full-width
    ],
)
def test_spellings_of_a_name_are_one(spellings: tuple[str, ...]) -> None:
    assert len({normalise_name(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme Tools", "Acme Toys"), ("Acme 1", "Acme 2"), ("東京", "京都"), ("!!!", "???")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


@pytest.mark.parametrize("name", ["Inc", "GmbH", "Co. KG", "!!!", "☕"])
def test_a_name_is_never_normalised_away(name: str) -> None:
    assert normalise_name(name)


@given(st.text(min_size=1, max_size=500))
def test_a_key_fits_into_an_index_whatever_the_name(name: str) -> None:
    key = company_key(name, None)

    assert len(key) <= MAX_KEY + len("name:")


def test_a_domain_goes_before_the_name() -> None:
    assert company_key("Acme", "acme.com") == company_key("Acme Corporation", "acme.com")
    assert company_key("Acme", "acme.com") != company_key("Acme", None)
