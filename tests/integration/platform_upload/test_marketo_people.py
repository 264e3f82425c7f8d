"""What an upload to Marketo would do, and what of a person can be taken out of it again."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import Bench, an_upload
from integration.platform_upload.test_marketo import (
    KEY,
    NOBODY,
    edit,
    leads,
    refusal,
    settings,
    somebody,
)
from integration.platform_upload.test_marketo_limits import adapter_of, connection_of
from platform_upload.application.ports import Erased, Parcel, Person, Plan, Trace
from platform_upload.domain.answers import Refused, RefusedError, Untried
from unit.platform_upload.builders import a_budget, a_parcel

JOHN = Person(email="John@acme.com")


@pytest.fixture
async def marketo(bench: Bench) -> Bench:
    await bench.connect("marketo")
    return bench


@pytest.fixture
async def keyed(bench: Bench) -> Bench:
    await bench.sandbox.control.options("marketo", dedupe_fields=[KEY])
    await bench.connect("marketo", settings=settings(bench, lookup_field=KEY))
    return bench


async def traces(bench: Bench) -> list[Trace]:
    """What the service knows of its uploads."""
    rows = await bench.replica.database.pool.fetch(
        "SELECT lead_id, external_id, written FROM uploads WHERE status = 'uploaded' ORDER BY revision"
    )
    return [
        Trace(lead_id=row["lead_id"], external_id=row["external_id"], written=row["written"])
        for row in rows
    ]


async def preview(bench: Bench, *parcels: Parcel) -> list[Plan | Refused | Untried]:
    connection = await connection_of(bench.replica)
    return list(await adapter_of(bench.replica).preview(connection, parcels, a_budget()))


async def erase(bench: Bench, *about: Trace, person: Person = JOHN) -> Erased:
    connection = await connection_of(bench.replica)
    return await adapter_of(bench.replica).erase(connection, person, about, a_budget())


async def known(bench: Bench, *parcels: Parcel) -> list[Parcel]:
    """As the worker packs them."""
    written = {trace.lead_id: trace.written for trace in await traces(bench)}
    return [
        replace(each, known=True, written=written[each.lead.id])
        if each.lead.id in written
        else each
        for each in parcels
    ]


async def test_a_preview_says_what_an_upload_would_write(marketo: Bench) -> None:
    await marketo.upload(an_upload(intent_score="warm", revenue=None))
    await edit(marketo, title="Boss")
    (lead,) = await leads(marketo)
    before = marketo.calls("marketo", "read")

    parcels = await known(
        marketo,
        a_parcel(company_name="Acme Incorporated"),
        a_parcel(1, **somebody(1)),
        a_parcel(2, **NOBODY),
    )
    update, create, refused = await preview(marketo, *parcels)

    assert isinstance(update, Plan)
    assert update.external_id == str(lead["id"])
    assert update.changes == {
        "company": ("Acme Corp", "Acme Incorporated"),
        "rating": ("warm", "hot"),
        "annualRevenue": (None, 10_000_000),
    }
    assert isinstance(create, Plan)
    assert create.external_id is None
    assert create.changes["email"] == (None, "john@acme1.com")
    assert create.changes["marketingSuspended"] == (None, True)
    assert isinstance(refused, Refused)
    assert refused.code == "no_email"
    assert marketo.calls("marketo", "read") == before + 1
    assert marketo.calls("marketo", "sync") == 2  # the upload's, and the edit


async def test_a_preview_and_the_upload_after_it_agree(marketo: Bench) -> None:
    await marketo.upload(an_upload(intent_score="warm"))
    (parcel,) = await known(marketo, a_parcel(company_name="Acme Incorporated"))
    (plan,) = await preview(marketo, parcel)

    await marketo.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    assert isinstance(plan, Plan)
    (record,) = marketo.sandbox.ledger.entries(provider="marketo", operation="sync")[-1].body[
        "input"
    ]
    assert record == {"email": "john@acme.com", **{n: new for n, (_, new) in plan.changes.items()}}


async def test_where_nothing_would_change_a_preview_says_nothing(marketo: Bench) -> None:
    await marketo.upload(an_upload())

    (plan,) = await preview(marketo, *await known(marketo, a_parcel()))

    assert isinstance(plan, Plan)
    assert plan.changes == {}


async def test_a_preview_out_of_time_has_tried_nothing(marketo: Bench) -> None:
    connection = await connection_of(marketo.replica)

    found = await adapter_of(marketo.replica).preview(connection, [a_parcel()], a_budget(calls=1))

    assert found == [Untried()]


async def test_a_lead_that_we_made_is_deleted_with_its_person(marketo: Bench) -> None:
    await marketo.upload(an_upload(), an_upload(1, **somebody(1)))
    (lead,) = [each for each in await leads(marketo) if each["email"] == "john@acme.com"]
    about = [trace for trace in await traces(marketo) if trace.external_id == str(lead["id"])]

    first = await erase(marketo, *about)
    second = await erase(marketo, *about)

    assert first == second == Erased(records=(str(lead["id"]),))
    assert [each["email"] for each in await leads(marketo)] == ["john@acme1.com"]


async def test_a_person_who_was_there_before_us_loses_what_is_still_ours(marketo: Bench) -> None:
    await marketo.upload(an_upload(1, **somebody(email="john@acme.com", title=None)))
    await marketo.replica.database.pool.execute("DELETE FROM uploads")
    await edit(marketo, lastName="Smythe")
    # Another lead, to which the person is new.
    await marketo.upload(an_upload(2, **somebody(email="john@acme.com", title="CEO")))
    (lead,) = await leads(marketo)
    assert (lead["title"], lead["lastName"]) == ("CEO", "Smythe")

    first = await erase(marketo, *await traces(marketo))
    second = await erase(marketo, *await traces(marketo))

    (lead,) = await leads(marketo)
    assert (lead.get("title"), lead["lastName"], lead["email"]) == (
        None,
        "Smythe",
        "john@acme.com",
    )
    assert first == second
    assert first.records == ()
    (left,) = first.left
    assert str(lead["id"]) in left
    assert "john" not in left.casefold()


async def test_a_later_contact_who_was_there_before_us_is_not_taken_for_ours(
    marketo: Bench,
) -> None:
    await marketo.upload(an_upload(5, **somebody(email="jane@acme.com", title=None)))
    await marketo.replica.database.pool.execute("DELETE FROM uploads")
    await marketo.upload(an_upload())

    # The company's contact is another by now.
    await marketo.upload(an_upload(revision=2, **somebody(email="jane@acme.com", title="CEO")))
    erased = await erase(
        marketo, *(await traces(marketo))[-1:], person=Person(email="jane@acme.com")
    )

    found = {lead["email"]: lead for lead in await leads(marketo)}
    assert set(found) == {"john@acme.com", "jane@acme.com"}
    assert found["jane@acme.com"].get("title") is None
    assert str(found["jane@acme.com"]["id"]) in erased.left[0]


async def test_where_another_person_has_taken_the_lead_over_only_ours_goes(keyed: Bench) -> None:
    await keyed.upload(an_upload())
    await edit(keyed, email="jane@acme.com", firstName="Jane")

    erased = await erase(keyed, *await traces(keyed))

    (lead,) = await leads(keyed)
    assert (lead["email"], lead["firstName"]) == ("jane@acme.com", "Jane")
    assert not {"lastName", "title"} & set(lead)
    assert erased == Erased(records=(str(lead["id"]),))


async def test_a_later_contact_of_the_same_lead_stays(keyed: Bench) -> None:
    await keyed.upload(an_upload())
    await keyed.upload(an_upload(revision=2, **somebody(full_name="Jane Doe", email="j@acme.com")))

    erased = await erase(keyed, *(await traces(keyed))[-1:])

    (lead,) = await leads(keyed)
    assert (lead["email"], lead["lastName"]) == ("j@acme.com", "Doe")
    assert erased == Erased(records=(str(lead["id"]),))


async def test_a_lead_without_its_address_is_known_by_its_key(keyed: Bench) -> None:
    await keyed.upload(an_upload())
    await edit(keyed, email=None)
    (trace,) = await traces(keyed)

    # The answer with its id was lost.
    erased = await erase(keyed, replace(trace, external_id=None))

    assert await leads(keyed) == []
    assert len(erased.records) == 1


async def test_a_lead_of_this_address_that_we_know_nothing_of_is_a_persons_to_look_at(
    marketo: Bench,
) -> None:
    """Our answer was lost, or two leads were merged."""
    await marketo.upload(an_upload())
    lead_id = UUID(an_upload()["lead_id"])

    erased = await erase(marketo, Trace(lead_id=lead_id, external_id=None))

    (lead,) = await leads(marketo)
    assert str(lead["id"]) in erased.left[0]


async def test_what_marketo_will_not_delete_is_said(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    in_use = {"status": "skipped", "reasons": [{"code": "1022", "message": "Object in use"}]}
    body = {"requestId": "x", "success": True, "result": [in_use]}
    await marketo.sandbox.control.script("marketo", "delete", {"status": 200, "body": body})

    erased = await erase(marketo, *await traces(marketo))

    assert erased.records == ()
    assert "delete lead" in erased.left[0]


async def test_an_erasure_that_is_refused_says_so(marketo: Bench) -> None:
    await marketo.upload(an_upload())
    denied: dict[str, Any] = refusal(603, "Access denied")
    await marketo.sandbox.control.script("marketo", "delete", denied)

    with pytest.raises(RefusedError) as caught:
        await erase(marketo, *await traces(marketo))

    assert caught.value.refused.code == "603"


async def test_without_traces_nothing_is_asked(marketo: Bench) -> None:
    assert await erase(marketo) == Erased()
    assert marketo.sandbox.ledger.entries(provider="marketo") == []
