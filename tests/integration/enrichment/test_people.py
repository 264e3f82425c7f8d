"""A person asks what there is of them, or that nobody is told of them any more."""

import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_erasure import ADA, _token, ada_and_bob, erase, people
from leadstream.api import Role
from leadstream_dev.sandbox import Sandbox
from support.person import lift, object_to, remembered, show, shows_all_that_would_be_erased


async def test_all_that_is_here_is_shown_with_where_it_is_from(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    lead = a_lead()
    await enrich(enrichment, lead)
    account = {"workspace_id": str(ACME), "email": ADA, "daily_credit_limit": 3}
    await enrichment.http.post("/credits", json=account)

    found = await shows_all_that_would_be_erased(enrichment.http, ADA)
    items = await show(enrichment.http, "  ADA@acme.com")

    assert found == {"contacts", "company_answers", "credit_accounts", "outbox", "audit_log"}
    (contact,) = [each for each in items if each["store"] == "contacts"]
    assert contact["provider"] == "clay"
    assert contact["collected_at"] is not None
    assert (contact["lead_id"], contact["revision"]) == (lead["lead_id"], 1)
    assert contact["workspace_id"] == str(ACME)
    assert contact["facts"]["full_name"] == "Ada Smith"
    assert not any("Bob" in str(each) for each in items)


async def test_who_is_unknown_is_nowhere(enrichment: Replica, sandbox: Sandbox) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    assert await show(enrichment.http, "nobody@acme.com") == []
    assert await remembered(enrichment.http, "nobody@acme.com") == []


async def test_pages_go_on_from_where_they_were(
    enrichment: Replica, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada_and_bob(sandbox)
    leads = [a_lead(company={"name": f"Acme {n}"}) for n in range(5)]
    await enrich(enrichment, *leads)
    whole = await show(enrichment.http, ADA)
    monkeypatch.setattr("leadstream.erasure.showing.SIZE", 2)
    monkeypatch.setattr("leadstream.erasure.showing.ENOUGH", 1)

    assert await show(enrichment.http, ADA) == whole
    assert len([each for each in whole if each["store"] == "contacts"]) == 5


async def test_who_looked_is_in_the_audit_and_at_whom_is_not(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    await show(enrichment.http, ADA, reason=f"ticket 7 of {ADA}")

    (row,) = await enrichment.rows("audit_log WHERE action = 'person.shown'")
    assert ADA not in str(dict(row))
    assert row["reason"] == "ticket 7 of [erased]"
    assert row["after"]["stores"] == ["company_answers", "contacts", "outbox"]


async def test_who_objected_is_told_to_nobody_and_stays(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await enrich(enrichment, a_lead())

    objected = await object_to(enrichment.http, ADA)
    again = await object_to(enrichment.http, ADA)
    # From the cache, of another company's lead, and of a later revision.
    events = await enrich(enrichment, a_lead(), a_lead(workspace=OTHER))

    assert (objected["kind"], objected["known"], again["known"]) == ("objected", False, True)
    assert objected["removed"]["outbox"] == 1
    assert len(events) == 3
    assert {name for event in events for name in people(event)} == {"Bob Smith"}
    names = [row["full_name"] for row in await enrichment.rows("contacts")]
    assert names.count("Ada Smith") == 1, "what was there stays, and no more comes"
    assert await remembered(enrichment.http, ADA) == ["objected"]
    (first, _) = await enrichment.rows("audit_log WHERE action = 'person.objected' ORDER BY at")
    assert first["reason"] == "asked by [erased]"
    assert await enrichment.rows("erasure_receipts") == []


async def test_one_workspaces_objection_is_one_workspaces(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)

    await object_to(enrichment.http, ADA, workspace_id=str(ACME))
    events = await enrich(enrichment, a_lead(), a_lead(workspace=OTHER))

    by_workspace = {event["workspace_id"]: people(event) for event in events}
    assert by_workspace == {str(ACME): ["Bob Smith"], str(OTHER): ["Ada Smith", "Bob Smith"]}


async def test_an_objection_that_is_lifted_is_none(enrichment: Replica, sandbox: Sandbox) -> None:
    await ada_and_bob(sandbox)
    await object_to(enrichment.http, ADA)

    elsewhere = await lift(enrichment.http, ADA, workspace_id=str(ACME))
    lifted = await lift(enrichment.http, ADA)
    again = await lift(enrichment.http, ADA)
    (event,) = await enrich(enrichment, a_lead())

    assert (elsewhere, lifted, again) == (False, True, False)
    assert people(event) == ["Ada Smith", "Bob Smith"]
    (row,) = await enrichment.rows("audit_log WHERE action = 'person.objection_lifted'")
    assert ADA not in str(dict(row))


async def test_who_was_erased_is_not_brought_back_by_lifting(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await ada_and_bob(sandbox)
    await object_to(enrichment.http, ADA)
    erased = await erase(enrichment)

    objected = await object_to(enrichment.http, ADA)
    lifted = await lift(enrichment.http, ADA)

    assert erased["known"] is False, "to object is not to be erased"
    assert objected["known"] is True
    assert lifted is False
    assert await remembered(enrichment.http, ADA) == ["erased"]


async def test_who_may_ask_of_whom(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    tokens = [_token("root", Role.ADMIN), _token("op", Role.OPERATOR), _token("acme", Role.ADMIN)]
    tokens[2] = tokens[2].model_copy(update={"workspace": ACME})
    replica = await make_replica(admin_tokens=tuple(tokens))
    await ada_and_bob(sandbox)
    await enrich(replica, a_lead(), a_lead(workspace=OTHER))

    async def as_(name: str, **more: object) -> tuple[int, set[str]]:
        headers = {"authorization": f"Bearer token-of-{name}"}
        body = {"email": ADA, **more}
        answer = await replica.http.post("/people/show", json=body, headers=headers)
        items = answer.json().get("items", [])
        return answer.status_code, {each["workspace_id"] for each in items}

    assert (await as_("op"))[0] == 403
    assert (await as_("acme", workspace_id=str(OTHER)))[0] == 404
    assert await as_("acme") == (200, {str(ACME)})
    # What the deployment's key has bought is nobody's.
    assert await as_("root") == (200, {str(ACME), str(OTHER), None})
    assert (await as_("root", after="no-table:"))[0] == 422
    assert (await as_("root", after="enrichments:no-key"))[0] == 422
    assert (await as_("root", after=f"outbox:{2**63}"))[0] == 422
    for wrong in ("ada", "@acme.com", "a b@acme.com"):
        assert (await as_("root", email=wrong))[0] == 422
