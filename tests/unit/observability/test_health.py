import asyncio
from datetime import timedelta

from leadstream.observability import Health


async def fine() -> None:
    return None


async def waiting() -> str:
    return "no partition assigned yet"


async def broken() -> None:
    raise ConnectionRefusedError("postgres://app:pw@db/x refused")


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_with_no_checks_all_is_well() -> None:
    assert (await Health().live()).ok


async def test_a_report_names_what_is_not_ready_and_why() -> None:
    health = Health()
    health.add_readiness("postgres", broken)
    health.add_readiness("kafka", waiting)
    health.add_readiness("migrations", fine)

    report = await health.ready()

    assert report.as_json() == {
        "status": "unavailable",
        "failing": {
            "postgres": "ConnectionRefusedError: postgres://[redacted] refused",
            "kafka": "no partition assigned yet",
        },
        "passing": ["migrations"],
    }


async def test_a_check_that_hangs_has_failed_after_its_time() -> None:
    health = Health()
    health.add_readiness("postgres", hangs, timeout=timedelta(seconds=0.01))

    report = await health.ready()

    assert report.checks == {"postgres": "no answer within 0.01 s"}


async def test_checks_run_side_by_side() -> None:
    health = Health()
    first, second = asyncio.Event(), asyncio.Event()

    async def one() -> None:
        first.set()
        await second.wait()

    async def two() -> None:
        second.set()
        await first.wait()

    health.add_liveness("one", one)
    health.add_liveness("two", two)

    assert (await health.live()).ok


async def test_liveness_and_readiness_are_apart() -> None:
    health = Health()
    health.add_readiness("kafka", waiting)

    assert (await health.live()).ok
    assert not (await health.ready()).ok
