from typing import Any

import pytest
from pydantic import ValidationError

from leadstream.erasure import addresses_in, without_people
from leadstream.erasure.asked import AboutPerson
from leadstream.erasure.people import spellings

ADA = {"full_name": "Ada", "email": " Ada@Acme.com", "verified_email": True}
BOB = {"full_name": "Bob", "email": "bob@acme.com", "verified_email": False}
CYD = {"full_name": "Cyd", "email": "cyd@acme.com", "verified_email": True}
NOBODY = {"full_name": "No Address", "email": None}


def a_holder(*contacts: Any, primary: Any = None, **more: Any) -> dict[str, Any]:
    return {"contacts": list(contacts), "primary_contact": primary, "status": "completed", **more}


def is_ada(address: str) -> bool:
    return address == "ada@acme.com"


def test_the_person_goes_and_the_best_of_the_rest_is_primary() -> None:
    left = without_people(a_holder(ADA, BOB, CYD, primary=ADA, total_contacts=3), is_ada)

    assert left == a_holder(BOB, CYD, primary=CYD, total_contacts=2)


def test_another_primary_contact_stays() -> None:
    assert without_people(a_holder(BOB, ADA, CYD, primary=BOB), is_ada)["primary_contact"] == BOB


def test_the_first_is_primary_where_no_address_is_valid() -> None:
    assert without_people(a_holder(ADA, BOB, primary=ADA), is_ada)["primary_contact"] == BOB


def test_nobody_may_be_left() -> None:
    assert without_people(a_holder(ADA, primary=ADA, total_contacts=1), is_ada) == a_holder(
        total_contacts=0
    )


def test_a_total_that_counts_more_than_is_listed_goes_down_by_one() -> None:
    assert without_people(a_holder(ADA, total_contacts=40), is_ada)["total_contacts"] == 39


def test_who_has_no_address_is_nobody_s_address() -> None:
    holder = a_holder(NOBODY, ADA, primary=BOB)

    assert list(addresses_in(holder)) == ["ada@acme.com", "bob@acme.com"]
    assert without_people(holder, is_ada)["contacts"] == [NOBODY]


def test_a_document_without_people_is_left_as_it_is() -> None:
    assert list(addresses_in({})) == []
    assert list(addresses_in({"contacts": None, "primary_contact": None})) == []


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("ada@acme.com", {"ada@acme.com"}),
        ("ada@müller.example", {"ada@müller.example", "ada@xn--mller-kva.example"}),
        ("ada@xn--mller-kva.example", {"ada@müller.example", "ada@xn--mller-kva.example"}),
        # As macOS types it: a letter, and its dots.
        (
            "ada@mu\u0308ller.example",
            {"ada@mu\u0308ller.example", "ada@müller.example", "ada@xn--mller-kva.example"},
        ),
        ("ada@xn--\xff.example", {"ada@xn--\xff.example"}),
    ],
)
def test_an_address_has_the_forms_that_are_one_to_dns(written: str, forms: set[str]) -> None:
    assert set(spellings(written)) == forms
    assert spellings(written)[0] == written


@pytest.mark.parametrize(
    "pasted",
    [
        " Ada@Acme.com\n",
        "\u200bada@acme.com\u200b",
        "<ada@acme.com>",
        '"ada@acme.com"',
        "mailto:ada@acme.com",
        "<MAILTO:ada@acme.com>",
        "ada@acme.com.",
    ],
)
def test_a_person_is_asked_about_as_the_address_is_pasted(pasted: str) -> None:
    assert AboutPerson.model_validate({"email": pasted}).email == "ada@acme.com"


@pytest.mark.parametrize(
    "pasted",
    [
        "ada@acme.com,",
        "ada@acme.com; bob@acme.com",
        "ada@acme.com,bob@acme.com",
        "Ada <ada@acme.com>",
        "ada@ac\u200bme.com",
        "ada @acme.com",
        "ada",
        "@acme.com",
        "ada@.",
    ],
)
def test_what_is_no_address_is_refused_before_it_is_said_to_be_erased(pasted: str) -> None:
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        AboutPerson.model_validate({"email": pasted})
