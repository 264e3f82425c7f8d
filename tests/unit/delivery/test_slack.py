import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from delivery.adapters.lead_view import view_of
from delivery.adapters.slack.message import escape, lead_message
from delivery.adapters.slack.sender import SlackSender
from delivery.application.deliver import Answer
from delivery.domain.delivery import Channel
from leadstream.http import AmbiguousError, EgressGuard, NotSentError
from leadstream.jobs.model import Failed, Held, Outcome, Retry, Succeeded
from support.clock import FakeClock
from unit.delivery.drafts import NOW, Canned, a_draft, a_hook, answer, content

FIXTURE = Path(__file__).parents[2] / "contract" / "fixtures" / "slack.json"
APP = "https://app.leadstream.example"


def message(**changes: Any) -> Any:
    return orjson.loads(lead_message(view_of(content(**changes), app_url=APP)))


def texts(part: Any, kind: str) -> list[str]:
    """Every text of a kind in a part of a message."""
    if isinstance(part, list):
        return [text for each in part for text in texts(each, kind)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == kind and isinstance(part.get("text"), str):
        return [part["text"]]
    return [text for each in part.values() for text in texts(each, kind)]


async def send(canned: Canned, url: str = "https://hooks.slack.com/services/T0/B0/x") -> Outcome:
    sender = SlackSender(canned, EgressGuard(), FakeClock(NOW), app_url=APP)
    return await sender.send(a_draft(Channel.SLACK, hook=a_hook(url=url)), b"{}")


def test_b25_header_fields_contact_and_button() -> None:
    posted = message()
    header, fields, contact, signals, actions = posted["blocks"]

    assert header["text"] == {
        "type": "plain_text",
        "text": "🔥 New HOT Lead: Acme Corp",
        "emoji": False,
    }
    texts = [field["text"] for field in fields["fields"]]
    assert "*Query*\nAI automation tools" in texts
    assert "*Intent Score*\n🔥 HOT" in texts
    assert "*Industry*\nTechnology" in texts
    assert "*Employees*\n250" in texts
    assert "John Smith, VP of Engineering" in contact["text"]["text"]
    assert signals["text"]["text"].count("•") == 3
    assert actions["elements"][0]["url"].startswith(f"{APP}/leads/")


def test_what_is_unknown_is_said_to_be() -> None:
    posted = message(topic=None, company={"industry": None, "employee_count": None})

    texts = [field["text"] for field in posted["blocks"][1]["fields"]]
    assert texts == [
        "*Query*\nunknown",
        "*Intent Score*\n🔥 HOT",
        "*Industry*\nunknown",
        "*Employees*\nunknown",
    ]


def test_b26_nothing_in_a_lead_is_markup() -> None:
    bad = "<!channel> <https://evil.example|click> & <@U123>"
    contact = {"full_name": bad, "email": "<mailto:x@y.z|me>", "title": bad}
    posted = message(
        company={"name": bad, "industry": bad, "website": "javascript:alert(1)", "domain": None},
        topic={"name": bad},
        enrichment={
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [contact],
        },
    )

    for text in [*texts(posted["blocks"], "mrkdwn"), posted["text"]]:
        assert not set(text) & set("<>")
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
        assert "&amp;lt;" not in text
    assert "javascript" not in orjson.dumps(posted).decode()
    # The header is plain text, which Slack shows as it is.
    assert "<!channel>" in posted["blocks"][0]["text"]["text"]


def test_without_a_safe_link_there_is_no_button() -> None:
    view = view_of(
        content(company={"website": "javascript:x", "domain": "not a domain"}), app_url=None
    )

    posted = orjson.loads(lead_message(view))

    assert "actions" not in {block["type"] for block in posted["blocks"]}


def test_however_long_a_lead_is_slack_takes_it() -> None:
    long = "&" * 500
    posted = message(
        company={"name": long, "industry": long, "location": {"city": long, "country": long}},
        topic={"name": long},
        intent={
            "score": "hot",
            "signals": [{"signal_type": long, "source": long} for _ in range(200)],
        },
        enrichment={
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [{"full_name": long, "title": long, "email": long, "phone": long}],
        },
    )

    header, fields, *sections, _ = posted["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert all(len(field["text"]) <= 2000 for field in fields["fields"])
    assert all(len(section["text"]["text"]) <= 3000 for section in sections)
    everything = texts(posted["blocks"], "mrkdwn") + texts(posted["blocks"], "plain_text")
    assert sum(map(len, everything)) <= 13_000


def test_ampersands_are_escaped_once() -> None:
    assert escape("<a> & b") == "&lt;a&gt; &amp; b"


def cases() -> list[Any]:
    fixture = orjson.loads(FIXTURE.read_bytes())
    return [
        pytest.param(case["response"], case["classify"], id=case["name"])
        for case in fixture["cases"]
    ]


CLASSES: dict[str, tuple[type[Outcome], ...]] = {
    "success": (Succeeded,),
    "permanent": (Failed,),
    "disable_channel": (Failed,),
    # The URL is the only credential that an incoming webhook has.
    "credential": (Failed,),
    "retry": (Retry, Held),
    "ambiguous": (Retry,),
}


@pytest.mark.parametrize(("response", "expected"), cases())
async def test_every_known_answer_is_understood(response: Any, expected: str) -> None:
    canned = Canned(answer(response["status"], response["body"], **_headers(response)))

    outcome = await send(canned)

    assert isinstance(outcome, CLASSES[expected])
    disables = isinstance(outcome, Failed) and isinstance(outcome.result, Answer)
    assert disables == (expected in {"disable_channel", "credential"})
    if isinstance(outcome, Retry):
        assert outcome.ambiguous == (expected == "ambiguous")


def _headers(response: Any) -> dict[str, str]:
    return {name.lower().replace("-", "_"): text for name, text in response["headers"].items()}


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>welcome</html>"), (200, ""), (504, "x"), (524, "x")]
)
async def test_an_answer_that_is_not_slacks_leaves_the_doubt(status: int, body: str) -> None:
    outcome = await send(Canned(answer(status, body)))

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize(
    "body", ["something_new", "Something_New\n", '{"ok": false, "error": "new"}', ""]
)
async def test_b22_an_unknown_word_with_a_gone_status_disables_the_channel(
    status: int, body: str
) -> None:
    outcome = await send(Canned(answer(status, body)))

    assert isinstance(outcome, Failed)
    assert isinstance(outcome.result, Answer)


async def test_b11_too_fast_rests_the_channel_for_as_long_as_slack_asks() -> None:
    outcome = await send(Canned(answer(429, "rate_limited", retry_after="30")))

    assert isinstance(outcome, Held)
    assert outcome.until == NOW + timedelta(seconds=30)
    assert outcome.scope == f"destination:{a_draft().destination_id}"


async def test_a_lost_answer_and_an_unsent_request_are_told_apart() -> None:
    lost = await send(Canned(AmbiguousError("no answer within 30 s")))
    unsent = await send(Canned(NotSentError("the exchange failed: ClientConnectorError")))

    assert isinstance(lost, Retry)
    assert isinstance(unsent, Retry)
    assert (lost.ambiguous, unsent.ambiguous) == (True, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/services/T/B/x",
        "http://hooks.slack.com/services/T/B/x",
        "https://evil.example/services/T/B/x",
        "https://hooks.slack.com:8443/services/T/B/x",
    ],
)
async def test_nothing_is_posted_to_anybody_but_slack(url: str) -> None:
    canned = Canned(answer(200, "ok"))

    outcome = await send(canned, url)

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "unsafe_url"
    assert canned.requests == []


