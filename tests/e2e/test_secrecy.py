"""b47: no secret, token, webhook URL or e-mail address in any log line, metric or trace, whatever goes wrong."""

import re
from functools import partial
from uuid import UUID, uuid4

from leadstream.ids import new_id
from leadstream_dev.services import SERVICES
from support.pipeline import Pipeline
from support.waiting import eventually

ADDRESS = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[a-z]{2,}", re.IGNORECASE)


def secrets(pipeline: Pipeline) -> dict[str, str]:
    """By what they are: the telling part of every secret that the services were given."""
    environment = pipeline.environment
    urls = {name: url for name, url in environment.items() if name.endswith("_DATABASE_URL")}
    return {
        **{f"token {name}": token for name, token in pipeline.tokens.items()},
        **{name: url.split(":")[2].split("@")[0] for name, url in urls.items()},
        "encryption key": environment["ENCRYPTION_KEYS"].partition(":")[2],
        "webhook secret": environment["HOOK_SECRET"].removeprefix("whsec_"),
        "DATASHOPPER_API_KEY": environment["DATASHOPPER_API_KEY"],
        "CLAY_API_KEY": environment["CLAY_API_KEY"],
        "RESEND_API_KEY": environment["RESEND_API_KEY"],
        "HubSpot token": "sandbox-hubspot",
        "Slack URL": "slackpath",
        "webhook URL": "hookpath",
    }


async def mishaps(pipeline: Pipeline, workspace: UUID) -> list[UUID]:
    """Leads that meet every kind of trouble, the answers full of what must not be repeated."""
    telling = "no: kit@e2e.example, whsec_c2VjcmV0c2VjcmV0, https://hooks.slack.com/services/T/B/slackpath"
    control = pipeline.sandbox.control
    # Two faults that pass are no outage yet; then each lead is refused for good.
    slack, hook = {"ok": False, "error": telling}, {"message": telling}
    await control.script("slack", "post", *[{"status": 404, "body": telling}] * 2)
    await control.behave("slack", errors={"status": 400, "body": slack})
    await control.script("hooks", "receive", *[{"status": 500, "body": telling}] * 2)
    await control.behave("hooks", errors={"status": 400, "body": hook})
    await control.behave("hubspot", errors={"status": 401, "body": {"message": telling}})
    await control.script("resend", None, {"status": 422, "body": {"message": telling}})
    await control.script("clay", "enrich", {"status": 500, "body": telling}, {"action": "half"})
    company = {"name": "Acme kit@e2e.example", "industry": "Technology"}
    leads = [
        await pipeline.produce_lead(
            workspace, company={**company, "domain": f"{uuid4().hex}.example"}
        )
        for _ in range(5)
    ]
    await pipeline.produce("lead.enriched", b'{"email": "kit@e2e.example"', key="kit@e2e.example")
    async with pipeline.client("delivery", "kit@e2e.example") as client:
        assert (
            await client.get("recipients", params={"email": "kit@e2e.example"})
        ).status_code == 401
    async with pipeline.client("delivery") as client:
        body = {
            "workspace_id": str(workspace),
            "type": "slack",
            "name": "x",
            "url": "http://10.0.0.1/slackpath",
        }
        assert (await client.post("channels", json=body)).status_code == 422
        assert (await client.get(f"recipients/{new_id()}?email=kit@e2e.example")).status_code == 404
    return leads


async def test_b47_nothing_telling_in_logs_metrics_and_traces(
    pipeline: Pipeline, workspace: UUID
) -> None:
    leads = await mishaps(pipeline, workspace)
    for lead_id in leads:
        await eventually(
            partial(_has_ended, pipeline, lead_id), f"{lead_id} has not ended", within=40
        )

    logs = {file.name: file.read_text("utf-8") for file in pipeline.logs()}
    metrics = {spec.name: await pipeline.metrics(spec.name) for spec in SERVICES}

    await eventually(partial(_are_traced, pipeline, leads), "the leads' traces have not come")
    spans = {"traces": "\n".join(map(repr, pipeline.collector.spans))}

    writers = {file.rpartition("-")[0] for file in logs}
    assert writers == {spec.name for spec in SERVICES}
    for name, text in {**logs, **metrics, **spans}.items():
        assert len(text) > 100, name
        for what, secret in secrets(pipeline).items():
            lines = [line for line in text.splitlines() if secret in line]
            assert not lines, f"{name} tells the {what}: {lines[0]}"
        found = [line for line in text.splitlines() if ADDRESS.search(line)]
        assert not found, f"{name} names an address: {found[0]}"


async def _are_traced(pipeline: Pipeline, leads: list[UUID]) -> bool:
    spans = list(pipeline.collector.spans)
    failed = {span.get("leadstream.provider") for span in spans if span.failed}
    ended = {s.get("leadstream.lead_id") for s in spans if s.name == "process lead.delivered"}
    return {"clay", "slack", "webhook"} <= failed and {str(each) for each in leads} <= ended


async def _has_ended(pipeline: Pipeline, lead_id: UUID) -> bool:
    story = await pipeline.lead(lead_id) or {}
    return story.get("delivery_status") not in (None, "pending")
