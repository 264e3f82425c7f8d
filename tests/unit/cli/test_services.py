import time
from collections.abc import Callable

import httpx
import pytest

from leadstream.cli.errors import CliError
from leadstream.cli.services import RefusedError, ServiceClient

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
