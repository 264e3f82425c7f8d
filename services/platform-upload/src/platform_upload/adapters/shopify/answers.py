"""What Shopify's answers mean (reference: contracts, section 6.3, and platforms, section 2.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from leadstream.reading import listed, number
from platform_upload.adapters.costs import Allowance, Bill
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.shopify.forms import TAKEN, code_of, complaints_of, named, said_of
from platform_upload.domain.answers import Refused, Verdict
from platform_upload.domain.drafts import Complaint

# The call that gets a token.
OPENING = "token"
ACCESS_DENIED = "ACCESS_DENIED"
EXTERNAL_ID_TAKEN = "EXTERNAL_ID_TAKEN"
EMAIL_TAKEN = "EMAIL_TAKEN"

# More than any bucket holds: who says more says nothing.
_MOST_POINTS = 10_000_000.0
_SLOW_DOWN = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=1)

# A header takes it.
_TOKEN = re.compile("[!-~]+")
# Some of what the token endpoint refuses it says on a page.
_ON_A_PAGE = re.compile(r"Oauth error (\w+)", re.IGNORECASE)
# The app is not where it should be, which is mended in the shop and not here.
_NOT_INSTALLED = frozenset({"app_not_installed", "shop_not_permitted"})
_TOKEN_PASSING = frozenset({"server_error", "temporarily_unavailable"})

_PASSING = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"})
_SHOP_CLOSED = frozenset({"SHOP_INACTIVE", "SHOP_LOCKED", "SHOP_FROZEN"})
# Our document is none for this version of the API. Shopify writes these in another way than those of its own faults.
_OF_THE_DOCUMENT = re.compile(r"[a-z]+([A-Z][a-z]+)+")
_SYNTAX = re.compile(r"syntax error|parse error", re.IGNORECASE)
_EXPECTED = re.compile(r'Expected "([^"]{0,300})"')
_OUR_ID = re.compile(r"external[ _]?id\b", re.IGNORECASE)
# Of user errors: nobody's value.
_USER_PASSING = frozenset({"INTERNAL_ERROR"})
_MEANWHILE = frozenset({"RESOURCE_NOT_FOUND"})
_NO_ROOM = frozenset({"LIMIT_REACHED"})

_CONFIGURATION = {
    402: "the shop is frozen",
    403: "the app lacks a right",
    423: "the shop is locked",
}


def speaks(operation: str, reply: Reply) -> bool:
    """Whether Shopify said it, and nobody on the way there."""
    if operation == OPENING and reply.is_page:
        return bool(_ON_A_PAGE.search(reply.words))
    if reply.status in {402, 423}:
        # The shop is frozen or locked, often without a word.
        return not reply.is_page
    content = reply.content
    return isinstance(content, dict) and not {"data", "errors", "error", "access_token"}.isdisjoint(
        content
    )


def judge(reply: Reply) -> Refused | None:
    """Whether the call as a whole was refused. A success may still hold errors of single parts."""
    if not reply.ok:
        return _by_status(reply)
    if not isinstance(reply.content, dict):
        return reply.refused(Verdict.AMBIGUOUS, "unreadable", "Shopify's answer is not JSON")
    errors = errors_of(reply)
    if not errors:
        return None if isinstance(reply.content.get("data"), dict) else _empty(reply)
    for error in errors:
        if _code(error) == ACCESS_DENIED and not _is_about_customers(error):
            return _by_error(reply, error)
    return None if any(_data(reply).values()) else _by_error(reply, errors[0])


def judge_part(reply: Reply, alias: str) -> Refused | None:
    """Whether a part of the document was not carried out at all, whatever became of the others."""
    for error in errors_of(reply):
        path = error.get("path")
        if isinstance(path, list) and path[:1] == [alias]:
            return _by_error(reply, error)
    if isinstance(_data(reply).get(alias), dict):
        return None
    return unmentioned(reply)


def unmentioned(reply: Reply) -> Refused:
    message = "Shopify's answer says nothing about this part"
    return _without_excerpt(reply.refused(Verdict.AMBIGUOUS, "unmentioned", message))


def judge_user_errors(errors: Sequence[Mapping[str, Any]], reply: Reply, *, of: str) -> Refused:
    """What the user errors of one part mean: what passes goes before what stays."""
    found = [_user_error(each, reply, of) for each in errors]
    for verdict in (Verdict.RETRY, Verdict.RESOLVE_EXISTING, Verdict.CONFIGURATION):
        for each in found:
            if each.verdict is verdict:
                return each
    return replace(found[0], complaints=complaints_of(errors, of=of))


def judge_token(reply: Reply) -> Refused | None:
    """Whether the token endpoint has refused us. Its success is a secret: it is never evidence."""
    content = reply.content if isinstance(reply.content, dict) else {}
    if reply.ok:
        token = content.get("access_token")
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return None
        return Refused(
            verdict=Verdict.RETRY,
            code="unreadable",
            message="Shopify's token answer holds no token",
            status_code=reply.status,
        )
    on_page = _ON_A_PAGE.search(reply.words)
    code = str(content.get("error") or (on_page[1] if on_page else f"http_{reply.status}"))
    said = content.get("error_description") or f"the token endpoint said {reply.status}"
    verdict = _token_verdict(reply.status, code)
    return reply.refused(verdict, code, str(said), throttled=reply.status == 429)


def bill_of(reply: Reply) -> Bill | None:
    """What the answer says about points; an answer that says nothing is no bill."""
    content = reply.content if isinstance(reply.content, dict) else {}
    extensions = content.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    if not isinstance(cost, dict):
        return None
    throttle = cost.get("throttleStatus")
    status = throttle if isinstance(throttle, dict) else {}
    bucket, rate = _points(status.get("maximumAvailable")), _points(status.get("restoreRate"))
    throttled = any(_code(each) == "THROTTLED" for each in errors_of(reply))
    return Bill(
        requested=_points(cost.get("requestedQueryCost")),
        # What was not carried out has cost nothing.
        spent=0.0 if throttled else _points(cost.get("actualQueryCost")),
        available=_points(status.get("currentlyAvailable")),
        allowance=Allowance(bucket, rate) if bucket and rate else None,
    )


def errors_of(reply: Reply) -> list[Mapping[str, Any]]:
    return objects(reply.content.get("errors") if isinstance(reply.content, dict) else None)


def objects(value: object) -> list[Mapping[str, Any]]:
    """A list that is missing or null is an empty one; an object alone is a list of one."""
    return [each for each in listed(value) or () if isinstance(each, Mapping)]


def hides_customers(reply: Reply) -> bool:
    """Whether the app may see companies, and not the people in them."""
    return any(
        _code(each) == ACCESS_DENIED and _is_about_customers(each) for each in errors_of(reply)
    )


def _by_status(reply: Reply) -> Refused:
    message = _word(reply) or _CONFIGURATION.get(reply.status, f"Shopify answered {reply.status}")
    code = f"http_{reply.status}"
    match reply.status:
        case 401:
            return reply.refused(Verdict.CREDENTIAL, code, message)
        case 402 | 403 | 404 | 405 | 406 | 415 | 423:
            return reply.refused(Verdict.CONFIGURATION, code, message)
        case 429 | 430:
            after = reply.retry_after or _SLOW_DOWN
            return reply.refused(Verdict.RETRY, code, message, after=after, throttled=True)
        case 408:
            return reply.refused(Verdict.AMBIGUOUS, code, message)
        case status if 400 <= status < 500 and status not in {409, 425}:
            return reply.refused(Verdict.PERMANENT, code, message)
        case _:
            return reply.refused(Verdict.RETRY, code, message)


def _by_error(reply: Reply, error: Mapping[str, Any]) -> Refused:
    code, message = _code(error), said_of(error)
    if code == "THROTTLED":
        after = _wait(bill_of(reply))
        refused = reply.refused(Verdict.RETRY, code, message, after=after, throttled=True)
    elif code == ACCESS_DENIED:
        why = f"B2B is not on for this store, or the app lacks the scope write_companies: {message}"
        refused = reply.refused(Verdict.CONFIGURATION, code, why)
    elif code in _SHOP_CLOSED or _OF_THE_DOCUMENT.fullmatch(code) or _SYNTAX.search(message):
        refused = reply.refused(Verdict.CONFIGURATION, code, message)
    elif code == "INVALID_VARIABLE":
        # The message has the value in it, and the value may be a person's.
        refused = reply.refused(Verdict.PERMANENT, code, "a value is none for its field")
        refused = replace(refused, complaints=_of_variable(error))
    elif code == "MAX_COST_EXCEEDED":
        refused = reply.refused(Verdict.PERMANENT, code, message)
    else:
        refused = reply.refused(Verdict.RETRY, code, message)
    return _without_excerpt(refused)


def _user_error(error: Mapping[str, Any], reply: Reply, of: str) -> Refused:
    code, message = code_of(error), said_of(error)
    path = error.get("field")
    name = named(path, of) if isinstance(path, list) else None
    if code == TAKEN and (name == "company.externalId" or _is_about_our_id(path, message)):
        refused = reply.refused(Verdict.RESOLVE_EXISTING, EXTERNAL_ID_TAKEN, message)
    elif code == TAKEN and name == "companyContact.email" and of:
        refused = reply.refused(Verdict.PERMANENT, EMAIL_TAKEN, message)
    elif code in _USER_PASSING:
        refused = reply.refused(Verdict.RETRY, code, message)
    elif code in _MEANWHILE:
        refused = reply.refused(Verdict.RESOLVE_EXISTING, code, message)
    elif code in _NO_ROOM and not of:
        refused = reply.refused(Verdict.CONFIGURATION, code, message)
    else:
        refused = reply.refused(Verdict.PERMANENT, code, message)
    return _without_excerpt(refused)


def _is_about_our_id(path: object, message: str) -> bool:
    """However it is named, or only in words."""
    named_last = str(path[-1]) if isinstance(path, list) and path else message
    return bool(_OUR_ID.match(named_last))


def _of_variable(error: Mapping[str, Any]) -> tuple[Complaint, ...]:
    extensions = error.get("extensions")
    problems = objects(extensions.get("problems") if isinstance(extensions, dict) else None)
    return tuple(_problem(each) for each in problems if isinstance(each.get("path"), list))


def _problem(problem: Mapping[str, Any]) -> Complaint:
    explanation = str(problem.get("explanation") or "is no value for the field")
    value = _EXPECTED.search(explanation)
    return Complaint(
        field=named(problem["path"]),
        code="INVALID_VARIABLE",
        # All the values that there would be are no news.
        message=explanation.partition(" to be one of")[0],
        value=value[1] if value else None,
    )


def _wait(bill: Bill | None) -> timedelta:
    """Until there are as many points as the call asks for."""
    if bill is None or bill.allowance is None or bill.requested is None or bill.available is None:
        return _SLOW_DOWN
    missing = max(1.0, bill.requested - bill.available)
    return min(_LONGEST_WAIT, timedelta(seconds=missing / bill.allowance.per_second))


def _token_verdict(status: int, code: str) -> Verdict:
    if status == 429 or status >= 500 or status == 408 or code in _TOKEN_PASSING:
        return Verdict.RETRY
    if code in _NOT_INSTALLED or status in {402, 404, 423} or 300 <= status < 400:
        return Verdict.CONFIGURATION
    return Verdict.CREDENTIAL


def _is_about_customers(error: Mapping[str, Any]) -> bool:
    path = error.get("path")
    return isinstance(path, list) and not {"contacts", "customer"}.isdisjoint(map(str, path))


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return str(code or "UNKNOWN")


def _data(reply: Reply) -> Mapping[str, Any]:
    data = reply.content.get("data") if isinstance(reply.content, dict) else None
    return data if isinstance(data, dict) else {}


def _empty(reply: Reply) -> Refused:
    said = _word(reply)
    if said:
        return reply.refused(Verdict.RETRY, "refused", said)
    return reply.refused(Verdict.AMBIGUOUS, "unreadable", "Shopify's answer holds no data")


def _word(reply: Reply) -> str | None:
    """Beside GraphQL, errors are a text, or texts by name."""
    errors = reply.content.get("errors") if isinstance(reply.content, dict) else None
    if isinstance(errors, dict):
        errors = "; ".join(f"{name}: {said}" for name, said in errors.items())
    return errors if isinstance(errors, str) and errors else None


def _points(value: object) -> float | None:
    found = number(value)
    return float(found) if found is not None and 0 <= found <= _MOST_POINTS else None


def _without_excerpt(refused: Refused) -> Refused:
    """What is beside an error in the same answer is about other leads, and people."""
    return replace(refused, excerpt=None)
