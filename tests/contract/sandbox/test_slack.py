from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox

WORKSPACE = "7d0f4a52-2f6b-4a8e-8a55-3d1b8b1f0c11"
LEAD = "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"


def text(content: str, kind: str = "mrkdwn") -> dict[str, str]:
    return {"type": kind, "text": content}


def section(content: str) -> dict[str, Any]:
    return {"type": "section", "text": text(content)}


def button(label: str = "Open", url: str = "https://app.example.com/") -> dict[str, Any]:
    element = {"type": "button", "text": text(label, "plain_text"), "url": url}
    return {"type": "actions", "elements": [element]}


@pytest.mark.parametrize(
    ("blocks", "answer"),
    [
        ([section("x")] * 50, "ok"),
        ([section("x")] * 51, "invalid_blocks"),
        ([{"type": "header", "text": text("x" * 150, "plain_text")}], "ok"),
        ([{"type": "header", "text": text("x" * 151, "plain_text")}], "invalid_blocks"),
        ([{"type": "header", "text": text("x")}], "invalid_blocks"),
        ([section("x" * 3000)], "ok"),
        ([section("")], "invalid_blocks"),
        ([{"type": "section", "fields": [text("x")] * 10}], "ok"),
        ([{"type": "section", "fields": [text("x")] * 11}], "invalid_blocks"),
        ([{"type": "section", "fields": [text("x" * 2001)]}], "invalid_blocks"),
        ([{"type": "section"}], "invalid_blocks"),
        ([{"type": "actions", "elements": []}], "invalid_blocks"),
        ([button("x" * 75)], "ok"),
        ([button("x" * 76)], "invalid_blocks"),
        ([button(url="https://x.example/" + "x" * 3000)], "invalid_blocks"),
        ([button(url="javascript:alert(1)")], "invalid_blocks"),
        ([{"type": "context", "elements": [text("x")] * 10}], "ok"),
        ([{"type": "context", "elements": [text("x")] * 11}], "invalid_blocks"),
        ([{"type": "divider", "block_id": "x" * 256}], "invalid_blocks"),
        ([{"type": "divider", "block_id": "a"}] * 2, "invalid_blocks"),
        ([section("x" * 3000)] * 4, "ok"),
        ([section("x" * 3000)] * 5, "msg_blocks_too_long"),
        ([{"type": "marquee"}], "invalid_blocks"),
        (["header"], "invalid_blocks"),
        ("header", "invalid_blocks"),
    ],
)
async def test_block_limits(
    sandbox: Sandbox, api: httpx.AsyncClient, blocks: object, answer: str
) -> None:
    posted = await api.post(sandbox.slack_url(), json={"text": "x", "blocks": blocks})

    assert posted.text == answer
    assert posted.status_code == (200 if answer == "ok" else 400)


async def test_the_ledger_tells_what_slack_would_make_of_it(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    blocks = [
        {"type": "header", "text": text("Acme &amp; Co", "plain_text")},
        section("<!channel> see <https://x.example|this> of AT&T"),
        button(url=f"https://app.example.com/workspaces/{WORKSPACE}/leads/{LEAD}"),
    ]
    await api.post(sandbox.slack_url("T1/B1/a"), json={"text": "Hi <@U123>", "blocks": blocks})
    await api.post(sandbox.slack_url("T1/B1/a"), json={"text": "AT&amp;T &lt;x&gt;"})

    [(entry, bad), (_, good)] = sandbox.ledger.effects("message")
    assert entry["lead_id"] == LEAD
    assert sorted(bad["mentions"]) == ["!channel", "@U123"]
    assert bad["links"] == ["https://x.example|this"]
    assert (bad["unescaped"], bad["escaped_twice"]) == (True, True)
    assert (good["mentions"], good["unescaped"], good["escaped_twice"]) == ([], False, False)
    assert sandbox.ledger.slack_mentions() == ["!channel", "@U123"]


async def test_an_unknown_address_has_no_service(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    for path in ("/slack/services/nowhere", "/slack/services/T1/B1", "/slack/elsewhere"):
        answer = await api.post(path, json={"text": "x"})
        assert (answer.status_code, answer.text) == (404, "no_service")
