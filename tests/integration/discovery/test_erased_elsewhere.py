"""Discovery was restored from a backup, and has forgotten who was erased since; the other services have not."""

import asyncio
import hashlib
from typing import Any

import pytest

from discovery.adapters.erasure import SWEEPS
from integration.discovery.builders import ACME, a_lead_id, enriched, post
from integration.discovery.replicas import Replica
from leadstream.erasure import Erasures, Searches
from support.erased import entries, hashed, search, teach
from support.ledger import until
from support.traces import tables_with

ADA = "ada@acme.com"
BOB = "bob@acme.com"


def an_enriched_lead(*emails: str) -> dict[str, Any]:
    event = enriched(a_lead_id())
    people = [{"full_name": f"Name of {n}", "email": email} for n, email in enumerate(emails)]
    event["enrichment"] |= {"contacts": people, "primary_contact": people[0]}
    event["enrichment"]["total_contacts"] = len(people)
    return event


async def test_who_is_known_by_a_hash_only_is_found_and_erased(discovery: Replica) -> None:
    event = an_enriched_lead("Ada@acme.com", BOB)
    await discovery.take_in("lead.enriched", event)

    new = await teach(discovery.http, hashed(ADA))
    again = await teach(discovery.http, hashed(ADA))
    found = await search(discovery.http)
    await finished(discovery)
    await discovery.take_in("lead.enriched", an_enriched_lead(ADA, BOB))

    assert (new, again, found["found"]) == (1, 0, 1)
    assert await tables_with(discovery.database, ADA) == {}
    assert await tables_with(discovery.database, BOB) == {"leads": 2}
    said = await entries(discovery.http, found["id"])
    assert sorted(each["entry"] for each in said) == ["erased", "searched"]
    (erased,) = [each for each in said if each["entry"] == "erased"]
    assert erased["removed"] == {"leads": 1}


async def test_whom_a_service_learns_of_is_stored_by_it_no_more(discovery: Replica) -> None:
    """Before anybody has looked: events since the backup are read again meanwhile."""
    await teach(discovery.http, hashed(ADA))

    await discovery.take_in("lead.enriched", an_enriched_lead(ADA, BOB))

    assert await tables_with(discovery.database, ADA) == {}


async def test_one_workspaces_erasure_is_one_workspaces_here_too(discovery: Replica) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead(ADA, BOB))
    await teach(discovery.http, hashed(ADA, a_lead_id()), hashed(BOB, ACME))

    await search(discovery.http)
    await finished(discovery)

    assert await tables_with(discovery.database, ADA) == {"leads": 1}
    assert await tables_with(discovery.database, BOB) == {}


async def test_a_search_that_was_cut_short_is_finished_by_whoever_is_there(
    discovery: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.erasure.searches.SIZE", 2)
    monkeypatch.setattr("leadstream.erasure.searches_router.PATIENCE_SECONDS", -1)
    for _ in range(3):
        await discovery.take_in("lead.enriched", an_enriched_lead(ADA))
    await discovery.take_in("lead.enriched", an_enriched_lead(BOB))
    await teach(discovery.http, hashed(ADA), hashed(BOB))

    begun = await search(discovery.http)
    await finished(discovery)
    done = await discovery.http.get(f"/erasure-searches/{begun['id']}")

    assert begun["finished_at"] is None
    assert done.json()["finished_at"] is not None
    assert await tables_with(discovery.database, ADA) == {}
    assert await tables_with(discovery.database, BOB) == {}


async def test_what_a_service_tells_is_enough_for_another_and_names_nobody(
    discovery: Replica,
) -> None:
    await post(discovery, "erasures", {"email": ADA, "reason": "asked"})
    await teach(discovery.http, hashed(BOB))

    first = (await discovery.http.get("/erased-people", params={"limit": 1})).json()
    second = await discovery.http.get("/erased-people", params={"after": first["next"]})

    people = [*first["people"], *second.json()["people"]]
    digests = {each["digest"] for each in people}
    salts = [bytes.fromhex(salt) for salt in first["salts"]]
    for email in (ADA, BOB):
        assert {hashlib.sha256(salt + email.encode()).hexdigest() for salt in salts} & digests
    assert len(people) == 2
    assert second.json()["next"] is None


async def finished(discovery: Replica) -> None:
    """As another replica, or the same one after a crash, goes on."""
    stop = asyncio.Event()
    erasures = Erasures(discovery.database, SWEEPS)

    async def done() -> bool:
        rows = [*await discovery.rows("erasures"), *await discovery.rows("erasure_searches")]
        return all(row["finished_at"] for row in rows)

    loops = [asyncio.create_task(Searches(erasures).run(stop))]
    await until(lambda: _are_over(discovery))
    loops.append(asyncio.create_task(erasures.run(stop)))
    await until(done)
    stop.set()
    await asyncio.gather(*loops)


async def _are_over(discovery: Replica) -> bool:
    return all(row["finished_at"] for row in await discovery.rows("erasure_searches"))
