"""Of a topic that is paused nothing is read: not by a member that begins, not by a fetch that waits meanwhile."""

from functools import partial

from leadstream.kafka.storage import IntakeObserver
from leadstream.pauses import PauseBoard, add_pause
from leadstream.pauses.store import delete_pause
from leadstream.postgres import Database
from support.intake import TOPIC, a_lead, jobs, produce, taking_in
from support.ledger import until


async def test_nothing_is_read_before_the_pauses_are_known(
    database: Database, kafka: str, group: str
) -> None:
    board = PauseBoard(database)
    lags: list[int] = []
    await produce(kafka, [(b"%d" % n, a_lead()) for n in range(30)])

    observer = IntakeObserver(lag=lambda _, records: lags.append(records))
    async with taking_in(database, kafka, group, board=board, observer=observer):
        # Two looks, so that the loop has fetched several times between them.
        await until(lambda: lags.count(30) >= 2)
        assert await jobs(database) == 0

        await board.refresh()
        await until(lambda: _has(database, 30))


async def test_what_a_fetch_brings_after_the_pause_is_read_once_the_pause_is_lifted(
    database: Database, kafka: str, group: str
) -> None:
    board = PauseBoard(database)
    await board.refresh()

    async with taking_in(database, kafka, group, board=board) as intake:
        await until(lambda: intake.joined)
        for taken in range(0, 50, 10):
            # The loop waits in a fetch that began before the pause.
            await produce(kafka, [(b"%d" % n, a_lead()) for n in range(5)])
            await until(partial(_has, database, taken + 5))
            async with database.transaction() as tx:
                pause = await add_pause(tx, f"topic:{TOPIC}", reason="test", actor="test")
            board.apply(pause)
            await produce(kafka, [(b"%d" % n, a_lead()) for n in range(5)])
            assert await jobs(database) == taken + 5
            async with database.transaction() as tx:
                await delete_pause(tx, pause.id)
            await board.refresh()
            await until(partial(_has, database, taken + 10))


async def _has(database: Database, count: int) -> bool:
    return await jobs(database) == count
