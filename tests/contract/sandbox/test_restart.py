"""A second run with the same ledger goes on where the first stopped."""

import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import orjson
import pytest

from contract.sandbox.crm import LEAD_ID, define, lead, sign_in, upsert_company, upsert_leads
from contract.sandbox.fhir import ORGANIZATION, batch, entry, put
from leadstream_dev.sandbox import Ledger, Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES

EMAIL = {
    "from": "alerts@leadstream.example",
    "to": ["ana@example.org"],
    "subject": "Hot lead",
    "text": "line one\nline two",
}


@pytest.fixture
async def own_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(tmp_path / "ledger.jsonl", seed=7) as sandbox:
        yield sandbox


def a_client(sandbox: Sandbox, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=sandbox.url, headers=headers, verify=WITHOUT_AUTHORITIES, timeout=60
    )


async def test_state_is_rebuilt(own_sandbox: Sandbox) -> None:
    sandbox = own_sandbox
    key = {"Authorization": "Bearer sandbox"}
    async with a_client(sandbox, key) as api:
        keyed = {"Idempotency-Key": "key-1"}
        sent = await api.post("/resend/emails", json=EMAIL, headers=keyed)
        pretty = orjson.dumps([EMAIL, EMAIL], option=orjson.OPT_INDENT_2)
        batch = await api.post(
            "/resend/emails/batch", content=pretty, headers={"Idempotency-Key": "b"}
        )
        await define(api, LEAD_ID)
        company = await upsert_company(api, "lead-1", name="Acme")
        hook = {"webhook-id": "msg_1"}
        await api.post("/hooks/warehouse", json={}, headers=hook)
        await sign_in(api)
        rows = await upsert_leads(api, lead("lead-1"), lead("lead-2", Company=""), lead("lead-3"))
        session = dict(api.headers)
    before = [await sandbox.control.state(name) for name in ("hubspot", "salesforce")]
    stats = await sandbox.control.stats()

    await sandbox.restart()

    assert [await sandbox.control.state(name) for name in ("hubspot", "salesforce")] == before
    assert await sandbox.control.stats() == stats
    async with a_client(sandbox, key) as api:
        again = await api.post("/resend/emails", json=EMAIL, headers=keyed)
        batch_again = await api.post(
            "/resend/emails/batch", json=[EMAIL, EMAIL], headers={"Idempotency-Key": "b"}
        )
        other = await api.post("/resend/emails", json=EMAIL | {"text": "x"}, headers=keyed)
        read = await api.get(f"/resend/emails/{batch.json()['data'][1]['id']}")
        company_again = await upsert_company(api, "lead-1")
        await api.post("/hooks/warehouse", json={}, headers=hook)
        api.headers.update(session)
        rows_again = await upsert_leads(api, lead("lead-1"), lead("lead-2"))
    assert again.json() == sent.json()
    assert batch_again.json() == batch.json()
    assert other.status_code == 409
    assert read.json()["subject"] == "Hot lead"
    assert company_again.json()["results"][0]["id"] == company.json()["results"][0]["id"]
    assert rows_again.json()[0]["id"] == rows.json()[0]["id"]
    assert [row["created"] for row in rows_again.json()] == [False, True]
    assert rows_again.json()[1]["id"] not in {row.get("id") for row in rows.json()}
    assert sandbox.ledger.outcomes(provider="hooks")["hooks", "replayed"] == 1  # type: ignore[index]
    assert len(sandbox.ledger.effects("email")) == 3
    seqs = [entry.seq for entry in sandbox.ledger.entries()]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_organizations_and_their_versions_are_rebuilt(own_sandbox: Sandbox) -> None:
    async with a_client(own_sandbox, {"Authorization": "Bearer sandbox"}) as api:
        await batch(api, entry("lead-1"), entry("lead-2", {}), entry("lead-3"), entry("lead-4"))
        await api.delete(f"{ORGANIZATION}/2")
        await put(api, "lead-1", name="Acme")
    before = await own_sandbox.control.state("fhir")

    await own_sandbox.restart()

    assert await own_sandbox.control.state("fhir") == before
    async with a_client(own_sandbox, {"Authorization": "Bearer sandbox"}) as api:
        assert (await put(api, "lead-1")).headers["etag"] == 'W/"3"'
        assert (await api.get(f"{ORGANIZATION}/2")).status_code == 410
        assert (await put(api, "lead-3")).json()["id"] == "4"


async def test_an_answer_that_was_lost_counts_after_a_restart(own_sandbox: Sandbox) -> None:
    sandbox = own_sandbox
    key = {"Authorization": "Bearer sandbox", "Idempotency-Key": "key-1"}
    await sandbox.control.script("resend", "send", {"action": "lose"})
    async with a_client(sandbox, key) as api:
        with pytest.raises(httpx.RemoteProtocolError):
            await api.post("/resend/emails", json=EMAIL)

    await sandbox.restart()

    async with a_client(sandbox, key) as api:
        assert (await api.post("/resend/emails", json=EMAIL)).status_code == 200
    assert [entry.outcome for entry in sandbox.ledger.entries()] == ["dropped", "replayed"]
    assert len(sandbox.ledger.effects("email")) == 1


async def test_a_line_torn_by_a_crash_is_cut(own_sandbox: Sandbox) -> None:
    sandbox = own_sandbox
    async with a_client(sandbox) as api:
        await api.post("/slack/services/T1/B1/a", json={"text": "one"})
    sandbox.stop()
    with sandbox.ledger.path.open("ab") as file:
        file.write(b'{"seq":2,"time":"20')

    sandbox.start()

    async with a_client(sandbox) as api:
        await api.post("/slack/services/T1/B1/a", json={"text": "two"})
    assert [entry.body["text"] for entry in Ledger(sandbox.ledger.path).entries()] == ["one", "two"]


async def test_what_was_asked_for_is_not_kept(own_sandbox: Sandbox) -> None:
    await own_sandbox.control.hook_secrets("warehouse", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    await own_sandbox.restart()

    assert (await own_sandbox.control.options("hooks"))["secrets"] == {}


def test_sigterm_ends_it_cleanly_even_while_a_call_hangs(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "ledger.jsonl")
    sandbox.start()
    behaviour = {"provider": "slack", "hang": 1.0}
    asked = httpx.put(f"{sandbox.url}/_control/behaviours", json=behaviour, timeout=60)
    asked.raise_for_status()
    with socket.create_connection(("127.0.0.1", sandbox.port)) as client:
        client.sendall(
            b"POST /slack/services/T1/B1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        )
        while not sandbox.ledger.entries(provider="slack"):
            assert sandbox.is_running

        code = sandbox.stop()

        assert client.recv(1) == b""
    assert code == 0


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "ledger.jsonl")
    sandbox.start()
    process = sandbox._process
    assert process is not None
    assert process.stdin is not None

    process.stdin.close()

    assert process.wait(30) == 0
    assert process.stdout is not None
    process.stdout.close()
