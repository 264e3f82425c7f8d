"""What the Wealthbox adapter says beforehand, and how it takes a person out again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, id_of
from integration.platform_upload.test_wealthbox import (
    JANE,
    LEAD,
    TOKEN,
    Advisor,
    organization,
    people,
    posted,
    revised,
)
from leadstream.clock import SystemClock
from leadstream.http import ProviderClient, Timeouts, provider_client
from leadstream.postgres import Database
from platform_upload.adapters.creations import Creations
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.wealthbox.adapter import WealthboxAdapter
from platform_upload.adapters.wealthbox.answers import speaks
from platform_upload.adapters.wealthbox.api import WealthboxApi
from platform_upload.application.budget import SpentError
from platform_upload.application.ports import Eraser, Parcel, Person, Plan, Previewer, Trace
from platform_upload.bootstrap import WEALTHBOX_CALLS
from platform_upload.domain.answers import Accepted, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.connection import Connection
from unit.platform_upload.builders import JOHN, a_budget, a_parcel

HALF_A_MINUTE = timedelta(seconds=30)
PHONED = JOHN | {"phone": "+1 555 0100"}
JOHN_TOO = Person(email="john@acme.com", names=("John Smith",))


@pytest.fixture
async def adapter(bench: Bench, database: Database) -> AsyncIterator[WealthboxAdapter]:
    client = provider_client(timeouts=Timeouts(connect=HALF_A_MINUTE, total=HALF_A_MINUTE))
    creations = Creations(database)
    exchange = Exchange(
        ProviderClient(client), "wealthbox", SystemClock(), timeout=HALF_A_MINUTE, speaks=speaks
    )
    pacer = Pacer(database, lowest=WEALTHBOX_CALLS)
    url = f"{bench.sandbox.url}/wealthbox/v1"
    yield WealthboxAdapter(WealthboxApi(exchange, pacer=pacer, base_url=url), creations)
    await creations.aclose()
    await client.aclose()


@pytest.fixture
def connection() -> Connection:
    return Connection(
        id=UUID(id_of()),
        workspace_id=WORKSPACE,
        platform="tech-platform",
        adapter="wealthbox",
        settings={},
        credentials={"access_token": TOKEN},
    )


@pytest.fixture
def advisor(bench: Bench) -> Advisor:
    return Advisor(bench)


def test_it_is_what_previews_and_erasures_ask_for() -> None:
    previewer: type[Previewer] = WealthboxAdapter
    eraser: type[Eraser] = WealthboxAdapter

    assert (previewer, eraser) == (WealthboxAdapter, WealthboxAdapter)


async def upload(adapter: WealthboxAdapter, connection: Connection, parcel: Parcel) -> Accepted:
    (answer,) = await adapter.upload(connection, [parcel], a_budget())
    assert isinstance(answer, Accepted)
    return answer


async def plan(adapter: WealthboxAdapter, connection: Connection, parcel: Parcel) -> Plan:
    (found,) = await adapter.preview(connection, [parcel], a_budget())
    assert isinstance(found, Plan)
    return found


def trace_of(answer: Accepted) -> Trace:
    return Trace(lead_id=UUID(LEAD), external_id=answer.external_id, written=answer.written)


async def test_a_new_lead_would_be_made(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    found = await plan(adapter, connection, a_parcel())

    assert found.external_id is None
    assert found.changes["name"] == (None, "Acme Corp")
    assert {old for old, _ in found.changes.values()} == {None}
    assert len(bench.sandbox.ledger.entries(provider="wealthbox")) == 1
    assert bench.calls("wealthbox", "find") == 1


async def test_what_would_be_changed_is_what_an_upload_changes(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection, advisor: Advisor
) -> None:
    first = await upload(adapter, connection, a_parcel(intent_score="warm"))
    await advisor.edits(await organization(bench), name="ACME (friends)")
    parcel = replace(
        a_parcel(company_name="Acme Incorporated", domain="acme.io"), written=first.written
    )
    before = await organization(bench)

    found = await plan(adapter, connection, parcel)
    assert await organization(bench) == before
    await upload(adapter, connection, parcel)

    after = await organization(bench)
    assert found.external_id == first.external_id
    assert set(found.changes) == {"background_information", "website"}
    assert found.changes["website"] == ("https://acme.com", "https://acme.io")
    assert after["websites"][0]["address"] == "https://acme.io"
    assert found.changes["background_information"] == (
        before["background_information"],
        after["background_information"],
    )
    assert after["name"] == "ACME (friends)"


async def test_nothing_would_be_changed(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    answer = await upload(adapter, connection, a_parcel())

    found = await plan(adapter, connection, replace(a_parcel(), written=answer.written))

    assert (found.external_id, found.changes) == (answer.external_id, {})


async def test_a_preview_says_what_would_be_refused_and_what_there_was_no_time_for(
    adapter: WealthboxAdapter, connection: Connection, advisor: Advisor
) -> None:
    for _ in range(2):
        await advisor.makes(type="Organization", name="Acme", external_unique_id=LEAD)

    twice, new, untried = await adapter.preview(
        connection, [a_parcel(), a_parcel(1), a_parcel(2)], a_budget(calls=2)
    )

    assert isinstance(twice, Refused)
    assert (twice.verdict, twice.code) == (Verdict.PERMANENT, "resolve_manual")
    assert isinstance(new, Plan)
    assert isinstance(untried, Untried)


async def test_where_the_pace_leaves_no_room_there_is_no_time(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    many = [a_parcel(number) for number in range(60)]

    plans = await adapter.preview(connection, many, a_budget(seconds=2))
    with pytest.raises(SpentError):
        await adapter.erase(
            connection,
            JOHN_TOO,
            [Trace(lead_id=UUID(LEAD), external_id=None)] * 9,
            a_budget(seconds=0.5),
        )

    assert isinstance(plans[0], Plan)
    assert isinstance(plans[-1], Untried)
    assert bench.sandbox.ledger.entries(provider="wealthbox", status=429) == []


async def test_a_preview_with_a_token_that_is_refused_raises(
    adapter: WealthboxAdapter, connection: Connection
) -> None:
    revoked = replace(connection, credentials={"access_token": "wrong"})

    with pytest.raises(RefusedError) as caught:
        await adapter.preview(revoked, [a_parcel()], a_budget())

    assert caught.value.refused.verdict is Verdict.CREDENTIAL


async def test_a_contact_that_we_made_is_deleted(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    parcel = a_parcel(contacts=[PHONED, JANE], primary_contact=None)
    trace = trace_of(await upload(adapter, connection, parcel))

    erased = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())
    again = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())

    # The record that they belonged to: theirs is no more, and the same again says the same.
    assert (erased.records, erased.left) == ((trace.external_id,), ())
    assert again == erased
    assert [each["name"] for each in await people(bench)] == ["Jane Roe"]
    assert "john" not in str(await bench.sandbox.control.state("wealthbox")).casefold()
    assert (await organization(bench))["name"] == "Acme Corp"


@pytest.mark.parametrize(
    "edit",
    [
        {"background_information": "Plays golf"},
        {"job_title": "Owner"},
        {"tags": ["VIP"]},
        {"contact_type": "Client"},
        {"phone_numbers": [{"address": "+1 555 0199", "kind": "Home"}]},
    ],
)
async def test_a_contact_that_somebody_has_changed_loses_what_we_wrote_and_is_left_to_a_person(
    bench: Bench,
    adapter: WealthboxAdapter,
    connection: Connection,
    advisor: Advisor,
    edit: dict[str, Any],
) -> None:
    parcel = a_parcel(contacts=[PHONED], primary_contact=None)
    trace = trace_of(await upload(adapter, connection, parcel))
    (john,) = await people(bench)
    await advisor.edits(john, **edit)

    erased = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())
    changes = bench.calls("wealthbox", "change")
    again = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())

    (after,) = await people(bench)
    numbers = [each["address"] for each in after["phone_numbers"]]
    assert after["email_addresses"] == []
    assert numbers == [each["address"] for each in edit.get("phone_numbers", ())]
    assert "john@acme.com" not in str(after)
    assert erased.records == (str(john["id"]),)
    (left,) = erased.left
    assert f"contact {john['id']}" in left
    assert not {"john", "smith", "@"} & set(left.casefold().replace("@", " @ ").split())
    # The same again changes nothing and says the same.
    assert again == erased
    assert bench.calls("wealthbox", "change") == changes
    assert bench.calls("wealthbox", "remove") == 0


async def test_a_contact_that_no_search_shows_yet_is_deleted(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    await bench.sandbox.control.options("wealthbox", visible_after=1000)
    trace = trace_of(await upload(adapter, connection, a_parcel()))
    there = await people(bench)

    erased = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())
    again = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())

    assert len(there) == 1
    assert await people(bench) == []
    assert again == erased


async def test_what_we_do_not_know_that_we_wrote_is_not_deleted(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    await upload(adapter, connection, a_parcel())

    trace = Trace(lead_id=UUID(LEAD), external_id=None)
    erased = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())

    (after,) = await people(bench)
    assert after["email_addresses"] == []
    assert len(erased.left) == 1


async def test_an_advisors_own_contact_is_not_touched(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection, advisor: Advisor
) -> None:
    theirs = await advisor.makes(
        type="Person", last_name="Smith", email_addresses=[{"address": "john@acme.com"}]
    )
    trace = trace_of(await upload(adapter, connection, a_parcel()))

    erased = await adapter.erase(connection, JOHN_TOO, [trace], a_budget())

    assert await people(bench) == [theirs]
    assert (erased.records, erased.left) == ((), ())


async def test_an_erased_person_is_not_found_in_a_later_revision(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection
) -> None:
    answer = await upload(adapter, connection, a_parcel())
    await adapter.erase(connection, JOHN_TOO, [trace_of(answer)], a_budget())

    without = a_parcel(contacts=[], primary_contact=None)
    await upload(adapter, connection, replace(without, written=answer.written, known=True))

    assert await people(bench) == []
    assert posted(bench) == 1


async def test_nobody_is_named_in_the_notes_of_what_was_asked_for(
    bench: Bench, adapter: WealthboxAdapter, connection: Connection, database: Database
) -> None:
    await upload(adapter, connection, a_parcel())
    await bench.upload(revised())

    rows = await database.pool.fetch("SELECT creations::text AS row FROM creations")

    assert len(rows) == 2
    assert not [row for row in rows if "john" in row["row"] or LEAD in row["row"]]
