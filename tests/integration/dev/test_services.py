import asyncio
from pathlib import Path
from signal import SIGKILL

import httpx
import pytest

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.services import SERVICES, Services, ServiceSpec
from leadstream_dev.waiting import until

_STANDIN = ServiceSpec("standin", "standin_service", 0)
_OTHER = ServiceSpec("other", "standin_service", 0)


def the_services(home: Home, *, replicas: int = 1, **env: str) -> Services:
    path = {"PYTHONPATH": str(Path(__file__).parent)}
    return Services(env=path | env, specs=[_STANDIN, _OTHER], replicas=replicas, home=home)


def test_the_five_services_are_those_of_the_contract() -> None:
    ports = {spec.package: spec.port for spec in SERVICES}
    variables = [spec.url_variable for spec in SERVICES]

    assert ports == {
        "discovery": 8001,
        "enrichment": 8002,
        "delivery": 8003,
        "platform_upload": 8004,
        "scheduler": 8005,
    }
    assert variables == [
        "DISCOVERY_URL",
        "ENRICHMENT_URL",
        "DELIVERY_URL",
        "PLATFORM_UPLOAD_URL",
        "SCHEDULER_URL",
    ]


async def test_every_replica_is_ready_on_its_own_port(home: Home) -> None:
    client = httpx.AsyncClient(timeout=60)
    async with the_services(home, replicas=2) as services, client:
        answers = [await client.get(f"{replica.url}/readyz") for replica in services]

        assert [answer.status_code for answer in answers] == [200] * 4
        assert len({replica.port for replica in services}) == 4
        assert services.urls() == {
            "STANDIN_URL": services["standin"][0].url,
            "OTHER_URL": services["other"][0].url,
        }


async def test_stopped_services_say_how_they_ended(home: Home) -> None:
    services = the_services(home)
    await services.start()

    codes = await services.stop()

    assert codes == {"standin-1": 0, "other-1": 0}


async def test_a_deaf_service_is_killed_after_the_grace(home: Home) -> None:
    services = the_services(home, STANDIN_DEAF="1")
    await services.start()

    codes = await services.stop(grace=0.2)

    assert set(codes.values()) == {-SIGKILL}


async def test_a_killed_service_comes_back_on_its_port(home: Home) -> None:
    async with the_services(home) as services:
        replica = services["standin"][0]
        port, pid = replica.port, replica.pid

        await replica.kill()
        assert replica.returncode == -SIGKILL
        await replica.restart()

        assert replica.port == port
        assert replica.pid != pid
        assert services["other"][0].running


async def test_a_service_that_refuses_its_settings_shows_why(home: Home) -> None:
    services = the_services(home, STANDIN_INVALID="1")

    with pytest.raises(StackError, match=r"exit code 1 before(?s:.*)DATABASE_URL is missing"):
        await services.start()

    assert not any(replica.running for replica in services)


async def test_a_service_that_is_never_ready_is_given_up(home: Home) -> None:
    services = the_services(home, STANDIN_NEVER_READY="1")

    with pytest.raises(StackError, match=r"is not ready after 1 s"):
        await services.start(within=1)

    assert not any(replica.running for replica in services)


async def test_a_failed_migration_shows_why(home: Home) -> None:
    services = the_services(home, STANDIN_BROKEN_MIGRATION="1")

    with pytest.raises(StackError, match="relation leads already exists"):
        await services.migrate()


async def test_migrations_run_to_their_end(home: Home) -> None:
    await the_services(home).migrate()

    assert (home.logs / "standin-0.log").read_text(encoding="utf-8") == "migrated\n"


async def test_scaling_adds_and_removes_replicas(home: Home) -> None:
    async with the_services(home) as services:
        await services.scale("standin", 3)
        third = services["standin"][2]
        assert third.running

        await services.scale("standin", 1)

        assert not third.running
        assert [replica.running for replica in services["standin"]] == [True]


async def test_what_ends_by_itself_is_started_again(home: Home) -> None:
    services = the_services(home, STANDIN_LASTS="0.3")
    replica = services["standin"][0]
    try:
        # Not `services.start()`: it may have ended before anybody has seen that it is ready.
        for each in services:
            each.start()
        first = replica.pid
        keeping = asyncio.create_task(services.keep_running())

        revived = await until(lambda: replica.running and replica.pid != first, within=30)
        keeping.cancel()
    finally:
        await services.stop()

    assert revived


async def test_what_was_stopped_stays_stopped(home: Home) -> None:
    async with the_services(home) as services:
        replica = services["standin"][0]
        await replica.stop()

        replica.revive()

        assert not replica.running


async def test_an_exit_of_its_own_is_waited_for(home: Home) -> None:
    services = the_services(home, STANDIN_LASTS="0.1")
    replica = services["standin"][0]
    replica.start()

    assert await replica.exited(within=10) == 70
    with pytest.raises(StackError):
        _ = services["other"][0].pid
