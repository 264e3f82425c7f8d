"""Answers that are not as agreed cost no lead, make no second record, and blame nobody for what nobody did."""

from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from platform_upload.application.dispatch import dispatch
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, Refused, Verdict
from unit.platform_upload.builders import a_budget, a_parcel
from unit.platform_upload.odd_answers import (
    Notes,
    Says,
    adapter_of,
    answer,
    connection_to,
)

LEAD = a_parcel()
ID = str(LEAD.lead.id)
KNOWN = replace(LEAD, known=True)
PASSING = {Verdict.RETRY, Verdict.AMBIGUOUS, Verdict.RESOLVE_EXISTING}
# Whatever comes with the status 200 and is no answer of theirs.
NO_ANSWERS = [
    b"",
    b"  \r\n",
    b"null",
    b"[]",
    b"{}",
    b"true",
    b'"ok"',
    b"0",
    b"OK",
    b'{"data":{"a0"',
    b'{"result":[{"id":5,"status":"crea',
    b"<!doctype html><title>Sign in</title>",
    "<html>M\u00fcller".encode("latin-1"),
    "M\u00fcller".encode("latin-1"),
    b"\xef\xbb\xbf{}",
    b"\x00\x00\x00\x00",
    b"\x1f\x8b\x08",
    b"NaN",
    b"[" * 2_000,
]


async def upload(name: str, says: Says, parcel: Parcel = LEAD, **more: Any) -> Answer:
    adapter = adapter_of(name, says, **more)
    answers = await dispatch(adapter, connection_to(name), [parcel], a_budget(calls=40))
    return answers[parcel.key]


def metadata(**changes: Any) -> dict[str, Any]:
    resource = {"type": "Organization", "conditionalUpdate": True} | changes
    rest = {"mode": "server", "resource": [resource]}
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}


