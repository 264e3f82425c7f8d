"""What `leadstream doctor` says of the senders of e-mails."""

import pytest

from delivery.application.sender_checks import (
    Grade,
    SendingDomain,
    Unseen,
    check_account,
    check_dmarc,
    check_domain,
    check_one_click,
)
from delivery.domain.dmarc import Fault, Policy

ALERTS = SendingDomain("alerts.acme.example", "RESEND_FROM")


@pytest.mark.parametrize(
    ("statuses", "grade", "said"),
    [
        ({"alerts.acme.example": "verified"}, Grade.OK, "(aligned)"),
        ({"alerts.acme.example": "temporary_failure"}, Grade.NOTE, "temporary failure"),
        ({"alerts.acme.example": "partially_failed"}, Grade.NOTE, "still sends"),
        ({"alerts.acme.example": "not_started"}, Grade.BAD, "is not started at Resend"),
        ({"alerts.acme.example": "pending"}, Grade.BAD, "is pending at Resend"),
        ({"alerts.acme.example": "failed"}, Grade.BAD, "refuses all e-mails"),
        ({"alerts.acme.example": "a_word_of_tomorrow"}, Grade.BAD, "a word of tomorrow"),
        # Only the very domain is signed for.
        ({"acme.example": "verified"}, Grade.BAD, "which is acme.example: not aligned"),
        ({"eu.alerts.acme.example": "verified"}, Grade.BAD, "not aligned"),
        ({"acme.example": "pending"}, Grade.BAD, "none of the domains of this account"),
        ({"xacme.example": "verified"}, Grade.BAD, "none of the domains of this account"),
        ({}, Grade.BAD, "none of the domains of this account"),
    ],
)
def test_a_domain_is_judged_by_what_resend_says_of_it(
    statuses: dict[str, str], grade: Grade, said: str
) -> None:
    check = check_domain(ALERTS, statuses)

    assert check.grade is grade
    assert said in check.detail
    assert "the domain of RESEND_FROM" in check.detail
    assert bool(check.advice) is (grade is not Grade.OK)


@pytest.mark.parametrize(
    ("found", "grade", "said"),
    [
        (None, Grade.NOTE, "no DMARC record"),
        (Unseen("no answer within 3 s"), Grade.NOTE, "could not be looked up: no answer"),
        (("_dmarc.acme.example", Fault.SEVERAL), Grade.BAD, "several DMARC records"),
        (("_dmarc.acme.example", Fault.MALFORMED), Grade.BAD, "can't be read"),
        (("_dmarc.alerts.acme.example", Policy(own="none", below="reject")), Grade.NOTE, "p=none"),
        (("_dmarc.alerts.acme.example", Policy(own="reject", below="none")), Grade.OK, "p=reject"),
        # One above it says what holds below.
        (("_dmarc.acme.example", Policy(own="none", below="reject")), Grade.OK, "p=reject"),
        (("_dmarc.acme.example", Policy(own="reject", below="none")), Grade.NOTE, "p=none"),
    ],
)
def test_a_dmarc_record_is_judged_by_what_receivers_make_of_it(
    found: tuple[str, Policy | Fault] | Unseen | None, grade: Grade, said: str
) -> None:
    check = check_dmarc(ALERTS, found)

    assert check.grade is grade
    assert said in check.detail
    assert bool(check.advice) is (grade is not Grade.OK)


@pytest.mark.parametrize(
    ("url", "grade"),
    [
        (None, Grade.NOTE),
        ("http://alerts.acme.example", Grade.NOTE),
        ("https://alerts.acme.example", Grade.OK),
    ],
)
def test_unsubscribing_with_one_click_needs_an_address_with_tls(
    url: str | None, grade: Grade
) -> None:
    check = check_one_click(url)

    assert check.grade is grade
    assert "one click" in check.detail


def test_a_key_that_may_only_send_is_no_fault_and_one_that_is_refused_is() -> None:
    restricted = check_account(Unseen("RESEND_API_KEY may only send"))
    refused = check_account(Unseen("Resend answered 403 invalid_api_key", is_refused=True))

    assert (restricted.grade, refused.grade) == (Grade.NOTE, Grade.BAD)
