from datetime import UTC, date, datetime, timedelta, timezone

from enrichment.domain.answer import Answer, fill_gaps
from enrichment.domain.contact import Contact, EmailStatus
from enrichment.domain.days import day_of, start_of_next_day


def a_contact(name: str, email: str | None = None, status: EmailStatus | None = None) -> Contact:
    return Contact(id=name, full_name=name, email=email, email_status=status)


def test_the_first_address_nobody_was_asked_about_is_next() -> None:
    answer = Answer(
        contacts=(
            a_contact("Nomail"),
            a_contact("Asked", "asked@acme.com", EmailStatus.INVALID),
            a_contact("Next", "next@acme.com"),
        )
    )

    assert answer.next_to_verify(["clay"]) == (2, "clay")


def test_once_an_address_is_valid_no_other_is_asked_about() -> None:
    valid = a_contact("Valid", "valid@acme.com", EmailStatus.VALID)

    answer = Answer(contacts=(a_contact("Unasked", "unasked@acme.com"), valid))

    assert answer.next_to_verify(["clay"]) is None
    assert answer.primary == valid


def test_without_a_valid_address_the_first_contact_is_primary() -> None:
    first = a_contact("First", "first@acme.com", EmailStatus.ACCEPT_ALL)

    assert Answer(contacts=(first, a_contact("Second"))).primary == first
    assert Answer().primary is None


def test_an_address_that_two_people_share_is_asked_about_once() -> None:
    answer = Answer(contacts=(a_contact("Ann", "info@acme.com"), a_contact("Bob", "INFO@acme.com")))

    asked = answer.with_status(0, EmailStatus.INVALID)

    assert [contact.email_status for contact in asked.contacts] == [EmailStatus.INVALID] * 2
    assert asked.next_to_verify(["clay"]) is None


def test_facts_fill_gaps_only() -> None:
    company = {"name": "Acme", "domain": None, "industry": "", "employee_count": 0, "revenue": 5}
    facts = {
        "domain": "x.com",
        "industry": "Tech",
        "employee_count": 9,
        "revenue": None,
        "website": "w",
    }

    assert fill_gaps(company, facts) == {
        "name": "Acme",
        "domain": None,
        "industry": "Tech",
        "employee_count": 0,
        "revenue": 5,
        "website": "w",
    }


def test_days_are_utc() -> None:
    evening_in_new_york = datetime(2026, 3, 1, 21, tzinfo=timezone(timedelta(hours=-5)))

    assert day_of(evening_in_new_york) == date(2026, 3, 2)
    assert start_of_next_day(evening_in_new_york) == datetime(2026, 3, 3, tzinfo=UTC)
