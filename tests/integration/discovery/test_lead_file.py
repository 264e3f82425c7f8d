"""Leads as a file: what the filter matches, harmless to a spreadsheet, in batches."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from discovery.entrypoints.http.lead_file import BATCH, COLUMNS, cell
from integration.discovery.builders import ACME, OTHER, a_lead_id, failed, get
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from integration.discovery.test_api import TOKENS, call
from integration.discovery.test_lead_search import a_lead

HOSTILE = [
    ("=1+1", "'=1+1"),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+1 415 555", "'+1 415 555"),
    ("-2+3", "'-2+3"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("a=1", "a=1"),
    (' "quoted", Inc', ' "quoted", Inc'),
    ("two\nlines", "two\nlines"),
    ("two\r\nlines", "two\r\nlines"),
    ("a,b;c", "a,b;c"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("Łódź 株式会社 🚀", "Łódź 株式会社 🚀"),
    ("\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"),
    ("'=1", "'=1"),
    ("", ""),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [*HOSTILE, (None, ""), (True, "true"), (False, "false"), (-5, "'-5"), (1.5, "1.5")],
)
def test_a_cell_is_text_and_no_formula(value: object, text: str) -> None:
    assert cell(value) == text


async def rows(replica: Replica, **params: Any) -> list[dict[str, str]]:
    answer = await replica.http.get("/leads.csv", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    text = io.StringIO(answer.content.decode("utf-8"), newline="")
    return list(csv.DictReader(text))


async def test_hostile_names_come_out_as_they_are_but_for_formulas(discovery: Replica) -> None:
    names = {await a_lead(discovery, name): text for name, text in HOSTILE}

    assert {UUID(row["id"]): row["company"] for row in await rows(discovery)} == names


async def test_an_empty_file_has_its_header(discovery: Replica) -> None:
    answer = await discovery.http.get("/leads.csv")

    assert answer.content == ",".join(COLUMNS).encode() + b"\r\n"
    assert answer.headers["x-row-limit"] == "100000"


async def test_a_lead_without_documents_is_a_row(discovery: Replica) -> None:
    lead = await a_lead(discovery)
    await discovery.database.pool.execute(
        "UPDATE leads SET company_data = $1, intent_data = NULL", {"location": "Paris"}
    )

    (row,) = await rows(discovery)

    assert (row["id"], row["company"], row["country"], row["score"]) == (str(lead), "", "", "")


async def test_the_file_has_what_the_list_has(discovery: Replica) -> None:
    leads = [await a_lead(discovery, f"Acme {n}") for n in range(5)]
    await a_lead(discovery, "Else")
    for lead in leads[:3]:
        await discovery.take_in("lead.failed", failed(lead))
    asked = {"q": "acme", "stage": "failed", "reason": "enrichment:provider_error"}

    listed = [lead["id"] for lead in (await get(discovery, "leads", **asked))["items"]]

    assert [row["id"] for row in await rows(discovery, **asked)] == listed
    assert len(listed) == 3
    page = await get(discovery, "leads", **asked, limit=1)
    after = await rows(discovery, **asked, cursor=page["next"])
    assert [row["id"] for row in after] == listed[1:]


@pytest.mark.parametrize("limit", [BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 3 * BATCH])
async def test_batches_join_without_a_gap_up_to_the_limit(discovery: Replica, limit: int) -> None:
    await discovery.database.pool.execute(
        "INSERT INTO leads (id, workspace_id, created_at)"
        " SELECT gen_random_uuid(), $1, '2026-01-22'::timestamptz + n / 3 * interval '1 s'"
        " FROM generate_series(1, $2::integer) AS n",
        ACME,
        2 * BATCH + 7,
    )
    every = await discovery.rows("leads", "created_at DESC, id DESC")

    got = [UUID(row["id"]) for row in await rows(discovery, limit=limit)]

    assert got == [row["id"] for row in every[:limit]]


async def test_a6_the_file_of_a_workspace_has_its_own_leads_only(make_replica: MakeReplica) -> None:
    guarded = await make_replica(admin_tokens=TOKENS)
    mine, theirs = await a_lead(guarded), await a_lead(guarded, workspace=OTHER)

    for who, seen in [("acme", {mine}), ("other", {theirs}), ("viewer", {mine, theirs})]:
        text = (await call(guarded, who, "GET", "leads.csv")).text
        assert {UUID(row["id"]) for row in csv.DictReader(io.StringIO(text))} == seen, who
    assert (await call(guarded, "nobody", "GET", "leads.csv")).status_code == 401
    for filters in (f"workspace_id={OTHER}", f"workspace_id={a_lead_id()}"):
        answer = await call(guarded, "acme", "GET", f"leads.csv?{filters}")
        assert answer.status_code == 404


@pytest.mark.parametrize("filters", ["limit=0", "limit=100001", "cursor=bm9uc2Vuc2U", "stage=x"])
async def test_nonsense_is_refused_before_the_file_begins(discovery: Replica, filters: str) -> None:
    answer = await discovery.http.get(f"/leads.csv?{filters}")

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


async def test_people_are_not_in_it(discovery: Replica) -> None:
    lead = await a_lead(discovery)
    await discovery.database.pool.execute(
        "UPDATE leads SET contact_data = $2, last_error = 'delivery: email: ada@acme.com' WHERE id = $1",
        lead,
        {"contacts": [{"email": "ada@acme.com"}]},
    )

    assert "ada@" not in (await discovery.http.get("/leads.csv")).text
