"""What is chosen for recipients by the API; a bad request loses nothing of it."""

from typing import Any

import pytest

from delivery.adapters.preferences import as_json
from delivery.domain.preferences import Preferences
from integration.delivery.leads import WORKSPACE, a_lead, add_recipient, announce
from integration.delivery.machine import Machine
from leadstream_dev.sandbox import Sandbox

NOTHING = as_json(Preferences())
RHYTHM = {"hot": "at_once", "warm": "daily", "cold": "weekly"}
CHOSEN = {
    "rhythm": RHYTHM,
    "quiet_hours": {"start": "22:00", "end": "07:00"},
    "zone": "Asia/Kathmandu",
    "daily_cap": 5,
    "hot_breaks_through": True,
}


async def patch(machine: Machine, recipient: Any, **body: Any) -> Any:
    return await machine.http.patch(f"/api/admin/recipients/{recipient['id']}", json=body)


async def stored(machine: Machine, recipient: Any) -> Any:
    return (await machine.http.get(f"/api/admin/recipients/{recipient['id']}")).json()


async def test_who_has_chosen_nothing_is_shown_what_that_means(machine: Machine) -> None:
    recipient = await add_recipient(machine)

    assert recipient["preferences"] == NOTHING
    assert await machine.database.pool.fetchval("SELECT preferences FROM recipients") is None


async def test_what_is_left_out_stays_and_null_takes_it_back(machine: Machine) -> None:
    recipient = await add_recipient(machine, preferences=CHOSEN)
    assert recipient["preferences"] == CHOSEN

    changed = await patch(machine, recipient, preferences={"rhythm": {"cold": "daily"}})
    again = await add_recipient(machine, full_name="Olivia")
    freed = await patch(machine, recipient, preferences={"quiet_hours": None, "daily_cap": None})

    rhythm = RHYTHM | {"cold": "daily"}
    assert changed.json()["preferences"] == CHOSEN | {"rhythm": rhythm}
    assert again["preferences"] == changed.json()["preferences"]
    assert freed.json()["preferences"] == CHOSEN | {
        "rhythm": rhythm,
        "quiet_hours": None,
        "daily_cap": None,
    }


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ({"zone": "europe/berlin"}, {"zone": "Europe/Berlin"}),
        ({"zone": " America/New York "}, {"zone": "America/New_York"}),
        (
            {"quiet_hours": {"start": "9:30", "end": "24:00"}},
            {"quiet_hours": {"start": "09:30", "end": "00:00"}},
        ),
        ({"daily_cap": "7"}, {"daily_cap": 7}),
        ({"hot_breaks_through": None}, {"hot_breaks_through": False}),
        ({"rhythm": None}, {"rhythm": NOTHING["rhythm"]}),
        ({"rhythm": {"warm": None}}, {"rhythm": {**RHYTHM, "warm": "at_once"}}),
        (None, NOTHING),
    ],
)
async def test_what_people_write_means_what_they_mean(
    machine: Machine, given: Any, means: dict[str, Any]
) -> None:
    recipient = await add_recipient(machine, preferences=CHOSEN)

    changed = await patch(machine, recipient, preferences=given)

    assert changed.status_code == 200, changed.text
    assert changed.json()["preferences"] == CHOSEN | means


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"zone": "Europe/Atlantis"}, "preferences.zone"),
        ({"zone": "/etc/localtime"}, "preferences.zone"),
        ({"zone": None}, "preferences.zone"),
        ({"quiet_hours": {"start": "07:00", "end": "07:00"}}, "preferences.quiet_hours"),
        ({"quiet_hours": {"start": "25:00", "end": "07:00"}}, "preferences.quiet_hours.start"),
        ({"quiet_hours": {"start": "2\u0968:00", "end": "07:00"}}, "preferences.quiet_hours.start"),
        ({"quiet_hours": {"start": "7pm", "end": "07:00"}}, "preferences.quiet_hours.start"),
        ({"quiet_hours": {"start": "22:00"}}, "preferences.quiet_hours.end"),
        ({"daily_cap": 0}, "preferences.daily_cap"),
        ({"daily_cap": -3}, "preferences.daily_cap"),
        ({"daily_cap": True}, "preferences.daily_cap"),
        ({"daily_cap": "many"}, "preferences.daily_cap"),
        ({"rhythm": {"hot": "never"}}, "preferences.rhythm.hot"),
        ({"rhythm": {"tepid": "daily"}}, "preferences.rhythm.tepid"),
        ({"quite_hours": None}, "preferences.quite_hours"),
    ],
)
async def test_bad_request_names_the_field_and_loses_nothing(
    machine: Machine, given: dict[str, Any], field: str
) -> None:
    recipient = await add_recipient(machine, preferences=CHOSEN)
    body = {"workspace_id": str(WORKSPACE), "email": recipient["email"], "preferences": given}

    changed = await patch(machine, recipient, enabled=False, preferences=given)
    put = await machine.http.post("/api/admin/recipients", json=body)

    for answer in (changed, put):
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["field"] == field
    assert await stored(machine, recipient) == recipient


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"daily_cap": 5}, "a cap a day needs"),
        ({"quiet_hours": {"start": "22:00", "end": "07:00"}}, "quiet hours needs"),
        ({"rhythm": {"cold": "weekly"}}, "a weekly digest needs"),
    ],
)
async def test_zone_is_asked_for_where_it_is_needed(
    machine: Machine, given: dict[str, Any], why: str
) -> None:
    recipient = await add_recipient(machine)

    answer = await patch(machine, recipient, preferences=given)

    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, "preferences.zone")
    assert why in error["message"]


async def test_change_is_an_audit_row_with_what_was(machine: Machine) -> None:
    recipient = await add_recipient(machine)

    await patch(machine, recipient, preferences=CHOSEN)
    await add_recipient(machine, preferences=CHOSEN)

    rows = await machine.database.pool.fetch(
        "SELECT before, after FROM audit_log WHERE action = 'recipient.changed'"
    )
    [row] = rows
    assert row["before"]["preferences"] is None
    assert row["after"]["preferences"] == CHOSEN


@pytest.mark.parametrize(
    "unreadable",
    [{"zone": "Nowhere/Land"}, {"rhythm": {"hot": "fortnightly"}}, {"quiet_hours": {"from": 22}}],
)
async def test_what_nobody_can_read_costs_no_one_the_lead(
    machine: Machine, sandbox: Sandbox, unreadable: dict[str, Any]
) -> None:
    """As another release has written it, or with a zone that this machine does not know."""
    recipient = await add_recipient(machine, preferences={"zone": "Europe/Berlin"})
    await add_recipient(machine, "other@acme.example")
    await machine.database.pool.execute(
        "UPDATE recipients SET preferences = preferences || $1 WHERE preferences IS NOT NULL",
        unreadable,
    )

    await announce(machine, a_lead())
    await machine.finish()

    assert len(sandbox.ledger.emails()) == 2
    assert (await stored(machine, recipient))["preferences"] == NOTHING
    changed = await patch(machine, recipient, preferences={"zone": "Europe/Berlin"})
    assert changed.json()["preferences"] == NOTHING | {"zone": "Europe/Berlin"}
