"""The commands against running services: what they show, and how they say what went wrong."""

import re
from uuid import UUID, uuid4

import orjson
import pytest

from leadstream.cli.services import SERVICES
from support.pipeline import EQUIPPED, Pipeline
from support.waiting import eventually

NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def failed_job(pipeline: Pipeline) -> UUID:
    """A job of enrichment that the provider has refused for good."""
    workspace = await pipeline.workspace(**EQUIPPED)
    await pipeline.sandbox.control.script("clay", "enrich", {"status": 400, "body": {"e": "no"}})
    lead_id = await pipeline.produce_lead(
        workspace, company={"name": "Refused", "domain": f"{uuid4().hex}.example"}
    )
    await pipeline.lead_when(lead_id, enrichment_status="failed")
    (job,) = (await pipeline.get("enrichment", "jobs", lead_id=str(lead_id)))["items"]
    return UUID(job["id"])


async def test_a_failed_job_is_listed_shown_and_run_again(
    pipeline: Pipeline, failed_job: UUID
) -> None:
    job = str(failed_job)

    listed = (await pipeline.cli("jobs", "list", "enrichment", "--state", "failed")).ok()
    shown = (await pipeline.cli("jobs", "show", job)).ok()
    dry = (await pipeline.cli("jobs", "retry", "--service", "enrichment", "--dry-run")).ok()
    again = (await pipeline.cli("jobs", "retry", job)).ok()

    (line,) = [line for line in listed.stdout.splitlines() if job in line]
    assert "enrich-lead" in line
    assert "400" in line
    assert shown.stdout.startswith("enrichment: enrich-lead is failed")
    assert re.search(r"^1 +failed +400 ", shown.stdout, re.MULTILINE), shown.stdout
    assert re.search(r"enrichment: [1-9]\d* jobs would run again: [1-9]\d* enrich-lead", dry.stdout)
    assert "is ready again" in again.stdout

    async def has_succeeded() -> bool:
        found = await pipeline.get("enrichment", f"jobs/{job}")
        return bool(found["state"] == "succeeded")

    await eventually(has_succeeded, f"job {job} has not succeeded", within=20)
    twice = await pipeline.cli("jobs", "retry", job)
    assert twice.code == 1
    assert "only failed or cancelled jobs run again" in twice.stderr


async def test_failures_are_summed_up_grouped_and_run_again_as_one(
    pipeline: Pipeline, failed_job: UUID
) -> None:
    (group,) = [
        each
        for each in (await pipeline.get("enrichment", "failures"))["items"]
        if each["sample"] == str(failed_job)
    ]
    service = ("--service", "enrichment", "--group", group["key"])

    summed = (await pipeline.cli("jobs", "summary", "enrichment")).ok()
    failures = (await pipeline.cli("jobs", "failures", "enrichment")).ok()
    dry = (await pipeline.cli("jobs", "retry", *service, "--dry-run")).ok()
    again = (await pipeline.cli("jobs", "retry", *service, "--reason", "they mended it")).ok()

    assert re.search(r"^enrichment +enrich-lead +failed +\w+ +[1-9]", summed.stdout, re.MULTILINE)
    (line,) = [line for line in failures.stdout.splitlines() if group["key"] in line]
    assert "answered <n>" in line
    assert re.search(r"[1-9]\d* jobs would run again: [1-9]\d* enrich-lead", dry.stdout)
    assert re.search(r"[1-9]\d* jobs run again: [1-9]\d* enrich-lead", again.stdout)

    async def has_succeeded() -> bool:
        found = await pipeline.get("enrichment", f"jobs/{failed_job}")
        return bool(found["state"] == "succeeded")

    await eventually(has_succeeded, f"job {failed_job} has not succeeded", within=20)


async def test_the_registry_is_applied_once(pipeline: Pipeline) -> None:
    again = (await pipeline.cli("topics", "apply")).ok()
    listed = (await pipeline.cli("topics", "list")).ok()

    assert re.fullmatch(r"changed 0 of \d+ topics\n", again.stdout)
    assert "lead.upload.platform-upload.dlq" in listed.stdout


async def test_tail_shows_what_passes_and_nobodys_address(pipeline: Pipeline) -> None:
    workspace = await pipeline.workspace(**EQUIPPED)
    lead_id = await pipeline.produce_lead(workspace, topic="lead.enriched")
    await pipeline.lead_when(lead_id, platform_uploaded=True, delivery_status="delivered")

    ran = (await pipeline.cli("tail", "--from-beginning", "--for", "8")).ok()

    lines = [line for line in ran.stdout.splitlines() if str(lead_id) in line]
    assert {line.split()[1] for line in lines} >= {
        "lead.enriched",
        "lead.delivered",
        "lead.uploaded",
    }
    assert "@" not in ran.stdout


