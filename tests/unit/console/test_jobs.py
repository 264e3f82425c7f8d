"""All five ledgers in one list, one job, and many at once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.admin_answers import (
    JOB,
    LEAD,
    PAUSE,
    WORKSPACE,
    a_job,
    a_pause,
    a_summary,
    a_whole_job,
    changed_jobs,
    page,
)
from support.console import Called, Console, FakeServices, refused

OTHER = "0190c0de-0000-7000-8000-000000000002"
HOME = f"/jobs/delivery/{JOB}"


@pytest.fixture(autouse=True)
def _quiet(services: FakeServices) -> None:
    services.on("*", "GET", "jobs", page())
    services.on("*", "GET", "jobs/summary", a_summary())
    services.on("*", "GET", "pauses", page())


async def test_jobs_of_all_services_are_one_list_newest_first(
    console: Console, services: FakeServices
) -> None:
    newer = a_job(id=OTHER, kind="enrich-lead", state="running", created_at="2026-11-28T03:00:00Z")
    services.on("delivery", "GET", "jobs", page(a_job()))
    services.on("enrichment", "GET", "jobs", page(newer))

    found = await (await console.logged_in("viewer")).get("/jobs")

    _, *rows = found.html.main.one("div", aria_label="Jobs").one("table").rows
    assert [(row[0], row[2]) for row in rows] == [("running", "enrichment"), ("failed", "delivery")]
    assert [found.html.all("a", href=href) != [] for href in (HOME, f"/leads/{LEAD}")] == [True] * 2
    assert "kit@example.com" not in found.source


async def test_every_filter_goes_to_the_services(console: Console, services: FakeServices) -> None:
    given = {"state": "failed", "kind": "deliver-email", "workspace_id": WORKSPACE, "lead_id": LEAD}
    query = "&".join(f"{name}={value}" for name, value in given.items())

    found = await (await console.logged_in()).get(
        f"/jobs?service=delivery&since=2026-11-28+02:00&{query}"
    )

    [call] = services.called("GET", "jobs")
    assert call.service == "delivery"
    assert call.params == {**given, "since": "2026-11-28T02:00:00+00:00", "limit": "50"}
    assert services.called("GET", "jobs/summary")[0].params == {"workspace_id": WORKSPACE}
    command = "leadstream jobs list delivery --state failed --kind deliver-email"
    options = f"--workspace {WORKSPACE} --lead {LEAD} --since 2026-11-28T02:00:00"
    assert f"{command} {options}" in found.html.text


async def test_so_long_ago_is_counted_from_now(console: Console, services: FakeServices) -> None:
    await (await console.logged_in()).get("/jobs?since=24h")

    asked = datetime.fromisoformat(services.called("GET", "jobs")[0].params["since"])
    assert abs(datetime.now(UTC) - timedelta(hours=24) - asked) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/jobs?since=soon", 422, "is no moment"),
        ("/jobs?service=nope", 422, "there is no such service"),
        ("/jobs/plan?state=running", 422, "only failed or cancelled jobs run again"),
        (f"/jobs/nope/{JOB}", 404, "There is no such page"),
        ("/jobs/delivery/nope", 404, "There is no such page"),
    ],
)
async def test_what_makes_no_sense_is_said(
    console: Console, path: str, status: int, said: str
) -> None:
    found = await (await console.logged_in()).get(path)

    assert found.status == status
    assert said in found.html.main.text


async def test_what_the_service_refuses_is_said(console: Console, services: FakeServices) -> None:
    wrong = refused(422, "Input should be a valid UUID", field="lead_id")
    services.on("*", "GET", "jobs", wrong)
    services.on("*", "GET", f"jobs/{JOB}", refused(404, "there is no such job"))
    browser = await console.logged_in()

    listed = await browser.get("/jobs?lead_id=x")

    assert listed.status == 422
    assert "lead_id: Input should be" in listed.html.main.text
    assert (await browser.get(HOME)).status == 404


async def test_a_service_that_is_away_is_one_box(console: Console, services: FakeServices) -> None:
    services.on("delivery", "GET", "jobs", page(a_job()))
    browser = await console.logged_in()
    services.away.add("enrichment")

    found = await browser.get("/jobs")

    [box] = found.html.all(class_="away")
    assert found.status == 200
    assert box.text.startswith("enrichment")
    assert found.html.all("a", href=HOME)


async def test_counts_lead_to_their_lists(console: Console, services: FakeServices) -> None:
    counts = [("ready", "deliver-email", 50_000), ("failed", "deliver-email", 2)]
    services.on("delivery", "GET", "jobs/summary", a_summary(*counts, more=("ready",)))
    services.on("enrichment", "GET", "jobs/summary", a_summary(("failed", "enrich-lead", 3)))

    found = await (await console.logged_in()).get("/jobs")

    counted = {
        item.one("a")["href"]: item.text for item in found.html.one(class_="tally").all("li")
    }
    assert counted["/jobs?state=ready"] == "50 000+ ready"
    assert counted["/jobs?state=failed"] == "5 failed"
    of_kind = found.html.one("a", href="/jobs?service=enrichment&kind=enrich-lead&state=failed")
    assert of_kind.text == "3"


async def test_counts_are_of_the_kind_that_is_looked_at_and_their_links_too(
    console: Console, services: FakeServices
) -> None:
    counts = [("failed", "deliver-email", 2), ("failed", "deliver-slack", 40)]
    services.on("delivery", "GET", "jobs/summary", a_summary(*counts))

    found = await (await console.logged_in()).get(f"/jobs?kind=deliver-email&lead_id={LEAD}")

    assert found.html.one("a", href="/jobs?kind=deliver-email&state=failed").text == "2 failed"


async def test_a_list_without_jobs_says_what_makes_some(console: Console) -> None:
    found = await (await console.logged_in()).get("/jobs")

    assert "leadstream trigger" in found.html.one(class_="empty").text


# One job.


@pytest.mark.parametrize(
    ("attempts", "said"), [(2, "2"), (1, "1 since somebody had it run again, 2 in all")]
)
async def test_a_job_that_ran_again_has_had_more_attempts_than_it_counts(
    console: Console, services: FakeServices, attempts: int, said: str
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", a_whole_job(attempts=attempts))

    found = await (await console.logged_in("viewer")).get(HOME)

    facts = found.html.main.one("dl", class_="facts").text
    assert f"Attempts {said} Service" in " ".join(facts.split())


async def test_a_job_shows_its_attempts_with_the_time_between_and_nobodys_address(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", a_whole_job())

    found = await (await console.logged_in("viewer")).get(HOME)

    _, *rows = found.html.one("div", aria_label="Attempts").one("table").rows
    assert [row[:2] + row[3:7] for row in rows] == [
        ["1", "retry", "5.0 s", "1.0 s", "503", "unavailable"],
        ["2", "failed", "30 s", "2.0 s", "422", "rejected"],
    ]
    assert json.loads(found.html.one("pre", class_="json").text)["company"] == "Acme"
    for hidden in ("kit@example.com", "s3cr3t-value", "t0k3n-value"):
        assert hidden not in found.source
    assert found.html.main.all("form") == [], "a viewer may press nothing"


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("failed", ["retry", "show"]),
        ("cancelled", ["retry", "show"]),
        ("ready", ["cancel", "show"]),
        ("running", ["show"]),
        ("succeeded", ["show"]),
    ],
)
async def test_what_can_be_done_to_a_job_is_offered(
    console: Console, services: FakeServices, state: str, offered: list[str]
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", a_whole_job(state=state))

    found = await (await console.logged_in("operator")).get(HOME)

    actions = [form["action"] for form in found.html.main.all("form")]
    assert actions == [f"{HOME}/{verb}" for verb in offered]


@pytest.mark.parametrize(
    ("verb", "state", "said"),
    [("retry", "failed", "The job runs again."), ("cancel", "ready", "The job is cancelled.")],
)
async def test_a_job_is_changed_with_a_reason(
    console: Console, services: FakeServices, verb: str, state: str, said: str
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", a_whole_job(state=state))
    services.on("delivery", "POST", f"jobs/{JOB}/{verb}", {"job_id": JOB, "state": "ready"})
    browser = await console.logged_in("operator")
    form = (await browser.get(HOME)).html.form(f"{HOME}/{verb}")

    done = await browser.follow(await browser.send(form, reason="they mended it"))

    [call] = services.changes
    assert (call.path, call.reason) == (f"jobs/{JOB}/{verb}", "they mended it")
    assert done.html.one(id="said").text == said


async def test_a_job_that_has_run_meanwhile_keeps_the_form(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", f"jobs/{JOB}/retry", refused(409, "the job is ready"))

    found = await (await console.logged_in()).post(f"{HOME}/retry", {"reason": "mended"})

    assert found.status == 409
    assert found.html.form(f"{HOME}/retry").fields["reason"] == "mended"


@pytest.mark.parametrize("path", [f"{HOME}/retry", f"{HOME}/cancel", f"{HOME}/show", "/jobs/retry"])
async def test_nothing_is_done_without_a_reason(
    console: Console, services: FakeServices, path: str
) -> None:
    found = await (await console.logged_in()).post(path, {"reason": " "})

    assert found.status == 422
    assert "say why" in found.html.main.text
    assert services.changes == []


async def test_a_waiting_job_leads_to_what_holds_it(
    console: Console, services: FakeServices
) -> None:
    waiting = a_whole_job(state="ready", held_by=["quarter end"], finished_at=None)
    services.on("delivery", "GET", f"jobs/{JOB}", waiting)
    services.on("delivery", "GET", "pauses", page(a_pause(), a_pause(id=OTHER, scope="kind:x")))

    found = await (await console.logged_in()).get(HOME)

    [link] = [each for each in found.html.all("a") if "#pause-" in each.get("href")]
    assert link["href"] == f"/pauses?service=delivery#pause-{PAUSE}"
    assert link.text == "quarter end"


async def test_a_job_is_shown_though_nobody_knows_what_holds_it(
    console: Console, services: FakeServices
) -> None:
    waiting = a_whole_job(state="ready", held_by=["quarter end"])
    services.on("delivery", "GET", f"jobs/{JOB}", waiting)
    services.on("delivery", "GET", "pauses", refused(503, "the database is away"))

    found = await (await console.logged_in()).get(HOME)

    assert found.status == 200
    assert found.html.one(class_="away").text.startswith("delivery")
    assert "quarter end" in found.html.main.text


async def test_a_payload_is_shown_to_whoever_says_why_and_kept_nowhere(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", a_whole_job())
    services.on("delivery", "POST", f"jobs/{JOB}/show", a_whole_job())
    browser = await console.logged_in("operator")
    form = (await browser.get(HOME)).html.form(f"{HOME}/show")

    shown = await browser.send(form, reason="Kim asked")

    [call] = services.changes
    assert (call.path, call.reason) == (f"jobs/{JOB}/show", "Kim asked")
    assert shown.status == 200
    assert shown.headers["cache-control"] == "no-store"
    for hidden in ("kit@example.com", "s3cr3t-value", "t0k3n-value"):
        assert hidden in shown.html.main.text
    assert (await browser.get(f"{HOME}/show")).to == HOME
    assert "kit@example.com" not in (await browser.get(HOME)).source


async def test_whoever_may_not_see_a_payload_is_told_so(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", "jobs/*/show", refused(403, "the role operator is needed"))

    found = await (await console.logged_in("viewer")).post(f"{HOME}/show", {"reason": "curious"})

    assert found.status == 403
    assert "higher role" in found.html.main.text


# Many jobs.


async def test_all_that_the_filter_matches_is_a_plan_first_and_then_runs_again(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", "jobs/retry", planned)
    services.on("delivery", "GET", "jobs", page(a_job()))
    browser = await console.logged_in("operator")
    link = f"/jobs/plan?kind=deliver-email&workspace_id={WORKSPACE}"
    listed = await browser.get(f"/jobs?kind=deliver-email&workspace_id={WORKSPACE}")
    assert listed.html.one("a", href=link).text == "Retry all failed jobs that match …"

    plan = await browser.get(link)

    assert [row[0] for row in plan.html.main.one("table").rows[1:]] == ["delivery", "All"]
    assert all(call.body["dry_run"] for call in services.changes)
    services.calls.clear()
    done = await browser.send(plan.html.form("/jobs/retry"), reason="they mended it")
    given = {"kind": "deliver-email", "workspace_id": WORKSPACE, "dry_run": False}
    assert [(call.body, call.reason) for call in services.changes] == [
        (given, "they mended it")
    ] * 5
    assert done.to == f"/jobs?kind=deliver-email&workspace_id={WORKSPACE}"
    assert "delivery: 12 jobs run again." in (await browser.follow(done)).html.text


def planned(call: Called) -> dict[str, Any]:
    total = 12 if call.service == "delivery" else 0
    answer = changed_jobs(total, dry_run=call.body["dry_run"])
    return answer if total else {**answer, "kinds": {}}


async def test_a_plan_counts_from_the_same_moment_when_it_is_done(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", "jobs/retry", planned)
    browser = await console.logged_in()
    plan = await browser.get("/jobs/plan?since=24h&service=delivery&state=cancelled")
    [asked] = services.changes

    await browser.send(plan.html.form("/jobs/retry"), reason="again")

    assert services.changes[-1].body == {**asked.body, "dry_run": False}
    assert asked.body["state"] == "cancelled"


async def test_what_one_service_refuses_the_others_do_and_it_is_said(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "POST", "jobs/retry", planned)
    services.on("enrichment", "POST", "jobs/retry", refused(429, "too many changes"))
    browser = await console.logged_in()

    done = await browser.follow(await browser.post("/jobs/retry", {"reason": "again"}))

    said = done.html.one(id="said").text
    assert "delivery: 12 jobs run again" in said
    assert "enrichment: nothing was done (429 too many changes)" in said


@pytest.mark.parametrize(("name", "query"), [("viewer", ""), ("operator", "?state=running")])
async def test_what_can_not_run_again_is_not_offered(
    console: Console, services: FakeServices, name: str, query: str
) -> None:
    services.on("delivery", "GET", "jobs", page(a_job(state="running")))

    found = await (await console.logged_in(name)).get(f"/jobs{query}")

    assert not [each for each in found.html.all("a") if each["href"].startswith("/jobs/plan")]


async def test_hostile_names_are_text(console: Console, services: FakeServices) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    job = a_whole_job(kind=hostile, last_error=hostile, payload={hostile: hostile})
    services.on("delivery", "GET", "jobs", page(a_job(kind=hostile, last_error=hostile)))
    services.on("delivery", "GET", f"jobs/{JOB}", job)
    browser = await console.logged_in()

    for path in ("/jobs", HOME):
        found = await browser.get(path)
        assert found.html.all("img") == []
        assert hostile in found.html.text


async def test_a_service_that_answers_something_else_is_said(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", f"jobs/{JOB}", httpx.Response(200, text="<html>"))

    found = await (await console.logged_in()).get(HOME)

    assert found.status == 502
