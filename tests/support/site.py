"""The console as a process, before a running pipeline that has had a night."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from leadstream_dev.ports import choose_port
from leadstream_dev.services import Replica, ServiceSpec
from support.pipeline import EQUIPPED, Pipeline
from support.waiting import eventually

SPEC = ServiceSpec("console", "console", 8000)


@dataclass(frozen=True, slots=True)
class Site:
    replica: Replica
    pipeline: Pipeline

    @property
    def url(self) -> str:
        # By its name: another site's page is at an address.
        return f"http://localhost:{self.replica.port}"


@dataclass(frozen=True, slots=True)
class Night:
    """What has come of a night in a workspace that is not the one of the token `tenant`."""

    workspace: UUID
    tick: str
    # Whose enrichment was refused.
    failed_lead: str
    failed_job: str
    # With its story complete.
    lead: str


@asynccontextmanager
async def serving(pipeline: Pipeline) -> AsyncIterator[Site]:
    """The console in front of the pipeline's services."""
    keys = {"ENCRYPTION_KEYS": f"e2e:{base64.b64encode(secrets.token_bytes(32)).decode()}"}
    environment = pipeline.environment | keys
    replica = Replica(SPEC, env=environment, port=choose_port(0), home=pipeline.home)
    replica.start()
    await replica.wait_ready()
    try:
        yield Site(replica, pipeline)
    finally:
        await replica.stop()


async def a_night(pipeline: Pipeline) -> Night:
    """Leads found, told and uploaded; one refused on its way; a letter that nobody could read; a pause."""
    topic = f"console {uuid4()}"
    workspace = await pipeline.workspace(
        **EQUIPPED, queries=[{"name": "q", "topic": {"name": topic}}]
    )
    control = pipeline.sandbox.control
    await control.script("clay", "enrich", {"status": 400, "body": {"error": "no such company"}})
    body = {"workspace_id": str(workspace)}
    tick = (await pipeline.post("discovery", "trigger-lead-generation", body))["tick_id"]
    await pipeline.produce("lead.discovered", b'{"not": "an event"}', key="console")
    (await pipeline.cli("erase", "gone@e2e.example", "--reason", "ticket 1")).ok()
    night = await _ended(pipeline, workspace, tick)
    scope = {"scope": f"workspace:{workspace}", "reason": "the console's tests"}
    await pipeline.post("delivery", "pauses", scope)
    await eventually(lambda: _has_letters(pipeline), "no dead letter came", within=60)
    return night


async def _ended(pipeline: Pipeline, workspace: UUID, tick: str) -> Night:
    """Wait until a lead has reached its end, and another has failed."""
    failed: list[Any] = []
    told: list[Any] = []

    async def has_ended() -> bool:
        nonlocal failed, told
        asked = {"state": "failed", "workspace_id": str(workspace)}
        failed = (await pipeline.get("enrichment", "jobs", **asked))["items"]
        asked = {"tick_id": tick, "delivery_status": "delivered", "limit": "100"}
        told = (await pipeline.get("discovery", "leads", **asked))["items"]
        return bool(failed and told)

    await eventually(has_ended, "the night does not come to its end", within=120)
    return Night(
        workspace=workspace,
        tick=tick,
        failed_lead=failed[0]["lead_id"],
        failed_job=failed[0]["id"],
        lead=told[0]["id"],
    )


async def _has_letters(pipeline: Pipeline) -> bool:
    listed = await asyncio.gather(
        *(pipeline.get(service, "dead-letters") for service in ("enrichment", "scheduler"))
    )
    return any(each["items"] for each in listed)
