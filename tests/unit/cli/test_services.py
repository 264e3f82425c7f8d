import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from leadstream.admin.calls import Call
from leadstream.admin.jobs import list_jobs, retry_job
from leadstream.cli.errors import CliError
from leadstream.cli.services import RefusedError, ServiceClient
from support.admin_answers import a_job, page

TOKEN = "t0ken-value"


def client(
    *answers: httpx.Response | Exception, sleep: Callable[[float], None] = time.sleep
) -> ServiceClient:
    """One that is given these answers, the last for ever."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    variables = {"LEADSTREAM_TOKEN": TOKEN, "DELIVERY_URL": "http://delivery.example/"}
    return ServiceClient("delivery", variables, transport=httpx.MockTransport(answer), sleep=sleep)


def refused(status: int, message: str = "why", field: str | None = None) -> httpx.Response:
    error = {"code": "c", "message": message, **({"field": field} if field else {})}
    return httpx.Response(status, json={"error": error})


def test_a_429_is_sat_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    waits: list[float] = []
    wait = httpx.Response(429, headers={"retry-after": "17"})
    made = httpx.Response(201, json={"id": "1"})

    assert client(wait, wait, made, sleep=waits.append).post("channels", {}) == {"id": "1"}

    assert waits == [17, 17]
    assert "going on in 17 s" in capsys.readouterr().err


@pytest.mark.parametrize("asked", ["3600", "soon", None])
def test_a_429_that_asks_for_too_long_is_an_error(asked: str | None) -> None:
    waits: list[float] = []
    headers = {} if asked is None else {"retry-after": asked}

    with pytest.raises(RefusedError) as error:
        client(httpx.Response(429, headers=headers), sleep=waits.append).post("channels", {})

    assert error.value.status == 429
    assert waits == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refused(401), "LEADSTREAM_TOKEN"),
        (refused(403), "a higher role"),
        (refused(404, "there is no such channel"), "404 there is no such channel"),
        (refused(422, "must be a URL", "url"), "422 url: must be a URL"),
        (refused(422, "url: a; name: b", "url"), "422 url: a; name: b"),
        (httpx.Response(502, text="<html>"), "502 Bad Gateway"),
        (httpx.Response(500, json=[]), "it is logged by the service"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(answer: httpx.Response, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        client(answer).get("channels")

    assert said.lower() in error.value.message.lower()
    assert error.value.message.startswith("delivery: ")
    assert TOKEN not in error.value.message


def test_what_is_asked_by_a_call_is_read_as_its_answer() -> None:
    [job] = client(httpx.Response(200, json=page(a_job()))).ask(list_jobs("delivery"))["items"]

    assert job["created_at"] == datetime(2026, 11, 28, 2, 10, tzinfo=UTC)


def test_a_call_carries_its_filters_its_body_and_its_reason() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[])

    url = {"DELIVERY_URL": "http://delivery.example"}
    asking = ServiceClient("delivery", url, transport=httpx.MockTransport(answer))
    asking.ask(Call("delivery", "GET", "jobs", Any, {"kind": "a&b"}))
    asking.ask(Call("delivery", "POST", "jobs/x/retry", Any, reason="zwölf"))
    asking.ask(Call("delivery", "POST", "jobs/retry", Any, body={"kind": "k"}))

    got, changed, sent = seen
    assert (got.url.params["kind"], got.content) == ("a&b", b"")
    assert "x-reason" not in got.headers
    assert dict(changed.headers.raw)[b"X-Reason"] == "zwölf".encode()
    assert (changed.content, sent.content) == (b"{}", b'{"kind":"k"}')


def test_a_call_is_refused_and_sat_out_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    waits: list[float] = []
    wait = httpx.Response(429, headers={"retry-after": "3"})
    asking = client(wait, refused(409, "the job is running"), sleep=waits.append)

    with pytest.raises(RefusedError, match="delivery: 409 the job is running") as error:
        asking.ask(retry_job("delivery", "1"))

    assert (error.value.status, waits) == (409, [3])
    assert "going on in 3 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>hello"),
        httpx.Response(200, json={"items": [{"id": "1"}], "next": None}),
        httpx.Response(200, json=None),
    ],
)
def test_an_answer_that_the_service_does_not_give_is_said(answer: httpx.Response) -> None:
    with pytest.raises(CliError, match="answered jobs as no delivery does") as error:
        client(answer).ask(list_jobs("delivery"))

    assert "as new as this command" in error.value.message
    assert "DELIVERY_URL" in error.value.message


@pytest.mark.parametrize("fault", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_a_service_that_does_not_answer_is_named_with_its_address(fault: Exception) -> None:
    with pytest.raises(CliError) as error:
        client(fault).get("channels")

    assert "delivery does not answer at http://delivery.example" in error.value.message
    assert "DELIVERY_URL" in error.value.message


def test_something_else_at_the_address_is_said() -> None:
    with pytest.raises(CliError, match="is not Leadstream's delivery"):
        client(httpx.Response(200, text="<html>hello")).ready()


@pytest.mark.parametrize("url", ["localhost:8003", "http://[::", "delivery", "http://a b/"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(CliError, match="DELIVERY_URL"):
        ServiceClient("delivery", {"DELIVERY_URL": url}).get("channels")


def test_a_list_is_read_page_after_page() -> None:
    pages = [
        httpx.Response(200, json={"items": [{"n": 1}, {"n": 2}], "next": "c"}),
        httpx.Response(200, json={"items": [{"n": 3}], "next": None}),
    ]

    assert [row["n"] for row in client(*pages).items("channels")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DELIVERY_URL": "delivery:8003"}, "DELIVERY_URL"),
        ({"DELIVERY_URL": "http://deli very:8003"}, "DELIVERY_URL"),
        ({"DELIVERY_URL": "http://me:pw@delivery:8003"}, "DELIVERY_URL"),
        ({"DELIVERY_URL": "http://delivery:port"}, "DELIVERY_URL"),
        ({"LEADSTREAM_TOKEN": "two words"}, "LEADSTREAM_TOKEN"),
        ({"LEADSTREAM_TOKEN": "tökén"}, "LEADSTREAM_TOKEN"),
    ],
)
def test_a_variable_that_can_not_work_is_named(variables: dict[str, str], said: str) -> None:
    with pytest.raises(CliError, match=said):
        ServiceClient("delivery", variables)
