import pytest

from leadstream.cli.errors import CliError
from leadstream.cli.uploads import overrides_of


def test_fields_are_read_as_the_upload_format_has_them() -> None:
    overrides = overrides_of(
        [
            "company_name=42 = Answers",
            "employee_count=42",
            "domain=",
            "location.city=Bonn",
            "location.state=",
            'contacts=[{"email": "ada@acme.com"}]',
        ]
    )

    assert overrides == {
        "company_name": "42 = Answers",
        "employee_count": 42,
        "domain": None,
        "location": {"city": "Bonn", "state": None},
        "contacts": [{"email": "ada@acme.com"}],
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("company_name", "FIELD=VALUE"),
        ("=x", "FIELD=VALUE"),
        ("location.=x", "FIELD=VALUE"),
        ("revenue=much", "a number"),
        ("contacts=Ada", "JSON"),
    ],
)
def test_what_can_not_be_meant_is_refused(change: str, said: str) -> None:
    with pytest.raises(CliError, match=said):
        overrides_of([change])


def test_the_whole_and_a_part_of_it_do_not_go_together() -> None:
    with pytest.raises(CliError, match="either the whole or its parts"):
        overrides_of(["domain=x", "domain.part=y"])
    with pytest.raises(CliError, match="given twice"):
        overrides_of(["location.city=Bonn", "location={}"])
