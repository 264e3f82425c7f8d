"""SMART Backend Services: tokens for assertions that the connection's key has signed."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream.clock import SystemClock
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import Control
from support.smart import PrivateKey, ec_key, private_pem, public_pem, rsa_key

CLIENT = "leadstream-client"
RSA, EC = rsa_key(), ec_key()


class AheadClock(SystemClock):
    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture
def control(bench: Bench) -> Control:
    return bench.sandbox.control


def credentials(key: PrivateKey = EC, **more: Any) -> dict[str, Any]:
    return {"client_id": CLIENT, "private_key": private_pem(key), **more}


async def connect(bench: Bench, key: PrivateKey = EC, **changes: Any) -> dict[str, Any]:
    await bench.sandbox.control.options("fhir", clients={CLIENT: public_pem(key)})
    return await bench.connect("fhir", **({"credentials": credentials(key)} | changes))


async def names(bench: Bench) -> list[str]:
    state = await bench.sandbox.control.state("fhir")
    return sorted(each["name"] for each in state.get(CLIENT, []))


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS384", "ES384"])
async def test_a_signed_assertion_gives_a_token(bench: Bench, key: PrivateKey) -> None:
    await connect(bench, key)

    await bench.upload(*uploads(2))

    assert await names(bench) == ["Acme 0", "Acme 1"]
    assert bench.calls("fhir", "token") == 1
    assert bench.calls("fhir", "discover") == 1
    (entry,) = bench.sandbox.ledger.entries(provider="fhir", operation="token")
    assert entry.body["scope"] == "system/Organization.cus"


async def test_a_token_url_that_is_given_is_not_looked_for(bench: Bench) -> None:
    url = f"{bench.sandbox.url}/fhir/auth/token"
    given = bench.body("fhir")["settings"] | {"token_url": url, "scope": "system/*.cruds"}
    await bench.sandbox.control.options("fhir", discovery=False)
    await connect(bench, settings=given)

    await bench.upload(an_upload())

    assert await names(bench) == ["Acme Corp"]
    assert bench.calls("fhir", "discover") == 0
    (entry,) = bench.sandbox.ledger.entries(provider="fhir", operation="token")
    assert entry.body["scope"] == "system/*.cruds"


async def test_an_expired_session_is_renewed_once_and_nobody_notices(
    bench: Bench, control: Control
) -> None:
    await connect(bench)
    await bench.upload(an_upload(1))
    assert await control.expire_fhir_sessions() == 1

    await bench.upload(an_upload(2))

    assert bench.calls("fhir", "token") == 2
    assert {job["attempts"] for job in await bench.replica.jobs()} == {1}
    assert await bench.statuses() == ["uploaded"] * 2


async def test_a_token_is_kept_until_shortly_before_it_ends(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    clock = AheadClock()
    bench = Bench(await make_replica(clock=clock), sandbox)
    await connect(bench)
    await bench.upload(an_upload(1))
    clock.ahead = timedelta(seconds=240)
    await sandbox.control.settings(clock_offset=240)
    await bench.upload(an_upload(2))
    before = bench.calls("fhir", "token")
    clock.ahead = timedelta(seconds=275)
    await sandbox.control.settings(clock_offset=275)

    await bench.upload(an_upload(3))

    assert (before, bench.calls("fhir", "token")) == (1, 2)
    refused = bench.sandbox.ledger.entries(provider="fhir", status=401)
    assert refused == []


async def test_groups_that_need_a_token_together_ask_for_one(bench: Bench) -> None:
    await connect(bench)

    tests = [bench.post(f"/connections/{id_of()}/test") for _ in range(8)]
    said = await asyncio.gather(*tests)

    assert [each["ok"] for each in said] == [True] * 8
    assert bench.calls("fhir", "token") == 1


async def test_a_token_that_is_refused_at_once_is_a_credential_that_does_not_work(
    bench: Bench, control: Control
) -> None:
    await connect(bench)
    await control.behave("fhir", "conditional_update", revoked=True)

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert row["held_by"] == ["credential_refused"]
    assert bench.calls("fhir", "token") == 2
    assert bench.calls("fhir", "conditional_update") == 2


async def test_another_key_is_refused_and_holds_the_connection(bench: Bench) -> None:
    await connect(bench)
    await bench.sandbox.control.options("fhir", clients={CLIENT: public_pem(ec_key())})

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["credential_refused"])
    tested = await bench.post(f"/connections/{id_of()}/test")
    assert (tested["ok"], tested["code"]) == (False, "invalid_client")


async def test_a_rotated_key_opens_a_new_session(bench: Bench, control: Control) -> None:
    await connect(bench)
    await bench.upload(an_upload(1))
    await control.options("fhir", clients={CLIENT: public_pem(RSA)})

    await bench.post(f"/connections/{id_of()}/rotate", {"credentials": credentials(RSA)})
    await bench.upload(an_upload(2))

    assert bench.calls("fhir", "token") == 2
    assert await bench.statuses() == ["uploaded"] * 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"discovery": False}, "no_token_url"),
        ({"algorithms": ["RS384"]}, "signing_alg"),
        ({"granted": "system/Organization.rs"}, "scope"),
    ],
)
async def test_what_is_wrong_with_the_set_up_is_said(
    bench: Bench, control: Control, options: dict[str, Any], code: str
) -> None:
    await connect(bench)
    await control.options("fhir", **options)

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert (tested["ok"], tested["verdict"], tested["code"]) == (False, "configuration", code)


async def test_an_endpoint_that_the_server_names_inside_is_not_called(
    bench: Bench, control: Control
) -> None:
    await connect(bench)
    inside = {"token_endpoint": "http://169.254.169.254/latest/meta-data"}
    await control.script("fhir", "discover", {"status": 200, "body": inside})

    tested = await bench.post(f"/connections/{id_of()}/test")

    assert (tested["ok"], tested["code"]) == (False, "unsafe_url")


@pytest.mark.parametrize(
    "given",
    [
        "nonsense",
        public_pem(EC),
        private_pem(EC, b"passphrase"),
        private_pem(rsa_key(1024)),
        '{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "d": "AA"}',
        '{"kty": "oct", "k": "c2VjcmV0"}',
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        ["-----BEGIN PRIVATE KEY-----"],
        7,
        "x" * 20_000,
    ],
)
async def test_a_key_that_does_not_parse_is_refused_by_name(bench: Bench, given: object) -> None:
    body = {"client_id": CLIENT, "private_key": given}

    answer = await bench.connect("fhir", credentials=body, status=422)

    assert "credentials.private_key" in str(answer)
    assert "c2VjcmV0" not in str(answer)


async def test_nothing_of_a_credential_is_shown_or_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await connect(bench)
    await bench.upload(an_upload())
    tested = await bench.post(f"/connections/{id_of()}/test")
    shown = f"{made} {tested} {await bench.items('/uploads')} {await bench.items('/connections')}"

    secret = private_pem(EC).splitlines()[1][:20]
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for text in (shown, logged, bench.sandbox.ledger.path.read_text(encoding="utf-8")):
        assert secret not in text
        assert "smart." not in text
