from collections import Counter

from leadstream_dev.sandbox.data.contacts import Wanted, company_info, contacts, verdict


def test_people_are_the_same_each_time() -> None:
    first = contacts(seed=1, domain="acme.com", wanted=Wanted(), limit=5)

    assert first == contacts(seed=1, domain="acme.com", wanted=Wanted(), limit=5)
    assert first != contacts(seed=2, domain="acme.com", wanted=Wanted(), limit=5)
    assert company_info(seed=1, domain="acme.com", name=None) == company_info(
        seed=1, domain="acme.com", name=None
    )


def test_a_company_has_none_to_five_of_them_with_addresses_of_its_own() -> None:
    sizes: Counter[int] = Counter()
    for number in range(300):
        domain = f"company-{number}.com"
        found = contacts(seed=1, domain=domain, wanted=Wanted(), limit=5)
        sizes[len(found)] += 1
        for person in found:
            assert person["email"] is None or person["email"].endswith(f"@{domain}")
            assert person["email"] is None or person["email"].isascii()

    assert set(sizes) == {0, 1, 2, 3, 4, 5}


def test_a_limit_keeps_the_first() -> None:
    five = contacts(seed=1, domain="acme.com", wanted=Wanted(), limit=5)

    assert contacts(seed=1, domain="acme.com", wanted=Wanted(), limit=1) == five[:1]


def test_a_title_nobody_has_finds_nobody() -> None:
    wanted = Wanted(job_titles=["Beekeeper"])

    assert contacts(seed=1, domain="acme.com", wanted=wanted, limit=5) == []


def test_most_addresses_are_valid_and_some_of_each_other_kind() -> None:
    verdicts = [verdict(seed=1, email=f"person{number}@acme.com") for number in range(1000)]

    shares = Counter(found["status"] for found in verdicts)

    assert 650 <= shares["valid"] <= 750
    assert all(shares[kind] > 15 for kind in ("invalid", "accept_all", "disposable", "unknown"))
    assert {found["valid"] for found in verdicts if found["status"] == "unknown"} == {None}
    assert verdict(seed=1, email="A@b.co") == verdict(seed=1, email="a@B.co")
