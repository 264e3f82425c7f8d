from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.jobs.failures import LONGEST, failure_key, wording

ID = UUID("4a1c7a80-0b5c-4d0e-9a6e-2f8f5c1d9e37")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # Ids.
        (f"no delivery {ID}", "no delivery <id>"),
        (f"no delivery {ID.hex}", "no delivery <id>"),
        (f"DELIVERY_{str(ID).upper()}", "DELIVERY_<id>"),
        ("Organization/0015g00000XyZaBAAV is gone", "Organization/<id> is gone"),
        ("contact a1b2c3d4e5f6 was merged", "contact <id> was merged"),
        # Numbers.
        ("answered 503", "answered <n>"),
        ("row 12 of 1,000 took 2.5s", "row <n> of <n> took <n>s"),
        ("no end within 45 s", "no end within <n> s"),
        ("3 contacts (41, 42 and 43)", "<n> contacts (<n>, <n> and <n>)"),
        ("no route since 2026-11-29T02:10:00.5Z", "no route since <time>"),
        ("not before 2026-11-29", "not before <time>"),
        # People.
        ("refused ada.o'brien+x@mail.example.com for good", "refused <address> for good"),
        ("refused 'ada@acme.example'", "refused '<address>'"),
        ("refused ada%40acme.example", "refused <address>"),
        # Hosts.
        ("GET https://api.acme.com/v3/leads?id=7 timed out", "GET <url> timed out"),
        ("cannot resolve hooks.acme-corp.co.uk", "cannot resolve <host>"),
        ("cannot connect to ACME.COM:8443.", "cannot connect to <host>."),
        ("cannot connect to localhost:1", "cannot connect to <host>"),
        ("cannot connect to 10.0.0.17:5432", "cannot connect to <host>"),
        ("cannot connect to [2001:db8::17]:443", "cannot connect to <host>"),
        ("cannot connect to 2001:db8::17", "cannot connect to <host>"),
        ("cannot connect to crm.prod.svc.cluster.local", "cannot connect to <host>"),
        # What tells failures apart stays.
        ("company.name: field required", "company.name: field required"),
        ("properties.industry is no option", "properties.industry is no option"),
        ("FIELD_INTEGRITY_EXCEPTION: State", "FIELD_INTEGRITY_EXCEPTION: State"),
        ("OAuth2 token refused", "OAuth2 token refused"),
        ("the worker died at every attempt", "the worker died at every attempt"),
        ("  two\nlines\t here ", "two lines here"),
        ("", ""),
    ],
)
def test_what_names_a_single_thing_is_left_out(message: str, expected: str) -> None:
    assert wording(message) == expected


@given(st.text())
def test_any_text_has_a_short_wording_that_is_its_own(text: str) -> None:
    once = wording(text)

    assert len(once) <= LONGEST
    assert wording(text) == once


@pytest.mark.parametrize(
    "piece", ["a.", "1.", "a@", ":", "0:", "a1", "http://", "[:", "-", "_a.", "::1"]
)
@pytest.mark.timeout(5)
def test_hostile_text_costs_no_time(piece: str) -> None:
    for _ in range(20):
        wording(piece * 100_000)


ONE: dict[str, Any] = {
    "kind": "upload-lead",
    "error_class": "rejected",
    "status_code": 400,
    "message": "no 7",
}


def test_the_key_is_of_kind_class_status_and_words() -> None:
    others: list[dict[str, Any]] = [
        {"kind": "deliver-email"},
        {"error_class": "not_sent"},
        {"error_class": None},
        {"status_code": 409},
        {"status_code": None},
        {"message": "never 7"},
        {"message": None},
    ]
    keys = [failure_key(**ONE), *(failure_key(**(ONE | other)) for other in others)]

    assert failure_key(**(ONE | {"message": "no 8"})) == keys[0]
    assert all(one != other for one, other in combinations(keys, 2))


def test_the_key_stays_what_it_was_in_every_database() -> None:
    assert str(failure_key(**ONE)) == "4f93ae88-62c2-5517-a11f-692cf4b93757"