@pytest.mark.parametrize(
    "body", ["ok", "OK\n", " ok ", "\ufeffok", '"ok"', '{"ok": true}', '{"ok":true,"x":1}']
)
async def test_slacks_ok_is_known_however_it_is_written(body: str) -> None:
    assert await send(Canned(answer(200, body))) == Succeeded(status_code=200)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "No_Service\n"),
        (404, '{"ok":false,"error":"channel_not_found"}'),
        (200, '{"ok":false,"error":"Token_Revoked"}'),
        (403, '{"error": {"code": "invalid_token"}}'),
    ],
)
async def test_a_channel_that_is_gone_is_known_however_it_is_said(status: int, body: str) -> None:
    outcome = await send(Canned(answer(status, body)))

    assert isinstance(outcome, Failed)
    assert isinstance(outcome.result, Answer)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, "<html>blocked</html>") for status in (400, 401, 403, 404, 408, 410, 413)),
        (400, "Bad Request"),
        (400, "bad request"),
        (400, ""),
        (400, "{}"),
        (403, "Forbidden"),
        (403, "forbidden"),
        (403, '"forbidden"'),
        (403, "access denied"),
        (403, "invalid token"),
        (403, '{"message":"Forbidden"}'),
        (403, '{"message":"Invalid token"}'),
        (404, "not found"),
        (404, "page not found"),
        (404, "application not found"),
        (404, '{"message":"no Route matched with those values"}'),
        (404, "{}"),
        (404, "[]"),
        (405, "method not allowed"),
        (404, "404 page not found"),
        (404, "default backend - 404"),
        (408, ""),
        (302, ""),
        (407, "proxy_auth"),
        (503, "no healthy upstream"),
    ],
)
async def test_what_is_not_slacks_own_answer_is_passing(status: int, body: str) -> None:
    outcome = await send(Canned(answer(status, body)))

    assert isinstance(outcome, Retry)
    assert not outcome.ambiguous


async def test_a_charset_that_is_none_decides_nothing() -> None:
    said = answer(200, "ok", content_type="text/plain; charset=base64")

    assert await send(Canned(said)) == Succeeded(status_code=200)
