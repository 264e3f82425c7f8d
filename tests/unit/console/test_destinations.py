from typing import Any

import pytest

from support.console import WORKSPACE, Console, FakeServices, refused
from unit.console.places import (
    CHANNEL,
    CONNECTION,
    LEAD,
    RECIPIENT,
    UPLOAD,
    channel,
    connection,
    furnish,
    page,
    recipient,
    taken,
    told,
    upload,
)

AT_CHANNEL, AT_CONNECTION = (
    f"/destinations/channels/{CHANNEL}",
    f"/destinations/connections/{CONNECTION}",
)


@pytest.fixture(autouse=True)
def furnished(services: FakeServices) -> None:
    furnish(services)


async def test_all_kinds_are_in_one_table_with_how_it_went(console: Console) -> None:
    found = await (await console.logged_in("viewer")).get("/destinations")

    _, *rows = found.html.main.one("table").rows
    assert [row[:8] for row in rows] == [
        ["ops@acme.example", "recipient", "all leads", "active", "5", "0", "0", "100 %"],
        ["warehouse", "webhook", "hot leads", "active", "0", "0", "0", "–"],
        ["tech-platform", "connection", "salesforce", "active", "3", "1", "0", "75 %"],
    ]
    assert "no such state" in rows[2][8]
    assert "kit@people" not in found.source


@pytest.mark.parametrize(
    ("good", "failed", "shown"),
    [(0, 0, "–"), (1999, 1, "99 %"), (1, 1999, "1 %"), (0, 2, "0 %"), (7, 0, "100 %")],
)
async def test_a_share_says_all_or_nothing_only_where_it_is(
    console: Console, services: FakeServices, good: int, failed: int, shown: str
) -> None:
    row = told(delivered=good, failed=failed)
    services.on(
        "delivery",
        "GET",
        "deliveries/summary",
        {
            "since": "2026-11-28T00:00:00Z",
            "destinations": [row],
            "more": False,
        },
    )

    found = await (await console.logged_in()).get("/destinations?kind=recipient")

    assert found.html.main.one("table").rows[1][7] == shown


async def test_the_filter_asks_for_what_it_names_only(
    console: Console, services: FakeServices
) -> None:
    services.on("delivery", "GET", "recipients", page(recipient(suppressed="bounced"), recipient()))
    browser = await console.logged_in()

    found = await browser.get(
        f"/destinations?workspace_id={WORKSPACE}&kind=recipient&status=suppressed"
    )

    _, *rows = found.html.main.one("table").rows
    assert [row[3] for row in rows] == ["suppressed bounced"]
    assert services.called("GET", "channels") == services.called("GET", "connections") == []
    (asked,) = services.called("GET", "recipients")
    assert asked.params["workspace_id"] == WORKSPACE


@pytest.mark.parametrize("filter", ["kind=pigeon", "status=asleep"])
async def test_a_filter_that_makes_no_sense_is_said(console: Console, filter: str) -> None:
    found = await (await console.logged_in()).get(f"/destinations?{filter}")

    assert found.status == 422
    assert "there is no such" in found.html.main.text


async def test_a_service_that_is_away_is_a_box_and_the_others_rows_stay(
    console: Console, services: FakeServices
) -> None:
    browser = await console.logged_in()
    services.away.add("delivery")

    found = await browser.get("/destinations")

    assert "delivery does not answer" in found.html.main.one(class_="away").text
    assert [row[1] for row in found.html.main.one("table").rows[1:]] == ["connection"]


async def test_counts_that_nobody_could_say_are_not_zero(
    console: Console, services: FakeServices
) -> None:
    services.on("platform-upload", "GET", "uploads/summary", refused(500, "broken"))

    found = await (await console.logged_in()).get("/destinations?kind=connection")

    assert "not known" in found.html.main.one("table").text


@pytest.mark.parametrize(
    "place", [AT_CHANNEL, AT_CONNECTION, f"/destinations/recipients/{RECIPIENT}"]
)
async def test_a_viewer_sees_no_button(console: Console, place: str) -> None:
    found = await (await console.logged_in("viewer")).get(place)

    assert found.status == 200
    assert found.html.main.all("form") == []


