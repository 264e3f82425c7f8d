"""What the control API switches on, seen from the outside."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import ControlError, Sandbox
from support.waiting import eventually

EMAIL: dict[str, Any] = {
    "from": "alerts@leadstream.example",
    "to": ["ana@example.org"],
    "subject": "Hot lead",
    "text": "Acme",
    "tags": [{"name": "lead_id", "value": "lead-1"}],
}


async def send(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/resend/emails", json=EMAIL)


async def enrich(api: httpx.AsyncClient, domain: str = "acme.com") -> httpx.Response:
    asked = {"domain": domain, "max_contacts": 5}
    return await api.post("/clay/v1/enrichment/company", json=asked)


async def test_latency_is_waited(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("resend", latency={"seconds": 0.2, "jitter": 0.1})

    started = time.monotonic()
    await asyncio.gather(*(send(api) for _ in range(10)))

    assert time.monotonic() - started >= 0.1
    assert all(entry["took_ms"] >= 99 for entry in sandbox.ledger.entries(provider="resend"))


@pytest.mark.parametrize(("action", "effects"), [("drop", 0), ("lose", 1), ("half", 1)])
async def test_an_answer_that_never_arrives(
    sandbox: Sandbox, api: httpx.AsyncClient, action: str, effects: int
) -> None:
    switched: dict[str, Any] = {action: 1.0}
    await sandbox.control.behave("resend", **switched)

    with pytest.raises(httpx.RemoteProtocolError):
        await send(api)

    [entry] = sandbox.ledger.entries(provider="resend")
    assert (entry.outcome, entry.status, entry["fault"]) == ("dropped", None, action)
    assert len(sandbox.ledger.effects("email")) == effects


async def test_a_hang_never_answers(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("resend", hang=1.0)
    api.timeout = httpx.Timeout(30, read=1)

    with pytest.raises(httpx.ReadTimeout):
        await send(api)

    async def is_noted() -> bool:
        return bool(sandbox.ledger.entries(provider="resend"))

    # The client has stopped waiting for the answer; nothing says that the call was read by then.
    await eventually(is_noted, "the ledger has no line of the call")
    [entry] = sandbox.ledger.entries(provider="resend")
    assert (entry.outcome, entry.effects) == ("hung", [])


async def test_hangs_hit_the_fraction_asked_for_and_the_same_calls_each_time(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    async def failures() -> list[int]:
        await sandbox.control.behave("clay", errors={"rate": 0.2, "status": 503})
        statuses = [(await enrich(api)).status_code for _ in range(100)]
        return [number for number, status in enumerate(statuses) if status == 503]

    first = await failures()

    assert 10 <= len(first) <= 30
    assert await failures() == first


async def test_a_rate_limit_is_kept_and_announced(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("resend", rate_limit={"limit": 3, "window": 60})

    started = time.monotonic()
    answers = [await send(api) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == [
        "2",
        "1",
        "0",
        "0",
        "0",
    ]
    # Until the first of them leaves the window, of which the five calls have used some up.
    used = time.monotonic() - started
    assert 60 - used <= int(answers[4].headers["retry-after"]) <= 60
    assert len(sandbox.ledger.entries(provider="resend", status=200)) == 3


async def test_a_rate_limit_lets_the_next_through_once_its_window_is_over(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.behave("resend", rate_limit={"limit": 1, "window": 0.2})

    first = await send(api)
    await asyncio.sleep(0.2)

    assert (first.status_code, (await send(api)).status_code) == (200, 200)


async def test_retry_after_can_be_a_date(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    await sandbox.control.behave("resend", rate_limit={"limit": 0, "retry_after": date})

    answer = await send(api)

    assert answer.headers.get_list("retry-after") == [date]


async def test_a_narrower_setting_wins(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("clay", "enrich", match={"domain": "acme.com"}, errors={"rate": 0})
    await sandbox.control.behave("clay", errors={"status": 503})
    await sandbox.control.behave("clay", "enrich", errors={"status": 502})

    assert (await enrich(api)).status_code == 200
    assert (await enrich(api, "other.com")).status_code == 502
    verified = await api.post("/clay/v1/verification/email", json={"email": "a@b.co"})
    assert verified.status_code == 503


async def test_clearing_switches_off(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("clay", errors={"status": 503})
    await sandbox.control.behave("clay", "enrich", errors={"status": 502})
    await sandbox.control.clear("clay", "enrich")
    only_wide = await enrich(api)
    await sandbox.control.clear("clay")

    assert only_wide.status_code == 503
    assert (await enrich(api)).status_code == 200


async def test_a_script_is_for_the_next_calls_that_match(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    pinned = {"contacts": [], "credits_used": 0}
    await sandbox.control.script(
        "clay",
        "enrich",
        {"status": 503, "times": 2},
        {"action": "pass"},
        {"body": pinned},
        match={"domain": ["acme.com", "b.com"]},
    )

    other = await enrich(api, "other.com")
    statuses = [(await enrich(api)).status_code for _ in range(3)]
    literal = await enrich(api, "b.com")
    after = await enrich(api)

    assert other.json()["credits_used"] == 1
    assert statuses == [503, 503, 200]
    assert literal.json() == pinned
    assert after.json()["credits_used"] == 1
    assert [script["left"] for script in await sandbox.control.scripts()] == [0]


async def test_a_script_can_go_by_the_body(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.script("resend", "send", {"status": 500}, contains="Hot lead")

    assert (await send(api)).status_code == 500
    assert (await send(api)).status_code == 200


async def test_a_revoked_key_is_refused_and_others_are_not(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.revoke("clay", "sandbox")

    assert (await enrich(api)).status_code == 401
    api.headers["Authorization"] = "Bearer sandbox-other"
    assert (await enrich(api)).status_code == 200
    await sandbox.control.behave("clay", revoked=True)
    assert (await enrich(api)).status_code == 401


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("PUT behaviours", {"provider": "nobody"}),
        ("PUT behaviours", {"provider": "clay", "operation": "nothing"}),
        ("PUT behaviours", {"provider": "clay", "latencies": {}}),
        ("PUT behaviours", {"provider": "clay", "hang": 2}),
        ("POST scripts", {"provider": "clay", "steps": []}),
        ("POST scripts", {"provider": "clay", "steps": [{"action": "lose", "status": 200}]}),
        ("PATCH settings", {"day": "yesterday"}),
        ("PATCH options/clay", {"verdicts": {"a@b.co": "perhaps"}}),
        ("PATCH options/clay", {"nothing": 1}),
        ("PATCH options/nobody", {}),
        ("POST reset", []),
    ],
)
async def test_a_mistake_in_a_control_call_is_told(
    api: httpx.AsyncClient, call: str, body: object
) -> None:
    method, path = call.split()

    answer = await api.request(method, f"/_control/{path}", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_the_client_raises_what_the_sandbox_says(sandbox: Sandbox) -> None:
    with pytest.raises(ControlError, match="no operation 'nothing'"):
        await sandbox.control.behave("clay", "nothing", hang=0.5)


async def test_what_happened_can_be_asked_for(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await send(api)
    await enrich(api)
    await enrich(api, "other.com")

    lines = await sandbox.control.ledger(provider="clay", domain="other.com")
    later = await sandbox.control.ledger(after=1, limit=1)
    stats = await sandbox.control.stats()

    assert [line["seq"] for line in lines] == [3]
    assert [line["seq"] for line in later] == [2]
    assert {(row["provider"], row["calls"]) for row in stats} == {("resend", 1), ("clay", 2)}
    assert (await sandbox.control.health())["lines"] == 3


async def test_a_reset_forgets(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.behave("clay", errors={"status": 503})
    await sandbox.control.settings(results=3)
    await send(api)

    await sandbox.control.reset()

    assert (await enrich(api)).status_code == 200
    assert (await sandbox.control.settings())["results"] == 50
    assert [entry.seq for entry in sandbox.ledger.entries()] == [1]


async def test_the_ledger_holds_no_key(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    api.headers["Authorization"] = "Bearer sandbox-very-secret"
    await send(api)

    [entry] = sandbox.ledger.entries()
    assert entry.headers["authorization"] == "…cret"
    assert "very-secret" not in sandbox.ledger.path.read_text(encoding="utf-8")


async def test_what_no_provider_knows_is_noted_too(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await api.get("/clay/v1/nothing")
    await api.delete("/clay/v1/enrichment/company")

    assert [entry.operation for entry in sandbox.ledger.entries()] == ["unknown", "unknown"]
    assert [entry.status for entry in sandbox.ledger.entries()] == [404, 404]
