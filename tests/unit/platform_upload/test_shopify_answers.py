"""What Shopify's answers mean, beyond those of the fixture."""

from datetime import timedelta
from typing import Any

import pytest

from platform_upload.adapters.costs import Allowance
from platform_upload.adapters.shopify import answers as shopify
from platform_upload.domain.answers import Refused, Verdict
from unit.platform_upload.replies import a_reply, cases, reply_of

# platforms.md, section 0, has corrected these since: nobody's credential is wrong, the shop's set-up is.
CORRECTED = {
    "not Plus / scope": "configuration",
    "frozen shop": "configuration",
    "locked": "configuration",
}


@pytest.mark.parametrize("case", cases("shopify"), ids=lambda case: str(case["name"]))
def test_shopify(case: dict[str, Any]) -> None:
    reply = reply_of(case)

    refused = shopify.judge(reply) or _user_errors(reply)

    found = refused.verdict.value if refused else "success"
    assert found == CORRECTED.get(case["name"], case["classify"])


def test_every_case_there_is_was_judged() -> None:
    assert len(cases("shopify")) == 11


def _user_errors(reply: Any) -> Refused | None:
    payload = reply.content["data"].get("companyCreate") or {}
    errors = payload.get("userErrors")
    return shopify.judge_user_errors(errors, reply, of="") if errors else None


def failed(code: str | None, message: str = "no", **more: Any) -> dict[str, Any]:
    extensions = {"code": code} if code else {}
    return {"errors": [{"message": message, "extensions": extensions, **more}], "data": None}


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, failed("INTERNAL_SERVER_ERROR"), Verdict.RETRY),
        (200, failed(None, "Something went wrong"), Verdict.RETRY),
        (200, failed("MAX_COST_EXCEEDED"), Verdict.PERMANENT),
        (200, failed("SHOP_INACTIVE"), Verdict.CONFIGURATION),
        (200, failed("undefinedField"), Verdict.CONFIGURATION),
        (200, failed("argumentLiteralsIncompatible"), Verdict.CONFIGURATION),
        (200, failed(None, "syntax error, unexpected end of file"), Verdict.CONFIGURATION),
        (200, failed("INVALID_VARIABLE"), Verdict.PERMANENT),
        (200, {"errors": "Shop is busy"}, Verdict.RETRY),
        (200, {"data": None}, Verdict.AMBIGUOUS),
        (200, {}, Verdict.AMBIGUOUS),
        (200, "<html>", Verdict.AMBIGUOUS),
        (200, [], Verdict.AMBIGUOUS),
        (400, {"errors": {"query": "Required parameter missing or invalid"}}, Verdict.PERMANENT),
        (403, {"errors": "Forbidden"}, Verdict.CONFIGURATION),
        (404, {"errors": "Not Found"}, Verdict.CONFIGURATION),
        (408, "", Verdict.AMBIGUOUS),
        (413, "", Verdict.PERMANENT),
        (429, {"errors": "Too many requests"}, Verdict.RETRY),
        (430, {"errors": "Too many requests"}, Verdict.RETRY),
        (500, {"errors": "x"}, Verdict.RETRY),
    ],
)
def test_answers_beyond_the_fixtures(status: int, body: object, verdict: Verdict) -> None:
    refused = shopify.judge(a_reply(status, body))

    assert refused
    assert refused.verdict is verdict


