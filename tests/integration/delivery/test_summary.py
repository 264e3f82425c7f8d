"""`GET /deliveries/summary`: how it went at each destination."""

from typing import Any

from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    announce,
)
from integration.delivery.machine import Machine
from leadstream_dev.sandbox import Sandbox


async def summary(machine: Machine, **query: Any) -> dict[str, Any]:
    answer = await machine.http.get("/api/admin/deliveries/summary", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_destination_says_what_arrived_and_what_went_wrong_last(
    machine: Machine, sandbox: Sandbox
) -> None:
    recipient = await add_recipient(machine)
    slack = await add_slack(machine, sandbox)
    await sandbox.control.script("slack", "post", {"status": 400, "body": "invalid_blocks"})
    await announce(machine, a_lead())
    await machine.finish()
    await announce(machine, a_lead())
    await machine.finish()

    found = {row["destination_id"]: row for row in (await summary(machine))["destinations"]}

    by_mail, by_slack = found[recipient["id"]], found[slack["id"]]
    assert (by_mail["channel"], by_mail["delivered"], by_mail["failed"]) == ("email", 2, 0)
    assert by_mail["last_error"] is None
    assert (by_slack["channel"], by_slack["delivered"], by_slack["failed"]) == ("slack", 1, 1)
    assert "invalid_blocks" in by_slack["last_error"]
    assert by_slack["last_error_at"] is not None


async def test_it_is_of_the_workspace_and_the_time_that_are_asked_for(machine: Machine) -> None:
    await add_recipient(machine)
    await announce(machine, a_lead())
    await machine.finish()

    own = await summary(machine, workspace_id=WORKSPACE)
    other = await summary(machine, workspace_id=OTHER_WORKSPACE)
    later = await summary(machine, since="2999-01-01T00:00:00Z")

    assert [row["delivered"] for row in own["destinations"]] == [1]
    assert (other["destinations"], other["more"]) == ([], False)
    assert (later["destinations"], later["since"]) == ([], "2999-01-01T00:00:00Z")
