"""What an upload to a shop would do, and how a person is taken out of one again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from integration.platform_upload.bench import WORKSPACE
from leadstream.clock import SystemClock
from leadstream.http import EgressGuard, ProviderClient, Timeouts, provider_client
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from platform_upload.adapters.costs import Allowance, CostPacer
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.shopify.adapter import ShopifyAdapter
from platform_upload.adapters.shopify.answers import speaks
from platform_upload.adapters.shopify.api import ShopifyApi
from platform_upload.adapters.shopify.tokens import ShopifyTokens
from platform_upload.application.ports import Eraser, Parcel, Person, Plan, Previewer, Trace
from platform_upload.domain.answers import Accepted
from platform_upload.domain.connection import Connection
from unit.platform_upload.builders import JOHN, NOW, a_budget, a_connection, a_lead

# Both ports, as the type checker sees them.
PREVIEWER: type[Previewer] = ShopifyAdapter
ERASER: type[Eraser] = ShopifyAdapter
KNOWN = {"john@acme.com": {"firstName": "Johnny"}}


@pytest.fixture
async def adapter(database: Database) -> AsyncIterator[ShopifyAdapter]:
    seconds = timedelta(seconds=30)
    client = provider_client(timeouts=Timeouts(connect=seconds, total=seconds))
    exchange = Exchange(
        ProviderClient(client), "shopify", SystemClock(), timeout=seconds, speaks=speaks
    )
    pacer = CostPacer(database, lowest=Allowance(1_000, 50))
    api = ShopifyApi(exchange, ShopifyTokens(exchange, SystemClock()), pacer, version="2026-10")
    yield ShopifyAdapter(api, EgressGuard(trusted_hosts=["127.0.0.1"]))
    await client.aclose()


@pytest.fixture
def connection(sandbox: Sandbox) -> Connection:
    return a_connection(
        adapter="shopify",
        settings={"shop": sandbox.shopify_url("acme")},
        credentials={"access_token": "sandbox"},
    )


def parcel(number: int = 0, **changes: Any) -> Parcel:
    return Parcel(lead=a_lead(number, **changes), key=uuid4(), asked_at=NOW)


async def put(adapter: ShopifyAdapter, connection: Connection, *parcels: Parcel) -> list[Parcel]:
    """Upload, and return the parcels as their next revision would be."""
    answers = await adapter.upload(connection, parcels, a_budget())
    accepted = [each for each in answers if isinstance(each, Accepted)]
    assert len(accepted) == len(parcels)
    return [
        replace(p, known=True, written=a.written, external_id=a.external_id)
        for p, a in zip(parcels, accepted, strict=True)
    ]


def trace_of(done: Parcel) -> Trace:
    return Trace(lead_id=done.lead.id, external_id=done.external_id, written=done.written)


async def shop(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = (await sandbox.control.state("shopify"))["acme"]
    return found


async def test_a_preview_says_field_by_field_what_an_upload_would_write(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    (done,) = await put(adapter, connection, parcel(1))
    boss = JOHN | {"title": "CEO"}
    again = a_lead(1, company_name="Acme Inc.", contacts=[boss], primary_contact=boss)
    before = len(sandbox.ledger.entries(provider="shopify"))

    plans = await adapter.preview(
        connection, [parcel(2), replace(done, lead=again), done], a_budget()
    )

    new, changed, same = plans
    assert isinstance(new, Plan)
    assert new.external_id is None
    assert new.changes["company.name"] == (None, "Acme Corp")
    assert isinstance(changed, Plan)
    assert changed.external_id == done.external_id
    assert changed.changes == {
        "company.name": ("Acme Corp", "Acme Inc."),
        "companyContact.title": ("VP of Engineering", "CEO"),
    }
    assert isinstance(same, Plan)
    assert same.changes == {}
    (read,) = sandbox.ledger.entries(provider="shopify")[before:]
    assert read["roots"] == ["companies"]


async def test_what_a_preview_says_an_upload_does(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    lead = parcel(1)
    (plan,) = await adapter.preview(connection, [lead], a_budget())

    await put(adapter, connection, lead)

    assert isinstance(plan, Plan)
    (company,) = (await shop(sandbox))["companies"]
    assert plan.changes["company.note"] == (None, company["note"])
    (customer,) = (await shop(sandbox))["customers"]
    assert plan.changes["companyContact.email"] == (None, customer["email"])


async def test_a_person_is_taken_out_of_their_companies_and_the_customer_is_left_to_the_shop(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    done = await put(adapter, connection, *(parcel(n) for n in range(12)))
    other = await put(adapter, connection, parcel(99, contacts=[], primary_contact=None))
    traces = [trace_of(each) for each in (*done, *other)]
    person = Person(email="John@acme.com")

    first = await adapter.erase(connection, person, traces, a_budget())
    again = await adapter.erase(connection, person, traces, a_budget())

    held = await shop(sandbox)
    assert held["contacts"] == []
    assert len(held["companies"]) == 13
    (customer,) = held["customers"]
    assert set(first.records) == {each.external_id for each in done}
    assert len(first.left) == 1
    assert customer["id"] in first.left[0]
    assert again == first
    assert "john" not in str(first).lower()
    assert sandbox.ledger.effects("invitation") == []


async def test_a_customer_from_before_us_is_taken_out_too(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    await sandbox.control.options("shopify", customers=KNOWN)
    (done,) = await put(adapter, connection, parcel())

    person = Person(email="john@acme.com")
    first = await adapter.erase(connection, person, [trace_of(done)], a_budget())
    again = await adapter.erase(connection, person, [trace_of(done)], a_budget())

    assert (await shop(sandbox))["contacts"] == []
    assert first.records == (done.external_id,)
    assert again == first


async def test_without_the_platforms_id_a_company_is_found_by_ours(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    (done,) = await put(adapter, connection, parcel())

    trace = Trace(lead_id=done.lead.id, external_id=None)
    erased = await adapter.erase(connection, Person(email="john@acme.com"), [trace], a_budget())

    assert erased.records == (done.external_id,)
    assert (await shop(sandbox))["contacts"] == []


async def test_where_the_app_may_not_see_customers_it_says_so(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    await sandbox.control.options("shopify", scopes=["write_companies"])
    (done,) = await put(adapter, connection, parcel())

    person = Person(email="john@acme.com")
    erased = await adapter.erase(connection, person, [trace_of(done)], a_budget())

    assert len((await shop(sandbox))["contacts"]) == 1
    assert len(erased.left) == 2
    assert str(done.external_id) in erased.left[0]


async def test_somebody_who_was_never_there_leaves_nothing_to_say(
    adapter: ShopifyAdapter, connection: Connection, sandbox: Sandbox
) -> None:
    (done,) = await put(adapter, connection, parcel())
    stranger = Trace(lead_id=UUID(int=WORKSPACE.int), external_id="gid://shopify/Company/1")

    person = Person(email="nobody@else.example")
    erased = await adapter.erase(connection, person, [trace_of(done), stranger], a_budget())

    assert (erased.records, erased.left) == ((), ())
    assert len((await shop(sandbox))["contacts"]) == 1
