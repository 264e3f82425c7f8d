"""`leadstream erase` over all services: one receipt, which shows when anybody has touched it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from support.pipeline import EQUIPPED, Pipeline, Ran, example
from support.waiting import eventually


@pytest.fixture
def ada() -> str:
    return f"ada-{uuid4().hex[:8]}@cli.example"


async def an_uploaded_lead(pipeline: Pipeline, email: str) -> UUID:
    workspace = await pipeline.workspace(**EQUIPPED)
    found: dict[str, Any] = example("lead.enriched", "full")
    people = found["enrichment"]
    person = {**people["contacts"][0], "email": email, "full_name": "Ada Lovelace"}
    people |= {"contacts": [person], "primary_contact": person, "total_contacts": 1}
    name = uuid4().hex[:8]
    company = {**found["company"], "name": name, "domain": f"{name}.example"}
    lead = await pipeline.produce_lead(
        workspace, topic="lead.enriched", enrichment=people, company=company
    )
    await pipeline.lead_when(lead, platform_uploaded=True)
    return lead


async def emails_at_hubspot(pipeline: Pipeline) -> set[str]:
    portals = (await pipeline.sandbox.control.state("hubspot")).values()
    records = [each for portal in portals for each in portal["records"]["contacts"]]
    return {str(each["properties"].get("email")) for each in records}


def receipt_in(ran: Ran) -> str:
    (found,) = re.findall(r"^receipt ([0-9a-f-]{36})$", ran.stdout, re.MULTILINE)
    return str(found)


async def erase(pipeline: Pipeline, email: str, *more: str) -> Ran:
    return (await pipeline.cli("erase", email, "--reason", "ticket 1", *more)).ok()


async def test_a_person_is_erased_everywhere_and_the_receipt_says_so(
    pipeline: Pipeline, ada: str
) -> None:
    await an_uploaded_lead(pipeline, ada)
    assert ada in await emails_at_hubspot(pipeline)

    planned = await erase(pipeline, ada, "--dry-run")
    there = await emails_at_hubspot(pipeline)
    done = await erase(pipeline, ada)
    again = await erase(pipeline, ada)
    verified = (await pipeline.cli("erase", "--verify", receipt_in(done))).ok()

    assert re.search(
        r"platform-upload\s+uploads to tech-platform \(hubspot\)\s+1\b", planned.stdout
    )
    assert ada in there, "a dry run touches nothing"
    assert ada not in await emails_at_hubspot(pipeline)
    for shown in (done, verified):
        assert re.search(r"platform-upload\s+at tech-platform\s+done: \d+", shown.stdout), (
            shown.stdout
        )
        assert "open:" not in shown.stdout
    assert "all of it is as it was written" in verified.stdout
    assert "nothing of this person is here" in again.stdout
    assert receipt_in(again) != receipt_in(done)
    for log in pipeline.logs():
        assert ada not in log.read_text(encoding="utf-8", errors="replace")


async def test_a_receipt_goes_on_where_it_was(pipeline: Pipeline, ada: str) -> None:
    first = await erase(pipeline, ada)
    receipt = receipt_in(first)

    second = await erase(pipeline, ada, "--receipt", receipt)
    other = await pipeline.cli("erase", f"x{ada}", "--reason", "x", "--receipt", receipt)
    verified = (await pipeline.cli("erase", "--verify", receipt)).ok()

    assert receipt_in(second) == receipt
    assert other.code == 1
    assert "this receipt is another erasure's" in other.stderr
    assert verified.stdout.count(" erased ") == 4


@asynccontextmanager
async def altered(pipeline: Pipeline, edits: str) -> AsyncIterator[None]:
    """Delivery's chain as it is when somebody with the database has been there; put back afterwards."""
    entries = await pipeline.sql("SELECT * FROM delivery.erasure_receipts ORDER BY seq")
    (end,) = await pipeline.sql("SELECT head FROM delivery.erasure_chain")
    await pipeline.sql(edits)
    try:
        yield
    finally:
        await pipeline.sql("UPDATE delivery.erasure_chain SET head = $1", end["head"])
        await pipeline.sql("DELETE FROM delivery.erasure_receipts")
        for entry in entries:
            await pipeline.sql(
                "INSERT INTO delivery.erasure_receipts (seq, receipt_id, content, previous, hash)"
                " VALUES ($1, $2, $3, $4, $5)",
                *(entry[name] for name in ("seq", "receipt_id", "content", "previous", "hash")),
            )


