"""Every case of the recorded contracts gets the class that the fixture names."""

from datetime import timedelta
from typing import Any

import pytest

from platform_upload.adapters import webhook
from platform_upload.adapters.fhir import answers as fhir
from platform_upload.adapters.hubspot import answers as hubspot
from platform_upload.adapters.hubspot.records import read_batch
from platform_upload.adapters.marketo import answers as marketo
from platform_upload.adapters.salesforce import answers as salesforce
from platform_upload.adapters.wealthbox import answers as wealthbox
from platform_upload.domain.answers import Accepted, Refused, Verdict
from platform_upload.domain.drafts import Draft
from unit.platform_upload.replies import a_reply, cases, reply_of

# The fixtures' words for classes that have other names here.
OURS = {"disable_channel": "disable", "retry_once": "resolve_existing"}


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", cases("webhook_out"), ids=name_of)
def test_webhook(case: dict[str, Any]) -> None:
    refused = webhook.judge(reply_of(case))

    found = refused.verdict.value if refused else "success"
    assert found == OURS.get(case["classify"], case["classify"])


@pytest.mark.parametrize("case", cases("fhir"), ids=name_of)
def test_fhir(case: dict[str, Any]) -> None:
    reply = reply_of(case)

    refused = fhir.judge(reply)

    assert fhir.speaks("write", reply)
    if refused:
        assert refused.verdict.value == case["classify"]
    else:
        entries = reply.content.get("entry", [])
        partial = any(each["response"]["status"][0] != "2" for each in entries)
        assert ("partial" if partial else "success") == case["classify"]


@pytest.mark.parametrize("case", cases("hubspot"), ids=name_of)
def test_hubspot(case: dict[str, Any]) -> None:
    reply = reply_of(case)

    refused = hubspot.judge(reply)

    if refused:
        assert refused.verdict.value == case["classify"]
    else:
        assert ("partial" if reply.content.get("errors") else "success") == case["classify"]


@pytest.mark.parametrize("case", cases("wealthbox"), ids=name_of)
def test_wealthbox(case: dict[str, Any]) -> None:
    refused = wealthbox.judge(reply_of(case))

    assert (refused.verdict.value if refused else "success") == case["classify"]


@pytest.mark.parametrize("case", cases("salesforce"), ids=name_of)
def test_salesforce(case: dict[str, Any]) -> None:
    assert _salesforce_class(case) == case["classify"]


def _salesforce_class(case: dict[str, Any]) -> str:
    reply = reply_of(case)
    if isinstance(reply.content, dict):
        refused = salesforce.judge_token(reply)
        return refused.verdict.value if refused else "success"
    refused = salesforce.judge(reply)
    if refused:
        return refused.verdict.value
    if len(reply.content) > 1:
        assert [row["success"] for row in reply.content] == [True, False]
        return "partial"
    (row,) = reply.content
    answer = salesforce.judge_row(row["errors"], reply)
    words = {ours: theirs for theirs, ours in OURS.items()}
    return "item_" + words.get(answer.verdict.value, answer.verdict.value)


@pytest.mark.parametrize("case", cases("marketo"), ids=name_of)
def test_marketo(case: dict[str, Any]) -> None:
    assert _marketo_class(case) == case["classify"]


def _marketo_class(case: dict[str, Any]) -> str:
    reply = reply_of(case)
    if case["name"] in {"token", "identity 401"}:
        refused = marketo.judge_token(reply)
        return refused.verdict.value if refused else "success"
    refused = marketo.judge(reply)
    if refused:
        return "split_batch" if refused.status_code == 413 else refused.verdict.value
    draft = Draft(key="1", fields={"email": "john@acme.com"})
    kinds = [type(marketo.judge_record(each, draft, reply)) for each in reply.content["result"]]
    assert kinds == [Accepted, Accepted, Refused]
    return "partial"


def test_every_case_there_is_was_judged() -> None:
    names = ("webhook_out", "hubspot", "salesforce", "marketo")
    assert [len(cases(name)) for name in names] == [10, 17, 17, 18]


