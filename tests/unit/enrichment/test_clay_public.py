"""Every answer of Clay's Public API, as what it means for the attempt. As the sandbox has it: tests/contract."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from enrichment.adapters.clay_public import ClayPublicV0
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import CompanyAsked, Found, NotFound, Pending
from leadstream.accounts import Account
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from support.clock import FakeClock

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
ACME = CompanyAsked(name="Acme", domain="acme.com")
OWNER = UUID(int=7)
ROUTINE: dict[str, Any] = {"routine_id": "function:t_abc123"}
JOHN = {
    "clay_profile_id": 1,
    "name": "John Smith",
    "first_name": "John",
    "last_name": "Smith",
    "location": {"name": "San Francisco, CA", "city": None, "state_or_province": None},
    "matched_experiences": [
        {"company": "Acme", "title": "VP of Engineering", "end_date": None},
    ],
}
# As filters mode gives them to those who looked.
ANN = {
    "name": "Ann Lee",
    "url": "https://www.linkedin.com/in/ann",
    "latest_experience_title": "CTO",
    "structured_location": {"city": "Berlin", "state": None},
    "domain": "www.acme.com",
}
FIELDS = {
    "source_type": "people",
    "fields": [
        {"name": "company_identifier", "type": "string[]"},
        {"name": "job_title_keywords", "type": "string[]"},
        {
            "name": "job_title_seniority_levels_v2",
            "type": "string[]",
            "allowed_values": ["c-suite", "director", "intern"],
        },
    ],
    "guidance": {"behavior": [], "field_guidance": []},
}

Answer = httpx.Response | Exception


def _done(*rows: dict[str, Any], **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"status": "complete", "data": list(rows), **more})


FOUND = {"id": "acme.com:1", "status": "complete", "result": {"work_email": "john@acme.com"}}
ERROR = {"id": "acme.com:1", "status": "failed", "error": {"message": "not found"}}


@dataclass(slots=True)
class Clay:
    """What it answers to each operation, one after the other; the last is said again and again."""

    fields: list[Answer] = field(default_factory=lambda: [httpx.Response(200, json=FIELDS)])
    create: list[Answer] = field(
        default_factory=lambda: [httpx.Response(200, json={"search_id": "srch_1"})]
    )
    page: list[Answer] = field(
        default_factory=lambda: [httpx.Response(200, json={"data": [JOHN], "has_more": False})]
    )
    run: list[Answer] = field(
        default_factory=lambda: [
            httpx.Response(202, json={"routine_run_id": "run_1", "status": "in_progress"})
        ]
    )
    results: list[Answer] = field(default_factory=lambda: [_done(FOUND)])
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/public/v0")
        body = orjson.loads(request.content) if request.content else None
        operation = _operation(request.method, path)
        self.asked.append((operation, path, body))
        assert request.headers["clay-api-key"] == "key"
        if operation == "me":
            return httpx.Response(200, json={"user": {"id": "1"}, "workspace": {"id": "2"}})
        answers: list[Answer] = getattr(self, operation)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def times(self, operation: str) -> int:
        return sum(asked[0] == operation for asked in self.asked)

    def bodies(self, operation: str) -> list[Any]:
        return [body for name, _, body in self.asked if name == operation]


def _operation(method: str, path: str) -> str:
    if path.startswith("/routines/run/"):
        return "results"
    if path.startswith("/routines/"):
        return "run"
    if path.startswith("/search/filters-mode/fields"):
        return "fields"
    return {"/me": "me", "/search/filters-mode": "create"}.get(path, "page")


def a_source(clay: Clay) -> ClayPublicV0:
    client = ProviderClient(HttpClient(httpx.MockTransport(clay.answer)))
    url = "https://api.clay.example/public/v0/"
    return ClayPublicV0(client, FakeClock(NOW), url=url, rest=timedelta(seconds=15))


def an_account(**settings: Any) -> Account:
    return Account(
        provider="clay_public_v0",
        workspace_id=OWNER,
        credentials={"api_key": "key"},
        settings=settings,
    )


def a_clay(operation: str, *answers: Answer) -> Clay:
    clay = Clay()
    setattr(clay, operation, list(answers))
    return clay


async def found_in(clay: Clay, company: CompanyAsked = ACME, **settings: Any) -> Any:
    return await a_source(clay).find(company, limit=5, account=an_account(**settings))


async def resumed(clay: Clay, **settings: Any) -> Any:
    """Ask, then go on with what is pending, as another attempt in another process does."""
    account = an_account(**(settings or ROUTINE))
    pending = await a_source(clay).find(ACME, limit=5, account=account)
    assert isinstance(pending, Pending)
    return await a_source(clay).find(ACME, limit=5, account=account, pending=pending)


async def fault_of(clay: Clay, step: Callable[..., Any] = found_in, **settings: Any) -> CallFault:
    with pytest.raises(CallFault) as raised:
        await step(clay, **(settings or ROUTINE))
    return raised.value


async def test_people_are_found_without_addresses_where_there_is_no_routine() -> None:
    clay = Clay(page=[httpx.Response(200, json={"data": [JOHN, ANN]})])

    found = await found_in(clay)

    assert isinstance(found, Found)
    john, ann = found.answer.contacts
    assert (john.id, john.full_name, john.title) == ("1", "John Smith", "VP of Engineering")
    assert (john.location, ann.location, john.email) == ("San Francisco, CA", "Berlin", None)
    assert (ann.title, ann.linkedin_url) == ("CTO", "https://www.linkedin.com/in/ann")
    assert found.units == 0
    assert clay.bodies("create") == [
        {
            "source_type": "people",
            "filters": {
                "company_identifier": ["acme.com"],
                "job_title_keywords": [
                    *("CEO", "CTO", "VP", "Director", "Chief", "Head of", "Manager")
                ],
                "job_title_seniority_levels_v2": ["c-suite", "director"],
            },
        }
    ]
    assert clay.bodies("page") == [{"limit": 5}]


async def test_nobody_found_is_an_answer_that_costs_nothing() -> None:
    clay = Clay(page=[httpx.Response(200, json={"data": [], "has_more": False})])

    assert await found_in(clay, **ROUTINE) == NotFound()
    assert clay.times("run") == 0


async def test_who_is_somewhere_else_by_now_is_left_out() -> None:
    left = JOHN | {"matched_experiences": [{"title": "CEO", "end_date": "2025-12"}]}
    elsewhere = ANN | {"domain": "other.com"}
    clay = Clay(page=[httpx.Response(200, json={"data": [left, elsewhere, 7]})])

    found = await found_in(clay)

    assert found.answer.contacts == ()
    assert sorted(found.answer.rejected) == [
        "contact 1: not_an_object",
        *("contact: works_elsewhere",) * 2,
    ]


async def test_addresses_are_pending_and_the_people_are_kept_with_them() -> None:
    clay = Clay(page=[httpx.Response(200, json={"data": [JOHN, ANN]})])

    pending = await found_in(
        clay,
        routine_id="function:t_abc123",
        inputs={"name": "Full Name", "domain": "Company Domain", "company": "Company Name"},
        webhook_id="wh_1",
    )

    assert isinstance(pending, Pending)
    assert (pending.ref, pending.after) == ("run_1", timedelta(seconds=15))
    assert [one.full_name for one in pending.known.contacts] == ["John Smith", "Ann Lee"]
    ((_, path, body),) = [asked for asked in clay.asked if asked[0] == "run"]
    assert path == "/routines/function%3At_abc123/run"
    assert body["webhook_id"] == "wh_1"
    first, second = body["items"]
    assert first["id"] == "acme.com:1"
    assert 0 < len(second["id"]) <= 64
    assert first["inputs"] == {
        "Full Name": "John Smith",
        "Company Domain": "acme.com",
        "Company Name": "Acme",
    }


async def test_who_is_there_twice_is_looked_up_once() -> None:
    clay = Clay(page=[httpx.Response(200, json={"data": [JOHN, JOHN]})])

    found = await resumed(clay)

    (body,) = clay.bodies("run")
    assert [item["id"] for item in body["items"]] == ["acme.com:1"]
    assert [one.email for one in found.answer.contacts] == ["john@acme.com"] * 2


async def test_what_is_pending_brings_the_addresses() -> None:
    clay = Clay(
        page=[httpx.Response(200, json={"data": [JOHN, ANN]})],
        results=[_done(FOUND, cursor="2"), _done({"id": "another's", "status": "complete"})],
    )

    found = await resumed(clay)

    assert [one.email for one in found.answer.contacts] == ["john@acme.com", None]
    assert (found.ref, found.units) == ("run_1", Decimal(2))
    # It was searched and run once.
    assert (clay.times("page"), clay.times("run")) == (1, 1)
    assert [path for operation, path, _ in clay.asked if operation == "results"] == [
        "/routines/run/run_1/results?limit=100",
        "/routines/run/run_1/results?limit=100&cursor=2",
    ]


async def test_a_field_of_another_name_is_a_setting() -> None:
    row = FOUND | {"result": {"Work Email": " John Smith <John@acme.com> "}}
    clay = Clay(results=[_done(row)])

    found = await resumed(clay, **ROUTINE, result_email="Work Email")

    assert [one.email for one in found.answer.contacts] == ["John@acme.com"]


@pytest.mark.parametrize("status", ["failed", "canceled", None])
async def test_an_item_that_failed_leaves_the_person(status: str | None) -> None:
    clay = Clay(results=[_done(ERROR | {"status": status})])

    found = await resumed(clay)

    assert [one.full_name for one in found.answer.contacts] == ["John Smith"]
    assert found.answer.rejected == ("address of contact 1: not_found",)
    assert found.units == 1


async def test_a_run_that_goes_on_is_asked_for_again() -> None:
    busy = {"routine_run_id": "run_1", "status": "in_progress"}
    clay = Clay(
        results=[
            httpx.Response(202, json=busy),
            httpx.Response(202, json=busy, headers={"retry-after": "60"}),
        ]
    )
    account = an_account(**ROUTINE)
    source = a_source(clay)
    pending = await source.find(ACME, limit=5, account=account)
    assert isinstance(pending, Pending)

    again = await source.find(ACME, limit=5, account=account, pending=pending)
    later = await source.find(ACME, limit=5, account=account, pending=pending)

    assert again == pending
    assert isinstance(later, Pending)
    assert (later.after, later.known) == (timedelta(seconds=60), pending.known)


async def test_who_is_told_asks_less_often() -> None:
    busy = httpx.Response(202, json={"routine_run_id": "run_1", "status": "in_progress"})

    later = await resumed(Clay(results=[busy]), **ROUTINE, webhook_id="wh_1")

    assert later.after == timedelta(minutes=1)


UNANSWERED: dict[str, Answer] = {
    "cut": httpx.ReadError("cut"),
    "timeout": httpx.ReadTimeout("late"),
    "500": httpx.Response(500, json={"message": "oops"}),
    "502 page": httpx.Response(502, text="<html>bad gateway</html>"),
    "524": httpx.Response(524, text="<html>timeout</html>"),
    "nothing": httpx.Response(202),
    "no id": httpx.Response(202, json={"status": "in_progress"}),
    "a page": httpx.Response(200, text="<html>welcome</html>"),
}


@pytest.mark.parametrize("name", UNANSWERED)
async def test_a_run_without_an_answer_is_unknown(name: str) -> None:
    fault = await fault_of(Clay(run=[UNANSWERED[name]]))

    assert fault.ending is Ending.UNKNOWN


async def test_a_run_that_may_be_under_way_is_not_begun_again() -> None:
    clay = Clay()

    found = await found_in(
        clay, CompanyAsked(name="A", domain="acme.com", unanswered=True), **ROUTINE
    )

    assert isinstance(found, Found)
    assert [one.email for one in found.answer.contacts] == [None]
    assert clay.times("run") == 0


@pytest.mark.parametrize("name", ["cut", "timeout", "502 page", "524", "nothing", "a page"])
@pytest.mark.parametrize("operation", ["fields", "create", "page"])
async def test_a_search_without_an_answer_costs_nothing_and_is_made_anew(
    operation: str, name: str
) -> None:
    clay = a_clay(operation, UNANSWERED[name])

    fault = await fault_of(clay)

    assert isinstance(fault.outcome, Retry)
    assert fault.ending is Ending.FAILED
    assert clay.times("run") == 0


@pytest.mark.parametrize("name", ["cut", "timeout", "500", "502 page", "524", "a page"])
async def test_results_that_did_not_arrive_are_asked_for_again(name: str) -> None:
    fault = await fault_of(Clay(results=[UNANSWERED[name]]), resumed)

    assert isinstance(fault.outcome, Retry)
    # Nothing new is bought by that, and what is pending stays so.
    assert not fault.outcome.ambiguous


async def test_results_that_are_gone_may_have_been_paid_for() -> None:
    gone = httpx.Response(404, json={"message": "Not found"})

    assert (await fault_of(Clay(results=[gone]), resumed)).ending is Ending.UNKNOWN


HOLDING: dict[str, tuple[int, str, timedelta]] = {
    "401": (401, "credential_refused", timedelta(minutes=5)),
    "402": (402, "quota_exhausted", timedelta(hours=2)),
    "403": (403, "credential_refused", timedelta(minutes=5)),
    "429": (429, "rate_limited", timedelta(seconds=10)),
}


@pytest.mark.parametrize("operation", ["fields", "create", "page", "run", "results"])
@pytest.mark.parametrize("name", HOLDING)
async def test_what_is_about_the_key_holds_the_key(operation: str, name: str) -> None:
    status, reason, wait = HOLDING[name]
    headers = {"retry-after": "10"} if status == 429 else {}
    clay = a_clay(operation, httpx.Response(status, json={"message": "no"}, headers=headers))

    fault = await fault_of(clay, resumed if operation == "results" else found_in)

    held = fault.outcome
    assert isinstance(held, Held)
    assert (held.scope, held.reason) == (f"provider:clay_public_v0:{OWNER}", reason)
    assert held.until == NOW + wait


@pytest.mark.parametrize(
    "body",
    [{"message": "Not found"}, {"success": False, "message": "deprecated API endpoint"}],
    ids=["gone", "retired"],
)
async def test_a_routine_that_is_gone_holds_everybody_and_costs_nothing(body: Any) -> None:
    source_met = Clay(
        run=[httpx.Response(202, json={"routine_run_id": "r"}), httpx.Response(404, json=body)]
    )
    source, account = a_source(source_met), an_account(**ROUTINE)
    await source.find(ACME, limit=5, account=account)

    with pytest.raises(CallFault) as raised:
        await source.find(ACME, limit=5, account=account)

    held = raised.value.outcome
    assert isinstance(held, Held)
    assert held.reason == "misconfigured"
    assert "run_routine" in held.problem.message
    assert raised.value.ending is Ending.REFUSED


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    refused = httpx.Response(400, json={"message": "Validation failed"})

    for clay in (Clay(create=[refused]), Clay(run=[refused])):
        assert isinstance((await fault_of(clay)).outcome, Failed)


async def test_a_page_that_is_too_large_is_asked_for_in_parts() -> None:
    large = httpx.Response(413, json={"message": "too large"})
    good = httpx.Response(200, json={"data": [JOHN]})

    clay = Clay(page=[large, good])
    assert isinstance(await found_in(clay), Found)
    assert clay.bodies("page") == [{"limit": 5}, {"limit": 2}]

    assert isinstance((await fault_of(Clay(page=[large]))).outcome, Failed)


async def test_filters_are_looked_up_once_and_again_when_they_are_refused() -> None:
    refused = httpx.Response(400, json={"message": "Validation failed"})
    created = httpx.Response(200, json={"search_id": "srch_1"})
    renamed = {"fields": [{"name": "company_domains", "type": "string[]"}]}
    clay = Clay(
        fields=[httpx.Response(200, json=FIELDS), httpx.Response(200, json=renamed)],
        create=[created, created, refused, created],
    )
    source, account = a_source(clay), an_account()

    for _ in range(3):
        await source.find(ACME, limit=5, account=account)

    assert clay.times("fields") == 2
    assert clay.bodies("create")[-1]["filters"] == {"company_domains": ["acme.com"]}


@pytest.mark.parametrize("fields", [[], [{"name": "names", "type": "string[]"}]], ids=len)
async def test_without_a_filter_for_companies_nothing_can_be_looked_for(fields: Any) -> None:
    clay = Clay(fields=[httpx.Response(200, json={"fields": fields})])

    held = (await fault_of(clay)).outcome

    assert isinstance(held, Held)
    assert held.reason == "misconfigured"
    assert "no filter for a company" in held.problem.message


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "id": ({"routine_id": "a/b"}, "must be an id"),
    "long id": ({"routine_id": "x" * 65}, "must be an id"),
    "unknown": ({**ROUTINE, "inputs": {"phone": "Phone"}}, "'phone', which is none of"),
    "no company": ({**ROUTINE, "inputs": {"name": "Name"}}, "domain or company"),
    "no person": ({**ROUTINE, "inputs": {"domain": "Domain"}}, "input for the person"),
    "twice": ({**ROUTINE, "inputs": {"name": "x", "domain": "x"}}, "same input twice"),
    "no name": ({**ROUTINE, "inputs": {"name": "", "domain": "x"}}, "no input for name"),
    "webhook": ({**ROUTINE, "webhook_id": " / "}, "must be an id"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_settings_that_are_wrong_are_named_before_anything_is_asked(name: str) -> None:
    settings, why = WRONG[name]
    clay = Clay()

    held = (await fault_of(clay, **settings)).outcome
    with pytest.raises(CallFault, match=why):
        await a_source(clay).test(an_account(**settings))

    assert isinstance(held, Held)
    assert (held.reason, held.scope) == ("misconfigured", f"provider:clay_public_v0:{OWNER}")
    assert why in held.problem.message
    assert clay.asked == []


async def test_an_account_is_tested_for_nothing() -> None:
    clay = Clay()

    await a_source(clay).test(an_account(**ROUTINE))

    assert [operation for operation, _, _ in clay.asked] == ["me", "fields"]


@pytest.mark.parametrize(
    "document",
    [
        {"data": [{"clay_profile_id": {}, "name": 7, "matched_experiences": 3, "location": 9}]},
        {"data": [None, [], "x", {"name": "A", "matched_experiences": [None, 3]}]},
        {"data": [{"name": "A", "structured_location": {"city": {}}, "domain": "x" * 9999}]},
    ],
    ids=["types", "rows", "places"],
)
async def test_strange_people_break_nothing(document: Any) -> None:
    assert isinstance(await found_in(Clay(page=[httpx.Response(200, json=document)])), Found)


@pytest.mark.parametrize(
    "row",
    [7, None, {}, {"id": 5}, FOUND | {"result": []}, FOUND | {"result": {"work_email": {}}}],
    ids=["number", "null", "empty", "id", "list", "object"],
)
async def test_strange_results_break_nothing(row: Any) -> None:
    found = await resumed(Clay(results=[_done(row)]))

    assert [one.email for one in found.answer.contacts] == [None]
