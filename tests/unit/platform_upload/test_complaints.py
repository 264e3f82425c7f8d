"""Which fields a platform refuses, in all the words that it has for it."""

from typing import Any

import orjson
import pytest

from platform_upload.adapters.hubspot import complaints as hubspot
from platform_upload.adapters.hubspot.forms import COMPANY
from platform_upload.adapters.salesforce import form as salesforce
from platform_upload.adapters.salesforce.answers import judge, judge_row
from platform_upload.domain.answers import Verdict
from platform_upload.domain.drafts import Draft, Fields
from unit.platform_upload.replies import a_reply

ROW: Fields = {
    "Company": "Acme",
    "LastName": "Smith",
    "Title": "Vice President of everything",
    "Email": "x",
    "Industry": "Space",
    "State": "CA",
    "Country": "United States",
    "NumberOfEmployees": 1,
    "Rating": "Hot",
}


def amended(*errors: dict[str, Any]) -> Fields | None:
    """The row to send after Salesforce has said this; None where nothing can be done."""
    complaints = salesforce.complaints_of(errors)
    draft = Draft(key="1", fields=ROW).amended(complaints, salesforce.LEAD)
    return draft.fields if draft else None


def an_error(code: str, message: str = "no", *fields: str) -> dict[str, Any]:
    return {"statusCode": code, "message": message, "fields": list(fields)}


@pytest.mark.parametrize(
    "code",
    [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_INTEGRITY_EXCEPTION",
        "INVALID_EMAIL_ADDRESS",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "STRING_TOO_LONG",
        "SOMETHING_THAT_NOBODY_HERE_HAS_HEARD_OF",
    ],
)
@pytest.mark.parametrize("field", ["Industry", "Email", "Rating", "NumberOfEmployees"])
def test_a_named_field_is_left_out_whatever_the_word_for_it(code: str, field: str) -> None:
    fields = amended(an_error(code, "no", field))

    assert fields == {name: value for name, value in ROW.items() if name != field}


@pytest.mark.parametrize(
    ("code", "message", "field"),
    [
        ("INVALID_FIELD", "No such column 'Rating' on sobject of type Lead", "Rating"),
        ("INVALID_FIELD", "SELECT Title, Email FROM\nNo such column 'Rating' on entity", "Rating"),
        (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: Rating. Please check",
            "Rating",
        ),
        ("JSON_PARSER_ERROR", "Cannot deserialize int: value of NumberOfEmployees", None),
        ("STRING_TOO_LONG", "Industry: data value too large: Space (max length=3)", None),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Industry: bad value for restricted", None),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Annual Revenue, No. of Employees: too few", None),
    ],
)
def test_a_field_is_found_in_words_where_it_is_not_listed(
    code: str, message: str, field: str | None
) -> None:
    fields = amended({"errorCode": code, "message": message})

    assert fields
    changed = {name for name in ROW if fields.get(name) != ROW[name]}
    assert changed <= {"Rating", "NumberOfEmployees", "Industry"}
    assert len(changed) == 1
    assert field in {None, *changed}


def test_a_text_is_cut_to_the_length_that_is_named() -> None:
    fields = amended(an_error("STRING_TOO_LONG", "Title: too large (max length=14)", "Title"))

    assert fields
    assert fields["Title"] == "Vice President"


@pytest.mark.parametrize("named", ["State", "StateCode", "Country", "CountryCode"])
def test_states_and_countries_become_codes(named: str) -> None:
    said = "There's a problem with this state, even though it may appear correct."
    fields = amended(an_error("FIELD_INTEGRITY_EXCEPTION", said, named))

    assert fields
    assert (fields["StateCode"], fields["CountryCode"]) == ("CA", "US")
    assert not {"State", "Country"} & set(fields)


@pytest.mark.parametrize(
    "error",
    [
        an_error("REQUIRED_FIELD_MISSING", "Required fields are missing: [Email]", "Email"),
        an_error("DUPLICATES_DETECTED", "Use one of these records?"),
        an_error("DUPLICATE_EXTERNAL_ID", "more than one", "LeadStream_Lead_Id__c"),
        an_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"),
        an_error("INVALID_FIELD", "No such column 'LeadStream_Lead_Id__c' on sobject of type Lead"),
        an_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", "Company"),
        an_error("STRING_TOO_LONG", "no", "Fax"),
        {},
    ],
)
def test_nothing_is_done_where_no_optional_field_is_to_blame(error: dict[str, Any]) -> None:
    assert amended(error) is None