def test_hubspot_joins_errors_by_trace_id() -> None:
    (partial,) = [case for case in cases("hubspot") if case["name"] == "partial"]
    drafts = {
        key: Draft(key=key, fields={}) for key in ("0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11", "other")
    }

    said, unsaid = read_batch(reply_of(partial), drafts, "leadstream_lead_id")

    assert isinstance(said, Refused)
    assert said.verdict is Verdict.PERMANENT
    # What the answer does not mention may or may not be there.
    assert isinstance(unsaid, Refused)
    assert unsaid.verdict is Verdict.AMBIGUOUS


@pytest.mark.parametrize("properties", [["x"], "x", 7, None, {}])
def test_hubspots_results_are_joined_whatever_their_properties_are(properties: object) -> None:
    result = {"id": "1", "objectWriteTraceId": "a", "properties": properties}

    answers = read_batch(
        a_reply(200, {"results": [result, {"id": "2", "properties": properties}]}),
        {"a": Draft(key="a", fields={}), "b": Draft(key="b", fields={})},
        "leadstream_lead_id",
    )

    assert [type(each) for each in answers] == [Accepted, Refused]


@pytest.mark.parametrize(
    ("provider", "name", "after", "throttled"),
    [
        ("hubspot", "burst", 10, True),
        ("hubspot", "locked", 2, False),
        ("hubspot", "migration", 3600, True),
    ],
)
def test_how_long_to_wait_is_taken_from_the_answer(
    provider: str, name: str, after: int, throttled: bool
) -> None:
    (case,) = [case for case in cases(provider) if case["name"] == name]

    refused = hubspot.judge(reply_of(case))

    assert refused
    assert (refused.after, refused.throttled) == (timedelta(seconds=after), throttled)


@pytest.mark.parametrize(
    ("name", "after"), [("429", timedelta(seconds=120)), ("503 date", timedelta(seconds=1))]
)
def test_a_webhooks_retry_after_is_read_in_both_forms(name: str, after: timedelta) -> None:
    (case,) = [case for case in cases("webhook_out") if case["name"] == name]

    refused = webhook.judge(reply_of(case))

    assert refused
    assert refused.after == after


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, Verdict.PERMANENT),
        (401, Verdict.CREDENTIAL),
        (403, Verdict.CREDENTIAL),
        (408, Verdict.RETRY),
        (413, Verdict.PERMANENT),
        (422, Verdict.PERMANENT),
        (425, Verdict.RETRY),
        (307, Verdict.RETRY),
    ],
)
def test_webhook_answers_beyond_the_fixtures(status: int, verdict: Verdict) -> None:
    refused = webhook.judge(a_reply(status))

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize(
    ("status", "code", "by_id", "verdict"),
    [
        (400, "invalid", False, Verdict.PERMANENT),
        (400, "throttled", False, Verdict.RETRY),
        (400, "lock-error", False, Verdict.RETRY),
        (400, "not-supported", False, Verdict.CONFIGURATION),
        (404, "not-found", False, Verdict.CONFIGURATION),
        (404, "not-found", True, Verdict.RESOLVE_EXISTING),
        (410, "deleted", True, Verdict.RESOLVE_EXISTING),
        (412, "conflict", True, Verdict.RESOLVE_EXISTING),
        (412, "multiple-matches", False, Verdict.PERMANENT),
        (413, "too-costly", False, Verdict.PERMANENT),
        (415, "", False, Verdict.CONFIGURATION),
        (428, "", False, Verdict.CONFIGURATION),
        (500, "exception", False, Verdict.RETRY),
        (500, "not-supported", False, Verdict.CONFIGURATION),
        (501, "", False, Verdict.CONFIGURATION),
        (502, "", False, Verdict.RETRY),
        (504, "timeout", False, Verdict.AMBIGUOUS),
        (408, "timeout", False, Verdict.AMBIGUOUS),
    ],
)
def test_fhir_answers_beyond_the_fixtures(
    status: int, code: str, by_id: bool, verdict: Verdict
) -> None:
    issue = {"severity": "error", **({"code": code} if code else {})}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}

    refused = fhir.judge(a_reply(status, body), by_id=by_id)

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize("issue", [None, [], {}, "x", [7], [{"code": None}], [{"details": "x"}]])
def test_a_fhir_outcome_of_any_shape_is_read(issue: object) -> None:
    refused = fhir.judge(a_reply(422, {"resourceType": "OperationOutcome", "issue": issue}))

    assert refused
    assert (refused.verdict, refused.status_code) == (Verdict.PERMANENT, 422)