def marketo(*, read: object = None, sync: object = None) -> Says:
    def says(request: httpx.Request) -> httpx.Response:
        if "identity" in request.url.path:
            return answer({"access_token": "t", "expires_in": 3_599})
        if b"filterType" in request.content:
            return answer({"success": True, "result": []} if read is None else read)
        created = {"success": True, "result": [{"id": 5, "status": "created"}]}
        return answer(created if sync is None else sync)

    return says


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("name", ["fhir", "marketo", "shopify", "wealthbox"])
async def test_what_is_no_answer_is_no_leads_fault_nor_a_connections(
    name: str, at: int, body: bytes
) -> None:
    asked: list[httpx.Request] = []
    good: dict[str, Says] = {
        "fhir": lambda request: answer(metadata()),
        "marketo": marketo(),
        "shopify": lambda request: answer({"data": {"companies": {"nodes": []}}}),
        "wealthbox": lambda request: answer({"contacts": [], "meta": {"total_count": 0}}),
    }

    def says(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return good[name](request) if len(asked) <= at else answer(body)

    said = await upload(name, says)

    # A write may say nothing but its status: then it is done.
    if not (isinstance(said, Accepted) and name == "fhir"):
        assert isinstance(said, Refused)
        assert said.verdict in PASSING


@pytest.mark.parametrize("status", [201, 202, 204])
async def test_an_empty_success_is_not_taken_for_a_record(status: int) -> None:
    made: list[httpx.Request] = []

    def says(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return answer({"contacts": []})
        made.append(request)
        return answer(b"", status)

    notes = Notes()
    first = await upload("wealthbox", says, notes=notes)
    again = await upload("wealthbox", says, replace(LEAD, known=True), notes=notes)

    # It may be there: until it would show, nobody asks for another.
    assert isinstance(first, Refused)
    assert first.verdict is Verdict.AMBIGUOUS
    assert isinstance(again, Refused)
    assert again.verdict is Verdict.RETRY
    assert len(made) == 1


# Marketo


@pytest.mark.parametrize(
    ("sync", "verdict"),
    [
        ({"success": False, "errors": {"code": "606", "message": "fast"}}, Verdict.RETRY),
        ({"success": False, "errors": [{"code": 606.0, "message": "fast"}]}, Verdict.RETRY),
        ({"success": False, "errors": [{"code": " 606 ", "message": "fast"}]}, Verdict.RETRY),
        ({"success": False, "errors": {"code": 610}}, Verdict.CONFIGURATION),
        ({"success": False, "errors": [{}]}, Verdict.AMBIGUOUS),
        ({"success": False, "errors": [{"message": "no"}]}, Verdict.AMBIGUOUS),
        ({"success": False, "errors": [{"code": None}]}, Verdict.AMBIGUOUS),
        ({"success": False, "errors": [{"code": []}]}, Verdict.AMBIGUOUS),
        ({"success": True, "result": {"status": "skipped", "reasons": {"code": 1011}}}, None),
        ({"success": True, "result": {"id": "5", "status": "Created"}}, None),
        ({"success": True, "result": [{"id": 5, "status": "created"}] * 2}, Verdict.AMBIGUOUS),
        ({"success": True, "result": None}, Verdict.AMBIGUOUS),
    ],
)
async def test_marketos_answers_are_read_however_they_are_put(
    sync: object, verdict: Verdict | None
) -> None:
    said = await upload("marketo", marketo(sync=sync))

    assert (said.verdict if isinstance(said, Refused) else None) is verdict or verdict is None
    if verdict is None and "Created" in str(sync):
        assert isinstance(said, Accepted)
        assert said.external_id == "5"
    elif verdict is None:
        assert isinstance(said, Refused)
        assert (said.code, said.verdict) == ("1011", Verdict.CONFIGURATION)


async def test_a_marketo_lead_on_two_pages_is_one() -> None:
    row = {"id": 5, "email": "john@acme.com", "company": "Acme"}
    read = {"success": True, "result": [row, row]}
    updated = {"success": True, "result": [{"id": 5, "status": "updated"}]}

    said = await upload("marketo", marketo(read=read, sync=updated))

    assert isinstance(said, Accepted)
    assert said.external_id == "5"


@pytest.mark.parametrize(
    "more",
    [
        {"nextPageToken": "x"},
        {"nextPageToken": "x", "moreResult": True},
        {"nextPageToken": "x", "moreResult": False},
    ],
)
@pytest.mark.parametrize("rows", [[], [{"id": 5, "email": "john@acme.com"}]])
async def test_a_page_token_that_leads_nowhere_new_is_not_followed_for_ever(
    more: dict[str, Any], rows: list[Any]
) -> None:
    read = {"success": True, "result": rows, **more}

    said = await upload("marketo", marketo(read=read))

    assert isinstance(said, Accepted)


# Shopify


def shopify(*, create: object, found: object = None, customer: object = None) -> Says:
    made: list[str] = []

    def says(request: httpx.Request) -> httpx.Response:
        query = orjson.loads(request.content)["query"]
        if "companyCreate" in query:
            made.append(query)
            whole = {"company": {"id": "gid://shopify/Company/1"}}
            return answer({"data": {"a0": create if len(made) == 1 else whole}})
        if "companyUpdate" in query:
            return answer({"data": {"a0": {"company": {"id": "gid://shopify/Company/1"}}}})
        if "companies(" in query or "nodes(ids" in query:
            nodes = [] if found is None or not made else [found]
            return answer({"data": {"companies": {"nodes": nodes}, "nodes": nodes}})
        return answer({"data": {"a0": customer}})

    return says


@pytest.mark.parametrize(
    "create",
    [
        {},
        {"company": None},
        {"company": None, "userErrors": None},
        {"company": None, "userErrors": []},
        {"company": [], "userErrors": [None]},
        {"company": None, "userErrors": "no"},
    ],
)
async def test_a_company_that_was_neither_made_nor_refused_is_asked_for_again(
    create: object,
) -> None:
    said = await upload("shopify", shopify(create=create))

    assert isinstance(said, Refused)
    assert (said.verdict, said.code) == (Verdict.AMBIGUOUS, "unmentioned")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (["input", "company", "externalId"], "is taken"),
        (["company", "externalId"], "is taken"),
        (["externalId"], "is taken"),
        (["input", "company", "external_id"], "is taken"),
        (None, "External ID has already been taken"),
        ([], "External Id has already been taken"),
    ],
)
async def test_an_id_that_is_taken_is_looked_up_however_it_is_named(
    field: object, message: str
) -> None:
    error = {"field": field, "message": message, "code": "TAKEN"}
    there = {"id": "gid://shopify/Company/1", "externalId": ID, "name": "Acme", "note": None}

    said = await upload(
        "shopify", shopify(create={"company": None, "userErrors": [error]}, found=there)
    )

    assert isinstance(said, Accepted)
    assert said.external_id == "gid://shopify/Company/1"


@pytest.mark.parametrize("customer", [{}, {"id": None}, {"id": ""}, [], "x", 7])
async def test_a_customer_without_an_id_costs_no_company(customer: object) -> None:
    taken = {"field": ["input", "companyContact", "email"], "message": "taken", "code": "TAKEN"}

    said = await upload(
        "shopify",
        shopify(create={"company": None, "userErrors": [taken]}, customer=customer),
    )

    assert isinstance(said, Accepted)
    assert said.note is not None


