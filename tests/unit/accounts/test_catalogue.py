"""What makes an account, and a list of sources."""

from typing import Any

import pytest

from leadstream.accounts import PROVIDERS, SourceList, WrongAccountError, provider_named
from leadstream.accounts.catalogue import (
    checked_credentials,
    checked_settings,
    listed,
    with_account,
)


def test_the_specs_shape_has_two_names() -> None:
    assert provider_named("clay_compat") is provider_named("clay")
    assert listed(["clay_compat", "people_data_labs"], SourceList.CONTACTS) == [
        "clay",
        "people_data_labs",
    ]


def test_clay_is_asked_first_where_nobody_says_otherwise() -> None:
    contacts = [p.name for p in PROVIDERS.values() if SourceList.CONTACTS in p.lists]

    assert contacts == ["clay", "people_data_labs", "clay_public_v0"]


@pytest.mark.parametrize(
    ("names", "where", "words"),
    [
        (["apollo"], SourceList.CONTACTS, "no such provider: it is none of clay_compat, "),
        (["hunter"], SourceList.CONTACTS, "hunter belongs into verify, not into contacts"),
        (["clay_compat"], SourceList.INTENT, "belongs into contacts, verify, not into intent"),
        (["g2", "g2"], SourceList.INTENT, "g2 is there twice"),
        (["clay", "clay_compat"], SourceList.VERIFY, "clay_compat is there twice"),
    ],
    ids=["unknown", "verifier", "not-intent", "twice", "by-both-names"],
)
def test_lists_that_make_no_sense_are_refused(
    names: list[str], where: SourceList, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        listed(names, where)


def test_who_sends_takes_no_account() -> None:
    with pytest.raises(ValueError, match="push takes no account"):
        with_account("push")


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "credentials.api_key", "is missing"),
        ({"api_key": ""}, "credentials.api_key", "is missing"),
        ({"api_key": "two words"}, "credentials.api_key", "must be the key alone"),
        ({"api_key": 7}, "credentials.api_key", "must be the key alone"),
        ({"api_key": "key", "api_token": "x"}, "credentials.api_token", "hunter has api_key"),
    ],
    ids=["none", "empty", "blank", "number", "another-providers"],
)
def test_credentials_that_no_call_could_be_made_with_are_refused(
    given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(WrongAccountError, match=words) as caught:
        checked_credentials(PROVIDERS["hunter"], given)

    assert caught.value.field == field


def test_what_surrounds_a_pasted_key_is_taken_off() -> None:
    assert checked_credentials(PROVIDERS["hunter"], {"api_key": ' "key"\u200b\n'}) == {
        "api_key": "key"
    }


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (
            {"routine": "r1"},
            "settings.routine",
            "clay_public_v0 has routine_id, inputs, result_email",
        ),
        ({"routine_id": ""}, "settings.routine_id", "an id of 1 to 64 characters"),
        ({"routine_id": ["r1"]}, "settings.routine_id", "an id of 1 to 64 characters"),
        ({"inputs": ["name"]}, "settings.inputs", "must map our fields"),
        ({"inputs": {"name": "Name"}}, "settings.inputs", "an input for domain or company"),
        ({"result_email": ""}, "settings.result_email", "a text in one line"),
    ],
    ids=["unknown", "empty", "list", "no-mapping", "no-company", "no-result"],
)
def test_settings_that_the_provider_has_not_are_refused(
    given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(WrongAccountError, match=words) as caught:
        checked_settings(PROVIDERS["clay_public_v0"], given)

    assert caught.value.field == field


def test_no_refusal_repeats_a_credential() -> None:
    with pytest.raises(WrongAccountError) as caught:
        checked_credentials(PROVIDERS["hunter"], {"api_key": "a secret with blanks"})

    assert "secret" not in str(caught.value)
