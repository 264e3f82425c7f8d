import pytest

from platform_upload.domain.places import country_code, same_words, state_code, state_codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United States", "US"),
        ("united states of america", "US"),
        ("U.S.A.", "US"),
        ("us", "US"),
        ("Great Britain", "GB"),
        ("UK", "GB"),
        ("Deutschland", "DE"),
        ("Österreich", "AT"),
        ("Côte d'Ivoire", "CI"),
        ("Viet Nam", "VN"),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_countries(name: str | None, code: str | None) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    ("state", "country", "code"),
    [
        ("CA", "United States", "CA"),
        ("california", "USA", "CA"),
        ("Washington, D.C.", "US", "DC"),
        ("Québec", "Canada", "QC"),
        ("CA", "Canada", None),
        ("Western Australia", "Australia", "WA"),
        ("California", None, None),
        ("California", "Atlantis", None),
        (None, "US", None),
    ],
)
def test_states_are_those_of_their_country(
    state: str | None, country: str | None, code: str | None
) -> None:
    assert state_code(state, country) == code


def test_every_country_has_one_code() -> None:
    codes = {country_code(code) for code in ("US", "CA", "MX", "IN", "BR", "AU", "GB")}

    assert len(codes) == 7


@pytest.mark.parametrize(
    ("state", "country", "codes"),
    [
        ("California", "US", {"US-CA"}),
        ("CA", None, {"US-CA"}),
        ("WA", None, {"US-WA", "AU-WA"}),
        ("WA", "Australia", {"AU-WA"}),
        ("WA", "Spain", set()),
        ("Bavaria", "US", set()),
    ],
)
def test_states_of_a_name(state: str, country: str | None, codes: set[str]) -> None:
    assert state_codes(state, country) == codes


@pytest.mark.parametrize(
    ("one", "other", "same"), [("x", "X", True), ("C\u00f4te", "cote", True), ("CA", "CO", False)]
)
def test_same_words(one: str, other: str, same: bool) -> None:
    assert same_words(one, other) is same
