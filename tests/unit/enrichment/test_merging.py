from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact, EmailStatus
from enrichment.domain.merging import MAX_CONTACTS, merge

VALID = EmailStatus.VALID


def a_person(
    name: str, email: str | None = None, *, by: str, status: EmailStatus | None = None
) -> Contact:
    return Contact(id=f"{by}-{name}", full_name=name, email=email, email_status=status, provider=by)


def test_an_answer_alone_stays_as_it_is() -> None:
    alone = Answer(
        contacts=(a_person("Ann", by="pdl"), a_person("Bob", "b@x.com", by="pdl", status=VALID)),
        facts={"industry": "Software"},
        credits_used=2,
    )

    assert merge([alone]) is alone


def test_a_person_whom_two_know_is_one_by_address_or_name() -> None:
    first = Answer(
        contacts=(a_person("Ann Smith", "ann@x.com", by="pdl"), a_person("Bob  Jones", by="pdl"))
    )
    second = Answer(
        contacts=(
            a_person("A. Smith", "Ann@X.com", by="clay"),
            a_person("bob jones", "bob@x.com", by="clay"),
            a_person("Cyd", by="clay"),
        )
    )

    people = merge([first, second]).contacts

    # Of two that are worth the same the first source's stays; an address is worth more than none.
    assert [(each.full_name, each.provider) for each in people] == [
        ("Ann Smith", "pdl"),
        ("bob jones", "clay"),
        ("Cyd", "clay"),
    ]


def test_whose_address_is_valid_comes_first_and_five_are_enough() -> None:
    first = Answer(contacts=tuple(a_person(f"P{n}", f"p{n}@x.com", by="pdl") for n in range(5)))
    second = Answer(
        contacts=(
            a_person("Zoe", "zoe@x.com", by="clay", status=VALID),
            a_person("P1", "p1@x.com", by="clay", status=VALID),
        )
    )

    people = merge([first, second]).contacts

    assert [each.full_name for each in people] == ["P1", "Zoe", "P0", "P2", "P3"]
    assert len(people) == MAX_CONTACTS
    assert [each.provider for each in people[:2]] == ["clay", "clay"]


def test_facts_fill_gaps_in_the_order_of_the_sources_and_credits_add_up() -> None:
    first = Answer(facts={"industry": "Software"}, credits_used=2, rejected=("missing_name",))
    second = Answer(
        facts={"industry": "IT", "founded_year": 1999},
        credits_used=0.5,
        rejected=("not_an_object",),
    )

    merged = merge([first, second])

    assert merged.facts == {"industry": "Software", "founded_year": 1999}
    assert merged.credits_used == 2.5
    assert merged.rejected == ("missing_name", "not_an_object")
