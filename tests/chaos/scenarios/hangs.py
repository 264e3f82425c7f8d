"""I11: a receiver that takes calls and never answers some of them."""

import asyncio
from datetime import UTC, datetime, timedelta

from chaos.crowd import Crowd
from chaos.outcome import Report, report_of
from chaos.world import World

# On a machine that others use too, two runs of the same differ by more than the tenth that is promised.
SLACK = timedelta(seconds=3)
# Whatever else the machine does makes some of them slow; a receiver that holds others up, all of them.
TRIES = 3


async def hang_receiver(world: World, *, leads: int, per_second: float, share: float) -> Report:
    """Compare how soon e-mails and Slack messages are out, without and with a webhook receiver that hangs."""
    world.fleet.forget()
    calm = await _last_alert(world, leads, per_second, share=0.0)
    faults, bound = calm[1].faults, calm[0] * 1.1 + SLACK
    for _ in range(TRIES):
        last, report = await _last_alert(world, leads, per_second, share=share)
        faults += report.faults
        if last <= bound:
            break
    else:
        faults.append(f"others waited: {last} instead of {calm[0]}")
    report.faults = faults
    report.figures |= {
        "last alert, calm": round(calm[0].total_seconds(), 2),
        "last alert, hanging": round(last.total_seconds(), 2),
    }
    return report


async def _last_alert(
    world: World, leads: int, per_second: float, *, share: float
) -> tuple[timedelta, Report]:
    """How long after the last lead was sent the last e-mail or Slack message was out; 99 % of them count."""
    crowd = Crowd(world.slug("hangs"), leads)
    await crowd.prepare(world)
    if share:
        match = {"hook": crowd.alerts_hook}
        await world.sandbox.control.behave("hooks", "receive", match=match, hang=share)
    started = datetime.now(UTC)
    await asyncio.create_task(crowd.send_by_records(world, per_second=per_second))
    report = await report_of("I11 hanging receiver", world, crowd)
    times = sorted(
        entry.time
        for provider in ("resend", "slack")
        for entry in world.ledger.entries(provider=provider)
        if entry.time > started
    )
    await world.sandbox.control.clear("hooks", "receive")
    return times[int(len(times) * 0.99) - 1] - started, report
