"""A8: the funnel of a night says what the sandbox saw of it."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from support.pipeline import Pipeline
from support.waiting import eventually

PLACES = ("tech", "finance", "healthcare", "retail", "marketing", "general")


async def a_workspace(pipeline: Pipeline, address: str, mark: str, topic: str) -> UUID:
    """Everything is told by e-mail, and uploaded to hooks of its own: the ledger says which took what."""
    connections = [
        {
            "platform": f"{place}-platform",
            "adapter": "webhook",
            "settings": {"url": f"${{SANDBOX_URL}}/hooks/{mark}-{place}"},
            "credentials": {"secret": "${HOOK_SECRET}"},
        }
        for place in PLACES
    ]
    return await pipeline.workspace(
        recipients=[{"email": address}],
        connections=connections,
        queries=[{"name": "q", "topic": {"name": topic}}],
    )


def count(figure: dict[str, Any], *path: str) -> int:
    for name in path:
        figure = figure["parts"].get(name, {"count": 0, "parts": {}})
    counted: int = figure["count"]
    return counted


async def test_a8_the_funnel_agrees_with_the_ledger_of_the_sandbox(pipeline: Pipeline) -> None:
    mark, topic = uuid4().hex[:8], f"funnel {uuid4()}"
    address = f"{mark}@e2e.example"
    workspace = await a_workspace(pipeline, address, mark, topic)

    body = {"workspace_id": str(workspace)}
    tick_id = (await pipeline.post("discovery", "trigger-lead-generation", body))["tick_id"]

    funnel: dict[str, Any] = {}

    async def has_ended() -> bool:
        nonlocal funnel
        async with pipeline.client("discovery") as client:
            answer = await client.get(f"runs/{tick_id}")
        funnel = answer.json()["funnel"] if answer.status_code == 200 else {}
        if not funnel or count(funnel["queries"], "succeeded") != 1:
            return False
        waiting = count(funnel["delivery"], "pending") + count(funnel["enrichment"], "pending")
        unsent = [
            count(funnel["upload"], "not_uploaded", score, "none") for score in ("hot", "warm")
        ]
        return waiting + sum(unsent) == 0

    await eventually(has_ended, "the night does not come to its end", within=90)
    created = count(funnel["found"], "created")
    assert created > 0
    assert pipeline.ledger.searches()[topic] == count(funnel["queries"])
    assert count(funnel["upload"]) == count(funnel["delivery"]) == created
    told = {lead for lead, to in pipeline.ledger.emails() if to == address}
    assert len(told) == count(funnel["delivery"], "delivered") > 0
    uploads = Counter(
        hook.removeprefix(f"{mark}-")
        for hook, lead in pipeline.ledger.webhooks()
        if hook.startswith(mark) and lead
    )
    uploaded = funnel["upload"]["parts"]["uploaded"]["parts"]
    assert {f"{place}-platform": n for place, n in uploads.items()} == {
        platform: figure["count"] for platform, figure in uploaded.items()
    }
    assert sum(uploads.values()) == count(funnel["stages"], "uploaded") > 0
    listed = await pipeline.get("discovery", "leads", tick_id=tick_id, limit="500")
    assert len(listed["items"]) == created
    bought = pipeline.ledger.clay_calls()
    asked = [lead for lead in listed["items"] if lead["enrichment_status"] == "completed"]
    assert all(bought[lead["domain"]] for lead in asked)
    assert len(asked) == count(funnel["enrichment"], "completed") > 0
