"""What docs/architecture.md names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "architecture.md"
SERVICES = ("discovery", "enrichment", "delivery", "platform-upload", "scheduler")
SHARED = ROOT / "shared/src/leadstream/postgres/migrations"


def _tables(folder: Path) -> set[str]:
    found = [path.read_text("utf-8") for path in sorted(folder.glob("*.sql"))]
    return set(re.findall(r"^CREATE TABLE (\w+)", "\n".join(found), flags=re.MULTILINE))


def test_tables_are_those_of_the_migrations() -> None:
    text = DOCUMENT.read_text("utf-8")
    rows = dict(re.findall(r"^\| ([a-z-]+) \| `\w+`: ([a-z_, ]+) \|", text, flags=re.MULTILINE))
    shared = text.split("the machine's tables:")[1].split(".\n")[0]

    assert {name: set(row.split(", ")) for name, row in rows.items()} == {
        name: _tables(ROOT / f"services/{name}/src/{name.replace('-', '_')}/migrations")
        for name in SERVICES
    }
    assert set(re.findall(r"`(\w+)`", shared)) == _tables(SHARED)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT.read_text("utf-8"))

    assert [link for link in links if not (DOCUMENT.parent / link).exists()] == []


def test_metrics_exist() -> None:
    metrics = (ROOT / "shared/src/leadstream/observability/metrics.py").read_text("utf-8")
    named = re.findall(r"`leadstream_(\w+)", DOCUMENT.read_text("utf-8"))

    assert named
    assert [name for name in named if f'"{name}"' not in metrics] == []
