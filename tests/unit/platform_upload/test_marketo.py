"""What Marketo's answers mean, and how a lead is written for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platform_upload.adapters.marketo.answers import (
    WINDOW,
    judge,
    judge_record,
    judge_token,
    until_midnight,
)
from platform_upload.adapters.marketo.complaints import complaints_of, form_of
from platform_upload.adapters.marketo.mapping import FIELDS, lead_draft
from platform_upload.domain.answers import Accepted, Refused, UploadOutcome, Verdict
from platform_upload.domain.drafts import Draft, Fields
from unit.platform_upload.builders import JOHN, NOW, a_lead
from unit.platform_upload.replies import a_reply, cases

DRAFT = Draft(
    key="1",
    fields={
        "email": "john@acme.com",
        "title": "Vice President of everything",
        "company": "Acme",
        "industry": "Space",
        "numberOfEmployees": 250,
        "marketingSuspended": True,
    },
)


def whole(code: object, message: str = "no") -> Refused:
    """A call refused as a whole."""
    errors = [{"code": code, "message": message}]
    refused = judge(a_reply(200, {"requestId": "x", "success": False, "errors": errors}))
    assert refused
    return refused


def record(status: object, *codes: object, message: str = "no") -> Accepted | Refused:
    reasons = [{"code": code, "message": message} for code in codes]
    result: dict[str, Any] = {"status": status, "id": 5}
    answer = judge_record(result | ({"reasons": reasons} if codes else {}), DRAFT, a_reply(200))
    assert isinstance(answer, Accepted | Refused)
    return answer


CODES = {
    Verdict.REAUTH_ONCE: ("601", "602"),
    Verdict.RETRY: (
        *("500", "502", "600", "604", "606", "608", "611", "614", "615", "699"),
        *("713", "719"),
    ),
    Verdict.QUOTA: ("607",),
    Verdict.CREDENTIAL: ("603",),
    Verdict.PERMANENT: ("609", "612", "701", "702", "704", "799", "1001", "1002", "1003", "1007"),
    Verdict.CONFIGURATION: (
        *("605", "610", "613", "616", "703"),
        *("1006", "1008", "1009", "1010", "1011", "1018"),
    ),
}


@pytest.mark.parametrize(
    ("code", "verdict"), [(code, verdict) for verdict, codes in CODES.items() for code in codes]
)
def test_codes_have_classes(code: str, verdict: Verdict) -> None:
    assert whole(code).verdict is verdict
    # Texts by the contract, numbers from some.
    assert whole(int(code)).code == code


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        *((code, Verdict.PERMANENT) for code in ("1001", "1002", "1003", "1005", "1007", "1021")),
        *((code, Verdict.PERMANENT) for code in ("1036", "1037", "1999")),
        *((code, Verdict.CONFIGURATION) for code in ("1006", "1008", "1009", "1010", "1018")),
        ("1004", Verdict.RESOLVE_EXISTING),
        ("713", Verdict.RETRY),
        ("611", Verdict.RETRY),
    ],
)
def test_records_have_classes(code: str, verdict: Verdict) -> None:
    refused = record("skipped", code, "1005")

    assert isinstance(refused, Refused)
    assert (refused.verdict, refused.code) == (verdict, code)
    # The answer is about other people, too.
    assert refused.excerpt is None


def test_records_are_read() -> None:
    assert record("created") == Accepted(outcome=UploadOutcome.CREATED, external_id="5")
    assert record("Updated") == Accepted(outcome=UploadOutcome.UPDATED, external_id="5")
    skipped, unknown = record("skipped"), record("merged")
    assert isinstance(skipped, Refused)
    assert isinstance(unknown, Refused)
    assert (skipped.verdict, skipped.code) == (Verdict.PERMANENT, "skipped")
    assert unknown.verdict is Verdict.AMBIGUOUS


@pytest.mark.parametrize("result", [None, [], "created", {"status": None}, {"reasons": "none"}])
def test_what_is_no_result_is_no_success(result: object) -> None:
    answer = judge_record(result, DRAFT, a_reply(200))

    assert isinstance(answer, Refused)
    assert answer.verdict is Verdict.AMBIGUOUS


@pytest.mark.parametrize(
    "body",
    [
        "<html>soon</html>",
        [],
        {"hello": "world"},
        {"success": False},
        {"success": "true", "result": []},
        {"success": False, "errors": "none"},
        {"success": None, "result": []},
    ],
)
def test_what_does_not_say_that_it_worked_may_have_worked(body: object) -> None:
    refused = judge(a_reply(200, body))

    assert refused
    assert refused.verdict is Verdict.AMBIGUOUS


def test_errors_beside_a_success_count() -> None:
    body = {"success": True, "result": [], "errors": [{"code": "608", "message": "x"}]}

    refused = judge(a_reply(200, body))

    assert refused
    assert refused.verdict is Verdict.RETRY
    assert judge(a_reply(200, {"success": True, "errors": None, "warnings": []})) is None


def test_how_long_a_refusal_lasts() -> None:
    assert (whole("606").throttled, whole("606").after) == (True, WINDOW)
    assert (whole("615").throttled, whole("615").after) == (True, timedelta(seconds=2))
    assert whole("607").after == until_midnight(NOW) + timedelta(minutes=1)
    assert (whole("608").throttled, whole("608").after) == (False, None)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        # Standard time: midnight is at 6 UTC.
        (datetime(2026, 1, 15, 5, 0, tzinfo=UTC), 1),
        (datetime(2026, 1, 15, 6, 0, tzinfo=UTC), 24),
        # Daylight saving time: at 5.
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), 1),
        (datetime(2026, 7, 1, 5, 0, tzinfo=UTC), 24),
        # The day on which the clocks go forward has 23 hours, that on which they go back 25.
        (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), 23),
        (datetime(2026, 3, 8, 12, 0, tzinfo=UTC), 17),
        (datetime(2026, 11, 1, 5, 0, tzinfo=UTC), 25),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), 22.5),
    ],
)
def test_midnight_is_central_times(now: datetime, hours: float) -> None:
    assert until_midnight(now) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"access_token": "abc:sj", "expires_in": 3599}, None),
        (200, {"access_token": "a\nb"}, Verdict.RETRY),
        (200, {"access_token": ""}, Verdict.RETRY),
        (200, {}, Verdict.RETRY),
        (200, [], Verdict.RETRY),
        (401, {"error": "unauthorized"}, Verdict.CREDENTIAL),
        (401, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_request"}, Verdict.CREDENTIAL),
        (429, {"error": "slow_down"}, Verdict.RETRY),
        (500, {"error": "server_error"}, Verdict.RETRY),
    ],
)
def test_tokens(status: int, body: object, verdict: Verdict | None) -> None:
    refused = judge_token(a_reply(status, body))

    assert (refused and refused.verdict) == verdict
    assert "abc:sj" not in repr(refused)


# Fields


def amended(code: str, message: str) -> Fields | None:
    """The lead to send after Marketo has skipped it for this."""
    complaints = complaints_of(code, message, DRAFT.fields)
    better = DRAFT.amended(complaints, form_of("email"))
    return better.fields if better else None


@pytest.mark.parametrize(
    ("code", "message", "left_out"),
    [
        ("1006", "Field 'industry' not found", {"industry"}),
        ("1006", "Field \u2018industry\u2019 not found", {"industry"}),
        ("1011", "Field 'title' not supported", {"title"}),
        ("1001", "Invalid value 'Space'. Required of type 'picklist'", {"industry"}),
        ("1001", "Invalid value '250'. Required of type 'string'", {"numberOfEmployees"}),
        ("1001", "Invalid value for field 'industry'", {"industry"}),
        ("1003", "Invalid data: industry: 'industry' is no word", {"industry"}),
        ("1003", "Invalid data", {"title", "company", "industry", "numberOfEmployees"}),
        ("1021", "Company update not allowed", {"company", "industry", "numberOfEmployees"}),
        ("1001", "Invalid value 'john@acme.com'. Required of type 'email'", None),
        ("1006", "Field 'marketingSuspended' not found", None),
        ("1006", "Field 'email' not found", None),
        ("1002", "Missing value for the required parameter 'title'", None),
        ("1007", "Multiple leads match the lookup criteria", None),
        ("1036", "Duplicate object found in input", None),
    ],
)
def test_what_is_refused_is_left_out(code: str, message: str, left_out: set[str] | None) -> None:
    fields = amended(code, message)

    assert (set(DRAFT.fields) - set(fields) if fields else None) == left_out


def test_a_text_is_cut_where_the_length_is_said() -> None:
    fields = amended("1001", "Invalid value for field 'title': longer than 14 characters")

    assert fields
    assert fields["title"] == "Vice President"


def test_of_a_batch_refused_as_a_whole_a_nameless_value_is_nobodys() -> None:
    assert whole("1003", "Too many records").complaints == ()
    assert [each.field for each in whole("1006", "Field 'rating' not found").complaints] == [
        "rating"
    ]


def test_b31_the_lead_holds_what_the_contract_shows() -> None:
    (case,) = [case for case in cases("marketo") if case["name"] == "sync"]
    (expected,) = case["request"]["body"]["input"]

    draft = lead_draft(a_lead(), "email")

    assert expected.items() <= draft.fields.items()
    assert set(draft.fields) - set(expected) == {"annualRevenue", "city", "state", "country"}
    assert set(draft.fields) <= set(FIELDS)
    assert draft.adjustments == ()


def test_by_a_field_of_its_own_a_lead_is_known_by_our_id() -> None:
    lead = a_lead(contacts=[], primary_contact=None)

    assert lead_draft(lead, "leadKey").fields["leadKey"] == str(lead.id)
    assert "email" not in lead_draft(lead, "email").fields


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"company_name": "  "}, "company", "acme.com"),
        ({"company_name": " ", "domain": None}, "company", None),
        ({"company_name": "x" * 400}, "company", "x" * 255),
        ({"domain": f"{'x' * 300}.com"}, "website", None),
        ({"employee_count": 3_000_000_000}, "numberOfEmployees", None),
        ({"revenue": 10**18}, "annualRevenue", None),
        ({"contacts": [JOHN | {"email": "a,b@acme.com"}]}, "email", None),
        ({"contacts": [JOHN | {"email": "no address"}]}, "email", None),
        ({"contacts": [JOHN | {"email": " john@acme.com "}]}, "email", "john@acme.com"),
        (
            {"contacts": [JOHN | {"phone": f"+1 415 555 0100, {'1' * 300}"}]},
            "phone",
            "+1 415 555 0100",
        ),
        ({"contacts": [JOHN | {"title": "<b>CEO</b>"}]}, "title", "<b>CEO</b>"),
    ],
)
def test_values_fit_their_fields(changes: dict[str, Any], field: str, value: object) -> None:
    draft = lead_draft(a_lead(**(changes | {"primary_contact": None})), "email")

    assert draft.fields.get(field) == value


def test_what_is_cut_or_left_out_is_said() -> None:
    odd = {"full_name": "x" * 300, "email": "none"}

    draft = lead_draft(a_lead(contacts=[odd], primary_contact=None), "leadKey")

    assert [(each.field, each.action.value, each.said) for each in draft.adjustments] == [
        ("email", "left_out", "we: no address"),
        ("lastName", "mended", "we: longer than the field"),
    ]
