"""Records that people produce with kcat: from any stage on they travel the rest of the way."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from leadstream.ids import new_id, workspace_id
from support.pipeline import EQUIPPED, EXAMPLES, Pipeline, example
from support.waiting import eventually

VARIANTS = ["minimal", "full", "unicode"]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_discovered_lead_travels_all_the_way(
    pipeline: Pipeline, workspace: UUID, variant: str
) -> None:
    lead_id = await pipeline.produce_lead(workspace, variant=variant)

    # Without an intent, the minimal one is cold: told about, but not uploaded.
    story = await pipeline.lead_when(
        lead_id, delivery_status="delivered", platform_uploaded=variant != "minimal"
    )

    assert story["enrichment_status"] == ("skipped" if variant == "minimal" else "completed")
    assert story["workspace_id"] == str(workspace)
    assert [delivery["status"] for delivery in story["deliveries"]] == ["delivered"]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_an_enriched_lead_is_told_about_and_uploaded(
    pipeline: Pipeline, workspace: UUID, variant: str
) -> None:
    lead_id = await pipeline.produce_lead(workspace, topic="lead.enriched", variant=variant)

    story = await pipeline.lead_when(
        lead_id, delivery_status="delivered", platform_uploaded=variant != "minimal"
    )

    assert story["enrichment_status"] == "completed"
    sent = pipeline.ledger.emails()[str(lead_id), "kit@e2e.example"]
    assert len(sent) == 1


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_lead_to_upload_is_uploaded(
    pipeline: Pipeline, workspace: UUID, variant: str
) -> None:
    lead_id = await pipeline.produce_lead(workspace, topic="lead.upload", variant=variant)

    story = await pipeline.lead_when(lead_id, platform_uploaded=True)

    # `Gesundheitswesen` is no industry that a platform is for, and the minimal lead has none.
    places = {"full": "tech-platform", "minimal": "general-platform", "unicode": "general-platform"}
    assert story["platform_name"] == places[variant]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("topic", ["lead.delivered", "lead.uploaded", "lead.failed"])
async def test_what_became_of_a_lead_is_in_its_story(
    pipeline: Pipeline, workspace: UUID, topic: str, variant: str
) -> None:
    lead_id = await pipeline.produce_lead(workspace, topic="lead.enriched", variant=variant)
    place = {"lead.delivered": "deliveries", "lead.uploaded": "uploads", "lead.failed": "errors"}
    # The newest word about a revision counts: the pipeline's own delivery of it may come before this one or after.
    moment = f"{topic.removeprefix('lead.')}_at"
    newest = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    ids = {"lead_id": str(lead_id), "workspace_id": str(workspace)}
    value = example(topic, variant, **ids, **{moment: newest})

    await pipeline.produce(topic, orjson.dumps(value), key=str(lead_id))

    async def is_told() -> bool:
        story = await pipeline.lead(lead_id) or {}
        return any(_tells(told, value) for told in story.get(place[topic], ()))

    await eventually(is_told, f"the {topic} of {lead_id} is not in its story", within=20)


def _tells(told: dict[str, Any], value: dict[str, Any]) -> bool:
    """Whether a line of the story is the event's."""
    names = {"status", "platform", "stage"} & value.keys() & told.keys()
    return bool(names) and all(told[name] == value[name] for name in names)


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_tick_runs_what_it_asks_for_and_no_more(pipeline: Pipeline, variant: str) -> None:
    topic = {"name": f"kcat {variant} {new_id()}"}
    workspace = await pipeline.workspace(queries=[{"name": "q", "topic": topic}])
    tick_id = new_id()
    asked = {} if variant == "minimal" else {"params": {"workspace_id": str(workspace)}}
    value = example("scheduler.tick", variant, tick_id=str(tick_id), **asked)

    await pipeline.produce("scheduler.tick", orjson.dumps(value), key=value["schedule"])

    # The unicode one is of a schedule that nobody here knows.
    runs = 0 if variant == "unicode" else 1
    await eventually(
        lambda: _has_taken_ticks(pipeline), "discovery has not read the ticks", within=20
    )
    await eventually(
        lambda: _has_run(pipeline, tick_id, workspace, runs), "it was not run", within=20
    )
    assert pipeline.ledger.searches()[topic["name"]] == runs
    rows = await pipeline.sql(
        "SELECT workspace_id FROM discovery.query_runs WHERE tick_id = $1", tick_id
    )
    if variant == "full":
        assert {row["workspace_id"] for row in rows} == {workspace}


async def _has_run(pipeline: Pipeline, tick_id: UUID, workspace: UUID, times: int) -> bool:
    rows = await pipeline.sql(
        "SELECT 1 FROM discovery.query_runs"
        " WHERE tick_id = $1 AND workspace_id = $2 AND status = 'succeeded'",
        tick_id,
        workspace,
    )
    return len(rows) == times


async def _has_taken_ticks(pipeline: Pipeline) -> bool:
    lag = [line for line in (await pipeline.metrics("discovery")).splitlines() if "lag" in line]
    return 'leadstream_consumer_lag_records{topic="scheduler.tick"} 0.0' in lag


async def test_b35_the_line_of_the_readme_works_and_its_lead_waits_for_a_connection(
    pipeline: Pipeline,
) -> None:
    file = EXAMPLES / "lead.discovered" / "v1" / "full.json"
    value = orjson.loads(file.read_bytes())
    lead_id = value["lead_id"]
    readme = (EXAMPLES.parents[1] / "README.md").read_text("utf-8")
    assert f"\nID={lead_id}\n" in readme

    # kcat … -P -t lead.discovered -k $ID < full.json
    await pipeline.kcat("-P", "-t", "lead.discovered", "-k", lead_id, stdin=file.read_bytes())

    # Nobody has set this workspace up: there is nobody to tell, and nowhere to upload to.
    await pipeline.lead_when(lead_id, delivery_status="no_channel", platform_uploaded=False)
    await eventually(
        lambda: _waits(pipeline, lead_id), "the upload does not wait for a connection", within=20
    )

    assert value["workspace_id"] == str(workspace_id("acme-growth"))
    connections = EQUIPPED["connections"]
    await pipeline.apply_quietly({"slug": "acme-growth", "connections": connections})
    await pipeline.lead_when(lead_id, platform_uploaded=True, platform_name="tech-platform")


async def _waits(pipeline: Pipeline, lead_id: str) -> bool:
    uploads = await pipeline.get("platform-upload", "uploads", lead_id=lead_id)
    return [upload["held_by"] for upload in uploads["items"]] == [["connection_missing"]]
