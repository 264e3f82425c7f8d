from platform_upload.application.group_sizes import REMEMBERED_SECONDS, GroupSizes
from platform_upload.domain.batches import BatchLimit
from unit.platform_upload.builders import FakeAdapter, FakeConnections, a_connection

LANE = a_connection().lane


async def test_the_group_is_as_large_as_the_adapter_takes() -> None:
    adapter = FakeAdapter(limit=BatchLimit(items=100, size_bytes=1))
    sizes = GroupSizes(FakeConnections(), {"fake": adapter})

    assert await sizes(LANE) == 100
    assert sizes.largest == 100


async def test_without_a_connection_leads_go_singly() -> None:
    missing = FakeConnections(connection=None)
    sizes = GroupSizes(missing, {"fake": FakeAdapter()})

    assert await sizes(LANE) == 1


async def test_another_adapter_is_noticed_after_a_moment() -> None:
    now = [100.0]
    connections = FakeConnections()
    adapters = {"fake": FakeAdapter(), "one": FakeAdapter(limit=BatchLimit(items=1, size_bytes=1))}
    sizes = GroupSizes(connections, adapters, monotonic=lambda: now[0])
    assert await sizes(LANE) == 10
    connections.connection = a_connection(adapter="one")

    assert await sizes(LANE) == 10
    now[0] += REMEMBERED_SECONDS

    assert await sizes(LANE) == 1
