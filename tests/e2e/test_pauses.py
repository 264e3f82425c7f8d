"""Work is held back and let go by pauses, whoever sets them; each is seen in the API, the metrics and by the doctor."""

import re
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from support.pipeline import Pipeline
from support.waiting import eventually


async def leads(pipeline: Pipeline, workspace: UUID, count: int) -> list[UUID]:
    """Leads at companies that nobody has asked Clay about."""
    return [
        await pipeline.produce_lead(
            workspace,
            company={
                "name": f"Company {n}",
                "domain": f"{uuid4().hex}.example",
                "industry": "Technology",
            },
        )
        for n in range(count)
    ]


async def held(pipeline: Pipeline, service: str, scope: str, *, within: float = 30) -> str:
    """Wait for a pause of the scope and return its reason."""
    reason = ""

    async def is_held() -> bool:
        nonlocal reason
        # Now or never: it may have ended at the next look.
        pause = (await pipeline.pauses(service)).get(scope)
        reason = "" if pause is None else str(pause["reason"])
        return pause is not None

    await eventually(is_held, f"{service} does not hold {scope}", within=within)
    return reason


async def shown(pipeline: Pipeline, service: str, scope_kind: str) -> None:
    """Wait until the metric says that something is held; it is refreshed every five seconds."""
    line = re.compile(rf'^leadstream_pauses{{scope_kind="{scope_kind}"}} [1-9]', re.MULTILINE)

    async def is_shown() -> bool:
        return line.search(await pipeline.metrics(service)) is not None

    await eventually(is_shown, f"leadstream_pauses of {service} does not show it", within=15)


async def doctor_says(pipeline: Pipeline, *sentences: str) -> None:
    """Wait until the doctor says all of them: between two pauses of a provider it finds none."""

    async def says() -> bool:
        ran = await pipeline.cli("doctor")
        return ran.code == 1 and all(sentence in ran.stdout for sentence in sentences)

    await eventually(says, f"the doctor does not say {sentences}", within=30)


async def all_enriched(pipeline: Pipeline, ids: Sequence[UUID]) -> None:
    for lead_id in ids:
        await pipeline.lead_when(lead_id, enrichment_status="completed")


async def test_an_operator_holds_a_workspace_and_lets_it_go(
    pipeline: Pipeline, workspace: UUID
) -> None:
    scope = f"workspace:{workspace}"
    pause = await pipeline.post("enrichment", "pauses", {"scope": scope, "reason": "they asked"})
    other = await pipeline.workspace()

    (lead_id,) = await leads(pipeline, workspace, 1)
    neighbours = await leads(pipeline, other, 1)

    await all_enriched(pipeline, neighbours)
    jobs = await pipeline.get("enrichment", "jobs", lead_id=str(lead_id))
    assert [(job["state"], job["attempts"]) for job in jobs["items"]] == [("ready", 0)]
    listed = (await pipeline.cli("jobs", "list", "enrichment", "--lead", str(lead_id))).ok()
    assert "they asked" in listed.stdout
    await shown(pipeline, "enrichment", "workspace")
    await doctor_says(pipeline, f"{scope} is held until it is lifted: they asked (by admin)")

    await pipeline.delete("enrichment", f"pauses/{pause['id']}")

    await all_enriched(pipeline, [lead_id])


async def test_pauses_on_the_command_line(pipeline: Pipeline) -> None:
    until = "2199-01-01T00:00:00"
    (
        await pipeline.cli(
            "pauses",
            "hold",
            "delivery",
            "kind:deliver-slack",
            "--reason",
            "noisy",
            "--until",
            until,
        )
    ).ok()

    listed = (await pipeline.cli("pauses", "list")).ok()
    lifted = (await pipeline.cli("pauses", "lift", "delivery", "kind:deliver-slack")).ok()
    nothing = (await pipeline.cli("pauses", "list", "delivery")).ok()
    again = await pipeline.cli("pauses", "lift", "delivery", "kind:deliver-slack")

    (line,) = [line for line in listed.stdout.splitlines() if "kind:deliver-slack" in line]
    assert until in line
    assert "noisy" in line
    assert "goes on" in lifted.stdout
    assert nothing.stdout == "nothing is held back\n"
    assert again.code == 1


@pytest.mark.parametrize(
    ("switch", "reason", "advice"),
    [
        ("revoked", "credential_refused", "put in a new one"),
        ("quota_exhausted", "quota_exhausted", "goes on by itself when it is renewed"),
    ],
)
async def test_a_refused_key_and_a_spent_quota_hold_the_provider_and_burn_no_attempt(
    pipeline: Pipeline, workspace: UUID, switch: str, reason: str, advice: str
) -> None:
    await pipeline.sandbox.control.behave("clay", None, match=None, contains=None, **{switch: True})

    ids = await leads(pipeline, workspace, 3)

    assert await held(pipeline, "enrichment", "provider:clay") == reason
    await doctor_says(pipeline, "provider:clay is held until", advice)
    await shown(pipeline, "enrichment", "provider")
    for lead_id in ids:
        (job,) = (await pipeline.get("enrichment", "jobs", lead_id=str(lead_id)))["items"]
        assert (job["state"], job["attempts"]) == ("ready", 0)

    await pipeline.sandbox.control.clear("clay")
    (await pipeline.cli("pauses", "lift", "enrichment", "provider:clay")).ok()

    await all_enriched(pipeline, ids)


async def test_b11_when_the_provider_says_wait_nobody_calls_before_then(
    pipeline: Pipeline, workspace: UUID
) -> None:
    step = {"status": 429, "headers": {"retry-after": "6"}, "body": {}}
    await pipeline.sandbox.control.script("clay", "enrich", step)

    first = await leads(pipeline, workspace, 1)
    assert await held(pipeline, "enrichment", "provider:clay") == "rate_limited"
    second = await leads(pipeline, workspace, 2)
    await all_enriched(pipeline, [*first, *second])

    calls = pipeline.ledger.entries(provider="clay", operation="enrich")
    refused = next(n for n, call in reversed(list(enumerate(calls))) if call.status == 429)
    assert (calls[refused + 1].time - calls[refused].time).total_seconds() >= 5.9
    (job,) = (await pipeline.get("enrichment", "jobs", lead_id=str(first[0])))["items"]
    assert job["attempts"] == 1


async def test_a_provider_out_of_reach_opens_the_circuit_and_the_doctor_says_so(
    pipeline: Pipeline, workspace: UUID
) -> None:
    ids = await leads(pipeline, workspace, 22)
    await all_enriched(pipeline, ids[:1])
    pipeline.sandbox.stop()
    try:
        away = await leads(pipeline, workspace, 22)
        assert await held(pipeline, "enrichment", "provider:clay") == "circuit_open"
        await doctor_says(pipeline, "It failed many times in a row")
        await shown(pipeline, "enrichment", "provider")
    finally:
        pipeline.sandbox.start()
    await pipeline.lift_all()

    # Those that had used up their attempts by then are run again, as the doctor says.
    (await pipeline.cli("jobs", "retry", "--service", "enrichment")).ok()

    await all_enriched(pipeline, away)