async def test_tail_as_json_gives_one_value_a_line(pipeline: Pipeline) -> None:
    workspace = await pipeline.workspace()
    lead_id = await pipeline.produce_lead(workspace, topic="lead.enriched", variant="unicode")
    await pipeline.lead_when(lead_id, delivery_status="no_channel")

    arguments = ("tail", "lead.enriched", "--from-beginning", "--json", "--for", "8")
    ran = (await pipeline.cli(*arguments)).ok()

    values = [orjson.loads(line) for line in ran.stdout.splitlines() if str(lead_id) in line]
    assert [value["lead_id"] for value in values] == [str(lead_id)]


async def test_the_doctor_finds_everything_well(pipeline: Pipeline) -> None:
    ran = await pipeline.cli("doctor")
    for _ in range(2):
        if ran.code:
            # A service has a second or two to answer, which a busy machine may take away.
            ran = await pipeline.cli("doctor")

    assert ran.code == 0, ran.output
    # The console is none of the five: one may run on this machine or not.
    well = set(re.findall(r"^ok +(\S+)", ran.stdout, re.MULTILINE)) - {"console"}
    assert well == {*SERVICES, "Kafka", "e-mail"}


async def test_the_doctor_tells_all_that_is_away_and_what_to_do(pipeline: Pipeline) -> None:
    ran = await pipeline.cli(
        "doctor",
        by="wrong",
        env={"KAFKA_BOOTSTRAP_SERVERS": NOWHERE, "DELIVERY_URL": f"http://{NOWHERE}"},
    )

    assert ran.code == 1
    assert "Set KAFKA_BOOTSTRAP_SERVERS if it is elsewhere" in ran.stdout
    assert "Set DELIVERY_URL if it is elsewhere" in ran.stdout
    assert ran.stdout.count("Set LEADSTREAM_TOKEN") == 4
    assert ran.stderr == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("topics apply", "KAFKA_BOOTSTRAP_SERVERS"),
        ("dlq list", "KAFKA_BOOTSTRAP_SERVERS"),
        ("dlq replay lead.enriched.delivery.dlq", "KAFKA_BOOTSTRAP_SERVERS"),
        ("tail", "KAFKA_BOOTSTRAP_SERVERS"),
        ("tail lead.enrichd", "leadstream topics list"),
        ("dlq list lead.enriched", "lead.enriched.delivery.dlq"),
        ("dlq show lead.enriched.delivery.dlq 99:0", "KAFKA_BOOTSTRAP_SERVERS"),
        ("jobs list", "DISCOVERY_URL"),
        ("jobs retry", "--service"),
        ("jobs show 86b5786e-ce87-5279-8883-05198a963e04", "DISCOVERY_URL"),
        ("trigger", "SCHEDULER_URL"),
        ("trigger --user 86b5786e-ce87-5279-8883-05198a963e04", "--lead"),
        ("trigger --fresh", "--lead"),
        ("pauses list", "DISCOVERY_URL"),
    ],
)
async def test_a_fault_that_can_be_expected_is_said_with_what_to_do(
    pipeline: Pipeline, command: str, said: str
) -> None:
    names = [name for name in pipeline.environment if name.endswith("_URL")]
    nowhere = {name: f"http://{NOWHERE}" for name in names if "DATABASE" not in name}

    ran = await pipeline.cli(*command.split(), env={**nowhere, "KAFKA_BOOTSTRAP_SERVERS": NOWHERE})

    assert ran.code == 1
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) <= 15
    assert "Traceback" not in ran.stderr


async def test_what_providers_cost_a_workspace_is_shown(pipeline: Pipeline) -> None:
    workspace = await pipeline.workspace(**EQUIPPED)
    nothing = (await pipeline.cli("spend", "--workspace", str(workspace))).ok()
    lead_id = await pipeline.produce_lead(
        workspace, company={"name": "Paid", "domain": f"{uuid4().hex}.example"}
    )
    await pipeline.lead_when(lead_id, enrichment_status="completed")

    shown = (await pipeline.cli("spend", "--workspace", str(workspace), "--by", "day")).ok()

    assert "nothing was spent" in nothing.stdout
    assert re.search(rf"^{workspace} +\d+ +0\.00 +0\.00 +none ", shown.stdout, re.MULTILINE)
    assert re.search(
        rf"^{workspace} +\d{{4}}-\d\d-\d\d +clay +enrich +1 ", shown.stdout, re.MULTILINE
    )


async def test_a_record_that_is_not_there_is_said(pipeline: Pipeline) -> None:
    topic = "lead.enriched.delivery.dlq"

    for place in ("99:0", "0:999999"):
        ran = await pipeline.cli("dlq", "show", topic, place)
        assert ran.code == 1
        assert f"{topic} has no record at {place}" in ran.stderr


async def test_what_the_environment_lacks_is_read_from_the_working_folder(
    pipeline: Pipeline,
) -> None:
    file = pipeline.home.path / ".env"
    file.write_text(f'LEADSTREAM_TOKEN="{pipeline.tokens["viewer"]}"\n', encoding="utf-8")
    try:
        ran = await pipeline.cli("pauses", "list", by="")
        mine = await pipeline.cli("pauses", "list", by="wrong")
    finally:
        file.unlink()

    assert ran.code == 0, ran.output
    assert mine.code == 1