async def test_a_company_without_an_id_is_not_written_to() -> None:
    nameless = {"id": None, "externalId": ID, "name": "Somebody's", "note": None}
    asked: list[bytes] = []

    def says(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return answer({"data": {"companies": {"nodes": [nameless]}}})

    await upload("shopify", says, KNOWN)

    assert not any(b"companyUpdate" in each for each in asked)


# FHIR


def organization(**changes: Any) -> dict[str, Any]:
    identifier = {"system": "https://leadstream.example/fhir/lead-id", "value": ID}
    return {
        "resourceType": "Organization",
        "id": "1",
        "meta": {"versionId": "3"},
        "identifier": [identifier],
        "name": "As a person left it",
        **changes,
    }


@pytest.mark.parametrize("entry", [7, True, "x", [7], ["x"], [None], [[]]])
async def test_a_search_that_can_not_be_read_is_not_taken_for_nothing_found(entry: object) -> None:
    written: list[httpx.Request] = []

    def says(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return answer(metadata())
        if request.method == "GET":
            return answer({"resourceType": "Bundle", "entry": entry})
        written.append(request)
        return answer(organization(), 200)

    said = await upload("fhir", says, KNOWN)

    assert isinstance(said, Refused)
    assert said.verdict in PASSING
    # By its condition alone it would be replaced whole.
    assert not written


async def test_a_single_entry_without_its_list_is_found() -> None:
    written: list[httpx.Request] = []

    def says(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return answer(metadata())
        if request.method == "GET":
            return answer({"resourceType": "Bundle", "entry": {"resource": organization()}})
        written.append(request)
        return answer(organization(), 200)

    said = await upload("fhir", says, KNOWN)

    assert isinstance(said, Accepted)
    [put] = written
    assert put.url.path.endswith("/Organization/1")
    assert put.headers["if-match"] == 'W/"3"'
    assert orjson.loads(put.content)["name"] == "As a person left it"


async def test_hints_beside_what_a_batch_has_found_do_not_hide_it() -> None:
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}
    parcels = [replace(a_parcel(number), known=True) for number in range(2)]
    found = {"resourceType": "Bundle", "entry": [{"resource": organization()}]}

    def says(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            statement = metadata()
            statement["rest"][0]["interaction"] = [{"code": "batch"}]
            return answer(statement)
        entries = orjson.loads(request.content)["entry"]
        reading = entries[0]["request"]["method"] == "GET"
        return answer(
            {
                "resourceType": "Bundle",
                "entry": [
                    {
                        "response": {"status": "200 OK", "outcome": hint},
                        "resource": found if reading else organization(id=str(at)),
                    }
                    for at in range(len(entries))
                ],
            }
        )

    adapter = adapter_of("fhir", says)
    answers = await dispatch(adapter, connection_to("fhir"), parcels, a_budget())

    assert all(isinstance(each, Accepted) for each in answers.values())


# Wealthbox


def wealthbox(contacts: list[dict[str, Any]], meta: object, *, page: int = 100) -> Any:
    """Says what there is, a page at a time, and keeps what it was asked to make."""
    made: list[httpx.Request] = []

    def says(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            made.append(request)
            return answer({"id": 77})
        if request.url.params["type"] != "Organization":
            return answer({"contacts": []})
        start = (int(request.url.params.get("page", "1")) - 1) * page
        return answer({"contacts": contacts[start : start + page], "meta": meta})

    return says, made


async def test_a_contact_on_two_pages_is_one() -> None:
    contact = {"id": 1, "external_unique_id": ID, "name": "Acme"}
    says, made = wealthbox([contact, contact], {"total_count": 2})

    said = await upload("wealthbox", says)

    assert isinstance(said, Accepted)
    assert said.external_id == "1"
    assert {each.method for each in made} <= {"PUT", "POST"}
    assert not [each for each in made if each.method == "POST" and b"Organization" in each.content]


@pytest.mark.parametrize("total", [30, "30"])
async def test_contacts_on_pages_that_nobody_has_counted_are_found(total: object) -> None:
    others = [{"id": at, "external_unique_id": f"other-{at}"} for at in range(1, 30)]
    ours = {"id": 99, "external_unique_id": ID, "name": "Acme"}
    says, made = wealthbox([*others, ours], {"total_count": total}, page=10)

    said = await upload("wealthbox", says)

    # What says how many there are, and not on how many pages, has shown the first of them.
    assert isinstance(said, Accepted)
    assert said.external_id == "99"
    assert not [each for each in made if each.method == "POST" and b"Organization" in each.content]


async def test_more_contacts_than_a_search_for_one_finds_are_no_search() -> None:
    others = [{"id": at, "external_unique_id": f"other-{at}"} for at in range(1, 900)]
    says, made = wealthbox(others, {"total_count": 900})

    said = await upload("wealthbox", says)

    assert isinstance(said, Refused)
    assert (said.verdict, said.code) == (Verdict.CONFIGURATION, "not_searched")
    assert not made


async def test_what_was_announced_and_never_asked_for_is_asked_for_by_the_next_attempt() -> None:
    says, made = wealthbox([], {"total_count": 0})
    notes = Notes()
    adapter = adapter_of("wealthbox", says, notes=notes)

    # The look takes the only call.
    await dispatch(adapter, connection_to("wealthbox"), [LEAD], a_budget(calls=1))
    said = await upload("wealthbox", says, notes=notes)

    assert isinstance(said, Accepted)
    assert len([each for each in made if b"Organization" in each.content]) == 1


# Whoever it is


@pytest.mark.parametrize("name", ["fhir", "marketo", "shopify", "wealthbox"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 422, 500])
async def test_nobody_is_told_what_we_showed(name: str, status: int) -> None:
    shown = "Zq8-client.of~ours_0815"

    def says(request: httpx.Request) -> httpx.Response:
        said = f"No client with requested id: {shown}"
        body = {
            "error": f"unknown {shown}",
            "error_description": said,
            "errors": [{"code": f"610 {shown}", "message": said, "extensions": {"code": shown}}],
            "issue": [{"severity": "error", "code": shown, "diagnostics": said}],
            "resourceType": "OperationOutcome",
            "success": False,
        }
        return answer(body, status)

    connection = connection_to(name)
    connection = replace(connection, credentials=dict.fromkeys(connection.credentials, shown))
    answers = await dispatch(adapter_of(name, says), connection, [LEAD], a_budget())

    [said] = answers.values()
    assert isinstance(said, Refused)
    assert shown not in f"{said.code} {said.message} {said.excerpt}"


async def test_a_word_for_what_went_wrong_is_no_longer_than_a_word() -> None:
    sync = {"success": False, "errors": [{"code": "x" * 10_000, "message": "y" * 10_000}]}

    said = await upload("marketo", marketo(sync=sync))

    assert isinstance(said, Refused)
    assert len(said.code) <= 100


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_question_that_is_refused_is_no_leads_fault(status: int) -> None:
    said = await upload("wealthbox", lambda request: answer({"error": "what filter?"}, status))

    assert isinstance(said, Refused)
    assert said.verdict is (Verdict.RETRY if status == 409 else Verdict.CONFIGURATION)


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        *(("wealthbox", status, Verdict.CONFIGURATION) for status in (405, 406, 415)),
        *(("shopify", status, Verdict.CONFIGURATION) for status in (405, 406, 415)),
        *(("fhir", status, Verdict.CONFIGURATION) for status in (405, 406, 415)),
        *((name, 409, Verdict.RETRY) for name in ("wealthbox", "shopify", "fhir")),
        *((name, 425, Verdict.RETRY) for name in ("wealthbox", "shopify", "fhir")),
    ],
)
async def test_no_status_blames_a_lead_for_how_it_was_asked(
    name: str, status: int, verdict: Verdict
) -> None:
    body = {
        "error": "no",
        "errors": "no",
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "processing"}],
    }

    def says(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return answer(metadata())
        if request.method == "GET":
            return answer({"contacts": []})
        if b"companies(" in request.content:
            return answer({"data": {"companies": {"nodes": []}}})
        return answer(body, status)

    said = await upload(name, says)

    assert isinstance(said, Refused)
    assert said.verdict is verdict


@pytest.mark.parametrize("name", ["fhir", "marketo", "shopify", "wealthbox"])
@pytest.mark.parametrize("wait", ["", "soon", "-5", "0", "99999999999", "inf", "5, 6", "1e9"])
async def test_too_fast_is_a_pause_whatever_it_says_of_how_long(name: str, wait: str) -> None:
    body = {"error": "fast", "errors": "fast", "success": False, "resourceType": "x"}

    said = await upload(name, lambda request: answer(body, 429, **{"retry-after": wait}))

    assert isinstance(said, Refused)
    assert said.throttled
    assert said.verdict is Verdict.RETRY


async def test_too_fast_for_marketo_is_a_pause_also_without_a_code() -> None:
    def says(request: httpx.Request) -> httpx.Response:
        if "identity" in request.url.path:
            return answer({"access_token": "t", "expires_in": 3_599})
        return answer({"success": False}, 429)

    said = await upload("marketo", says)

    assert isinstance(said, Refused)
    assert (said.verdict, said.throttled) == (Verdict.RETRY, True)
