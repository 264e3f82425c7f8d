from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.adapters.clay_answers import read_enrichment, read_verdict
from enrichment.adapters.people import MalformedAnswerError
from enrichment.domain.contact import EmailStatus

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_the_seed_answer_is_read() -> None:
    seed = {
        "contacts": [
            {
                "id": "c1",
                "first_name": "John",
                "last_name": "Smith",
                "full_name": "John Smith",
                "email": "john@acme.com",
                "verified_email": True,
                "title": "VP of Engineering",
                "seniority": "executive",
                "department": "Engineering",
            }
        ],
        "company_info": {"name": "Acme Corp", "domain": "acme.com"},
        "credits_used": 1,
    }

    answer = read_enrichment(seed, domain="acme.com")

    (contact,) = answer.contacts
    assert (contact.id, contact.full_name, contact.email) == ("c1", "John Smith", "john@acme.com")
    # Their word for it is no verification of ours.
    assert contact.email_status is None
    assert answer.facts == {}
    assert (answer.credits_used, answer.rejected) == (1, ())


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "not_an_object"),
        (["Ann"], "not_an_object"),
        ({}, "missing_name"),
        ({"full_name": " \u0000 "}, "missing_name"),
        ({"full_name": 7}, "missing_name"),
    ],
)
def test_bad_contacts_are_rejected_with_a_reason(found: Any, reason: str) -> None:
    answer = read_enrichment({"contacts": [found, {"full_name": "Bob"}]}, domain="acme.com")

    assert [contact.full_name for contact in answer.contacts] == ["Bob"]
    assert answer.rejected == (f"contact 1: {reason}",)


@pytest.mark.parametrize(
    "email",
    [
        *(
            "ann",
            "ann@acme",
            "a n@acme.com",
            "n/a",
            "-",
            "none",
            "",
            " \u200b",
            "<>",
            ";",
            "mailto:",
        ),
        *([], {}, False, 0, ["ann@acme.com"], {"address": "ann@acme.com"}),
        *(".@a.co", ".ann@a.co", "ann@.a.co", "ann@a..co", "a@b@c.co"),
        "a" * 250 + "@acme.com",
        "ann@acme.com\r\nBcc: x@y.example",
        "ann@acme.com bob@acme.com",
        "Ann <ann@acme.com> <bob@acme.com>",
    ],
)
def test_a_bad_address_does_not_cost_the_person(email: Any) -> None:
    found = {"full_name": "Ann", "title": "CEO", "phone": "+1 415 555 0100", "email": email}

    answer = read_enrichment({"contacts": [found]}, domain="acme.com")

    (ann,) = answer.contacts
    assert (ann.full_name, ann.title, ann.phone) == ("Ann", "CEO", "+1 415 555 0100")
    assert (ann.email, answer.rejected) == (None, ())


@pytest.mark.parametrize(
    "written",
    [
        "jane@acme.com",
        " jane@acme.com\n",
        "Jane Roe <jane@acme.com>",
        '"Jane Roe" <jane@acme.com>',
        "<jane@acme.com>",
        "jane@acme.com;",
        "mailto:jane@acme.com",
        "MAILTO:jane@acme.com",
        "<mailto:jane@acme.com>",
        "jane@acme.com, j@acme.com",
        "n/a; jane@acme.com",
        "Roe, Jane <jane@acme.com>",
        "Jane\xa0Roe <jane@acme.com>",
        "Jane <jane@acme.com>; Jo <jo@acme.com>",
    ],
)
def test_an_address_is_read_as_people_write_it(written: str) -> None:
    found = {"full_name": "Jane Roe", "email": written}

    answer = read_enrichment({"contacts": [found]}, domain="acme.com")

    assert answer.contacts[0].email == "jane@acme.com"


def test_bad_contacts_do_not_take_the_place_of_good_ones() -> None:
    found = [{"full_name": ""}] * 3 + [{"full_name": f"P{n}"} for n in range(7)]

    answer = read_enrichment({"contacts": found}, domain="acme.com")

    assert [contact.full_name for contact in answer.contacts] == ["P0", "P1", "P2", "P3", "P4"]


def test_a_name_is_put_together_where_only_its_parts_are_there() -> None:
    answer = read_enrichment(
        {"contacts": [{"first_name": "Ann", "last_name": "Smith"}]}, domain="acme.com"
    )

    assert answer.contacts[0].full_name == "Ann Smith"


def test_a_contact_without_an_id_gets_the_same_one_every_time() -> None:
    found = {"contacts": [{"full_name": "Ann", "email": "ann@acme.com"}, {"full_name": "Bob"}]}

    first = read_enrichment(found, domain="acme.com")
    second = read_enrichment(found, domain="acme.com")
    elsewhere = read_enrichment(found, domain="other.com")

    assert [c.id for c in first.contacts] == [c.id for c in second.contacts]
    assert len({c.id for c in (*first.contacts, *elsewhere.contacts)}) == 4


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"contacts": None}, {"contacts": {}}, {"contacts": None, "message": "nobody"}],
)
def test_an_empty_answer_is_an_answer(document: Any) -> None:
    answer = read_enrichment(document, domain="acme.com")

    assert (answer.contacts, answer.rejected, answer.credits_used) == ((), (), 0)