def test_a_rule_that_names_no_field_leaves_what_is_required() -> None:
    fields = amended(an_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "please call Bob first"))

    assert fields == {"Company": "Acme", "LastName": "Smith"}


@pytest.mark.parametrize(
    "errors",
    [
        [an_error("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")],
        [an_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW, unable")],
        [an_error("CANNOT_EXECUTE_FLOW_TRIGGER", "unable to obtain exclusive access to 1 records")],
        [an_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "x: UNABLE_TO_LOCK_ROW", "Industry")],
        [an_error("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back")],
        [an_error("OTHER"), an_error("UNABLE_TO_LOCK_ROW")],
        [an_error("ROW_LOCK_TIMEOUT")],
        [an_error("CONCURRENT_UPDATE")],
        [an_error("SYSTEM_MODSTAMP_RACE")],
    ],
)
def test_a_lock_is_passing_wherever_it_is_said(errors: list[dict[str, Any]]) -> None:
    refused = judge_row(errors, a_reply(200, []))

    assert (refused.verdict, refused.complaints) == (Verdict.RETRY, ())


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (409, "CONFLICT", "somebody else"),
        (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "UNABLE_TO_LOCK_ROW"),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
    ],
)
def test_a_lock_or_too_many_at_once_is_passing_for_a_call(
    status: int, code: str, message: str
) -> None:
    refused = judge(a_reply(status, [{"errorCode": code, "message": message}]))

    assert refused
    assert refused.verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("code", "message", "field"),
    [
        (
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Industry: bad value for restricted picklist field: Concurrency",
            "Industry",
        ),
        ("STRING_TOO_LONG", "Title: data value too large: Head of Concurrency", "Title"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no such role: Deadlock owner", "Title"),
        ("INVALID_EMAIL_ADDRESS", "Email: invalid: row_lock@acme", "Email"),
    ],
)
def test_a_values_own_words_are_no_lock(code: str, message: str, field: str) -> None:
    row = judge_row([an_error(code, message, field)], a_reply(200, []))
    call = judge(a_reply(400, [{"errorCode": code, "message": message, "fields": [field]}]))

    assert call
    for refused in (row, call):
        assert refused.verdict is Verdict.PERMANENT
        assert [each.field for each in refused.complaints] == [field]


def from_a_trigger(code: str, message: str, fields: str) -> dict[str, Any]:
    said = "LeadTrigger: execution of BeforeInsert\n\ncaused by: System.DmlException: Insert failed. First "
    said += (
        f"exception on row 0; first error: {code}, {message}: [{fields}]\n\nTrigger.Lead: line 5"
    )
    return an_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", said)


def test_a_value_that_a_trigger_ran_into_is_mended() -> None:
    said = "There's a problem with this state, even though it may appear correct."
    fields = amended(from_a_trigger("FIELD_INTEGRITY_EXCEPTION", said, "State"))

    assert fields
    assert (fields["StateCode"], fields["CountryCode"]) == ("CA", "US")


@pytest.mark.parametrize(
    ("code", "message", "names", "left_out"),
    [
        ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: x", "Email", {"Email"}),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "of Concurrency", "Title", {"Title"}),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "two", "Title, Rating", {"Title", "Rating"}),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "please call Bob", "", None),
        ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Email]", "Email", None),
        ("INVALID_EMAIL_ADDRESS", "another record's", "Fax", None),
    ],
)
def test_fields_that_a_trigger_names_are_left_out(
    code: str, message: str, names: str, left_out: set[str] | None
) -> None:
    error = from_a_trigger(code, message, names)

    assert judge_row([error], a_reply(200, [])).verdict is Verdict.PERMANENT
    fields = amended(error)
    assert (set(ROW) - set(fields) if fields else None) == left_out


def test_a_lock_that_a_trigger_ran_into_is_passing() -> None:
    error = from_a_trigger("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", "")

    assert judge_row([error], a_reply(200, [])).verdict is Verdict.RETRY


# HubSpot


def in_json(code: str = "INVALID_OPTION", name: str = "industry", **more: object) -> str:
    said = {"isValid": False, "message": "no", "error": code, "name": name, **more}
    return f"Property values were not valid: {orjson.dumps([said]).decode()}"


