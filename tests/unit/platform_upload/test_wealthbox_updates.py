"""What an update writes over, item by item."""

from typing import Any

import pytest

from platform_upload.adapters.wealthbox.mapping import organization, person
from platform_upload.adapters.wealthbox.nested import body_of
from platform_upload.adapters.wealthbox.updates import Past, Update, update_of
from platform_upload.domain.gaps import OnUpdate, digests
from platform_upload.domain.lead import Lead
from unit.platform_upload.builders import JOHN, a_lead

PHONED = JOHN | {"phone": "+1 555 0100"}


def a_record(lead: Lead, **changes: Any) -> dict[str, Any]:
    """As Wealthbox shows what we wrote."""
    wanted = organization(lead)
    body: dict[str, Any] = dict(wanted.new_body(wanted.draft.fields))
    for number, name in enumerate(("websites", "street_addresses"), start=10):
        body[name] = [each | {"id": number} for each in body.get(name, [])]
    return {"id": 1, "tags": [{"id": 3, "name": "LeadStream"}], **body, **changes}


def past_of(lead: Lead) -> Past:
    return Past(lead.id, "", digests(lead.id, organization(lead).draft.fields))


def updated(
    before: Lead,
    after: Lead,
    record: dict[str, Any],
    *,
    past: Past | None = None,
    on_update: OnUpdate = OnUpdate.FILL_GAPS,
) -> Update:
    return update_of(organization(after), record, past or past_of(before), on_update)


def sent(update: Update) -> dict[str, Any]:
    return body_of(update.draft.fields, update.items)


BEFORE = a_lead(intent_score="warm")
AFTER = a_lead(
    company_name="Acme Incorporated",
    domain="acme.io",
    location={"city": "Austin", "state": "TX", "country": "United States"},
)


def test_what_is_as_we_wrote_it_is_brought_up_to_date_by_its_ids() -> None:
    assert sent(updated(BEFORE, AFTER, a_record(BEFORE))) == {
        "name": "Acme Incorporated",
        "background_information": "Intent: hot\n- Company researching AI tools (high)",
        "websites": [{"id": 10, "address": "https://acme.io"}],
        "street_addresses": [
            {"id": 11, "city": "Austin", "state": "TX", "country": "United States"}
        ],
    }


def test_the_same_again_writes_nothing() -> None:
    assert sent(updated(BEFORE, BEFORE, a_record(BEFORE))) == {}
    overwriting = updated(BEFORE, BEFORE, a_record(BEFORE), on_update=OnUpdate.OVERWRITE)
    assert sent(overwriting) == {}


@pytest.mark.parametrize("on_update", OnUpdate)
def test_tags_type_and_source_are_never_sent_again(on_update: OnUpdate) -> None:
    record = a_record(BEFORE, contact_type="Client", contact_source="Referral", tags=[])

    update = updated(BEFORE, AFTER, record, on_update=on_update)

    assert not {"tags", "contact_type", "contact_source"} & set(sent(update))


def test_gaps_are_filled_with_new_items() -> None:
    record = a_record(BEFORE, websites=[], street_addresses=None, background_information=None)

    found = sent(updated(BEFORE, BEFORE, record))

    assert found["websites"] == [
        {"address": "https://acme.com", "principal": True, "kind": "Website"}
    ]
    assert "id" not in found["street_addresses"][0]
    assert found["background_information"].startswith("Intent: warm")


def test_lists_that_do_not_show_are_left_alone() -> None:
    record = a_record(BEFORE)
    del record["websites"], record["street_addresses"]

    assert set(sent(updated(BEFORE, AFTER, record))) == {"name", "background_information"}


def test_an_address_that_somebody_has_added_to_stays_whole() -> None:
    record = a_record(BEFORE)
    record["street_addresses"][0]["street_line_1"] = "1 Main St"

    assert "street_addresses" not in sent(updated(BEFORE, AFTER, record))


def test_beside_somebodys_site_ours_is_kept_up_to_date() -> None:
    record = a_record(BEFORE)
    record["websites"][0]["principal"] = False
    theirs = {"id": 20, "address": "https://acme-friends.com", "principal": True}
    record["websites"].insert(0, theirs)

    found = sent(updated(BEFORE, AFTER, record))

    assert found["websites"] == [{"id": 10, "address": "https://acme.io"}]


def test_somebodys_site_alone_stays_and_gets_none_beside_it() -> None:
    record = a_record(BEFORE, websites=[{"id": 20, "address": "https://friends.com"}])

    assert "websites" not in sent(updated(BEFORE, AFTER, record))


def test_overwriting_takes_the_principal_item() -> None:
    sites = [
        {"id": 20, "address": "https://one.com", "principal": False},
        {"id": 21, "address": "https://two.com", "principal": True},
    ]

    update = updated(BEFORE, AFTER, a_record(BEFORE, websites=sites), on_update=OnUpdate.OVERWRITE)

    assert sent(update)["websites"] == [{"id": 21, "address": "https://acme.io"}]


@pytest.mark.parametrize("address", ["https://acme.com/", "HTTPS://ACME.COM"])
def test_a_site_that_is_there_in_other_letters_is_not_added_again(address: str) -> None:
    record = a_record(BEFORE, websites=[{"id": 20, "address": address}])

    update = updated(BEFORE, BEFORE, record, on_update=OnUpdate.OVERWRITE)

    assert sent(update) == {}


def test_what_was_written_without_an_answer_counts_as_ours() -> None:
    nothing_noted = Past(BEFORE.id, "", {})

    update = updated(BEFORE, BEFORE, a_record(BEFORE), past=nothing_noted)
    later = Past(BEFORE.id, "", update.found)

    assert sent(update) == {}
    assert sent(updated(BEFORE, AFTER, a_record(BEFORE), past=later))["name"] == "Acme Incorporated"


def test_what_somebody_entered_meanwhile_does_not() -> None:
    record = a_record(BEFORE, name="Acme (friends)")

    update = updated(BEFORE, BEFORE, record, past=Past(BEFORE.id, "", {}))

    assert "name" not in update.found
    assert "website" in update.found


def test_digests_of_a_person_are_no_note_of_the_lead_and_the_other_way_round() -> None:
    lead = a_lead(contacts=[PHONED], primary_contact=None)
    wanted = person(lead, lead.people[0], "john@acme.com")
    of_person = digests(lead.id, wanted.draft.fields, of=wanted.of)

    assert not Past(lead.id, "", of_person).is_noted
    assert Past(lead.id, wanted.of, of_person).is_noted
    assert not Past(lead.id, wanted.of, past_of(lead).written).is_noted
