"""Somebody who works at a platform, by its own API; and what is there."""

from typing import Any

import httpx

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES

EXTERNAL_ID = "LeadStream_Lead_Id__c"


class Sales:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def edits_lead(self, **fields: Any) -> None:
        base = f"{self.bench.sandbox.url}/salesforce"
        key = {"client_id": f"sandbox-{WORKSPACE}", "client_secret": "sandbox-secret"}
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            grant = {"grant_type": "client_credentials", **key}
            session = (await http.post(f"{base}/services/oauth2/token", data=grant)).json()
            lead = f"sobjects/Lead/{EXTERNAL_ID}/{an_upload()['lead_id']}"
            answer = await http.patch(
                f"{base}/services/data/v67.0/{lead}",
                json=fields,
                headers={"authorization": f"Bearer {session['access_token']}"},
            )
        assert answer.is_success, answer.text

    async def edits(self, kind: str, record: dict[str, Any], **properties: str) -> None:
        path = f"crm/objects/2026-09/{kind}/batch/update"
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            answer = await http.post(
                f"{self.bench.sandbox.url}/hubspot/{path}",
                json={"inputs": [{"id": record["hs_object_id"], "properties": properties}]},
                headers={"authorization": f"Bearer sandbox-{WORKSPACE}"},
            )
        assert answer.is_success, answer.text


async def leads_of(bench: Bench) -> list[dict[str, Any]]:
    """What Salesforce has."""
    state = await bench.sandbox.control.state("salesforce")
    found: list[dict[str, Any]] = state.get(f"sandbox-{WORKSPACE}", [])
    return found


async def lead_of(bench: Bench) -> dict[str, Any]:
    (lead,) = await leads_of(bench)
    return lead


async def records_of(bench: Bench, kind: str) -> list[dict[str, Any]]:
    """What HubSpot has."""
    (portal,) = (await bench.sandbox.control.state("hubspot")).values()
    return [each["properties"] for each in portal["records"][kind]]


async def record_of(bench: Bench, kind: str) -> dict[str, Any]:
    (record,) = await records_of(bench, kind)
    return record