# What somebody may do to the entry `{seq}`, by what is said of it.
EDITS = {
    "delivery: entry {seq}: its content is not what was written": """
        UPDATE delivery.erasure_receipts SET content = replace(content, 'erased', 'Erased') WHERE seq = {seq}
    """,
    "delivery: entry {next}: it comes after entry {before}": """
        DELETE FROM delivery.erasure_receipts WHERE seq = {seq}
    """,
    "delivery: the chain: it ends with entry {seq}, and should with {next}": """
        DELETE FROM delivery.erasure_receipts WHERE seq > {seq}
    """,
    # Written anew from there on, with hashes that fit: the others have taken down what it was.
    "delivery: its part is not the one that discovery has taken down": """
        DO $$
        DECLARE e record;
        BEGIN
            UPDATE delivery.erasure_receipts SET content = replace(content, 'known', 'Known') WHERE seq = {seq};
            UPDATE delivery.erasure_receipts
               SET hash = sha256(previous || convert_to(content, 'UTF8')) WHERE seq = {seq};
            FOR e IN SELECT seq FROM delivery.erasure_receipts WHERE seq > {seq} ORDER BY seq LOOP
                UPDATE delivery.erasure_receipts AS t
                   SET previous = b.hash, hash = sha256(b.hash || convert_to(t.content, 'UTF8'))
                  FROM delivery.erasure_receipts AS b WHERE t.seq = e.seq AND b.seq = e.seq - 1;
            END LOOP;
            UPDATE delivery.erasure_chain
               SET head = (SELECT hash FROM delivery.erasure_receipts ORDER BY seq DESC LIMIT 1);
        END $$
    """,
}


async def test_what_anybody_has_altered_is_named(pipeline: Pipeline, ada: str) -> None:
    receipt = receipt_in(await erase(pipeline, ada))
    query = "SELECT min(seq) AS seq FROM delivery.erasure_receipts WHERE receipt_id = $1"
    (row,) = await pipeline.sql(query, UUID(receipt))
    places = {"seq": row["seq"], "next": row["seq"] + 1, "before": row["seq"] - 1}

    for said, edits in EDITS.items():
        async with altered(pipeline, edits.format(**places)):
            found = await pipeline.cli("erase", "--verify", receipt)

        assert found.code == 1, said
        assert said.format(**places) in found.stderr, found.stderr
    (await pipeline.cli("erase", "--verify", receipt)).ok()


async def test_a_platform_that_ends_later_is_a_further_entry(pipeline: Pipeline, ada: str) -> None:
    await an_uploaded_lead(pipeline, ada)
    hold = ("kind:erase-person", "--reason", "test")
    (await pipeline.cli("pauses", "hold", "platform-upload", *hold)).ok()

    first = await erase(pipeline, ada)
    receipt = receipt_in(first)
    waiting = (await pipeline.cli("erase", "--verify", receipt)).ok()
    (await pipeline.cli("pauses", "lift", "platform-upload", "kind:erase-person")).ok()

    async def is_gone() -> bool:
        return ada not in await emails_at_hubspot(pipeline)

    await eventually(is_gone, "the person is at HubSpot still", within=30)

    async def is_told() -> bool:
        found = await pipeline.get("platform-upload", f"erasure-receipts/{receipt}")
        return not found["open"]

    await eventually(is_told, "the receipt is open still", within=30)
    after = (await pipeline.cli("erase", "--verify", receipt)).ok()

    for shown in (first, waiting):
        assert re.search(r"open: tech-platform\s+waits: \S+ \(job", shown.stdout), shown.stdout
    assert "open:" not in after.stdout
    assert re.search(r"at tech-platform\s+done", after.stdout)


async def test_what_is_exported_is_hashes_for_its_owner_only(
    pipeline: Pipeline, ada: str, tmp_path: Path
) -> None:
    await erase(pipeline, ada)
    target = tmp_path / "erased.json"

    (await pipeline.cli("erase", "--export", str(target))).ok()

    text = target.read_text()
    assert target.stat().st_mode & 0o077 == 0
    assert "@" not in text
    services = orjson.loads(text)["services"]
    assert set(services) == {"enrichment", "discovery", "delivery", "platform-upload"}
    assert all(each["people"] and each["salts"] for each in services.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give an address"),
        (("a@b.example", "--verify", str(uuid4()), "--reason", "x"), "Give an address"),
        (("a@b.example",), "--reason"),
        (("--reapply",), "--reason"),
        (("--verify", "one"), "is the id of a receipt"),
        (("--verify", str(uuid4())), "no service knows a receipt"),
        (("--reapply", "--reason", "x", "--from", __file__), "is not what"),
    ],
)
async def test_what_can_not_be_asked_says_why(
    pipeline: Pipeline, arguments: tuple[str, ...], said: str
) -> None:
    found = await pipeline.cli("erase", *arguments)

    assert found.code != 0
    assert said in found.stderr
