"""What failed in one way, as one thing."""

from typing import Any

import pytest

from support.admin_answers import (
    GROUP,
    JOB,
    WORKSPACE,
    a_failure,
    a_summary,
    changed_jobs,
    page,
)
from support.console import Called, Console, FakeServices, refused

OTHER = "0190c0de-0000-5000-8000-0000000000de"
HOME = f"/failures/delivery/{GROUP}"


@pytest.fixture(autouse=True)
def _quiet(services: FakeServices) -> None:
    services.on("*", "GET", "failures", page())
    services.on("*", "GET", "jobs/summary", a_summary())


async def test_groups_of_all_services_are_one_list_the_newest_first(
    console: Console, services: FakeServices
) -> None:
    spent = a_failure(
        key=OTHER,
        kind="enrich-lead",
        error_class="budget",
        status_code=None,
        message="kit@example.com has spent it",
        count=10_000,
        more=True,
        last="2026-11-28T03:00:00Z",
    )
    services.on("delivery", "GET", "failures", page(a_failure()))
    services.on("enrichment", "GET", "failures", page(spent))

    found = await (await console.logged_in("viewer")).get("/failures")

    _, *rows = found.html.main.one("table").rows
    assert [row[:4] for row in rows] == [
        ["budget ••• has spent it", "enrich-lead", "enrichment", "10 000+"],
        ["rejected 422 refused: <address>", "deliver-email", "delivery", "12"],
    ]
    assert found.html.all("a", href=f"/jobs/delivery/{JOB}")
    assert not found.html.all("a", href=HOME), "a viewer may do nothing about it"


async def test_every_filter_goes_to_the_services_and_to_the_group(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", "failures", page(a_failure()))
    given = f"kind=deliver-email&workspace_id={WORKSPACE}"
    query = f"{given}&since=2026-11-28T02%3A00%3A00%2B00%3A00"

    found = await (await console.logged_in("operator")).get(f"/failures?service=delivery&{query}")

    [call] = services.called("GET", "failures")
    assert (call.service, call.params) == (
        "delivery",
        {
            "kind": "deliver-email",
            "workspace_id": WORKSPACE,
            "since": "2026-11-28T02:00:00+00:00",
            "limit": "50",
        },
    )
    assert found.html.one("a", href=f"{HOME}?{query}").text == "Retry or cancel all 12 …"
    assert "leadstream jobs failures delivery --kind deliver-email" in found.html.text


async def test_nothing_has_failed(console: Console) -> None:
    found = await (await console.logged_in()).get("/failures")

    assert "Nothing has failed" in found.html.one(class_="empty").text


async def test_where_a_service_is_away_nobody_says_that_nothing_failed(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    services.away.add("delivery")

    found = await browser.get("/failures")

    assert found.html.one(class_="away").text.startswith("delivery")
    assert found.html.all(class_="empty") == []


def planned(call: Called) -> dict[str, Any]:
    return changed_jobs(12, dry_run=call.body["dry_run"])


@pytest.fixture
def group(services: FakeServices) -> FakeServices:
    services.on("delivery", "GET", "failures", page(a_failure()))
    services.on("delivery", "POST", "jobs/retry", planned)
    services.on("delivery", "POST", "jobs/cancel", planned)
    return services


async def test_a_group_is_a_plan_first(console: Console, group: FakeServices) -> None:
    found = await (await console.logged_in("operator")).get(f"{HOME}?workspace_id={WORKSPACE}")

    [call] = group.changes
    given = {"group": GROUP, "workspace_id": WORKSPACE, "dry_run": True}
    assert (call.path, call.body) == ("jobs/retry", given)
    assert found.html.one("div", aria_label="The plan").one("table").rows[1] == [
        "deliver-email",
        "12",
    ]
    command = f"leadstream jobs retry --service delivery --group {GROUP} --workspace {WORKSPACE}"
    assert command in found.html.text


async def test_a_group_runs_again_with_a_reason(console: Console, group: FakeServices) -> None:
    browser = await console.logged_in("operator")
    plan = await browser.get(f"{HOME}?kind=deliver-email")

    done = await browser.send(plan.html.form(f"{HOME}/retry"), reason="they mended it")

    call = group.changes[-1]
    given = {"group": GROUP, "kind": "deliver-email", "dry_run": False}
    assert (call.body, call.reason) == (given, "they mended it")
    assert done.to == "/failures?kind=deliver-email"
    assert "delivery: 12 jobs run again." in (await browser.follow(done)).html.text


async def test_a_group_is_cancelled_by_whoever_types_its_count(
    console: Console, group: FakeServices
) -> None:
    browser = await console.logged_in("operator")
    form = (await browser.get(HOME)).html.form(f"{HOME}/cancel")

    done = await browser.send(form, reason="they left", count="12")

    counted, cancelled = group.called("POST", "jobs/cancel")
    assert (counted.body["dry_run"], cancelled.body["dry_run"]) == (True, False)
    assert (cancelled.body["group"], cancelled.reason) == (GROUP, "they left")
    assert "12 jobs are cancelled" in (await browser.follow(done)).html.text


@pytest.mark.parametrize("typed", ["11", "", "twelve"])
async def test_a_group_that_has_grown_or_was_not_counted_stays(
    console: Console, group: FakeServices, typed: str
) -> None:
    browser = await console.logged_in("operator")
    form = (await browser.get(HOME)).html.form(f"{HOME}/cancel")

    found = await browser.send(form, reason="they left", count=typed)

    assert found.status == 422
    assert "the jobs are 12 now" in found.html.main.text
    assert found.html.form(f"{HOME}/cancel").fields["reason"] == "they left"
    assert all(call.body["dry_run"] for call in group.changes)


@pytest.mark.parametrize("verb", ["retry", "cancel"])
async def test_nothing_is_done_to_a_group_without_a_reason(
    console: Console, group: FakeServices, verb: str
) -> None:
    found = await (await console.logged_in()).post(f"{HOME}/{verb}", {"count": "12"})

    assert found.status == 422
    assert group.changes == []


async def test_a_group_that_is_gone_says_so(console: Console, services: FakeServices) -> None:
    services.on("delivery", "POST", "jobs/retry", {"dry_run": True, "total": 0, "kinds": {}})

    found = await (await console.logged_in("operator")).get(HOME)

    assert "No job fails in this way any more" in found.html.main.text
    assert found.html.main.all("form") == []


async def test_a_group_of_a_service_that_is_away_is_a_readable_page(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    services.away.add("delivery")

    assert (await browser.get(HOME)).status == 503


async def test_a_viewer_who_types_the_address_is_told(
    console: Console, group: FakeServices
) -> None:
    group.on("delivery", "POST", "jobs/retry", refused(403, "the role operator is needed"))

    found = await (await console.logged_in("viewer")).get(HOME)

    assert found.status == 403
    assert "higher role" in found.html.main.text