@pytest.mark.parametrize(
    ("status", "body", "headers", "known"),
    [
        (404, "", {}, False),
        (404, "<html>", {}, False),
        (401, "", {}, False),
        (401, "", {"WWW-Authenticate": "Bearer"}, True),
        (403, {"error": {"code": 403}}, {}, True),
        (412, "", {}, True),
        (412, "<html>", {}, False),
        (422, {"message": "no"}, {}, False),
        (422, {"resourceType": "OperationOutcome"}, {}, True),
    ],
)
def test_whether_a_fhir_server_speaks(
    status: int, body: object, headers: dict[str, str], known: bool
) -> None:
    assert fhir.speaks("write", a_reply(status, body, headers)) is known


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"token_type": "bearer"}, Verdict.RETRY),
        (200, {"access_token": "a\nb"}, Verdict.RETRY),
        (400, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (401, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_grant"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_scope"}, Verdict.CONFIGURATION),
        (400, {"error": "unsupported_grant_type"}, Verdict.CONFIGURATION),
        (400, {"error": "temporarily_unavailable"}, Verdict.RETRY),
        (429, {"error": "slow_down"}, Verdict.RETRY),
        (503, "", Verdict.RETRY),
    ],
)
def test_fhir_tokens(status: int, body: object, verdict: Verdict) -> None:
    refused = fhir.judge_token(a_reply(status, body))

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, "<html>", Verdict.AMBIGUOUS),
        (404, {"category": "OBJECT_NOT_FOUND"}, Verdict.CONFIGURATION),
        (413, "", Verdict.PERMANENT),
        (400, {"errors": [{"code": "PROPERTY_DOESNT_EXIST"}]}, Verdict.CONFIGURATION),
        (400, {"errors": "none", "message": 7}, Verdict.PERMANENT),
        (400, ["no", "object"], Verdict.PERMANENT),
        (503, "", Verdict.RETRY),
        (302, "", Verdict.RETRY),
    ],
)
def test_hubspot_answers_beyond_the_fixtures(status: int, body: object, verdict: Verdict) -> None:
    refused = hubspot.judge(a_reply(status, body))

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize(
    ("category", "verdict"),
    [
        ("VALIDATION_ERROR", Verdict.PERMANENT),
        ("CONFLICT", Verdict.RESOLVE_EXISTING),
        ("INTERNAL_ERROR", Verdict.RETRY),
        ("OBJECT_NOT_FOUND", Verdict.RESOLVE_EXISTING),
    ],
)
def test_hubspot_items(category: str, verdict: Verdict) -> None:
    assert hubspot.judge_item({"category": category}, a_reply(207)).verdict is verdict


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (401, "INVALID_AUTH_HEADER", Verdict.CREDENTIAL),
        (403, "API_DISABLED_FOR_ORG", Verdict.CONFIGURATION),
        (403, "INSUFFICIENT_ACCESS_OR_READONLY", Verdict.CONFIGURATION),
        (400, "INVALID_TYPE", Verdict.CONFIGURATION),
        (400, "JSON_PARSER_ERROR", Verdict.PERMANENT),
        (400, "QUERY_TIMEOUT", Verdict.RETRY),
        (400, "REQUEST_RUNNING_TOO_LONG", Verdict.RETRY),
        (413, "", Verdict.PERMANENT),
        (429, "", Verdict.RETRY),
        (502, "", Verdict.RETRY),
    ],
)
def test_salesforce_answers_beyond_the_fixtures(status: int, code: str, verdict: Verdict) -> None:
    refused = salesforce.judge(a_reply(status, [{"errorCode": code, "message": "m"}]))

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize(
    ("code", "verdict", "closed"),
    [
        ("CANNOT_UPDATE_CONVERTED_LEAD", Verdict.PERMANENT, True),
        ("ENTITY_IS_DELETED", Verdict.PERMANENT, True),
        ("STRING_TOO_LONG", Verdict.PERMANENT, False),
        ("INVALID_EMAIL_ADDRESS", Verdict.PERMANENT, False),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Verdict.PERMANENT, False),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", Verdict.CONFIGURATION, False),
        ("STORAGE_LIMIT_EXCEEDED", Verdict.CONFIGURATION, False),
        ("INACTIVE_OWNER_OR_USER", Verdict.CONFIGURATION, False),
        ("REQUEST_LIMIT_EXCEEDED", Verdict.QUOTA, False),
        ("REQUEST_RUNNING_TOO_LONG", Verdict.RETRY, False),
        ("QUERY_TIMEOUT", Verdict.RETRY, False),
    ],
)
def test_salesforce_rows(code: str, verdict: Verdict, closed: bool) -> None:
    refused = salesforce.judge_row([{"statusCode": code, "message": "m"}], a_reply(200, []))

    assert (refused.verdict, refused.closed) == (verdict, closed)


