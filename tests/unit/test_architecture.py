"""What docs/architecture.md names is there."""

import re
from pathlib import Path

from delivery.application.notices import KIND as NOTICE
from delivery.application.planning import ASK, DIGEST
from delivery.domain.delivery import Channel
from discovery.application.bring_in import BRING_IN, IMPORT
from discovery.application.plan_runs import WEEKLY_TRENDS, run_kind
from enrichment.application.kinds import kind_of
from enrichment.entrypoints.jobs import CREDIT_RESET
from leadstream.accounts import PROVIDERS, SourceList
from platform_upload.application.erase_person import ERASE_PERSON
from platform_upload.application.take_uploads import UPLOAD_CONTACTS, UPLOAD_LEAD

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


def _asked_for(where: SourceList) -> list[str]:
    return [each.name for each in PROVIDERS.values() if where in each.lists and each.credentials]


def test_kinds_of_jobs_are_those_of_the_services() -> None:
    section = DOCUMENT.read_text("utf-8").split("| service | kinds of jobs |")[1].split("\n\n")[0]
    rows = dict(re.findall(r"^\| ([a-z-]+) \| (.+) \|$", section, flags=re.MULTILINE))

    assert {name: set(re.findall(r"`([a-z0-9-]+)`", row)) for name, row in rows.items()} == {
        "discovery": {
            *map(run_kind, _asked_for(SourceList.INTENT)),
            BRING_IN,
            IMPORT,
            WEEKLY_TRENDS,
        },
        "enrichment": {*map(kind_of, _asked_for(SourceList.CONTACTS)), CREDIT_RESET},
        "delivery": {*(f"deliver-{channel}" for channel in Channel), ASK, DIGEST, NOTICE},
        "platform-upload": {UPLOAD_LEAD, UPLOAD_CONTACTS, ERASE_PERSON},
    }


def test_every_provider_of_data_is_in_the_first_diagram() -> None:
    text = DOCUMENT.read_text("utf-8").split("```mermaid")[1]
    names = {
        "clay": "Clay",
        "clay_public_v0": "Clay",
        "people_data_labs": "People Data Labs",
        "hunter": "Hunter",
        "datashopper": "DataShopper",
        "g2": "G2",
        "push": "Sources that push",
    }

    assert [name for name in PROVIDERS if names[name] not in text] == []


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT.read_text("utf-8"))

    assert [link for link in links if not (DOCUMENT.parent / link).exists()] == []


def test_metrics_exist() -> None:
    metrics = (ROOT / "shared/src/leadstream/observability/metrics.py").read_text("utf-8")
    named = re.findall(r"`leadstream_(\w+)", DOCUMENT.read_text("utf-8"))

    assert named
    assert [name for name in named if f'"{name}"' not in metrics] == []
