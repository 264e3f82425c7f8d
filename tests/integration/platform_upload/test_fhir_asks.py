"""What an upload to a FHIR server would write, and how a person is taken out of what was written."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of, uploads
from integration.platform_upload.test_fhir import Person as Editor
from integration.platform_upload.test_fhir import organizations, settings
from leadstream.clock import SystemClock
from leadstream.http import EgressGuard, ProviderClient, guarded_client
from leadstream.troubles import KnownTroubles
from leadstream_dev.sandbox.control import Control
from platform_upload.adapters.connections import PostgresConnections
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.adapter import FhirAdapter
from platform_upload.adapters.fhir.answers import speaks
from platform_upload.adapters.uploads import PostgresPasts
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Erased, Parcel, Person, Plan, Trace
from platform_upload.domain.answers import Refused
from platform_upload.domain.connection import Connection
from unit.platform_upload.builders import a_parcel

JOHN = {"full_name": "John Smith", "email": "john@acme.com", "phone": "+1 555"}
PEOPLE: dict[str, Any] = {"contacts": [JOHN], "primary_contact": JOHN}
HISTORY = (
    "Organization/1: earlier versions may still name the person; purge its history at the server"
)


@pytest.fixture
def control(bench: Bench) -> Control:
    return bench.sandbox.control


@pytest.fixture
def editor(bench: Bench) -> Editor:
    return Editor(bench)


@pytest.fixture
async def adapter(bench: Bench) -> AsyncIterator[FhirAdapter]:
    guard = EgressGuard(allow=bench.replica.settings.egress_allow)
    client, clock = guarded_client(guard), SystemClock()
    exchange = Exchange(
        ProviderClient(client), "fhir", clock, timeout=timedelta(seconds=30), speaks=speaks
    )
    yield FhirAdapter(exchange, guard, clock)
    await client.aclose()


def a_budget(calls: int = 8) -> Budget:
    return Budget(calls=calls, total=timedelta(seconds=60))


async def connection_of(bench: Bench) -> Connection:
    replica = bench.replica
    connections = PostgresConnections(
        replica.database,
        replica.settings.encryption_keys,
        replica.board,
        KnownTroubles(replica.database),
    )
    found = await connections.get(UUID(id_of()))
    assert found
    return found


async def connect(bench: Bench) -> None:
    await bench.connect("fhir", settings=settings(bench, contacts="business"))


async def parcel(bench: Bench, **changes: Any) -> Parcel:
    """As a worker would pack it."""
    made = a_parcel(**changes)
    pasts = PostgresPasts(bench.replica.database)
    past = (await pasts.of(await connection_of(bench), [made.lead.id])).get(made.lead.id)
    return Parcel(
        lead=made.lead,
        key=made.key,
        asked_at=made.asked_at,
        known=past is not None and past.tried,
        written=past.written if past else {},
    )


async def erase(bench: Bench, adapter: FhirAdapter) -> Erased:
    connection = await connection_of(bench)
    packed = await parcel(bench)
    trace = Trace(lead_id=packed.lead.id, external_id="1", written=packed.written)
    person = Person(email="John@Acme.com", names=("John Smith",))
    return await adapter.erase(connection, person, [trace], a_budget())


async def test_a_preview_says_what_would_be_made(bench: Bench, adapter: FhirAdapter) -> None:
    await connect(bench)

    (plan,) = await adapter.preview(await connection_of(bench), [await parcel(bench)], a_budget())

    assert isinstance(plan, Plan)
    assert plan.external_id is None
    assert plan.changes["name"] == (None, "Acme Corp")
    assert plan.changes["contact.email"] == (None, "john@acme.com")
    assert await organizations(bench) == []


async def test_a_preview_says_what_would_change_and_what_would_stay(
    bench: Bench, adapter: FhirAdapter, editor: Editor
) -> None:
    await connect(bench)
    await bench.upload(an_upload(**PEOPLE))
    await editor.edits(name="Our friends")
    writes = len(bench.sandbox.ledger.effects("record"))

    changed = await parcel(bench, company_name="Acme Incorporated", domain="acme.org", **PEOPLE)
    (plan,) = await adapter.preview(await connection_of(bench), [changed], a_budget())

    assert isinstance(plan, Plan)
    assert plan.external_id == "1"
    assert plan.changes == {"telecom.url": ("https://acme.com", "https://acme.org")}
    assert len(bench.sandbox.ledger.effects("record")) == writes
    await bench.upload(
        an_upload(revision=2, company_name="Acme Incorporated", domain="acme.org", **PEOPLE)
    )
    (found,) = await organizations(bench)
    assert (found["name"], found["telecom"][0]["value"]) == ("Our friends", "https://acme.org")


@pytest.mark.parametrize("batch", [True, False])
async def test_a_preview_takes_one_read_a_lead_at_most(
    bench: Bench, control: Control, adapter: FhirAdapter, batch: bool
) -> None:
    await control.options("fhir", batch=batch)
    await connect(bench)
    leads = [a_parcel(number) for number in range(5)]

    plans = await adapter.preview(await connection_of(bench), leads, a_budget())

    assert all(isinstance(each, Plan) for each in plans)
    assert bench.calls("fhir", "batch") + bench.calls("fhir", "search") == (1 if batch else 5)


async def test_a_preview_names_what_a_person_has_to_resolve(
    bench: Bench, adapter: FhirAdapter, editor: Editor
) -> None:
    await connect(bench)
    await bench.upload(*uploads(2))
    (first, _) = await organizations(bench)
    await editor.asks(
        "POST", "Organization", {name: first[name] for name in ("resourceType", "identifier")}
    )
    leads = [a_parcel(number) for number in range(2)]

    plans = await adapter.preview(await connection_of(bench), leads, a_budget())

    refused = [each for each in plans if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["multiple-matches"]


async def test_a_person_is_taken_out_of_what_we_wrote(
    bench: Bench, adapter: FhirAdapter, editor: Editor
) -> None:
    await connect(bench)
    await bench.upload(an_upload(**PEOPLE))
    (found,) = await organizations(bench)
    jane = {"name": {"text": "Jane Doe"}}
    await editor.edits(contact=[jane, *found["contact"]], alias=["Friends"])

    first = await erase(bench, adapter)
    again = await erase(bench, adapter)

    (left,) = await organizations(bench)
    assert (left["contact"], left["alias"], left["name"]) == ([jane], ["Friends"], "Acme Corp")
    assert first == again == Erased(records=("1",), left=(HISTORY,))
    assert bench.calls("fhir", "update", status=200) == 2


async def test_a_server_without_history_keeps_nothing_of_the_person(
    bench: Bench, control: Control, adapter: FhirAdapter
) -> None:
    await control.options("fhir", versioning="no-version")
    await connect(bench)
    await bench.upload(an_upload(**PEOPLE))

    assert await erase(bench, adapter) == Erased(records=("1",))
    (left,) = await organizations(bench)
    assert "contact" not in left


async def test_what_others_entered_of_the_person_is_left_to_them(
    bench: Bench, adapter: FhirAdapter, editor: Editor
) -> None:
    await bench.connect("fhir")
    await bench.upload(an_upload())
    theirs = [{"name": {"text": "J"}, "telecom": [{"system": "email", "value": "john@acme.com"}]}]
    await editor.edits(contact=theirs)

    erased = await erase(bench, adapter)

    (found,) = await organizations(bench)
    assert (found["contact"], erased.records) == (theirs, ())
    assert len(erased.left) == 1
    assert "Organization/1" in erased.left[0]
    assert "john" not in str(erased).lower()


async def test_nobody_is_erased_who_is_not_there(bench: Bench, adapter: FhirAdapter) -> None:
    await bench.connect("fhir")
    await bench.upload(an_upload())

    assert await erase(bench, adapter) == Erased()


async def test_another_primary_contact_takes_the_place_of_ours(
    bench: Bench, editor: Editor
) -> None:
    await connect(bench)
    await bench.upload(an_upload(**PEOPLE))
    jack = {"full_name": "Jack Jones", "email": "jack@acme.com"}

    await bench.upload(an_upload(revision=2, contacts=[jack], primary_contact=jack))

    (found,) = await organizations(bench)
    (contact,) = found["contact"]
    assert contact["name"]["text"] == "Jack Jones"
    assert [each["value"] for each in contact["telecom"]] == ["jack@acme.com"]


async def test_a_contact_that_somebody_has_changed_keeps_its_place(
    bench: Bench, editor: Editor
) -> None:
    await connect(bench)
    await bench.upload(an_upload(**PEOPLE))
    (found,) = await organizations(bench)
    theirs = found["contact"][0] | {"name": {"text": "Johnny Smith"}}
    await editor.edits(contact=[theirs])
    jack = {"full_name": "Jack Jones", "email": "jack@acme.com"}

    await bench.upload(an_upload(revision=2, contacts=[jack], primary_contact=jack))

    (found,) = await organizations(bench)
    assert found["contact"][0] == theirs
    assert found["contact"][1]["name"]["text"] == "Jack Jones"