@pytest.mark.parametrize(
    ("error", "names"),
    [
        ({"category": "VALIDATION_ERROR", "message": in_json()}, ["industry"]),
        ({"message": in_json(propertyValue="Space")}, ["industry"]),
        ({"message": in_json() + " and so on"}, ["industry"]),
        ({"message": in_json()[:-3]}, ["industry"]),
        ({"message": "no", "errors": [{"message": in_json("INVALID_LONG", "city")}]}, ["city"]),
        (
            {
                "message": "no",
                "errors": [
                    {"code": "INVALID_OPTION", "context": {"propertyName": ["city", "state"]}}
                ],
            },
            ["city", "state"],
        ),
        ({"errors": [{"code": "INVALID_EMAIL", "in": "email", "message": "no"}]}, ["email"]),
        ({"message": 'Property "city" does not exist'}, ["city"]),
        ({"message": in_json("PROPERTY_DOESNT_EXIST", "city")}, ["city"]),
        ({"message": "Property values were not valid", "category": "VALIDATION_ERROR"}, [None]),
        ({"message": "no", "category": "VALIDATION_ERROR"}, []),
        ({"message": 7, "errors": "none", "context": []}, []),
        (["no", "object"], []),
        ({"message": "[" * 5_000}, []),
    ],
)
def test_hubspot_names_properties_in_many_ways(error: object, names: list[str | None]) -> None:
    assert [each.field for each in hubspot.complaints_of(error)] == names


def test_hubspots_value_and_absence_are_read() -> None:
    (option,) = hubspot.complaints_of({"message": in_json(propertyValue="Space")})
    (absent,) = hubspot.complaints_of({"message": in_json("PROPERTY_DOESNT_EXIST")})

    assert (option.value, option.absent) == ("Space", False)
    assert absent.absent


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("California was not one of the allowed options: [AZ, CA, NY]", "CA"),
        ("California was not one of the allowed options: [arizona, CALIFORNIA]", "CALIFORNIA"),
        ("California was not one of the allowed options: [Bavaria]", None),
        ("the value is longer than 5 characters", "Calif"),
        ("no", None),
    ],
)
def test_hubspots_values_are_mended_where_it_says_how(message: str, sent: str | None) -> None:
    draft = Draft(key="1", fields={"leadstream_lead_id": "1", "state": "California"})
    complaints = hubspot.complaints_of(
        {
            "errors": [
                {"code": "INVALID", "message": message, "context": {"propertyName": ["state"]}}
            ]
        }
    )

    after = draft.amended(complaints, COMPANY)

    assert after
    assert after.fields.get("state") == sent


@pytest.mark.parametrize(
    ("name", "value", "country", "options", "sent"),
    [
        ("country", "Georgia", None, "GA, GE", "GE"),
        ("country", "Georgia", None, "GA", None),
        ("country", "DE", None, "Delaware, Germany", "Germany"),
        ("country", "Canada", None, "California, CA", "CA"),
        ("country", "Germany", None, "Georgia (GE), Germany (DE)", "Germany (DE)"),
        ("country", "DE", None, "Delaware (DEL), Germany (DE)", "Germany (DE)"),
        ("country", "DE", None, "Delaware (DE), Germany (DE)", "Germany (DE)"),
        ("country", "CA", None, "California", None),
        ("country", "germany", None, "DE, GERMANY", "GERMANY"),
        ("state", "Georgia", "United States", "GE, GA", "GA"),
        ("state", "Georgia", None, "GE, GA", "GA"),
        ("state", "California", "US", "Canada (CA), California (CA)", "California (CA)"),
        ("state", "WA", "Australia", "Washington, Western Australia", "Western Australia"),
        ("state", "CA", "US", "Canada, California", "California"),
        ("city", "Georgia", None, "GE, GA", None),
    ],
)
def test_an_option_is_a_place_of_the_propertys_kind(
    name: str, value: str, country: str | None, options: str, sent: str | None
) -> None:
    fields = {"leadstream_lead_id": "1", name: value, **({"country": country} if country else {})}
    message = f"{value} was not one of the allowed options: [{options}]"
    error = {"code": "INVALID", "message": message, "context": {"propertyName": [name]}}

    after = Draft(key="1", fields=fields).amended(
        hubspot.complaints_of({"errors": [error]}), COMPANY
    )

    assert after
    assert after.fields.get(name) == sent