async def test_a_test_shows_the_real_answer(console: Console, services: FakeServices) -> None:
    answer = {
        "id": CHANNEL,
        "delivered": False,
        "status_code": 410,
        "error_class": "destination_gone",
        "error": "no such hook, write to kit@people.example",
    }
    services.on("delivery", "POST", f"channels/{CHANNEL}/test", answer)
    browser = await console.logged_in("operator")
    form = (await browser.get(AT_CHANNEL)).html.form(f"{AT_CHANNEL}/test")

    found = await browser.send(form, reason="is it mended?")

    said = found.html.main.one(class_="problem").text
    assert "It does not work" in said
    assert "Status 410" in said
    assert "no such hook" in said
    assert "kit@people" not in found.source
    assert services.changes[0].reason == "is it mended?"


async def test_a_new_secret_is_shown_once_and_stands_in_no_address_and_no_cookie(
    console: Console, services: FakeServices
) -> None:
    secret = "whsec_bm90IGEgcmVhbCBzZWNyZXQ"
    services.on("delivery", "POST", f"channels/{CHANNEL}/rotate", channel(secret=secret))
    browser = await console.logged_in("operator")
    form = (await browser.get(AT_CHANNEL)).html.form(f"{AT_CHANNEL}/rotate")

    found = await browser.send(form, reason="lost")

    assert secret in found.html.main.text
    assert (found.status, found.to) == (200, None)
    assert secret not in str(found.headers)
    assert secret not in (await browser.get(AT_CHANNEL)).source


async def test_a_slack_channel_takes_its_new_url_in_a_field_that_nobody_reads(
    console: Console, services: FakeServices
) -> None:
    slack = channel(type="slack")
    services.on("delivery", "GET", f"channels/{CHANNEL}", slack)
    services.on("delivery", "POST", f"channels/{CHANNEL}/rotate", refused(422, "no Slack URL"))
    browser = await console.logged_in("operator")
    form = (await browser.get(AT_CHANNEL)).html.form(f"{AT_CHANNEL}/rotate")

    found = await browser.send(form, secret_url="https://hooks.slack.com/s/T/B/xyz", reason="new")

    assert form.one(name="secret_url")["type"] == "password"
    assert services.changes[0].body == {"url": "https://hooks.slack.com/s/T/B/xyz"}
    assert "hooks.slack.com" not in found.source


async def test_credentials_are_sent_and_never_written_back(
    console: Console, services: FakeServices
) -> None:
    services.on(
        "platform-upload", "POST", f"connections/{CONNECTION}/rotate", refused(422, "too short")
    )
    browser = await console.logged_in("operator")
    form = (await browser.get(AT_CONNECTION)).html.form(f"{AT_CONNECTION}/rotate")
    given = {"credentials.client_id": "c1-of-acme", "credentials.client_secret": "s3cr3t-of-acme"}

    found = await browser.send(form, **given, reason="expired")

    assert all(form.one(name=name)["type"] == "password" for name in given)
    assert services.changes[0].body == {
        "credentials": {"client_id": "c1-of-acme", "client_secret": "s3cr3t-of-acme"}
    }
    assert "of-acme" not in found.source
    assert "too short" in found.html.main.text


@pytest.mark.parametrize(
    ("place", "state", "method", "path", "body"),
    [
        (AT_CHANNEL, "active", "POST", f"channels/{CHANNEL}/resume", {}),
        (AT_CHANNEL, "paused", "POST", f"channels/{CHANNEL}/pause", {}),
        (AT_CONNECTION, "active", "PATCH", f"connections/{CONNECTION}", {"status": "active"}),
        (AT_CONNECTION, "paused", "PATCH", f"connections/{CONNECTION}", {"status": "paused"}),
        (
            f"/destinations/recipients/{RECIPIENT}",
            "paused",
            "PATCH",
            f"recipients/{RECIPIENT}",
            {"enabled": False},
        ),
    ],
)
async def test_each_is_switched_off_and_on(  # noqa: PLR0913 - a table
    console: Console,
    services: FakeServices,
    place: str,
    state: str,
    method: str,
    path: str,
    body: dict[str, object],
) -> None:
    answers = {"channels": channel, "recipients": recipient, "connections": connection}
    services.on("*", method, path, answers[path.partition("/")[0]]())
    browser = await console.logged_in("operator")

    done = await browser.post(f"{place}/status", {"status": state, "reason": "moved"})

    (change,) = services.changes
    assert (change.method, change.path, change.body, change.reason) == (method, path, body, "moved")
    assert done.to == place


