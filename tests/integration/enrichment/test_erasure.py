"""A person is erased: from what is stored, from answers that are cached, and from answers that come later."""

import hashlib
from typing import Any

from enrichment.adapters.erasure import SWEEPS
from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_contact, a_lead, enrich
from integration.enrichment.replicas import Replica
from leadstream.api import AdminToken, Role
from leadstream.erasure import Erasures
from leadstream.ids import new_id
from leadstream_dev.sandbox import Sandbox
from support.erased import hashed, search, teach
from support.traces import tables_with

ADA = "ada@acme.com"


async def erase(replica: Replica, email: str = ADA, **more: Any) -> dict[str, Any]:
    answer = await replica.http.post(
        "/erasures", json={"email": email, "reason": f"asked by {email} on Monday", **more}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def ada_and_bob(sandbox: Sandbox) -> None:
    people = [a_contact("Ada", email="Ada@Acme.com"), a_contact("Bob")]
    await sandbox.control.company("acme.com", contacts=people)


def people(event: dict[str, Any]) -> list[str]:
    return [contact["full_name"] for contact in event["enrichment"]["contacts"]]


async def test_nothing_of_the_person_is_left_and_the_lead_stays(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    lead = a_lead()
    await enrich(enrichment, lead)
    await enrichment.http.post(
        "/credits", json={"workspace_id": str(ACME), "email": ADA, "daily_credit_limit": 3}
    )

    erased = await erase(enrichment, "  ADA@acme.com ")

    assert erased["known"] is False
    removed = erased["removed"]
    assert (removed["contacts"], removed["company_answers"]) == (1, 1)
    assert (removed["credit_accounts"], removed["outbox"]) == (1, 1)
    assert await tables_with(enrichment.database, ADA) == {}
    (row,) = await enrichment.rows("enrichments")
    (left,) = await enrichment.rows("contacts")
    assert (row["status"], row["total_contacts"]) == ("completed", 1)
    assert (left["full_name"], left["is_primary"]) == ("Bob Smith", True)
    (event,) = await enrichment.events("lead.enriched")
    assert people(event) == ["Bob Smith"]
    assert event["enrichment"]["primary_contact"]["full_name"] == "Bob Smith"
    assert event["enrichment"]["total_contacts"] == 1


async def test_erasing_twice_is_the_same_as_once(enrichment: Replica, sandbox: Sandbox) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())
    await erase(enrichment)

    again = await erase(enrichment)

    assert again["known"] is True
    assert set(again["removed"].values()) == {0}


async def test_a_dry_run_tells_and_removes_nothing(enrichment: Replica, sandbox: Sandbox) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    told = await erase(enrichment, dry_run=True)

    assert told["removed"]["contacts"] == 1
    assert len(await enrichment.rows("contacts")) == 2
    assert await enrichment.rows("erased_people") == []
    assert await enrichment.rows("audit_log") == []


async def test_the_audit_says_that_somebody_was_erased_and_not_who(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    await erase(enrichment)

    (row,) = await enrichment.rows("audit_log WHERE action = 'person.erased'")
    assert row["after"]["contacts"] == 1
    assert row["reason"] == "asked by [erased] on Monday"


async def test_the_person_does_not_come_back_from_a_later_answer(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await erase(enrichment)

    (event,) = await enrich(enrichment, a_lead())

    assert people(event) == ["Bob Smith"]
    assert await tables_with(enrichment.database, ADA) == {}
    # Nor was the provider asked about the address.
    asked = [entry.body for entry in sandbox.ledger.entries(provider="clay")]
    assert asked
    assert not any(ADA in str(body).lower() for body in asked)


async def test_nor_from_the_cache_which_is_left_to_the_other_workspaces(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    erased = await erase(enrichment, workspace_id=str(ACME))
    events = await enrich(enrichment, a_lead(), a_lead(workspace=OTHER))

    assert erased["removed"]["company_answers"] == 0
    by_workspace = {event["workspace_id"]: people(event) for event in events[1:]}
    assert by_workspace == {str(ACME): ["Bob Smith"], str(OTHER): ["Ada Smith", "Bob Smith"]}


async def test_what_a_workspaces_own_key_bought_forgets_whom_the_workspace_erases(
    enrichment: Replica,
) -> None:
    for owner in (ACME, OTHER):
        await enrichment.database.pool.execute(
            "INSERT INTO company_answers (provider, owner, domain, state, flight_id, paid_by, holder_id, held_since,"
            " held_until, contacts) VALUES ('hunter:' || $1, $1, 'acme.com', 'ready', $2, $2, $2, now(), now(), $3)",
            str(owner),
            new_id(),
            [a_contact("Ada"), a_contact("Bob")],
        )

    erased = await erase(enrichment, workspace_id=str(ACME))

    assert erased["removed"]["company_answers"] == 1
    rows = await enrichment.rows("company_answers")
    left = {row["owner"]: [contact["first_name"] for contact in row["contacts"]] for row in rows}
    assert left == {str(ACME): ["Bob"], str(OTHER): ["Ada", "Bob"]}


async def test_a_user_who_was_erased_gets_no_account_again(enrichment: Replica) -> None:
    account = {"workspace_id": str(ACME), "email": ADA}
    await enrichment.http.post("/credits", json=account)
    await erase(enrichment)

    answer = await enrichment.http.post("/credits", json=account)

    assert answer.status_code == 409
    (row,) = await enrichment.rows("credit_accounts")
    assert row["email"] == f"erased-{row['id']}"


async def test_who_may_erase_whom(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    tokens = [_token("root", Role.ADMIN), _token("op", Role.OPERATOR), _token("acme", Role.ADMIN)]
    tokens[2] = tokens[2].model_copy(update={"workspace": ACME})
    replica = await make_replica(admin_tokens=tuple(tokens))
    await ada_and_bob(sandbox)
    await enrich(replica, a_lead(), a_lead(workspace=OTHER))
    asked = {"email": ADA, "reason": "asked"}

    async def as_(name: str, **more: Any) -> Any:
        headers = {"authorization": f"Bearer token-of-{name}"}
        return await replica.http.post("/erasures", json=asked | more, headers=headers)

    assert (await as_("op")).status_code == 403
    assert (await as_("acme", workspace_id=str(OTHER))).status_code == 404
    assert (await as_("acme")).json()["removed"]["contacts"] == 1
    assert (await as_("root")).json()["removed"]["contacts"] == 1
    for wrong in ("ada", "@acme.com", "a b@acme.com", ""):
        refused = await as_("root", email=wrong)
        assert refused.status_code in {400, 422}
        assert not wrong or f'"{wrong}"' not in refused.text


def _token(name: str, role: Role) -> AdminToken:
    digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role)


async def test_who_is_known_by_a_hash_only_is_found_wherever_they_are(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())
    account = {"workspace_id": str(ACME), "email": "user@acme.com", "daily_credit_limit": 3}
    await enrichment.http.post("/credits", json=account)
    await teach(enrichment.http, hashed(ADA), hashed("user@acme.com"))

    found = await search(enrichment.http)
    erasures = Erasures(enrichment.database, SWEEPS)
    for row in await enrichment.rows("erasures"):
        assert await erasures.go_on(row["id"], seconds=30)

    assert found["found"] == 2
    assert await tables_with(enrichment.database, ADA) == {}
    assert await tables_with(enrichment.database, "user@acme.com") == {}
