"""A lead put into an Organization: into none, and into one that others have written in."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_upload.adapters.fhir.mapping import lead_draft
from platform_upload.adapters.fhir.organization import Composed, Held, compose, held_in
from platform_upload.adapters.fhir.paths import fields_at, paths_in
from platform_upload.adapters.fhir.saved import IDENTIFIER_SYSTEM, Contacts
from platform_upload.application.ports import Parcel
from platform_upload.domain.drafts import Action
from platform_upload.domain.gaps import OnUpdate, digests
from unit.platform_upload.builders import a_lead, a_parcel
from unit.platform_upload.replies import cases


def composed(
    parcel: Parcel,
    held: Held | None = None,
    *,
    contacts: Contacts = Contacts.BUSINESS,
    on_update: OnUpdate = OnUpdate.FILL_GAPS,
) -> Composed:
    draft = lead_draft(parcel.lead, contacts)
    return compose(parcel, draft, held, system=IDENTIFIER_SYSTEM, on_update=on_update)


def written(parcel: Parcel) -> tuple[Held, Parcel]:
    """What the server has after a first upload, and the parcel of a second."""
    first = composed(parcel)
    meta = {**first.resource["meta"], "versionId": "3", "lastUpdated": "2026-11-01T00:00:00Z"}
    held = Held({**first.resource, "id": "77", "meta": meta})
    return held, replace(parcel, known=True, written=digests(parcel.lead.id, first.fields))


def test_b31_the_resource_holds_what_the_contract_shows() -> None:
    (case,) = [c for c in cases("fhir") if c["name"] == "conditional update: created"]
    expected = case["request"]["body"]
    john = {"full_name": "John Smith", "email": "john@acme-health.example"}
    parcel = a_parcel(
        id=expected["identifier"][0]["value"],
        company_name="Acme Health",
        domain="acme-health.example",
        contacts=[john],
        primary_contact=john,
    )

    assert composed(parcel).resource == expected


def test_signals_go_nowhere_and_people_only_where_they_are_wanted() -> None:
    resource = composed(a_parcel(), contacts=Contacts.NONE).resource

    assert "contact" not in resource
    assert "AI tools" not in str(resource)
    named = composed(a_parcel(), contacts=Contacts.NAMES).resource["contact"]
    assert [each.get("telecom") for each in named] == [None]
    assert [each["name"]["text"] for each in named] == ["John Smith"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"company_name": " \u200b "}, "acme.com"),
        ({"company_name": "", "domain": None}, "[Unknown]"),
        ({"company_name": "Ac\x07me"}, "Acme"),
    ],
)
def test_a_name_is_never_empty(changes: dict[str, Any], name: str) -> None:
    assert lead_draft(a_lead(**changes), Contacts.NONE).fields["name"] == name


def test_long_texts_are_cut_and_addresses_left_out() -> None:
    john = {"full_name": "John", "email": f"{'x' * 600}@acme.com", "phone": "1" * 600}
    lead = a_lead(company_name="x" * 600, contacts=[john], primary_contact=john)

    draft = lead_draft(lead, Contacts.BUSINESS)

    assert len(draft.fields["name"]) == 500
    assert {each.field: each.action for each in draft.adjustments} == {
        "name": Action.MENDED,
        "contact.email": Action.LEFT_OUT,
        "contact.phone": Action.LEFT_OUT,
    }


def test_what_is_there_as_we_want_it_is_no_change() -> None:
    held, again = written(a_parcel())

    assert composed(again, held).changes == {}


def test_a_version_of_the_servers_is_not_sent_back() -> None:
    held, again = written(a_parcel())

    resource = composed(again, held).resource

    assert (held.etag, resource["id"]) == ('W/"3"', "77")
    assert set(resource["meta"]) == {"tag"}


def test_a_score_that_is_there_beside_an_older_one_is_there() -> None:
    held, again = written(a_parcel())
    (ours,) = held.resource["meta"]["tag"]
    tags = {"tag": [ours, ours | {"code": "warm"}], "versionId": "4"}

    assert composed(again, Held({**held.resource, "meta": tags})).changes == {}


def test_a_company_that_was_switched_off_stays_off() -> None:
    held, again = written(a_parcel())

    resource = composed(again, Held({**held.resource, "active": False})).resource

    assert resource["active"] is False


def test_what_kind_it_is_besides_stays() -> None:
    held, again = written(a_parcel())
    kinds = [{"text": "Hospital"}, *held.resource["type"]]

    resource = composed(again, Held({**held.resource, "type": kinds})).resource

    assert resource["type"] == kinds


def test_the_same_person_is_known_by_the_address_in_any_case() -> None:
    held, again = written(a_parcel())
    contact = {"telecom": [{"system": "email", "value": "JOHN@acme.com"}]}

    resource = composed(again, Held({**held.resource, "contact": [contact]})).resource

    (found,) = resource["contact"]
    assert found["name"]["text"] == "John Smith"


def test_of_another_lead_there_is_nothing_to_be_seen() -> None:
    held, again = written(a_parcel())
    lead = again.lead.id

    assert held_in(held.resource, IDENTIFIER_SYSTEM, lead)
    assert held_in(held.resource, "urn:other", lead) is None
    assert held_in(held.resource, IDENTIFIER_SYSTEM, a_lead(1).id) is None
    for id_ in ("../Patient/1", "..", "", None, "a/b", "x" * 65):
        assert held_in({**held.resource, "id": id_}, IDENTIFIER_SYSTEM, lead) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "url", "work", "email"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["system", "value", "use", "name", "text", "telecom", "coding", "code", "tag"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    there=st.dictionaries(
        st.sampled_from(
            ["name", "telecom", "address", "contact", "type", "meta", "identifier", "active"]
        ),
        JSON,
    )
)
def test_a_resource_of_any_shape_is_kept_and_filled(there: dict[str, Any]) -> None:
    held = Held({**there, "resourceType": "Organization", "id": "1"})
    parcel = replace(a_parcel(), known=True)

    found = composed(parcel, held)

    ids = [each for each in found.resource["identifier"] if isinstance(each, dict)]
    assert str(parcel.lead.id) in [each.get("value") for each in ids]
    after = {**found.resource, "id": "1"}
    again = replace(parcel, written=digests(parcel.lead.id, found.fields))
    assert composed(again, Held(after)).changes == {}
    assert composed(again, Held(after)).resource == after


@pytest.mark.parametrize(
    ("issue", "fields"),
    [
        ({"expression": ["Organization.address[0].state"]}, ["address.state"]),
        ({"expression": ["Organization.address.state"]}, ["address.state"]),
        ({"expression": ["address[0].state"]}, ["address.state"]),
        ({"expression": "Organization.name"}, ["name"]),
        ({"expression": ["Bundle.entry[3].resource.name"]}, ["name"]),
        ({"expression": ["Bundle.entry[3].resource.ofType(Organization).name"]}, ["name"]),
        ({"expression": ["Organization.telecom.where(system='url').value"]}, ["telecom.url"]),
        ({"location": ["/f:Organization/f:address[1]/f:state"]}, ["address.state"]),
        (
            {"location": ["Organization/*null*/.contact[0]/*x*/.name.text", "Line 1"]},
            ["contact.name"],
        ),
        ({"location": ["Line 3, Column 7"]}, []),
        ({"expression": ["Organization.meta.tag[0].code"]}, ["meta.tag"]),
        ({"expression": ["Organization.contact[0].telecom[0].value"]}, ["contact.email"]),
        ({"expression": ["Organization.address[1].state"]}, []),
        ({"expression": ["Organization.identifier[0].value"]}, []),
        ({"diagnostics": "Organization.address.state: no such code"}, ["address.state"]),
        ({"expression": [7], "location": None}, []),
        (
            {"expression": ["Organization.address[0]"]},
            ["address.city", "address.state", "address.country"],
        ),
    ],
)
def test_what_an_outcome_names_is_found_among_our_fields(
    issue: dict[str, Any], fields: list[str]
) -> None:
    places = composed(a_parcel()).places

    paths = paths_in(issue, str(issue.get("diagnostics") or ""))

    assert [name for path in paths for name in fields_at(path, places)] == fields