@pytest.mark.parametrize(
    "document",
    [
        "x",
        True,
        {"contacts": "none"},
        {"error": {"code": "busy"}},
        {"message": "Service is starting"},
        {"success": False, "contacts": None},
    ],
)
def test_what_is_no_list_of_contacts_is_malformed(document: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        read_enrichment(document, domain="acme.com")


def test_a_list_at_the_top_and_a_single_contact_are_contacts() -> None:
    ann = {"full_name": "Ann"}

    for document in ([ann], {"contacts": ann}):
        assert read_enrichment(document, domain="acme.com").contacts[0].full_name == "Ann"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"full_name": "\u200b\u200d"}, None),
        ({"full_name": "می\u200cخواهم"}, "می\u200cخواهم"),  # noqa: RUF001 - Persian
        ({"full_name": "ශ්\u200dරී"}, "ශ්\u200dරී"),
        ({"full_name": "\u202eAnn\xad"}, "Ann"),
        ({"full_name": " ", "first_name": "\u200b", "last_name": "Smith"}, "Smith"),
    ],
)
def test_a_name_is_what_can_be_seen_of_it(written: Any, read: str | None) -> None:
    contacts = read_enrichment({"contacts": [written]}, domain="acme.com").contacts

    assert [contact.full_name for contact in contacts] == ([read] if read else [])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+1 415 555 0100", "+1 415 555 0100"),
        (14155550100, "14155550100"),
        (", ".join(["+1 415 555 0100"] * 40), ", ".join(["+1 415 555 0100"] * 29)),
        ("9" * 600, None),
        (5550100.0, "5550100"),
        (True, None),
    ],
)
def test_of_many_numbers_none_is_cut(written: Any, read: str | None) -> None:
    found = {"full_name": "Ann", "phone": written}

    assert read_enrichment({"contacts": [found]}, domain="acme.com").contacts[0].phone == read


@pytest.mark.parametrize(
    ("info", "facts"),
    [
        (
            {"industry": " Tech ", "employee_count": 250.0},
            {"industry": "Tech", "employee_count": 250},
        ),
        ({"employee_count": -1, "revenue": "5-10M", "founded_year": True}, {}),
        (
            {"employee_count": "1,200", "revenue": "$5M"},
            {"employee_count": 1200, "revenue": 5_000_000},
        ),
        ({"employee_count": 10**12, "founded_year": 20260}, {}),
        ({"domain": "x.com", "name": "X", "surprise": 1}, {}),
        ({"website": "javascript:alert(1)"}, {}),
        (
            {"website": "https://acme.com", "founded_year": 1999},
            {"website": "https://acme.com", "founded_year": 1999},
        ),
        ("?", {}),
        (None, {}),
    ],
)
def test_facts_that_make_no_sense_are_left_out(info: Any, facts: dict[str, Any]) -> None:
    assert read_enrichment({"contacts": [], "company_info": info}, domain="a.com").facts == facts


@pytest.mark.parametrize(
    ("used", "credits"),
    [
        (2, 2),
        (0.5, 0.5),
        (1.0, 1),
        (-1, 0),
        ("1", 1),
        ("1.50", 1.5),
        ("many", 0),
        (True, 0),
        (None, 0),
    ],
)
def test_credits_are_what_the_provider_says_if_it_can_be_believed(
    used: Any, credits: float
) -> None:
    answer = read_enrichment({"contacts": [], "credits_used": used}, domain="a.com")

    assert answer.credits_used == credits
    assert type(answer.credits_used) is type(credits)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"valid": True, "status": "valid"}, EmailStatus.VALID),
        ({"valid": False, "status": "disposable"}, EmailStatus.DISPOSABLE),
        ({"valid": None, "status": "accept_all"}, EmailStatus.ACCEPT_ALL),
        ({"valid": False, "status": "catch-all"}, EmailStatus.UNKNOWN),
        ({"status": " Valid "}, EmailStatus.VALID),
        ({"status": "ACCEPT ALL"}, EmailStatus.ACCEPT_ALL),
        ({"status": "accept-all"}, EmailStatus.ACCEPT_ALL),
        ({"status": "Disposable."}, EmailStatus.DISPOSABLE),
        ({"valid": "true"}, EmailStatus.VALID),
        ({"valid": "No"}, EmailStatus.INVALID),
        ({"valid": "maybe"}, EmailStatus.UNKNOWN),
        ({"valid": False, "status": ["invalid"]}, EmailStatus.UNKNOWN),
        ({"status": "", "valid": True}, EmailStatus.VALID),
        ({"status": "ok", "valid": True}, EmailStatus.VALID),
        ({"status": "Success", "valid": False}, EmailStatus.INVALID),
        ({"status": "ok"}, EmailStatus.UNKNOWN),
        ({"status": "error", "valid": True}, EmailStatus.UNKNOWN),
        ({"valid": True}, EmailStatus.VALID),
        ({"valid": False}, EmailStatus.INVALID),
        ({"valid": 0}, EmailStatus.UNKNOWN),
        ({"valid": None}, EmailStatus.UNKNOWN),
        ({}, EmailStatus.UNKNOWN),
        ([], EmailStatus.UNKNOWN),
    ],
)
def test_what_the_verifier_does_not_say_is_unknown(document: Any, status: EmailStatus) -> None:
    assert read_verdict(document) is status


@given(contacts=st.lists(JSON), info=JSON, used=JSON)
def test_whatever_is_in_an_answer_it_is_read_and_can_be_stored(
    contacts: list[Any], info: Any, used: Any
) -> None:
    answer = read_enrichment(
        {"contacts": contacts, "company_info": info, "credits_used": used}, domain="acme.com"
    )

    assert len(answer.contacts) <= 5
    assert len(answer.contacts) + len(answer.rejected) <= len(contacts)
    assert "\x00" not in repr(answer)


@given(document=JSON)
def test_whatever_a_verifier_says_is_one_of_five_things(document: Any) -> None:
    assert read_verdict(document) in set(EmailStatus)
