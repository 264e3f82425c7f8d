"""Which fields Wealthbox refuses, in all the ways that it may say so."""

from typing import Any

import pytest

from platform_upload.adapters.wealthbox.answers import judge, speaks
from platform_upload.adapters.wealthbox.complaints import complaints_of
from platform_upload.domain.answers import Verdict
from unit.platform_upload.replies import a_reply


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"error": "Name can't be blank"}, ["name"]),
        ({"error": "First name is too long (maximum is 255 characters)"}, ["first_name"]),
        ({"error": "Last name is invalid, Job title must be a text"}, ["last_name", "job_title"]),
        ({"error": "Email addresses address is invalid"}, ["email"]),
        ({"error": "Street addresses state is not included in the list"}, ["state"]),
        ({"error": "State is not included in the list"}, ["state"]),
        ({"error": "websites.address is invalid"}, ["website"]),
        ({"error": "background_information is too long"}, ["background_information"]),
        ({"error": "unknown field: websites"}, ["website"]),
        ({"errors": {"street_addresses.state": ["is no state"]}}, ["state"]),
        ({"errors": {"street_addresses": ["is invalid"]}}, ["city", "state", "country"]),
        ({"errors": {"contact.email_addresses[0].address": "is invalid"}}, ["email"]),
        ({"errors": {"phone_numbers": {"address": ["is invalid"]}}}, ["phone"]),
        ({"errors": ["Website's fine", "Phone numbers address is invalid"]}, ["phone"]),
        ({"errors": [{"field": "tags", "message": "has too many"}]}, ["tags"]),
        ({"errors": {"name": []}}, []),
        ({"error": "x"}, [None]),
        ({"errors": {"custom_thing": ["is invalid"]}}, [None]),
        ({"error": None}, []),
        ({"error": {"message": "Name is invalid"}}, ["name"]),
        ([], []),
    ],
)
def test_fields(content: Any, fields: list[str | None]) -> None:
    assert [each.field for each in complaints_of(content)] == fields


def test_a_field_that_is_unknown_there_is_absent() -> None:
    (complaint,) = complaints_of({"error": "unknown field: websites"})

    assert complaint.absent


@pytest.mark.parametrize(
    "body",
    [
        {"error": "External unique id has already been taken"},
        {"errors": {"external_unique_id": ["has already been taken"]}},
    ],
)
def test_an_id_that_is_taken_is_looked_for_again(body: dict[str, Any]) -> None:
    refused = judge(a_reply(422, body))

    assert refused
    assert refused.verdict is Verdict.RETRY


def test_deep_nonsense_is_read_to_some_depth() -> None:
    content: Any = "Name is invalid"
    for _ in range(500):
        content = {"errors": [content]}

    assert complaints_of(content) == ()


@pytest.mark.parametrize(
    ("announced", "seconds"), [("17", 17), ("soon", 5), ("", 5), ("nan", 5), (None, 5), ("1e9", 5)]
)
def test_a_pace_that_is_badly_announced_is_five_seconds(
    announced: str | None, seconds: int
) -> None:
    headers = {} if announced is None else {"Retry-After": announced}

    refused = judge(a_reply(429, {"error": "rate limited"}, headers))

    assert refused
    assert refused.throttled
    assert refused.after
    assert refused.after.total_seconds() == seconds


@pytest.mark.parametrize(
    ("status", "body", "known"),
    [
        (422, {"error": "x"}, True),
        (422, {"errors": ["x"]}, True),
        (401, {"message": "a gateway's"}, False),
        (500, "", False),
        (502, "<html>", False),
        (404, {"error": "not found"}, True),
    ],
)
def test_whose_words_they_are(status: int, body: Any, known: bool) -> None:
    assert speaks("find", a_reply(status, body)) is known
