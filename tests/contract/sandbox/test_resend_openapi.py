"""Resend's own document, against what the sandbox accepts and answers."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, ValidationError

from contract.sandbox.cases import case

SPEC = (
    Path(__file__).parents[4] / "shared" / "specs" / "open" / "resend" / "slice.emails.openapi.json"
)
EMAIL = case("resend", "sent").request["body"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("Resend's OpenAPI document is not part of the repository")
    found: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return found


def check(document: dict[str, Any], body: object, name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(body)


async def test_answers_fit(document: dict[str, Any], api: httpx.AsyncClient) -> None:
    sent = (await api.post("/resend/emails", json=EMAIL)).json()
    batch = (await api.post("/resend/emails/batch", json=[EMAIL] * 2)).json()
    read = (await api.get(f"/resend/emails/{sent['id']}")).json()

    check(document, sent, "SendEmailResponse")
    check(document, batch, "CreateBatchEmailsResponse")
    # The document has no null, which Resend answers for a part the e-mail hasn't got.
    check(document, {name: value for name, value in read.items() if value is not None}, "Email")
    assert read.keys() <= document["components"]["schemas"]["Email"]["properties"].keys()


@pytest.mark.parametrize(
    "wrong", [{"to": []}, {"to": ["a@b.co"] * 51}, {"subject": 5}, {"headers": []}, {"tags": {}}]
)
async def test_what_the_document_forbids_is_refused(
    document: dict[str, Any], api: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        check(document, EMAIL | wrong, "SendEmailRequest")

    assert (await api.post("/resend/emails", json=EMAIL | wrong)).status_code == 422
