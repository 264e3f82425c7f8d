"""A connection that a platform refuses, or that is set up wrongly: told once, and once when it is well."""

from typing import Any

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of
from leadstream_dev.sandbox import Sandbox


async def troubles(bench: Bench) -> list[dict[str, Any]]:
    return await bench.replica.events("workspace.trouble")


async def delete(bench: Bench, path: str) -> None:
    async with bench.http() as http:
        assert (await http.delete(path)).status_code == 200


async def refuse_key(bench: Bench) -> None:
    await bench.sandbox.control.revoke("hubspot", f"sandbox-{WORKSPACE}")


async def misplace(bench: Bench) -> None:
    await bench.sandbox.control.behave("hubspot", errors={"status": 404})


async def miss_scopes(bench: Bench) -> None:
    await bench.sandbox.control.options("hubspot", missing_scopes=["crm.objects.companies.write"])


async def mend(bench: Bench) -> None:
    await bench.sandbox.control.clear()
    await bench.sandbox.control.options("hubspot", missing_scopes=[])
    await bench.connect("hubspot", credentials={"access_token": "sandbox-another"})


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (refuse_key, "connection_refused"),
        (miss_scopes, "connection_refused"),
        (misplace, "connection_misconfigured"),
    ],
)
async def test_a_connection_in_trouble_is_told_once_and_once_when_it_is_well(
    bench: Bench, spoil: Any, cause: str
) -> None:
    await bench.connect("hubspot")
    await spoil(bench)
    await bench.upload(an_upload(0), an_upload(1))
    # Somebody lifts the pause, and it is refused again: no news.
    for pause in await bench.items("/pauses"):
        await delete(bench, f"/pauses/{pause['id']}")
    await bench.upload(an_upload(2))
    begun = await troubles(bench)

    await mend(bench)
    await bench.upload(an_upload(3))
    await bench.upload(an_upload(4))
    _, ended = await troubles(bench)

    [began] = begun
    assert (began["cause"], began["state"], began["name"]) == (cause, "began", "tech-platform")
    assert (began["subject_id"], began["workspace_id"]) == (str(id_of()), str(WORKSPACE))
    assert began["detail"]
    assert (ended["cause"], ended["state"]) == (cause, "ended")
    assert ended["trouble_id"] == began["trouble_id"]
    assert ended["began_at"] == began["began_at"]
    left = await bench.replica.database.pool.fetchval("SELECT count(*) FROM workspace_troubles")
    assert left == 0


async def test_a_receiver_that_switches_it_off_is_a_trouble_and_a_pause_of_ours_is_none(
    bench: Bench, sandbox: Sandbox
) -> None:
    await bench.connect("webhook", platform="general-platform")
    await bench.upload(an_upload(0))
    missing = await troubles(bench)
    await sandbox.control.behave("hooks", errors={"status": 410})

    await bench.upload(an_upload(1, industry="Farming"))

    assert missing == []
    [began] = await troubles(bench)
    assert (began["cause"], began["name"]) == ("connection_refused", "general-platform")
    assert "410" in began["detail"]


async def test_of_a_connection_that_is_deleted_nobody_is_told_that_it_is_well(
    bench: Bench,
) -> None:
    made = await bench.connect("hubspot")
    await refuse_key(bench)
    await bench.upload(an_upload(0))

    await delete(bench, f"/connections/{made['id']}")
    await mend(bench)
    await bench.upload(an_upload(1))

    assert [each["state"] for each in await troubles(bench)] == ["began"]
