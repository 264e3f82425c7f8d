from platform_upload.domain.lead import MAX_PEOPLE, Contact
from unit.platform_upload.builders import JOHN, a_lead


def test_the_primary_contact_comes_first_and_nobody_twice() -> None:
    ann = {"full_name": "Ann Lee", "email": "Ann@acme.com"}

    lead = a_lead(
        contacts=[ann, JOHN], primary_contact={"full_name": "J", "email": "JOHN@acme.com"}
    )

    assert [person.email for person in lead.people] == ["JOHN@acme.com", "Ann@acme.com"]


def test_the_fuller_entry_of_a_person_fills_the_other() -> None:
    (john,) = a_lead().people

    assert (john.title, john.department) == ("VP of Engineering", "Engineering")


def test_a_lead_without_people_has_none() -> None:
    assert a_lead(contacts=[], primary_contact=None).people == ()


def test_no_more_people_than_a_crm_wants() -> None:
    many = [{"email": f"p{n}@acme.com"} for n in range(50)]

    assert len(a_lead(contacts=many, primary_contact=None).people) == MAX_PEOPLE


def test_a_full_name_is_parted_at_its_last_space() -> None:
    assert Contact(full_name="Ludwig van Beethoven").names == ("Ludwig van", "Beethoven")
    assert Contact(full_name="Madonna").names == (None, "Madonna")
    assert Contact(full_name="A B", first_name="Ann", last_name="Bee").names == ("Ann", "Bee")
    assert Contact().names == (None, None)


def test_the_strongest_signals_come_first() -> None:
    signals = [
        {"signal_type": "c", "signal_strength": "low"},
        {"signal_type": "a", "signal_strength": "high"},
        {"signal_type": "b", "signal_strength": "medium"},
        {"signal_type": "a2", "signal_strength": "high"},
    ]

    assert [s.kind for s in a_lead(intent_signals=signals).top_signals] == ["a", "a2", "b", "c"]