def test_a_row_over_the_days_calls_waits_as_a_call_does() -> None:
    error = {"message": "TotalRequests Limit exceeded."}
    row = {"statusCode": "REQUEST_LIMIT_EXCEEDED", **error}

    of_row = salesforce.judge_row([row], a_reply(200, []))
    of_call = salesforce.judge(a_reply(403, [{"errorCode": row["statusCode"], **error}]))

    assert of_call
    assert (of_row.verdict, of_row.after) == (of_call.verdict, of_call.after)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"access_token": "", "id": "x"}, Verdict.RETRY),
        (200, {"access_token": "", "instance_url": "https://x"}, Verdict.RETRY),
        (200, {"access_token": "a\nb", "instance_url": "https://x"}, Verdict.RETRY),
        (200, {"access_token": "a\x01b", "instance_url": "https://x"}, Verdict.RETRY),
        (200, {"access_token": "a\x7f", "instance_url": "https://x"}, Verdict.RETRY),
        (200, {"access_token": "a\u00e9", "instance_url": "https://x"}, Verdict.RETRY),
        (200, {"access_token": 7, "instance_url": "https://x"}, Verdict.RETRY),
        (401, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (401, {"error": "something"}, Verdict.CREDENTIAL),
        (403, {"error": "something"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_client_id"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_grant"}, Verdict.CREDENTIAL),
        (400, {"error": "unauthorized_client"}, Verdict.CREDENTIAL),
        (400, {"error": "unsupported_grant_type"}, Verdict.CREDENTIAL),
        (400, {"error": "inactive_user"}, Verdict.CREDENTIAL),
        (400, {"error": "inactive_org"}, Verdict.CREDENTIAL),
        (400, {"error": "unknown_error"}, Verdict.RETRY),
        (400, {"error": "server_error"}, Verdict.RETRY),
        (400, {"error": "temporarily_unavailable"}, Verdict.RETRY),
        (400, {"error": "rate_limit_exceeded"}, Verdict.RETRY),
        (408, {"error": "request_timeout"}, Verdict.RETRY),
        (408, {"error": "invalid_request"}, Verdict.RETRY),
        (404, "", Verdict.CONFIGURATION),
        (503, "", Verdict.RETRY),
        (429, "", Verdict.RETRY),
    ],
)
def test_salesforce_tokens(status: int, body: object, verdict: Verdict) -> None:
    refused = salesforce.judge_token(a_reply(status, body))

    assert refused
    assert refused.verdict is verdict


def test_b47_evidence_holds_no_address_no_token_and_no_character_that_postgres_refuses() -> None:
    body = {"message": "john@acme.com\0 said Bearer abcdef123456", "category": "VALIDATION_ERROR"}

    refused = hubspot.judge(a_reply(400, body))

    assert refused
    said = f"{refused.message} {refused.excerpt}"
    assert "john@acme.com" not in said
    assert "abcdef123456" not in said
    assert "\0" not in said
