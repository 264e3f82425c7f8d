from typing import Any

import pytest

from leadstream.manifest.errors import ManifestError
from leadstream.manifest.model import Workspace
from leadstream.manifest.things import wanted_of
from leadstream.manifest.wanted import (
    Wanted,
    differences,
    hidden,
    is_named,
    masked_in,
    with_hidden_kept,
)


def a_query(*, status: str | None = None, **filters: Any) -> Wanted:
    query: dict[str, Any] = {"name": "q", "topic": {"name": "t"}, "filters": filters}
    if status:
        query["status"] = status
    workspace = Workspace.model_validate({"slug": "acme", "queries": [query]})
    return list(wanted_of(workspace))[1]


def row_of(wanted: Wanted, **changes: Any) -> dict[str, Any]:
    return {
        **wanted.body,
        "id": "1",
        "topic": {"id": "2", "name": "t", "category": None},
        **changes,
    }


def test_what_is_as_it_should_be_has_no_differences() -> None:
    wanted = a_query(location={"country": "Chile"})

    assert differences(wanted, row_of(wanted)) == []


def test_what_is_not_there_yet_has_no_differences() -> None:
    assert differences(a_query(), None) == []


def test_a_difference_says_from_what_to_what() -> None:
    wanted = a_query(status="active")

    found = differences(wanted, row_of(wanted, status="paused"))

    assert found == ["status: paused → active"]


def test_empty_filters_are_none() -> None:
    wanted = a_query(location={"country": None}, industry=[])

    assert differences(wanted, row_of(wanted, filters={})) == []


def test_a_filter_that_the_file_no_longer_has_is_a_difference() -> None:
    wanted = a_query(location={"country": "Chile"})
    stored = {"location": {"country": "Chile"}, "industry": ["Retail"]}

    (found,) = differences(wanted, row_of(wanted, filters=stored))

    assert found.startswith("filters: ")
    assert "Retail" in found


def test_a_filter_of_zero_is_a_filter() -> None:
    wanted = a_query(company_size={"min": 0})

    assert differences(wanted, row_of(wanted, filters={})) != []


def test_an_address_is_the_same_in_any_case_and_a_name_is_not() -> None:
    recipient = {"email": "Olivia@Acme.example", "full_name": "Olivia OPS"}
    workspace = Workspace.model_validate({"slug": "acme", "recipients": [recipient]})
    wanted = list(wanted_of(workspace))[1]
    row = {**wanted.body, "email": "olivia@acme.example", "full_name": "Olivia Ops"}

    assert is_named(wanted, row)
    assert differences(wanted, row) == ["full_name: Olivia Ops → Olivia OPS"]


