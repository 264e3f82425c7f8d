"""`leadstream apply` against the services: twice is the same as once, and a dry run tells what would differ."""

from typing import Any
from uuid import uuid4

import pytest

from leadstream.ids import workspace_id
from support.pipeline import EQUIPPED, Pipeline, Ran

TABLES = {
    "discovery": ["workspaces", "queries", "topics", "push_sources", "workspace_sources"],
    "enrichment": ["credit_accounts", "provider_accounts", "workspace_sources", "spending_caps"],
    "delivery": ["recipients", "channels", "senders"],
    "platform_upload": ["connections"],
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    return {
        "slug": f"apply-{uuid4().hex[:10]}",
        "name": "Applied",
        "accounts": [{"provider": "people_data_labs", "credentials": {"api_key": "an-own-key"}}],
        "sources": {"intent": ["datashopper"], "contacts": ["people_data_labs", "clay_compat"]},
        "caps": {"daily": 25, "monthly": None},
        "sender": {"from_address": "Applied <leads@leadstream.example>", "footer": "1 Market St"},
        "queries": [
            {
                "name": "AI tools",
                "topic": {"name": f"topic {uuid4()}", "category": "technology"},
                "filters": {"location": {"country": "Chile"}, "company_size": {"min": 0}},
            }
        ],
        "users": [{"email": "Una@Apply.example", "daily_credit_limit": 2}],
        "push": [{"name": "bombora", "query": "AI tools", "secret": "${HOOK_SECRET}"}],
        **EQUIPPED,
    }


async def apply(pipeline: Pipeline, manifest: dict[str, Any], *options: str) -> Ran:
    return (await pipeline.cli("apply", pipeline.manifest(manifest), *options)).ok()


def effects(ran: Ran) -> list[str]:
    """`create`, `change` or `unchanged` of each line after the workspace's."""
    return [line.split()[0] for line in ran.stdout.splitlines()[1:]]


async def rows(pipeline: Pipeline) -> dict[str, list[Any]]:
    """Everything that `apply` may touch, and everything that was audited."""
    found: dict[str, list[Any]] = {}
    for schema, tables in TABLES.items():
        for table in [*tables, "audit_log"]:
            query = f"SELECT * FROM {schema}.{table} ORDER BY 1"  # noqa: S608 - our own names
            found[f"{schema}.{table}"] = [dict(row) for row in await pipeline.sql(query)]
    return found


async def test_applying_twice_changes_nothing(pipeline: Pipeline, manifest: dict[str, Any]) -> None:
    first = await apply(pipeline, manifest)
    before = await rows(pipeline)

    second = await apply(pipeline, manifest)

    assert set(effects(first)) == {"create"}
    assert len(effects(first)) == 4 + 5 + len(EQUIPPED["connections"]) + 3
    assert set(effects(second)) == {"unchanged"}
    assert await rows(pipeline) == before


async def test_a_dry_run_changes_nothing_and_says_what_would(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    before = await rows(pipeline)
    fresh = await apply(pipeline, manifest, "--dry-run")
    untouched = await rows(pipeline)
    await apply(pipeline, manifest)
    applied = await rows(pipeline)
    manifest["queries"][0]["filters"] = {"location": {"country": "Peru"}}

    dry = await apply(pipeline, manifest, "--dry-run")

    assert set(effects(fresh)) == {"create"}
    assert untouched == before
    (line,) = [line for line in dry.stdout.splitlines() if line.split()[0] == "change"]
    assert "query AI tools" in line
    assert "Chile" in line
    assert "Peru" in line
    assert "url, secret can't be compared" in dry.stdout
    assert await rows(pipeline) == applied


async def test_what_the_file_has_otherwise_is_changed_and_nothing_else(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    await apply(pipeline, manifest)
    manifest["name"] = "applied"
    manifest["queries"][0]["status"] = "paused"
    del manifest["queries"][0]["filters"]["company_size"]
    manifest["users"][0]["daily_credit_limit"] = 5
    manifest["sources"] = {"contacts": ["clay_compat", "people_data_labs"], "stop_when": "verified"}
    manifest["caps"] = {"daily": 25.5, "monthly": 500}
    manifest["sender"] = {"footer": None, "reply_to": "Sales@Apply.example"}
    manifest["accounts"][0]["credentials"] = {"api_key": "another-own-key"}
    manifest["channels"] = [dict(each) for each in manifest["channels"]]
    manifest["channels"][0]["url"] = "${SANDBOX_URL}/slack/services/T1/B1/another"
    manifest["connections"] = [dict(each) for each in manifest["connections"]]
    manifest["connections"][0]["credentials"] = {"access_token": "another-token"}

    ran = await apply(pipeline, manifest)

    lines = "\n".join(line for line in ran.stdout.splitlines() if "change " in line)
    assert effects(ran).count("change") == 9, ran.stdout
    for what in (
        "workspace ",
        "query AI tools",
        "account people_data_labs",
        "sources (contacts, stop_when)",
        "caps  daily: 25.00 → 25.50; monthly: null → 500.00",
        "sender  reply_to: null → Sales@Apply.example; footer: 1 Market St → null",
        "user ",
        "channel slack s",
        "connection tech-platform",
    ):
        assert what in lines
    assert "another" not in ran.output
    workspace = workspace_id(manifest["slug"])
    (query,) = await pipeline.sql(
        "SELECT status, filters::text FROM discovery.queries WHERE workspace_id = $1", workspace
    )
    assert (query["status"], "company_size" in query["filters"]) == ("paused", False)
    assert set(effects(await apply(pipeline, manifest))) == {"unchanged"}


async def test_what_the_file_does_not_name_is_left_alone(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    await apply(pipeline, manifest)

    await apply(pipeline, {"slug": manifest["slug"], "name": "Applied"})

    workspace = str(workspace_id(manifest["slug"]))
    recipients = await pipeline.get("delivery", "recipients", workspace_id=workspace)
    assert len(recipients["items"]) == 1


async def test_a_refusal_names_the_thing_and_what_to_do(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    hook = {"type": "webhook", "name": "inside", "url": "http://10.0.0.1/internal-path"}
    manifest["channels"] = [hook]

    ran = await pipeline.cli("apply", pipeline.manifest(manifest))

    assert ran.code == 1
    assert "channel webhook inside: delivery: 422 url:" in ran.stderr
    assert "mend this and apply the file again" in ran.stderr
    assert "internal-path" not in ran.output
    assert "Traceback" not in ran.output
    assert "create    recipient kit@e2e.example" in ran.stdout


async def test_a_token_of_one_workspace_applies_that_one_only(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    ran = await pipeline.cli("apply", pipeline.manifest(manifest), by="tenant")

    assert ran.code == 1
    assert "404" in ran.stderr
    workspaces = await pipeline.get("discovery", "workspaces", slug=manifest["slug"])
    assert workspaces["items"] == []


async def test_a_connections_fields_are_the_platforms_or_refused(
    pipeline: Pipeline, manifest: dict[str, Any]
) -> None:
    town = {"name": "town", "label": "Town", "groupName": "companyinformation"}
    town |= {"type": "string", "fieldType": "text"}
    await pipeline.sandbox.control.options("hubspot", properties={"companies": [town]})
    connection: dict[str, Any] = {
        "platform": "marketing-platform",
        "adapter": "hubspot",
        "credentials": {"access_token": "sandbox-mapped"},
        "settings": {"fields": {"city": "town", "revenue": None}},
    }
    manifest["connections"] = [connection]
    first = await apply(pipeline, manifest)

    second = await apply(pipeline, manifest)
    del connection["settings"]["fields"]["revenue"]
    third = await apply(pipeline, manifest)
    connection["settings"] = {"fields": {"city": "nowhere"}}
    refused = await pipeline.cli("apply", pipeline.manifest(manifest))

    assert (effects(first)[-1], effects(second)[-1]) == ("create", "unchanged")
    assert effects(third)[-1] == "change"
    assert refused.code != 0
    assert "settings.fields.city" in refused.output
    assert "sandbox-mapped" not in refused.output
    await pipeline.sandbox.control.options("hubspot", properties={"companies": None})
