"""Destinations that their receivers have switched off, for tests."""

from typing import Any

from integration.delivery.machine import Machine
from support.waiting import eventually

# Loops look every few seconds, and the machine may be busy.
SOON = 40.0


async def channel(machine: Machine, made: Any) -> Any:
    return (await machine.http.get(f"/api/admin/channels/{made['id']}")).json()


async def deliveries(machine: Machine, **filters: str) -> list[Any]:
    answer = await machine.http.get("/api/admin/deliveries", params=filters)
    found: list[Any] = answer.json()["items"]
    return found


async def pauses(machine: Machine) -> list[tuple[str, str, str | None]]:
    answer = await machine.http.get("/api/admin/pauses")
    return [(each["scope"], each["reason"], each["detail"]) for each in answer.json()["items"]]


async def announced(machine: Machine, *verdicts: str) -> list[Any]:
    """The `lead.delivered` there are, once they say this."""

    async def are_there() -> bool:
        events = await machine.events("lead.delivered")
        return [event["status"] for event in events] == list(verdicts)

    await eventually(are_there, f"not {verdicts} was announced", within=SOON)
    found: list[Any] = await machine.events("lead.delivered")
    return found


def of_channel(event: Any, made: Any) -> Any:
    """What the event says of one destination."""
    [found] = [each for each in event["channels"] if each["destination_id"] == made["id"]]
    return found
