"""`leadstream import`: a file becomes leads once, wholly or not at all, and goes on where it was broken off."""

import asyncio
import csv
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from leadstream.ids import workspace_id
from support.pipeline import LEADSTREAM, Pipeline, Ran
from support.waiting import eventually

QUERY = "AI tools"


@pytest.fixture
async def slug(pipeline: Pipeline) -> str:
    """A workspace with a query."""
    slug = f"import-{uuid4().hex[:10]}"
    topic = {"name": f"topic {uuid4()}", "category": "technology"}
    # Paused: what is imported is no search, and nothing else is to find leads here.
    query = {"name": QUERY, "topic": topic, "status": "paused"}
    manifest = pipeline.manifest({"slug": slug, "queries": [query]})
    (await pipeline.cli("apply", manifest)).ok()
    return slug


async def imports(pipeline: Pipeline, file: Path, slug: str, *options: str | Path) -> Ran:
    return await pipeline.cli(
        "import", file, "--workspace", slug, "--query", QUERY, *options, within=90
    )


async def names(pipeline: Pipeline, slug: str) -> list[str]:
    rows = await pipeline.sql(
        "SELECT company_data ->> 'name' AS name FROM discovery.leads WHERE workspace_id = $1 ORDER BY 1",
        workspace_id(slug),
    )
    return [row["name"] for row in rows]


async def test_a_file_is_counted_then_imported_and_never_twice(
    pipeline: Pipeline, slug: str, tmp_path: Path
) -> None:
    file, rejected = tmp_path / "leads.csv", tmp_path / "rejected.csv"
    good = [f"Firm {n};firm-{n}.{slug}.example;Software" for n in range(30)]
    bad = [f";nobody-{n}.example;" for n in range(25)]
    text = "\r\n".join(["Firmenname;Domain;Branche", *good, *bad, good[0], ""])
    file.write_bytes(text.encode("cp1252"))
    mapped = ("--map", "Firmenname=name")

    dry = (await imports(pipeline, file, slug, *mapped, "--dry-run", "--rejected", rejected)).ok()
    refused = await imports(pipeline, file, slug, *mapped)
    untouched = await names(pipeline, slug)
    done = (await imports(pipeline, file, slug, *mapped, "--skip-rejected")).ok()

    async def are_there() -> bool:
        return len(await names(pipeline, slug)) == 30

    await eventually(are_there, "the leads are not there", within=30)
    again = (await imports(pipeline, file, slug, *mapped, "--skip-rejected")).ok()

    assert "56 rows: 30 new, 1 known, 25 rejected" in dry.stdout
    assert "a dry run: nothing was imported" in dry.stdout
    assert "line 32, Firmenname: is empty: a company has a name" in dry.stderr
    assert f"… and 5 more: all are in {rejected}" in dry.stderr.replace("\n", " ")
    with rejected.open(newline="") as listing:
        assert [row["line"] for row in csv.DictReader(listing)] == [str(n) for n in range(32, 57)]
    assert refused.code == 1
    assert "25 of 56 rows can't be taken: nothing was imported" in refused.stderr
    assert untouched == []
    assert "its leads are being made" in done.stdout
    assert "nothing is changed" in again.stdout
    assert len(await names(pipeline, slug)) == 30


async def test_what_was_broken_off_goes_on_and_many_leads_are_asked_for(
    pipeline: Pipeline, slug: str, tmp_path: Path
) -> None:
    file = tmp_path / "many.csv"
    file.write_text("name\n" + "".join(f"Firm {n} of {slug}\n" for n in range(5_000)))
    environment = pipeline.environment | {"LEADSTREAM_TOKEN": pipeline.tokens["admin"]}
    command = ["import", str(file), "--workspace", slug, "--query", QUERY]

    begun = await asyncio.create_subprocess_exec(
        LEADSTREAM,
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert begun.stderr is not None
    progress = await asyncio.wait_for(begun.stderr.readline(), 60)
    begun.kill()
    await begun.wait()
    (first,) = await batches(pipeline, slug)
    again = await imports(pipeline, file, slug)
    (second,) = await batches(pipeline, slug)

    assert progress == b"  1,000 of 5,000 rows are there\n"
    assert again.code == 1
    assert "5,000 rows: 5,000 new, 0 known, 0 rejected" in again.stdout
    assert "it would make up to 5,000 leads: nothing was imported" in again.stderr
    assert first["id"] == second["id"]
    # What was sent the first time was not sent again.
    assert first["kept"] == second["kept"]
    assert second["batches"] == 5
    assert await names(pipeline, slug) == []


async def batches(pipeline: Pipeline, slug: str) -> list[Any]:
    """The workspace's imports, with how many batches are there, and the transaction that wrote the first."""
    found: list[Any] = await pipeline.sql(
        """SELECT imports.id, count(*) AS batches,
                  min(import_batches.xmin::text) FILTER (WHERE number = 0) AS kept
             FROM discovery.imports JOIN discovery.import_batches ON import_id = imports.id
            WHERE workspace_id = $1 GROUP BY imports.id""",
        workspace_id(slug),
    )
    return found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nCaf\x81\n", "line 2, column 4: is neither UTF-8 nor Windows-1252"),
        (b"title\nAcme\n", "no column names the company among title"),
        (b"", "is empty"),
    ],
    ids=["encoding", "columns", "empty"],
)
async def test_a_file_that_can_not_be_read_is_refused_before_anything_is_asked(
    pipeline: Pipeline, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(content)

    ran = await imports(pipeline, file, f"nowhere-{UUID(int=1)}")

    assert ran.code == 1
    assert f"{file}: " in ran.stderr
    assert said in ran.stderr
    assert "Nothing was imported." in ran.stderr