WHOLE: dict[str, dict[str, Any]] = {
    "queries": {"name": "q", "topic": {"name": "t"}},
    "recipients": {"email": "a@b.example"},
    "channels": {"type": "webhook", "name": "w", "url": "https://a.example"},
    "connections": {"platform": "tech-platform", "adapter": "hubspot"},
    "users": {"email": "a@b.example"},
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_the_file_leaves_out_is_not_asked_for(kind: str) -> None:
    workspace = Workspace.model_validate({"slug": "acme", kind: [WHOLE[kind]]})

    own, wanted = wanted_of(workspace)

    assert own.body == {"slug": "acme"}
    assert wanted.body == WHOLE[kind] | {"workspace_id": wanted.body["workspace_id"]}


def test_what_somebody_paused_or_named_is_no_difference() -> None:
    workspace = Workspace.model_validate({"slug": "acme", **{k: [v] for k, v in WHOLE.items()}})
    theirs = {"status": "paused", "enabled": False, "min_score": "hot", "full_name": "Ann"}

    for wanted in wanted_of(workspace):
        assert (
            differences(wanted, {**wanted.body, **theirs, "name": wanted.body.get("name", "Acme")})
            == []
        )


def test_a_name_that_is_taken_away_is_one() -> None:
    recipient = {"email": "a@b.example", "full_name": None}
    workspace = Workspace.model_validate({"slug": "acme", "recipients": [recipient]})
    wanted = list(wanted_of(workspace))[1]

    assert differences(wanted, {**wanted.body, "full_name": "Ann"}) == ["full_name: Ann → null"]


def test_secrets_are_never_shown_nor_compared() -> None:
    channel = {
        "type": "webhook",
        "name": "w",
        "url": "https://a.example/s3cret",
        "secret": "s3cret",
        "min_score": "cold",
    }
    workspace = Workspace.model_validate({"slug": "acme", "channels": [channel]})
    wanted = list(wanted_of(workspace))[1]
    row = {**wanted.body, "url": "https://a.example/…", "min_score": "hot"}

    assert differences(wanted, row) == ["min_score: hot → cold"]
    assert hidden(wanted, row) == ["url", "secret"]


def test_another_adapter_changes_the_connection_that_there_is() -> None:
    connection = {"platform": "tech-platform", "adapter": "salesforce"}
    workspace = Workspace.model_validate({"slug": "acme", "connections": [connection]})
    wanted = list(wanted_of(workspace))[1]
    row = {**wanted.body, "adapter": "hubspot"}

    assert is_named(wanted, row)
    assert differences(wanted, row) == ["adapter: hubspot → salesforce"]


def test_a_connection_without_credentials_has_no_secrets() -> None:
    connection = {"platform": "tech-platform", "adapter": "hubspot"}
    workspace = Workspace.model_validate({"slug": "acme", "connections": [connection]})

    assert not list(wanted_of(workspace))[1].has_secrets


def test_of_a_url_that_is_shown_in_part_nobody_can_tell_whether_it_differs() -> None:
    connection = {
        "platform": "general-platform",
        "adapter": "webhook",
        "settings": {"url": "https://crm.example:8443/in", "version": 2},
        "credentials": {"secret": "s"},
    }
    workspace = Workspace.model_validate({"slug": "acme", "connections": [connection]})
    wanted = list(wanted_of(workspace))[1]
    row = {**wanted.body, "settings": {"url": "https://crm.example/…", "version": 2}}

    assert differences(wanted, row) == []
    assert hidden(wanted, row) == ["settings", "credentials"]
    row["settings"]["version"] = 1
    assert differences(wanted, row) != []


@pytest.mark.parametrize(
    ("stored", "same"),
    [
        ({"city": "Town__c", "revenue": None}, True),
        ({"city": "Town__c"}, False),
        ({"city": "Town__c", "revenue": None, "state": "Region__c"}, False),
        ({"city": "City__c", "revenue": None}, False),
        ({}, False),
    ],
)
def test_all_of_a_mapping_counts(stored: dict[str, Any], same: bool) -> None:
    fields = {"city": "Town__c ", "revenue": None}
    connection = {"platform": "tech-platform", "adapter": "salesforce"}
    given = connection | {"settings": {"my_domain": "acme", "fields": fields}}
    workspace = Workspace.model_validate({"slug": "acme", "connections": [given]})
    wanted = list(wanted_of(workspace))[1]
    row = {**wanted.body, "settings": {"my_domain": "acme", "fields": stored, "owner": "x"}}

    assert (differences(wanted, row) == []) == same


def a_channel(url: str, **body: Any) -> Wanted:
    named = {"type": "slack", "name": "alerts", "url": url}
    return Wanted("delivery", "channels", "channel", ("type", "name"), named | body, ("url",))


HIDDEN_URL = "https://hooks.slack.example/…"
ROW = {"type": "slack", "name": "alerts", "url": HIDDEN_URL, "min_score": "hot"}


def test_what_a_service_shows_for_a_hidden_value_is_known_as_that() -> None:
    assert masked_in(a_channel(HIDDEN_URL)) == ["url"]
    assert masked_in(a_channel("https://hooks.slack.example/T/B/x")) == []


def test_a_hidden_value_stays_as_it_is() -> None:
    kept = with_hidden_kept(a_channel(HIDDEN_URL, min_score="warm"), ROW)

    assert "url" not in kept.body
    assert differences(kept, ROW) == ["min_score: hot → warm"]


@pytest.mark.parametrize("row", [None, ROW | {"url": "https://else.example/…"}])
def test_a_hidden_value_that_is_not_there_is_refused(row: dict[str, Any] | None) -> None:
    with pytest.raises(ManifestError, match="write it whole"):
        with_hidden_kept(a_channel(HIDDEN_URL), row)


def test_a_url_within_settings_is_hidden_in_a_difference_too() -> None:
    body = {"platform": "p", "settings": {"url": "https://crm.example/k3y", "on_update": "ours"}}
    wanted = Wanted("platform-upload", "connections", "connection", ("platform",), body)
    row = {"platform": "p", "settings": {"url": "https://crm.example/…", "on_update": "theirs"}}

    (found,) = differences(wanted, row)

    assert "k3y" not in found
    assert "ours" in found


def a_push(**said: Any) -> Wanted:
    push = {"name": "bombora", "secret": "whsec_x", **said}
    workspace = Workspace.model_validate({"slug": "acme", "push": [push]})
    return list(wanted_of(workspace))[1]


@pytest.mark.parametrize(
    ("stored", "same"),
    [
        ({"Payroll": "HR"}, True),
        ({"Payroll": "Other"}, False),
        ({"Payroll": "HR", "Rockets": "HR"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_all_topics_of_a_source_count(stored: dict[str, str], same: bool) -> None:
    wanted = a_push(topics={"Payroll": "HR"})

    found = differences(wanted, {**wanted.body, "topics": stored})

    assert (found == []) is same
    assert (wanted.path, wanted.secrets) == ("push-sources", ("secret",))


def test_of_a_source_only_what_the_file_says_is_asked_for() -> None:
    wanted = a_push(query="HR")

    assert set(wanted.body) == {"workspace_id", "name", "secret", "query"}
    assert wanted.has_secrets
