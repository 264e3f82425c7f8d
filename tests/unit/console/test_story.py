"""The story of a lead: what is said of it first, what each service did, and what can be done."""

from datetime import UTC, datetime
from typing import Any

import pytest

from discovery.domain.scoring import Signal, Strength
from discovery.domain.scoring import score as scored
from support.console import Console, FakeServices, Page
from support.leads import (
    LEAD,
    NIGHT,
    RUN,
    TICK,
    a_delivery,
    a_job,
    a_page,
    a_run,
    a_story,
    an_attempt,
    an_upload,
    at,
    costs,
    job_id,
    tell,
)

SOON = datetime(2100, 1, 1, tzinfo=UTC)
REFUSED = {
    "code": "INVALID_EMAIL",
    "message": "ada@acme.com is no address",
    "field": "email",
    "ours": "primary_contact.email",
}


def credit(entry: str) -> dict[str, Any]:
    return {
        "id": job_id(70),
        "entry": entry,
        "credits": 1,
        "job_id": job_id(1),
        "open": False,
        "created_at": at(1),
    }


async def story(console: Console, name: str = "operator") -> Page:
    page = await (await console.logged_in(name)).get(f"/leads/{LEAD}")
    assert page.status == 200, page
    return page


def said(page: Page) -> str:
    return page.html.main.one("p", class_="verdict").text


def timeline(page: Page) -> list[list[str]]:
    return page.html.main.one("div", aria_labelledby="time").one("table").rows[1:]


async def test_a_lead_that_arrived_says_so_first(console: Console, services: FakeServices) -> None:
    tell(services)

    page = await story(console)

    assert said(page) == (
        f"Found {NIGHT[:10]} 02:00, hot; enriched; told by e-mail; uploaded to HubSpot (tech-platform)."
    )
    assert page.html.title.startswith("Acme Corp")


FAILED = {"state": "failed", "finished_at": at(4)}


