"""Corrections and people who were erased; and what a correction may not make of a lead."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import Bench, an_upload
from integration.platform_upload.machine import work
from integration.platform_upload.people import lead_of, leads_of
from integration.platform_upload.test_resending import (
    ADA,
    RULE,
    field_of,
    reject,
    resend,
    the_upload,
)
from support.traces import tables_with

OTHER = str(UUID(int=5))


async def erase(bench: Bench, email: str, **more: Any) -> None:
    await bench.post("/erasures", {"email": email, "reason": "asked", **more})


@pytest.mark.parametrize(
    "name", ["workspace_id", "lead_id", "platform", "revision", "id", "intent_score", "score"]
)
async def test_whose_a_lead_is_and_how_hot_is_not_corrected(bench: Bench, name: str) -> None:
    upload = await reject(bench)

    assert await field_of(bench, upload, {name: "warm"}) == f"overrides.{name}"

    assert await the_upload(bench) == upload


async def test_a_domain_that_was_wrong_is_corrected_under_the_same_id(bench: Bench) -> None:
    upload = await reject(bench)

    await resend(bench, upload, {"overrides": {"domain": "acme.example"}})
    await work(bench.replica)

    lead = await lead_of(bench)
    assert lead["Website"] == "https://acme.example"
    assert lead["LeadStream_Lead_Id__c"] == an_upload()["lead_id"]
    assert await bench.billed() == 1


PLACES: list[dict[str, Any]] = [
    {"contacts": [{"full_name": "Ada", "email": ADA}]},
    {"contacts": [{"full_name": "Ada", "email": " ADA@Acme.com\n"}]},
    {"primary_contact": {"email": ADA}},
    {"primary_contact": {"full_name": "Ada", "email": "Ada@ACME.com"}},
    {"contacts": [{"email": "bob@acme.com"}, {"email": ADA}], "primary_contact": None},
    # Where no address belongs, it is one still.
    {"contacts": [{"full_name": f"Ada <{ADA}>", "email": "bob@acme.com"}]},
    {"primary_contact": {"full_name": "ADA@ACME.COM"}},
    {"primary_contact": {"title": f"write to {ADA}, please"}},
    {"company_name": f"Acme (mailto:{ADA})"},
    {"intent_signals": [{"signal_type": "news", "strength": "high", "source": ADA}]},
]


@pytest.mark.parametrize("overrides", PLACES, ids=str)
async def test_who_was_erased_does_not_come_back_by_hand(
    bench: Bench, overrides: dict[str, Any]
) -> None:
    upload = await reject(bench)
    await erase(bench, ADA)

    assert await field_of(bench, upload, overrides) == "overrides"

    assert await tables_with(bench.replica.database, ADA) == {}
    assert await the_upload(bench) == upload


async def test_who_was_erased_elsewhere_may_come(bench: Bench) -> None:
    upload = await reject(bench)
    await erase(bench, ADA, workspace_id=OTHER)

    await resend(bench, upload, {"overrides": {"primary_contact": {"email": ADA}}})
    await work(bench.replica)

    assert (await lead_of(bench))["Email"] == ADA


async def test_a_lead_whose_person_was_erased_goes_out_without(bench: Bench) -> None:
    upload = await reject(bench)
    await erase(bench, "john@acme.com")

    await resend(bench, upload, {"overrides": {"company_name": "Acme GmbH"}})
    await work(bench.replica)

    lead = await lead_of(bench)
    assert (lead["Company"], lead["LastName"]) == ("Acme GmbH", "[Unknown]")
    assert "john" not in str(lead).lower()
    assert await bench.billed() == 1


async def test_an_erasure_beside_a_correction_leaves_nothing(bench: Bench) -> None:
    """Whichever comes first: what is stored is stored without the person, or is found."""
    upload = await reject(bench)
    await bench.sandbox.control.options("salesforce", rules=[RULE])
    ada = {"full_name": "Ada Lovelace", "email": ADA}
    body = {"overrides": {"contacts": [ada], "primary_contact": ada}}

    async with bench.replica.http() as http:
        answers = await asyncio.gather(
            *(http.post(f"/uploads/{upload['id']}/resend", json=body) for _ in range(2)),
            http.post("/erasures", json={"email": ADA, "reason": "asked"}),
        )
    await work(bench.replica)

    assert {each.status_code for each in answers[:2]} <= {202, 409, 422}
    assert answers[2].status_code == 200
    assert await tables_with(bench.replica.database, ADA) == {}
    assert await tables_with(bench.replica.database, "lovelace") == {}
    assert ADA not in str(await leads_of(bench))


@pytest.mark.parametrize(
    "overrides",
    [
        rb'{"company_name": "\ud800"}',
        rb'{"primary_contact": {"full_name": "\udfff Ada"}}',
        rb'{"contacts": [{"email": "\ud800@acme.com"}]}',
        rb'{"contacts": [{"email": "a\u0000@acme.com"}]}',
        rb'{"\ud800": "x"}',
        rb'{"primary_contact": {"full_name": "a\u0000b@c.d"}}',
    ],
)
async def test_what_is_no_text_is_refused_and_no_error_of_ours(
    bench: Bench, overrides: bytes
) -> None:
    upload = await reject(bench)

    async with bench.replica.http() as http:
        answer = await http.post(
            f"/uploads/{upload['id']}/resend",
            content=b'{"overrides": ' + overrides + b"}",
            headers={"content-type": "application/json"},
        )

    assert answer.status_code in {400, 422}, answer.text
    assert await the_upload(bench) == upload
