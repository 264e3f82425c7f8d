"""The benchmarks still run and nobody loses leads in them. How fast they are is no test's business."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ADAPTERS = {"fhir", "hubspot", "marketo", "salesforce", "shopify", "wealthbox", "webhook"}


@pytest.mark.timeout(180)
def test_every_stage_of_the_hop_brings_its_leads_home() -> None:
    assert set(_rows("hop")) == {"Leadstream", "Faust agent", "FastStream", "PgQueuer stage"}


@pytest.mark.timeout(180)
def test_the_services_take_leads_to_the_platform_at_a_steady_pace() -> None:
    rows = _rows("end_to_end", "--only", "Leadstream")

    # After the rate and three times: what arrived of what was sent, and what came again.
    assert {chain: cells[4:6] for chain, cells in rows.items()} == {"Leadstream": ["20/20", "0"]}


@pytest.mark.timeout(180)
def test_a_peers_chain_climbs_the_steps() -> None:
    assert set(_rows("capacity", "--only", "Faust")) == {"Faust"}


@pytest.mark.timeout(180)
def test_nobody_calls_a_provider_more_often_than_it_allows() -> None:
    ours = _rows("bound")["Leadstream"]

    # After what is allowed, how many they are, and three figures of how much of it they used.
    assert ours[5] == "0"


@pytest.mark.timeout(180)
def test_workers_that_are_replaced_call_for_nobody_twice() -> None:
    rows = _rows("scale_out")

    assert set(rows) == {"1 worker", "4 workers, a limit", "4 workers, a limit, each replaced"}
    assert {cells[3] for cells in rows.values()} == {"0"}


@pytest.mark.timeout(180)
def test_hot_leads_and_those_of_a_small_workspace_are_all_done() -> None:
    assert set(_rows("hot_first")) == {
        "hot leads",
        "ten alone",
        "ten beside a big workspace",
    }


@pytest.mark.timeout(180)
def test_the_memory_of_every_service_is_compared() -> None:
    services = {"discovery", "enrichment", "delivery", "platform-upload", "scheduler"}

    assert set(_rows("memory")) == {"bare Faust worker", *services}


@pytest.mark.timeout(180)
def test_a_stage_brings_its_leads_home_in_tables_that_have_others() -> None:
    assert set(_rows("grown")) == {"200", "2,000"}


@pytest.mark.timeout(180)
def test_jobs_of_destinations_that_answer_end_beside_those_that_hang() -> None:
    assert set(_rows("hanging")) == {"all answer", "hang", "hang / all answer"}


@pytest.mark.timeout(180)
def test_every_platform_takes_its_leads_and_sends_none_away() -> None:
    rows = _rows("platforms")

    assert set(rows) == ADAPTERS
    # Calls, the fewest there can be, what is allowed, two shares of it, and what was refused.
    assert {adapter: cells[5] for adapter, cells in rows.items()} == dict.fromkeys(ADAPTERS, "0")


@pytest.mark.timeout(180)
def test_every_alert_goes_out_once_in_fewer_calls_than_there_are() -> None:
    rows = _rows("emails")

    accepted = {name: int(cells[1]) - int(cells[2]) for name, cells in rows.items()}
    assert {name: cells[0] for name, cells in rows.items()} == {
        "batches, one workspace": "300",
        "batches, 1,000 workspaces": "300",
        "one by one": "10",
    }
    assert accepted["one by one"] == 10
    assert all(calls <= 10 for calls in accepted.values())
    assert {cells[5] for cells in rows.values()} == {"0"}


@pytest.mark.timeout(180)
def test_leads_that_waited_are_one_email_for_each_recipient() -> None:
    [(recipients, cells)] = _rows("digests").items()

    # Leads, calls, and those of them that were refused; what went out twice.
    assert (recipients, cells[0], cells[4]) == ("20", "400", "0")
    assert int(cells[1]) - int(cells[2]) == 20


@pytest.mark.timeout(180)
def test_every_page_of_the_console_is_there_over_tables_that_are_filled() -> None:
    rows = _rows("console")

    assert {"/", "/leads", "/leads/{id}", "/jobs, 3 filters, page 2"} <= set(rows)
    assert {page: cells[0] for page, cells in rows.items()} == dict.fromkeys(rows, "200")


def _rows(name: str, *options: str) -> dict[str, list[str]]:
    """The cells of the benchmark's table, by what is in the first of them."""
    ran = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench", name, "--quick", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [line.strip("│") for line in ran.stdout.splitlines() if line.startswith("│")]
    rows = [[cell.strip() for cell in line.split("│")] for line in lines]
    return {first: rest for first, *rest in rows}
