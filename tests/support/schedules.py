"""The scheduler's clock, out of the way."""

import asyncpg

from leadstream.ids import derived_id
from scheduler.application.builtin import BUILTIN

MAKE = """
INSERT INTO scheduler.schedules (name, id, cron, settled_until, next_at) VALUES ($1, $2, $3, now(), '2199-01-01Z')
"""


async def tick_by_hand_only(url: str) -> None:
    """Make the schedules before the scheduler first starts, none of them due: it keeps those that are there.

    A night, a renewal of credits or a week's trends of their own, because it happens to be midnight, would do among a
    test's leads what nobody asked for.
    """
    connection = await asyncpg.connect(url, timeout=60)
    try:
        for name, cron in BUILTIN.items():
            await connection.execute(MAKE, name, derived_id("schedule", name), cron)
    finally:
        await connection.close()