async def test_a_preview_shows_fields_and_hides_people(
    console: Console, services: FakeServices
) -> None:
    lead = {
        "lead_id": LEAD,
        "revision": 1,
        "action": "update",
        "external_id": "7",
        "changes": [
            {"field": "Company", "before": None, "after": "Acme"},
            {"field": "Email", "before": None, "after": "kit@people.example"},
        ],
        "adjustments": [],
        "refusal": None,
        "message": None,
    }
    answer = {"connection_id": CONNECTION, "calls": 2, "leads": [lead]}
    services.on("platform-upload", "POST", f"connections/{CONNECTION}/preview", answer)
    browser = await console.logged_in("operator")
    form = (await browser.get(AT_CONNECTION)).html.form(f"{AT_CONNECTION}/preview")

    found = await browser.send(form, leads=f"{LEAD}, {LEAD}")

    assert services.changes[0].body == {"lead_ids": [LEAD, LEAD]}
    assert "Acme" in found.html.main.text
    assert "kit@people" not in found.source


async def test_a_platform_that_says_no_to_a_preview_is_heard(
    console: Console, services: FakeServices
) -> None:
    no = refused(502, "the token has expired", code="credential")
    services.on("platform-upload", "POST", f"connections/{CONNECTION}/preview", no)
    browser = await console.logged_in("operator")

    found = await browser.post(f"{AT_CONNECTION}/preview", {"leads": LEAD})

    assert found.status == 200
    assert "the token has expired" in found.html.main.one(class_="problem").text


async def test_rejected_rows_name_the_field_and_are_sent_again_corrected(
    console: Console, services: FakeServices
) -> None:
    services.on("platform-upload", "GET", "uploads", page(upload()))
    sent = {"id": UPLOAD, "status": "pending", "overrides": {}}
    services.on("platform-upload", "POST", f"uploads/{UPLOAD}/resend", sent)
    browser = await console.logged_in("operator")
    found = await browser.get("/destinations/rejected?platform=tech-platform")
    form = found.html.form(f"/destinations/rejected/{UPLOAD}")

    done = await browser.send(
        form, **{"set.location.state": "CA"}, field="revenue", value="1000", reason="known now"
    )

    assert found.html.main.one("table").rows[1][4] == "State"
    asked = services.called("GET", "uploads")[0].params
    assert (asked["status"], asked["platform"]) == ("failed", "tech-platform")
    assert services.changes[0].body == {"overrides": {"location": {"state": "CA"}, "revenue": 1000}}
    assert done.status == 303


@pytest.mark.parametrize(
    ("query", "status", "heading"),
    [
        ("", "failed", "Rejected rows"),
        ("?status=failed", "failed", "Rejected rows"),
        ("?status=uploaded", "uploaded", "Uploads: uploaded"),
    ],
)
async def test_a_list_of_uploads_says_which_they_are(
    console: Console, services: FakeServices, query: str, status: str, heading: str
) -> None:
    services.on("platform-upload", "GET", "uploads", page(upload(status=status)))

    found = await (await console.logged_in()).get(f"/destinations/rejected{query}")

    assert services.called("GET", "uploads")[0].params["status"] == status
    assert found.html.main.one("h1").text == heading
    chosen = found.html.main.one("select", name="status").all("option", selected="")
    assert [each["value"] for each in chosen] == [status]
    assert found.html.main.one("table").rows[1][1].startswith(upload()["lead_id"][-8:])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "x"}, "fill in at least one field"),
        ({"field": "revenue", "value": "much", "reason": "x"}, "expected a number"),
        ({"field": "location.", "value": "x", "reason": "x"}, "write it as FIELD=VALUE"),
    ],
)
async def test_a_correction_that_cannot_be_read_is_said_and_sent_nowhere(
    console: Console, services: FakeServices, fields: dict[str, str], said: str
) -> None:
    browser = await console.logged_in("operator")

    found = await browser.post(f"/destinations/rejected/{UPLOAD}", fields)

    assert found.status == 422
    assert said in found.html.main.text
    assert services.changes == []


