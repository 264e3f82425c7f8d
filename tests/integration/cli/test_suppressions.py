"""`leadstream suppressions`: out of one workspace and into another, and lifted."""

import csv
from io import StringIO
from pathlib import Path
from uuid import uuid4

from leadstream.ids import workspace_id
from support.pipeline import Pipeline


async def test_what_is_exported_can_be_imported_and_a_bad_line_is_named(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    slug = f"suppressed-{uuid4().hex[:10]}"
    file, rejected = tmp_path / "in.csv", tmp_path / "rejected.csv"
    lines = ["email,origin", f"ann@{slug}.example,bounce", "nobody,", f"+ben@{slug}.example,manual"]
    file.write_text("\n".join(lines), encoding="utf-8")

    taken = await pipeline.cli(
        "suppressions", "import", file, "--workspace", slug, "--rejected", rejected
    )
    exported = (await pipeline.cli("suppressions", "export", "--workspace", slug)).ok()
    file.write_text(exported.stdout, encoding="utf-8")
    again = (await pipeline.cli("suppressions", "import", file)).ok()

    assert taken.code == 1
    assert "2 added, 0 were there, 1 rejected" in taken.stdout
    assert "line 3: is no e-mail address" in taken.stderr
    with rejected.open(newline="") as listing:
        assert [row["line"] for row in csv.DictReader(listing)] == ["3"]
    rows = list(csv.DictReader(StringIO(exported.stdout)))
    found = {row["email"]: (row["workspace_id"], row["reason"], row["everywhere"]) for row in rows}
    assert found == {
        f"ann@{slug}.example": (str(workspace_id(slug)), "bounced", "bounced"),
        f"'+ben@{slug}.example": (str(workspace_id(slug)), "manual", ""),
    }
    assert "0 added, 2 were there, 0 rejected" in again.stdout

    [bounced] = [row["id"] for row in rows if row["everywhere"]]
    lifted = (await pipeline.cli("suppressions", "lift", bounced, "--reason", "mended")).ok()
    assert "It was not on Resend's list." in lifted.stdout
