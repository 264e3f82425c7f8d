import pytest

from leadstream.api import InvalidError
from platform_upload.entrypoints.http.overrides import corrected, merged
from unit.platform_upload.builders import JOHN, a_document


def test_of_objects_the_named_parts_are_overridden_and_lists_as_a_whole() -> None:
    held = {"location": {"city": "A", "state": "B"}, "contacts": [1, 2], "revenue": 1}

    both = merged(held, {"location": {"city": "C"}, "contacts": [3], "revenue": None})

    assert both == {"location": {"city": "C", "state": "B"}, "contacts": [3], "revenue": None}
    assert held["contacts"] == [1, 2]


def test_a_corrected_lead_is_as_one_that_came_so() -> None:
    lead = corrected(
        a_document(primary_contact=None),
        {"employee_count": 7.0, "primary_contact": {"title": "CTO"}, "location": None},
    )

    assert lead["employee_count"] == 7
    assert lead["primary_contact"]["title"] == "CTO"
    assert lead["location"] == {"city": None, "state": None, "country": None}
    assert lead["contacts"][0]["email"] == JOHN["email"]
    assert len(lead) == 13


@pytest.mark.parametrize("value", [{"email": "a@b.example", "age": 7}, {"": 1}])
def test_what_would_not_be_read_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(InvalidError) as caught:
        corrected(a_document(), {"contacts": [JOHN, value]})

    assert caught.value.field
    assert caught.value.field.startswith("overrides.contacts.1.")


def test_an_error_does_not_say_what_was_given() -> None:
    with pytest.raises(InvalidError) as caught:
        corrected(a_document(), {"contacts": [{"email": ["ada@acme.com"]}]})

    assert "ada" not in caught.value.message