@pytest.mark.parametrize(
    ("changed", "lead", "wanted"),
    [
        (
            {"platform-upload": (FAILED, {"status": "failed", "rejection": REFUSED})},
            {"platform_uploaded": False, "stage": "delivered", "last_error": "platform-upload: X"},
            "the upload to HubSpot (tech-platform) was refused: INVALID_EMAIL: ••• is no address,"
            " primary_contact.email",
        ),
        (
            {"platform-upload": (FAILED, {"status": "closed"})},
            {},
            "was refused: the platform is done with it",
        ),
        (
            {"platform-upload": ({"state": "cancelled"}, {"status": "cancelled"})},
            {},
            "the upload to HubSpot (tech-platform) was cancelled",
        ),
        (
            {"delivery": (FAILED, {"status": "failed", "error_class": "timeout"})},
            {"delivery_status": "failed"},
            "telling by e-mail failed: no answer came in time",
        ),
        (
            {"delivery": ({}, {"fate": "accepted"})},
            {},
            "sent by e-mail, and not heard of since",
        ),
        (
            {"delivery": ({}, {"fate": "delayed"})},
            {},
            "sent by e-mail, and put off by the mail server",
        ),
        ({"delivery": ({}, {"fate": "delivered"})}, {}, "told by e-mail"),
        ({"delivery": ({}, {"fate": "complained"})}, {}, "told by e-mail"),
        (
            {
                "delivery": (
                    {},
                    {
                        "status": "failed",
                        "fate": "bounced",
                        "error_class": "bounced",
                        "error": "Permanent, General: smtp; 550 5.1.1 <…@…>: User unknown",
                    },
                )
            },
            {"delivery_status": "failed"},
            "telling by e-mail failed: the mail server sent it back (Permanent, General: smtp; 550 5.1.1",
        ),
        (
            {"delivery": None},
            {"delivery_status": "no_channel", "reason": "no_channel"},
            "nobody was told: no recipient or channel of the workspace wants hot leads",
        ),
        (
            {"delivery": None, "platform-upload": None},
            {"delivery_status": "pending", "platform_uploaded": False},
            "not told yet: it is on its way there; not uploaded yet: it is on its way there",
        ),
        (
            {"enrichment": None, "delivery": None, "platform-upload": None},
            {
                "enrichment_status": "pending",
                "delivery_status": "pending",
                "platform_uploaded": False,
            },
            "hot; not enriched yet: it is on its way there.",
        ),
        (
            {},
            {"enrichment_status": "skipped", "contact_data": {"reason": "missing_domain"}},
            "not enriched: the company has no domain of its own",
        ),
        (
            {
                "enrichment": (FAILED, {"status": "failed", "error": "Clay answered 422"}),
                "delivery": None,
                "platform-upload": None,
            },
            {
                "enrichment_status": "failed",
                "delivery_status": "pending",
                "platform_uploaded": False,
            },
            "its enrichment failed: Clay answered 422.",
        ),
        (
            {"platform-upload": None},
            {
                "platform_uploaded": False,
                "revisions": [{"revision": 1, "discovered_at": at(0), "score": "cold"}],
            },
            "cold leads are not uploaded",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
async def test_what_did_not_arrive_is_said_with_its_reason(
    console: Console, services: FakeServices, changed: Any, lead: Any, wanted: str
) -> None:
    tell(services, a_story(**lead))
    change(services, changed)

    page = await story(console)

    assert wanted in said(page)


def change(services: FakeServices, changed: dict[str, Any]) -> None:
    """What a service says of its job and of what it was for; None: it has none."""
    jobs = {
        "enrichment": (1, "enrich-lead"),
        "delivery": (2, "deliver-email"),
        "platform-upload": (3, "upload-lead"),
    }
    for service, each in changed.items():
        number, kind = jobs[service]
        job, row = each or ({}, {})
        attempts = a_page(a_job(number, kind, number, **job)) if each else a_page()
        services.on(service, "GET", "jobs/attempts", attempts)
        if service == "enrichment":
            known = costs()["enrichments"][0] | row
            services.on(service, "GET", "leads/*", costs(enrichments=[known] if each else []))
        if service == "delivery":
            services.on(
                service,
                "GET",
                "deliveries",
                a_page(*[a_delivery(2, "email", **row)] if each else []),
            )
        if service == "platform-upload":
            services.on(service, "GET", "uploads", a_page(*[an_upload(3, **row)] if each else []))


def waits(**changed: Any) -> dict[str, Any]:
    return {"state": "ready", "finished_at": None, "attempts_made": [], "attempts": 0, **changed}


@pytest.mark.parametrize(
    ("job", "wanted"),
    [
        (
            waits(holds=[{"scope": "connection:x", "reason": "credential_refused", "until": None}]),
            "it is held: the credentials were refused, until somebody lifts it",
        ),
        (
            waits(
                holds=[
                    {"scope": "all", "reason": "moving house", "until": at(5)},
                    {"scope": "connection:x", "reason": "rate_limited", "until": at(9)},
                ]
            ),
            f"it is held: the other side asked us to wait, until {NIGHT[:10]} 02:09",
        ),
        (waits(attempts=1, run_at=SOON.isoformat()), "it is tried again at 2100-01-01 00:00"),
        (waits(run_at=SOON.isoformat()), "it begins at 2100-01-01 00:00"),
        (waits(run_at=at(3)), f"it waits for its turn since {NIGHT[:10]} 02:03"),
        ({"state": "running", "finished_at": None}, "it is being done now"),
    ],
    ids=["held", "held twice", "again", "later", "due", "running"],
)
async def test_a_lead_on_its_way_says_what_it_waits_for(
    console: Console, services: FakeServices, job: dict[str, Any], wanted: str
) -> None:
    tell(services, a_story(platform_uploaded=False))
    change(services, {"platform-upload": (job, {"status": "pending", "uploaded_at": None})})

    page = await story(console)

    assert f"not uploaded to HubSpot (tech-platform) yet: {wanted}" in said(page)
    assert page.html.main.one("div", aria_labelledby="time").one("table").rows[-1][-1] == wanted
    assert page.html.main.all("p", class_="live-switch")


async def test_a_story_that_is_over_does_not_ask_again(
    console: Console, services: FakeServices
) -> None:
    tell(services)

    assert not (await story(console)).html.main.all("p", class_="live-switch")


async def test_each_service_has_a_lane_and_each_revision_a_row(
    console: Console, services: FakeServices
) -> None:
    second = {"revision": 2, "discovered_at": at(5), "score": "hot", "run_id": None}
    first = {"revision": 1, "discovered_at": at(0), "score": "warm", "run_id": RUN}
    tell(services, a_story(revision=2, revisions=[first, second]))
    services.on(
        "platform-upload",
        "GET",
        "jobs/attempts",
        a_page(a_job(4, "upload-lead", 6, revision=2), a_job(3, "upload-lead", 3)),
    )
    again = an_upload(4, revision=2, outcome="updated", billed_at=None)
    services.on("platform-upload", "GET", "uploads", a_page(again, an_upload(3)))

    head, one, two = (await story(console)).html.main.one("table", class_="lanes").rows

    assert head == [
        "Revision",
        "scheduler",
        "discovery",
        "enrichment",
        "delivery",
        "platform-upload",
    ]
    assert (one[0], two[0]) == ("Revision 1", "Revision 2")
    assert "late by 1.0 s" in one[1]
    assert "warm" in one[2]
    assert "AI in tech" in one[2]
    assert "created as 4711 · billed" in one[5]
    assert "its score rose hot" in two[2]
    assert "updated as 4711" in two[5]
    assert "billed" not in two[5]
    assert two[3] == "nothing"


async def test_attempts_are_told_in_the_order_of_time_with_what_they_waited_and_took(
    console: Console, services: FakeServices
) -> None:
    attempts = [
        an_attempt(
            1,
            3,
            outcome="retry",
            error_class="no_answer",
            error="for ada@acme.com",
            status_code=503,
        ),
        an_attempt(2, 4, 36),
    ]
    tell(services)
    change(services, {"platform-upload": ({"attempts": 2, "attempts_made": attempts}, {})})

    rows = timeline(await story(console))

    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    tried = [row for row in rows if "attempt" in row[3] and row[1] == "platform-upload"]
    assert [row[3] for row in tried] == [
        "HubSpot (tech-platform), attempt 1",
        "HubSpot (tech-platform), attempt 2",
    ]
    assert tried[0][4:] == ["retry", "5.0 s", "1.0 s", "503", "no_answer: for •••"]
    assert tried[1][4:] == ["succeeded", "1 min 30 s", "1.0 s", "200", "–"]


async def test_a_source_that_passed_a_lead_on_has_done_well(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    attempts = [an_attempt(1, 3, outcome="passed"), an_attempt(2, 4)]
    change(services, {"enrichment": ({"attempts": 1, "attempts_made": attempts}, {})})

    states = (await story(console)).html.main.all("span", class_="state")

    (passed,) = [each for each in states if each.text == "passed"]
    assert "good" in str(passed.attributes)


async def test_numbers_and_ids_lead_to_their_pages(
    console: Console, services: FakeServices
) -> None:
    tell(services, a_story(reason="delivery:email"))

    links = (await story(console)).html.links

    targets = set(links.values())
    assert f"/runs/{TICK}" in targets
    assert f"/jobs/discovery/{RUN}" in targets
    assert {f"/jobs/enrichment/{job_id(1)}", f"/jobs/delivery/{job_id(2)}"} <= targets
    assert f"/jobs/platform-upload/{job_id(3)}" in targets
    assert "/workspaces/acme-growth" in targets
    assert links["delivery:email"] == "/leads?reason=delivery%3Aemail"


@pytest.mark.parametrize(
    ("strengths", "score", "wanted"),
    [
        (["high"] * 3, "hot", "Hot: 3 high. That meets the rule: 3 high."),
        (
            ["high"] * 2 + ["medium"] * 3,
            "hot",
            "Hot: 2 high, 3 medium. That meets the rule: 2 high and 3 medium.",
        ),
        (["high"], "warm", "Warm: 1 high. That meets the rule: 1 high."),
        (["medium"] * 4 + ["low"], "warm", "Warm: 4 medium, 1 low. That meets the rule: 4 medium."),
        (
            ["medium"] * 3,
            "cold",
            "Cold: 3 medium. That meets the rule: neither 1 high nor 4 medium.",
        ),
        ([], "cold", "Cold: no signals."),
        (["high"], "hot", "By the rule these would be warm; it was announced as hot"),
    ],
)
async def test_why_it_is_hot_is_said_by_the_rule_that_scores(
    console: Console, services: FakeServices, strengths: list[str], score: str, wanted: str
) -> None:
    signals = [
        {"signal_type": f"s{n}", "signal_strength": each, "source": None, "detected_at": None}
        for n, each in enumerate(strengths)
    ]
    told = {"revision": 1, "discovered_at": at(0), "score": score}
    tell(services, a_story(intent_data={"score": score, "signals": signals}, revisions=[told]))

    text = (await story(console)).html.main.text

    assert wanted in text
    by_discovery = scored(
        Signal(signal_type=f"s{n}", strength=Strength(each), detected_at=None, source=None)
        for n, each in enumerate(strengths)
    )
    assert ("meets the rule" in text) == (by_discovery == score)


async def test_a_signal_names_the_queries_that_saw_it(
    console: Console, services: FakeServices
) -> None:
    tell(services)

    rows = (await story(console)).html.main.one("div", aria_labelledby="why").one("table").rows

    assert rows[0][-1] == "Seen by"
    assert rows[1][:4] == ["high", "Signal 0", "2026-11-20", "DataShopper"]
    assert rows[1][4] == "AI in tech (datashopper)"


async def test_what_one_query_saw_in_two_sources_is_told_apart(
    console: Console, services: FakeServices
) -> None:
    lead = a_story()
    (known,) = lead["intents"]
    pushed = {"query_id": None, "query_name": None, "topic_name": None, "source": "push"}
    others = [{**known, "source": "g2"}, {**known, **pushed}]
    run = a_run(source="g2")
    tell(services, {**lead, "intents": [known, *others], "runs": [run]})

    main = (await story(console)).html.main
    rows = main.one("div", aria_labelledby="why").one("table").rows

    assert rows[1][4] == "AI in tech (datashopper), AI in tech (g2), no query (push)"
    assert "by AI in tech in g2" in main.text
    assert "looked for companies in g2: AI in tech" in main.text


def a_call(**changed: Any) -> dict[str, Any]:
    (known,) = costs()["calls"]
    return {**known, **changed}


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        (
            {},
            "1 call for contacts to clay. 1 credit of the provider. Billed once for tech-platform.",
        ),
        ({"calls": []}, "No paid call"),
        (
            {
                "calls": [
                    a_call(cost="0.28", units="1"),
                    a_call(provider="people_data_labs", outcome="unknown", cost="1.4"),
                    a_call(provider="hunter", operation="verify", training=True),
                ]
            },
            "1 call for contacts to clay. "
            "1 call for contacts to people_data_labs (1 of which nobody knows whether it was paid). "
            "1 call to verify an address to hunter (1 in training, which costs nothing). "
            "1 credit of the provider. 1.68 in money.",
        ),
        (
            {"credits": [credit("reserve"), credit("commit")]},
            "1 credit of a user who asked by hand.",
        ),
    ],
    ids=["paid", "known", "a waterfall", "by hand"],
)
async def test_what_it_cost_is_said(
    console: Console, services: FakeServices, changed: dict[str, Any], wanted: str
) -> None:
    tell(services)
    services.on("enrichment", "GET", "leads/*", costs(**changed))

    assert wanted in (await story(console)).html.main.text


@pytest.mark.parametrize("service", ["enrichment", "delivery", "platform-upload", "scheduler"])
async def test_a_service_that_is_away_is_a_grey_box_in_the_story(
    console: Console, services: FakeServices, service: str
) -> None:
    tell(services)
    services.away.add(service)

    page = await story(console)

    [box] = page.html.main.all("div", class_="away")
    assert service in box.text
    assert "Found" in said(page)


async def test_without_discovery_the_others_still_tell_what_they_did(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    services.away.add("discovery")

    page = await story(console)

    [box] = page.html.main.all("div", class_="away")
    assert "discovery" in box.text
    assert said(page) == "Enriched; told by e-mail; uploaded to HubSpot (tech-platform)."
    assert f"/jobs/delivery/{job_id(2)}" in page.source


async def test_without_discovery_and_with_nothing_done_it_is_said_that_it_is_away(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    change(services, {"enrichment": None, "delivery": None, "platform-upload": None})
    services.away.add("discovery")

    page = await (await console.logged_in("operator")).get(f"/leads/{LEAD}")

    assert page.status == 503
    assert "discovery is away" in page.html.main.text


async def test_a_story_asks_no_service_more_than_twice(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    browser = await console.logged_in("viewer")
    services.calls.clear()

    await browser.get(f"/leads/{LEAD}")

    asked = [call for call in services.calls if call.path != "whoami"]
    counts = {call.service: 0 for call in asked}
    for call in asked:
        counts[call.service] += 1
    assert set(counts) == {"scheduler", "discovery", "enrichment", "delivery", "platform-upload"}
    assert max(counts.values()) <= 2


async def test_what_only_its_rows_are_kept_of_is_told_without_a_job(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    for service in ("delivery", "platform-upload"):
        services.on(service, "GET", "jobs/attempts", a_page())

    page = await story(console)

    assert "told by e-mail; uploaded to HubSpot (tech-platform)" in said(page)
    assert f"/jobs/delivery/{job_id(2)}" not in page.source


async def test_a_lead_that_is_not_there_is_a_page_that_says_so(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    browser = await console.logged_in("tenant")

    unknown = await browser.get("/leads/0190c0de-0000-7000-8000-00000000ffff")
    mistyped = await browser.get("/leads/acme")

    assert (unknown.status, mistyped.status) == (404, 404)
    assert "There is no such thing" in unknown.html.main.text


async def test_people_are_not_in_a_story(console: Console, services: FakeServices) -> None:
    tell(services, a_story(last_error="delivery: email: ada@acme.com bounced"))

    assert "ada@acme.com" not in (await story(console)).source


async def test_a_viewer_has_no_buttons(console: Console, services: FakeServices) -> None:
    tell(services)
    change(services, {"platform-upload": (FAILED, {"status": "failed"})})

    assert not (await story(console, "viewer")).html.main.all("form", method="post")


async def test_a_failed_job_is_run_again_with_a_reason(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    change(services, {"platform-upload": (FAILED, {"status": "failed"})})
    answer = {"job_id": job_id(3), "state": "ready"}
    services.on("platform-upload", "POST", f"jobs/{job_id(3)}/retry", answer)
    browser = await console.logged_in("operator")
    page = await browser.get(f"/leads/{LEAD}")

    done = await browser.send(page.html.one("form", action=f"/leads/{LEAD}/retry"), reason="mended")

    assert [call.reason for call in services.changes] == ["mended"]
    assert done.to == f"/leads/{LEAD}"
    assert "runs again" in (await browser.follow(done)).html.one("div", id="said").text


async def test_a_lead_is_enriched_again_with_a_reason(
    console: Console, services: FakeServices
) -> None:
    tell(services)
    services.on("enrichment", "POST", "trigger-enrichment", {"job_id": job_id(9)})
    browser = await console.logged_in("operator")
    page = await browser.get(f"/leads/{LEAD}")

    await browser.send(page.html.one("form", action=f"/leads/{LEAD}/enrich"), reason="new contacts")

    [call] = services.changes
    assert (call.body, call.reason) == ({"lead_id": LEAD}, "new contacts")


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("company_name", "Acme GmbH", {"company_name": "Acme GmbH"}),
        ("location.state", "CA", {"location": {"state": "CA"}}),
        ("primary_contact.email", "", {"primary_contact": {"email": None}}),
    ],
)
async def test_a_refused_upload_is_corrected_and_sent_again(
    console: Console, services: FakeServices, field: str, value: str, wanted: dict[str, Any]
) -> None:
    tell(services)
    change(services, {"platform-upload": (FAILED, {"status": "failed", "rejection": REFUSED})})
    answer = {"id": job_id(3), "status": "pending", "overrides": wanted}
    services.on("platform-upload", "POST", f"uploads/{job_id(3)}/resend", answer)
    browser = await console.logged_in("operator")
    page = await browser.get(f"/leads/{LEAD}")
    form = page.html.one("form", action=f"/leads/{LEAD}/resend")

    await browser.send(form, field=field, value=value, reason="as they told us")

    assert form.fields["field"] == "primary_contact.email"
    [call] = services.changes
    assert (call.body, call.reason) == ({"overrides": wanted}, "as they told us")


@pytest.mark.parametrize(
    ("route", "sent", "wanted"),
    [
        ("retry", {"service": "billing", "job_id": job_id(3), "reason": "x"}, "no such service"),
        ("retry", {"service": "delivery", "job_id": "x", "reason": "x"}, "is no id"),
        ("retry", {"service": "delivery", "job_id": job_id(3)}, "say why"),
        ("enrich", {}, "say why"),
        ("resend", {"upload_id": job_id(3), "field": "a..b", "reason": "x"}, "name a field"),
        ("resend", {"upload_id": job_id(3), "field": "", "reason": "x"}, "name a field"),
    ],
)
async def test_a_form_that_makes_no_sense_changes_nothing(
    console: Console, services: FakeServices, route: str, sent: dict[str, str], wanted: str
) -> None:
    browser = await console.logged_in("operator")

    page = await browser.post(f"/leads/{LEAD}/{route}", sent)

    assert page.status == 422
    assert wanted in page.html.main.text
    assert services.changes == []