async def test_a_suppression_is_lifted_with_its_reason(
    console: Console, services: FakeServices
) -> None:
    row = {
        "id": RECIPIENT,
        "workspace_id": WORKSPACE,
        "email": "sam@acme.example",
        "reason": "bounced",
        "everywhere": "bounced",
        "created_at": "2026-11-28T02:10:00Z",
    }
    note = "Resend's key may only send: lift it in Resend's dashboard."
    lifted = {**row, "lifted": 1, "resend": "not_allowed", "note": note}
    services.on("delivery", "GET", "suppressions", page(row))
    services.on("delivery", "DELETE", f"suppressions/{RECIPIENT}", lifted)
    browser = await console.logged_in("operator")
    form = (await browser.get("/destinations/suppressions")).html.form(
        f"/destinations/suppressions/{RECIPIENT}/lift"
    )

    done = await browser.send(form, reason="the mailbox is back")

    assert (services.changes[0].method, services.changes[0].reason) == (
        "DELETE",
        "the mailbox is back",
    )
    assert done.to == "/destinations/suppressions"


def delivery(**changes: object) -> dict[str, Any]:
    """As a release told of it that knew no fates."""
    return {
        "id": CHANNEL,
        "job_id": CHANNEL,
        "workspace_id": WORKSPACE,
        "lead_id": RECIPIENT,
        "revision": 1,
        "channel": "email",
        "destination_id": RECIPIENT,
        "status": "delivered",
        "held_by": None,
        "attempts": 1,
        "receipt": "e-1",
        "error_class": None,
        "error": None,
        "status_code": 200,
        "due_at": None,
        "digest_id": None,
        "delivered_at": "2026-11-28T02:10:00Z",
        "created_at": "2026-11-28T02:10:00Z",
        "updated_at": "2026-11-28T02:10:00Z",
        **changes,
    }


async def test_deliveries_say_what_became_of_them_and_are_filtered_by_it(
    console: Console, services: FakeServices
) -> None:
    bounced = delivery(
        fate="bounced", fate_at="2026-11-28T02:11:00Z", status="failed", error="550 no such user"
    )
    services.on("delivery", "GET", "deliveries", page(bounced, delivery()))
    browser = await console.logged_in("viewer")

    found = await browser.get("/destinations/deliveries?fate=bounced&channel=email")

    [_, now, older] = found.html.main.one("table").rows
    assert (now[3], now[4].split()[0], now[6]) == ("failed", "bounced", "550 no such user")
    # Of a service that does not know it nothing is said.
    assert (older[3], older[4]) == ("delivered", "–")
    [asked] = services.called("GET", "deliveries")
    assert (asked.params["fate"], asked.params["channel"]) == ("bounced", "email")


async def test_fate_that_is_none_is_said_by_the_service(
    console: Console, services: FakeServices
) -> None:
    answer = refused(422, "fate: Input should be 'accepted'", field="fate")
    services.on("delivery", "GET", "deliveries", answer)
    browser = await console.logged_in("viewer")

    found = await browser.get("/destinations/deliveries?fate=lost")

    assert "fate: Input should be" in found.html.main.text


async def test_names_are_text(console: Console, services: FakeServices) -> None:
    services.on("delivery", "GET", "channels", page(channel(name="<script>alert(1)</script>")))
    services.on(
        "platform-upload",
        "GET",
        "uploads/summary",
        {
            "since": "2026-11-28T00:00:00Z",
            "platforms": [taken(last_error="<img src=x>")],
            "more": False,
        },
    )

    found = await (await console.logged_in()).get("/destinations")

    assert found.html.main.all("script") == found.html.main.all("img") == []
    assert "<script>alert(1)</script>" in found.html.main.text
