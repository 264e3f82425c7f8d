"""The FHIR adapter against a server that refuses what FHIR servers refuse."""

import hashlib
from typing import Any

import httpx
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES

SYSTEM = "https://leadstream.example/fhir/lead-id"
TOKEN = f"sandbox-{WORKSPACE}"
FHIR_JSON = {"content-type": "application/fhir+json"}


class Person:
    """Somebody who works at the server, by its own API."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def asks(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            answer = await http.request(
                method,
                f"{self.bench.sandbox.fhir_url}/{path}",
                json=body,
                headers={"authorization": f"Bearer {TOKEN}", **FHIR_JSON, **headers},
            )
        assert answer.is_success, answer.text
        return answer

    async def edits(self, **changes: Any) -> None:
        (found,) = await organizations(self.bench)
        await self.asks("PUT", f"Organization/{found['id']}", found | changes)


async def organizations(bench: Bench) -> list[dict[str, Any]]:
    state = await bench.sandbox.control.state("fhir")
    found: list[dict[str, Any]] = state.get(hashlib.sha256(TOKEN.encode()).hexdigest()[:12], [])
    return found


@pytest.fixture
async def fhir(bench: Bench) -> Bench:
    await bench.connect("fhir")
    return bench


async def test_b31_a_lead_is_an_organization_without_signals_and_people(fhir: Bench) -> None:
    await fhir.upload(an_upload())

    (found,) = await organizations(fhir)
    assert found.pop("id") == (await fhir.uploaded())[0]["external_id"]
    meta = found.pop("meta")
    assert meta["tag"] == [{"system": "https://leadstream.example/fhir/intent", "code": "hot"}]
    assert found == {
        "resourceType": "Organization",
        "identifier": [{"system": SYSTEM, "value": an_upload()["lead_id"]}],
        "active": True,
        "type": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/organization-type",
                        "code": "bus",
                    }
                ]
            }
        ],
        "name": "Acme Corp",
        "telecom": [{"system": "url", "value": "https://acme.com", "use": "work"}],
        "address": [{"use": "work", "city": "San Francisco", "state": "CA", "country": "US"}],
    }


async def test_b32_250_leads_go_in_three_bundles(fhir: Bench) -> None:
    await fhir.upload(*uploads(250))

    assert fhir.calls("fhir", "batch") == 3
    assert fhir.calls("fhir", "metadata") == 1
    assert await fhir.statuses() == ["uploaded"] * 250
    assert len(await organizations(fhir)) == 250
