"""`GET /domains`, and what may be sent from each."""

from typing import Any

import httpx
import pytest

from contract.sandbox.test_resend import send
from leadstream_dev.sandbox import Sandbox


async def test_domains_come_in_pages_only_where_a_limit_is_given(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    more = [f"d{number}.example" for number in range(4)]
    await sandbox.control.options("resend", domains=dict.fromkeys(more, "verified"))
    names = ["leadstream.example", *more]

    whole = (await api.get("/resend/domains")).json()
    first = (await api.get("/resend/domains", params={"limit": 2})).json()
    after = {"limit": 3, "after": first["data"][-1]["id"]}
    rest = (await api.get("/resend/domains", params=after)).json()

    assert [row["name"] for row in whole["data"]] == names
    assert (whole["has_more"], first["has_more"], rest["has_more"]) == (False, True, False)
    assert [row["name"] for row in first["data"] + rest["data"]] == names


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"after": "x"}])
async def test_a_page_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await api.get("/resend/domains", params=wrong)

    assert (answer.status_code, answer.json()["name"]) == (422, "validation_error")


async def test_a_key_that_may_only_send_sees_no_domains(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    key = api.headers["authorization"].removeprefix("Bearer ")
    await sandbox.control.options("resend", sending_only=[key])

    answer = await api.get("/resend/domains")

    assert (answer.status_code, answer.json()["name"]) == (401, "restricted_api_key")
    assert (await send(api)).status_code == 200


@pytest.mark.parametrize(
    ("status", "answered"),
    [("verified", 200), ("temporary_failure", 200), ("pending", 403), ("failed", 403)],
)
async def test_one_sends_from_what_is_verified(
    sandbox: Sandbox, api: httpx.AsyncClient, status: str, answered: int
) -> None:
    await sandbox.control.options("resend", domains={"leadstream.example": status})

    assert (await send(api)).status_code == answered