def test_one_part_that_failed_costs_no_other() -> None:
    error = {"message": "x", "path": ["a1"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    made = {"company": {"id": "gid://1"}, "userErrors": []}
    reply = a_reply(200, {"data": {"a0": made, "a1": None}, "errors": [error]})

    parts = [shopify.judge_part(reply, alias) for alias in ("a0", "a1", "a2")]

    assert shopify.judge(reply) is None
    assert [part and part.verdict for part in parts] == [None, Verdict.RETRY, Verdict.AMBIGUOUS]


def test_how_long_to_wait_is_what_the_points_take() -> None:
    (case,) = [case for case in cases("shopify") if case["name"] == "throttled"]

    refused = shopify.judge(reply_of(case))

    assert refused
    assert refused.throttled
    assert refused.after == timedelta(seconds=1.9)


def test_a_bill_says_what_was_asked_and_what_was_spent() -> None:
    found, throttled = (
        shopify.bill_of(reply_of(case))
        for case in cases("shopify")
        if case["name"] in {"find", "throttled"}
    )

    assert found
    assert (found.requested, found.spent, found.available) == (3, 2, 1998)
    assert found.allowance == Allowance(2000, 100)
    assert throttled
    assert throttled.spent == 0


@pytest.mark.parametrize(
    "cost",
    [None, [], "x", {"throttleStatus": []}, {"throttleStatus": {"maximumAvailable": "many"}}],
)
def test_what_is_no_bill_changes_nothing(cost: object) -> None:
    bill = shopify.bill_of(a_reply(200, {"data": {}, "extensions": {"cost": cost}}))

    assert bill is None or (bill.allowance, bill.spent) == (None, None)
    assert shopify.bill_of(a_reply(200, {"data": {}, "extensions": cost})) is None


@pytest.mark.parametrize("odd", [-1, 0, 1e12, True, "nan"])
def test_an_allowance_that_is_none_is_not_learnt(odd: object) -> None:
    status = {"maximumAvailable": odd, "restoreRate": 100, "currentlyAvailable": odd}
    body = {"data": {}, "extensions": {"cost": {"throttleStatus": status}}}

    bill = shopify.bill_of(a_reply(200, body))

    assert bill
    assert bill.allowance is None


def test_a_value_that_is_refused_is_named_by_its_field_and_repeated_nowhere() -> None:
    path = ["companyLocation", "shippingAddress", "countryCode"]
    problem = {"path": path, "explanation": 'Expected "AS" to be one of: AF, AX'}
    value = {"companyContact": {"firstName": "Johannes"}}
    error = {
        "message": "Variable $input0 of type CompanyCreateInput! was provided invalid value",
        "extensions": {"code": "INVALID_VARIABLE", "value": value, "problems": [problem]},
    }

    refused = shopify.judge(a_reply(200, {"errors": [error]}))

    assert refused
    (complaint,) = refused.complaints
    assert (complaint.field, complaint.value) == (".".join(path), "AS")
    assert "Johannes" not in f"{refused}"


PAGE = "<!DOCTYPE html><html>400 - Oauth error app_not_installed: not on this shop.</html>"


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"access_token": ""}, Verdict.RETRY),
        (200, {"access_token": "a\nb"}, Verdict.RETRY),
        (200, {"access_token": 7}, Verdict.RETRY),
        (400, {"error": "application_cannot_be_found"}, Verdict.CREDENTIAL),
        (400, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (401, {"error": "invalid_client"}, Verdict.CREDENTIAL),
        (400, {"error": "shop_not_permitted"}, Verdict.CONFIGURATION),
        (400, PAGE, Verdict.CONFIGURATION),
        (402, "", Verdict.CONFIGURATION),
        (404, {"error": "Not Found"}, Verdict.CONFIGURATION),
        (429, {"error": "slow_down"}, Verdict.RETRY),
        (503, "", Verdict.RETRY),
    ],
)
def test_tokens(status: int, body: object, verdict: Verdict) -> None:
    refused = shopify.judge_token(a_reply(status, body))

    assert refused
    assert refused.verdict is verdict


@pytest.mark.parametrize(
    ("operation", "status", "body", "known"),
    [
        ("find_companies", 401, {"errors": "Invalid API key"}, True),
        ("find_companies", 402, "", True),
        ("find_companies", 423, "", True),
        ("find_companies", 402, "<html>pay for the proxy</html>", False),
        ("find_companies", 401, "<html>log in</html>", False),
        ("find_companies", 403, {"message": "blocked"}, False),
        ("token", 400, {"error": "invalid_client"}, True),
        ("token", 400, PAGE, True),
        ("find_companies", 400, PAGE, False),
        ("token", 400, "<html>no</html>", False),
    ],
)
def test_who_speaks(operation: str, status: int, body: object, known: bool) -> None:
    headers = {"content-type": "text/html"} if isinstance(body, str) and body else {}

    assert shopify.speaks(operation, a_reply(status, body, headers)) is known
