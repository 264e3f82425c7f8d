from typing import Any
from uuid import UUID

import pytest

from platform_upload.domain.gaps import UNKNOWN, OnUpdate, changes, differences, digests

LEAD = UUID("0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11")


def written_over(
    wanted: object, held: object, *, wrote: object = None, on_update: OnUpdate = OnUpdate.FILL_GAPS
) -> bool:
    written = digests(LEAD, {"Title": wrote}) if wrote is not None else {}
    fields: dict[str, Any] = {"Title": wanted}
    found = changes(fields, {"Title": held}, written, lead=LEAD, on_update=on_update)
    return found == fields


@pytest.mark.parametrize("gap", [None, "", UNKNOWN])
@pytest.mark.parametrize("on_update", list(OnUpdate))
def test_gaps_are_filled(gap: object, on_update: OnUpdate) -> None:
    assert written_over("CEO", gap, on_update=on_update)


def test_b53_what_a_person_entered_stays() -> None:
    assert not written_over("CEO", "Boss")
    assert not written_over("CEO", "Boss", wrote="CTO")
    assert not written_over("CEO", "cto", wrote="CTO")


def test_what_is_still_as_we_wrote_it_is_written_over() -> None:
    assert written_over("CEO", "CTO", wrote="CTO")


@pytest.mark.parametrize(
    ("wrote", "held"),
    [
        (250, "250"),
        (10_000_000, 1e7),
        ("10000000", 10_000_000.0),
        ("one\ntwo", "one\r\ntwo\r\n"),
        (" CTO ", "CTO"),
    ],
)
def test_a_value_is_known_again_in_the_platforms_notation(wrote: object, held: object) -> None:
    assert written_over("new", held, wrote=wrote)


@pytest.mark.parametrize(
    ("wrote", "held"),
    [
        ("151234567", "0151234567"),
        ("15550100", "+15550100"),
        ("+4930123456", "004930123456"),
        ("7", "007"),
        ("100", "1e2"),
        ("5550100", "5_550_100"),
    ],
)
def test_a_corrected_text_of_digits_is_no_other_notation_of_ours(wrote: str, held: str) -> None:
    assert not written_over("new", held, wrote=wrote)
    assert not written_over("new", wrote, wrote=held)


@pytest.mark.parametrize("name", ["numberofemployees", "annualrevenue", "NumberOfEmployees"])
@pytest.mark.parametrize("held", ["100.0", "1E2", 100.0, "100"])
def test_a_number_that_travels_as_text_is_known_again(name: str, held: object) -> None:
    written = digests(LEAD, {name: "100"})
    wanted = {name: "101"}

    found = changes(wanted, {name: held}, written, lead=LEAD, on_update=OnUpdate.FILL_GAPS)

    assert found == wanted


@pytest.mark.parametrize("name", ["Email", "email", "domain", "Website", "contact 1.email"])
def test_addresses_are_known_again_whatever_their_case(name: str) -> None:
    written = digests(LEAD, {name: "Info@Acme.com"})
    wanted = {name: "new@acme.com"}

    found = changes(
        wanted, {name: "info@acme.com"}, written, lead=LEAD, on_update=OnUpdate.FILL_GAPS
    )

    assert found == wanted


@pytest.mark.parametrize("on_update", list(OnUpdate))
def test_unknown_is_never_written_over_something(on_update: OnUpdate) -> None:
    assert not written_over(UNKNOWN, "Smith", wrote="Smith", on_update=on_update)


def test_overwrite_writes_over_everything() -> None:
    assert written_over("CEO", "Boss", on_update=OnUpdate.OVERWRITE)


def test_digests_tell_nobody_what_was_written() -> None:
    found = digests(LEAD, {"Email": "john@acme.com"}, of="contact 1.")

    assert "john" not in str(found)
    assert list(found) == ["contact 1.Email"]


@pytest.mark.parametrize(
    ("name", "there", "value"),
    [
        ("NumberOfEmployees", "250", 250),
        ("annualrevenue", "1.0E7", "10000000"),
        ("Website", "https://ACME.com/", "https://acme.com"),
        ("Description", "a \nb\n", "a\nb"),
    ],
)
def test_what_means_the_same_is_no_difference(name: str, there: object, value: object) -> None:
    assert differences({name: there}, {name: value}) == {}


@pytest.mark.parametrize(
    ("there", "value"), [(None, "Acme"), ("", "Acme"), ("ACME", "Acme"), ("0151", "151")]
)
def test_a_difference_says_what_is_there_and_what_would_be(there: object, value: object) -> None:
    found = differences({"Phone": there, "Title": "CEO"}, {"Phone": value})

    assert found == {"Phone": (there, value)}
