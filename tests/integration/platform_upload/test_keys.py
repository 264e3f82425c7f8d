"""Changing the key that credentials are encrypted with."""

from integration.platform_upload.bench import KEY, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream.crypto import key_id_of
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key

NEW = generate_key("k2")


async def key_ids(bench: Bench) -> set[str]:
    rows = await bench.replica.database.pool.fetch("SELECT credentials FROM connections")
    return {key_id_of(row["credentials"]) for row in rows}


async def test_an_admin_call_encrypts_everything_with_the_newest_key(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    both = Bench(await make_replica(encryption_keys=f"{NEW},{KEY}"), sandbox)
    old = Bench(await make_replica(), sandbox)
    for platform in ("tech-platform", "retail-platform", "general-platform"):
        await old.connect("webhook", platform=platform)
    assert await key_ids(both) == {"k1"}

    first = await both.post("/connections/rotate-keys")
    second = await both.post("/connections/rotate-keys")

    assert await key_ids(both) == {"k2"}
    assert first == {"rewrapped": 3, "unreadable": 0, "key_id": "k2"}
    assert second["rewrapped"] == 0


async def test_a_replica_that_starts_with_a_new_key_encrypts_everything_with_it(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    old = Bench(await make_replica(), sandbox)
    await old.connect("webhook")

    await make_replica(encryption_keys=f"{NEW},{KEY}")
    only_new = Bench(await make_replica(encryption_keys=NEW), sandbox)
    await only_new.upload(an_upload())

    assert await only_new.statuses() == ["uploaded"]


async def test_credentials_whose_key_is_gone_hold_their_connection_and_no_other(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    await Bench(await make_replica(), sandbox).connect("webhook")
    without = Bench(await make_replica(encryption_keys=NEW), sandbox)
    await without.connect("webhook", platform="retail-platform")

    await without.upload(*uploads(2), an_upload(9, industry="Retail"))

    assert await without.statuses(platform="retail-platform") == ["uploaded"]
    held = await without.items("/uploads", platform="tech-platform")
    assert {row["held_by"][0] for row in held} == {"misconfigured"}
    assert any("k1" in (row["error"] or "") for row in held)
    assert (await without.post("/connections/rotate-keys"))["unreadable"] == 1


async def test_new_credentials_can_be_saved_over_unreadable_ones(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    await Bench(await make_replica(), sandbox).connect("webhook")
    without = Bench(await make_replica(encryption_keys=NEW), sandbox)
    await without.post(f"/connections/{id_of()}/test", status=409)

    await without.connect("webhook")
    await without.upload(an_upload())

    assert await without.statuses() == ["uploaded"]
