from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from asyncpg.pgproto import pgproto
from pydantic import ValidationError

from leadstream.contracts import (
    ChannelResult,
    Company,
    Contact,
    Decoded,
    EmailStatus,
    Enrichment,
    EventError,
    LeadDiscovered,
    LeadEnriched,
    LeadFailed,
    LeadUpload,
    PlatformLead,
    Record,
    Rejected,
    SchedulerTick,
    Score,
    Signal,
    Strength,
    decode,
)
from leadstream.contracts.codec import encode_value
from leadstream.contracts.fields import MAX_AMOUNT, MAX_INTEGER

NOON = datetime(2026, 1, 22, 12, tzinfo=UTC)
LEAD = "0199b2a4-5c00-7000-8000-000000000001"
OTHER = "0199b2a4-5c00-7000-8000-000000000002"
HEAD: dict[str, Any] = {"lead_id": LEAD, "workspace_id": OTHER}
MINIMAL = HEAD | {"company": {"name": "Acme"}}


def discovered(**fields: Any) -> LeadDiscovered:
    decoded = decode(Record(topic="lead.discovered", value=orjson.dumps(MINIMAL | fields)))
    assert isinstance(decoded, Decoded), decoded
    assert isinstance(decoded.event, LeadDiscovered)
    return decoded.event


def complaint(topic: str = "lead.discovered", **fields: Any) -> str:
    start = MINIMAL if topic == "lead.discovered" else HEAD
    rejected = decode(Record(topic=topic, value=orjson.dumps(start | fields)))
    assert isinstance(rejected, Rejected), rejected
    return rejected.error


def test_what_is_left_out_has_a_default() -> None:
    event = discovered()

    assert (event.revision, event.query_id, event.topic) == (1, None, None)
    assert (event.intent.score, event.intent.signals) == (Score.COLD, ())
    assert (event.company.domain, event.company.technologies) == (None, ())
    assert event.company.location.city is None


def test_lead_that_was_read_before_is_enriched_without_being_read_again() -> None:
    lead = discovered(intent={"score": "hot"})
    found = {"status": "completed", "enriched_at": NOON, "contacts": [{"email": "a@example.com"}]}

    sent = LeadEnriched.of(orjson.loads(lead.as_json()), found)

    read = decode(Record(topic="lead.enriched", value=encode_value(sent)))
    assert isinstance(read, Decoded)
    enrichment = Enrichment.model_validate(found)
    assert read.event == LeadEnriched(**dict(lead), enrichment=enrichment)


def test_what_is_new_of_an_enriched_lead_is_validated() -> None:
    with pytest.raises(ValidationError):
        LeadEnriched.of(orjson.loads(discovered().as_json()), {"status": "lost"})


def test_an_id_as_postgres_gives_it_is_written_down_like_any_other() -> None:
    lead = discovered()
    read = lead.model_copy(update={"lead_id": pgproto.UUID(LEAD)})

    assert read.as_json() == lead.as_json()


def test_null_is_the_same_as_left_out() -> None:
    nothing = dict.fromkeys(["revision", "query_id", "topic", "intent", "discovered_at"])
    company = {"name": "Acme", "location": None, "technologies": None, "social_profiles": None}

    assert discovered(**nothing, company=company) == discovered()


@pytest.mark.parametrize("missing", ["lead_id", "workspace_id", "company"])
def test_required_field_can_t_be_null(missing: str) -> None:
    assert complaint("lead.discovered", **{missing: None}) == f"{missing}: missing"


def test_unknown_fields_are_ignored() -> None:
    assert discovered(colour="green", company={"name": "Acme", "mood": [1]}) == discovered()


def test_blank_company_name_is_allowed_and_a_missing_one_is_not() -> None:
    assert discovered(company={"name": ""}).company.name == ""
    assert complaint(company={"domain": "acme.com"}) == "company.name: missing"


@pytest.mark.parametrize("name", ["\u200b\u200d\ufeff", "\u3164", "\u2800\ufe0f", " \u00ad "])
def test_a_name_that_nobody_sees_is_blank(name: str) -> None:
    assert discovered(company={"name": name}).company.name == ""
    assert discovered(company={"name": f"A{name}b"}).company.name == f"A{name}b"


@pytest.mark.parametrize("strength", ["enormous", "", "not high", 7, None, [], {}])
def test_unknown_signal_strength_counts_as_low(strength: object) -> None:
    signal = {"signal_type": "Downloaded whitepaper", "signal_strength": strength}

    event = discovered(intent={"signals": [signal]})

    assert event.intent.signals[0].signal_strength is Strength.LOW


@pytest.mark.parametrize("word", ["High", " HIGH\n", "\u200bhigh", "Very High", "very_high"])
def test_a_word_on_the_wire_is_known_however_it_is_spelled(word: str) -> None:
    signal = {"signal_type": "Downloaded whitepaper", "signal_strength": word}

    event = discovered(intent={"score": " Hot ", "signals": [signal]})

    assert event.intent.signals[0].signal_strength is Strength.HIGH
    assert event.intent.score is Score.HOT
    # What is sent on is the word itself.
    assert event.model_dump(mode="json")["intent"]["signals"][0]["signal_strength"] == "high"


@pytest.mark.parametrize("status", ["Accept All", "accept-all", "ACCEPT_ALL"])
def test_a_status_of_two_words_is_known_however_they_are_joined(status: str) -> None:
    contact = Contact.model_validate({"email_status": status})

    assert contact.email_status is EmailStatus.ACCEPT_ALL


def test_unknown_email_status_is_unknown() -> None:
    assert Contact.model_validate({"email_status": "risky"}).email_status is EmailStatus.UNKNOWN


def test_unknown_score_is_refused() -> None:
    assert (
        complaint(intent={"score": "lukewarm"}) == "intent.score: expected 'hot', 'warm' or 'cold'"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-22T02:15:00Z", datetime(2026, 1, 22, 2, 15, tzinfo=UTC)),
        ("2026-01-22T02:15:00.123456789Z", datetime(2026, 1, 22, 2, 15, 0, 123456, tzinfo=UTC)),
        ("2026-01-22T03:15:00+01:00", datetime(2026, 1, 22, 2, 15, tzinfo=UTC)),
        ("2026-01-22 02:15:00", datetime(2026, 1, 22, 2, 15, tzinfo=UTC)),
        ("2026-01-22", datetime(2026, 1, 22, tzinfo=UTC)),
    ],
)
def test_time_is_utc_whatever_its_offset_and_without_one(text: str, expected: datetime) -> None:
    moment = discovered(discovered_at=text).discovered_at

    assert moment == expected
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    ["yesterday", "", "2026-13-01T00:00:00Z", "1" * 100_000, 1_769_083_200, True, [], {}],
)
def test_what_is_no_time_is_refused(value: object) -> None:
    assert complaint(discovered_at=value) == "discovered_at: expected an ISO 8601 date and time"


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "3000-01-01",
    ],
)
def test_time_far_away_is_refused(value: str) -> None:
    assert complaint(discovered_at=value) == "discovered_at: expected a year from 1900 to 2999"


@pytest.mark.parametrize("value", [0, -1, MAX_INTEGER + 1, 2**63, 1.5, "1", True, [], 1e300])
def test_what_is_no_revision_is_refused(value: object) -> None:
    assert complaint(revision=value).startswith("revision: expected")


def test_whole_number_may_be_written_as_a_fraction() -> None:
    event = discovered(revision=2.0, company={"name": "Acme", "employee_count": 250.0})

    assert (event.revision, event.company.employee_count) == (2, 250)


def test_revenue_is_rounded_to_whole_dollars() -> None:
    company = discovered(company={"name": "Acme", "revenue": 1_234_567.89}).company

    assert company.revenue == 1_234_568


@pytest.mark.parametrize("value", [-1, MAX_AMOUNT + 1, 1e300, "1000000", True])
def test_what_is_no_revenue_is_refused(value: object) -> None:
    assert complaint(company={"name": "Acme", "revenue": value}).startswith("company.revenue: ")


@pytest.mark.parametrize(
    ("company", "error"),
    [
        ({"name": "x" * 501}, "company.name: expected at most 500 characters"),
        ({"name": 7}, "company.name: expected text"),
        (
            {"name": "", "technologies": ["x"] * 201},
            "company.technologies: expected at most 200 items",
        ),
        ({"name": "", "technologies": "python"}, "company.technologies: expected an array"),
        ({"name": "", "technologies": [None]}, "company.technologies[0]: expected text"),
        ({"name": "", "location": "Berlin"}, "company.location: expected an object"),
        (
            {"name": "", "social_profiles": {str(n): "x" for n in range(201)}},
            "company.social_profiles: expected at most 200 entries",
        ),
        ("Acme", "company: expected an object"),
    ],
)
def test_company_beyond_its_bounds_is_refused(company: object, error: str) -> None:
    assert complaint(company=company) == error


def test_null_among_the_social_profiles_is_dropped() -> None:
    company = {"name": "Acme", "social_profiles": {"x": None, "linkedin": "https://l.example"}}

    assert discovered(company=company).company.social_profiles == {"linkedin": "https://l.example"}


def test_complaint_names_three_faults_and_counts_the_rest() -> None:
    error = complaint(lead_id="a", workspace_id="b", query_id="c", revision="d", company="e")

    assert error == (
        "lead_id: expected a UUID; workspace_id: expected a UUID; revision: expected an integer; and 2 more"
    )


def test_complaint_never_quotes_the_record() -> None:
    secret = "olivia@acme.example"
    company = {"name": "", "social_profiles": {secret: 7}, "description": [secret]}
    error = complaint(lead_id=secret, company=company)
    tick = complaint("scheduler.tick", tick_id=LEAD, schedule="x", params={secret * 99: 1})

    assert "olivia" not in error + tick
    assert "company.social_profiles.*" in error


def test_params_are_free_within_reason() -> None:
    params = {"query_id": LEAD, "nested": {"list": [1, 2.5, None, "x", True]}}

    tick = decode(
        Record(
            topic="scheduler.tick",
            value=orjson.dumps({"tick_id": LEAD, "schedule": "mine", "params": params}),
        )
    )

    assert isinstance(tick, Decoded)
    assert isinstance(tick.event, SchedulerTick)
    assert tick.event.params == params


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"a": nested(200)}, "params: expected at most 8 levels"),
        ({"a": list(range(1_001))}, "params: expected at most 1000 values"),
        ({str(n): n for n in range(201)}, "params: expected at most 200 entries"),
        ([], "params: expected an object"),
    ],
)
def test_params_out_of_all_reason_are_refused(params: object, error: str) -> None:
    assert complaint("scheduler.tick", tick_id=LEAD, schedule="x", params=params) == error


def test_total_contacts_left_out_is_their_number() -> None:
    found = {"status": "completed", "enriched_at": "2026-01-22", "contacts": [{}, {}]}

    assert Enrichment.model_validate(found).total_contacts == 2
    assert Enrichment.model_validate(found | {"total_contacts": 9}).total_contacts == 9


def test_upload_format_has_its_13_keys_and_always_all_of_them() -> None:
    lead = PlatformLead(id=UUID(LEAD), company_name="Acme", intent_score=Score.HOT)

    assert list(lead.model_dump()) == [
        "id",
        "company_name",
        "domain",
        "industry",
        "employee_count",
        "revenue",
        "location",
        "intent_score",
        "intent_signals",
        "contacts",
        "primary_contact",
        "created_at",
        "enriched_at",
    ]


def test_upload_is_about_one_lead_only() -> None:
    lead = {"id": OTHER, "company_name": "Acme", "intent_score": "hot"}

    assert complaint("lead.upload", lead=lead) == "value: expected lead.id to be the lead_id"


def test_upload_without_a_platform_is_chosen_by_industry() -> None:
    lead = {"id": LEAD, "company_name": "Acme", "intent_score": "hot"}

    decoded = decode(Record(topic="lead.upload", value=orjson.dumps(HEAD | {"lead": lead})))

    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.event, LeadUpload)
    assert decoded.event.platform is None


def test_error_class_is_called_class_in_json() -> None:
    error = EventError(error_class="PermanentError", code="404", message="gone")
    failed = LeadFailed.model_validate(
        HEAD | {"stage": "delivery", "error": error, "failed_at": "2026-01-22"}
    )

    assert orjson.loads(failed.model_dump_json())["error"] == {
        "class": "PermanentError",
        "code": "404",
        "message": "gone",
    }


def test_long_error_is_cut_rather_than_lost() -> None:
    result = {"channel": "slack", "destination_id": LEAD, "status": "failed", "error": "x" * 9_999}

    assert EventError(error_class="E", message="x" * 9_999).message == "x" * 500
    assert ChannelResult.model_validate(result).error == "x" * 500


def test_event_can_t_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        discovered().revision = 2  # type: ignore[misc]  # the point of the test


def test_text_with_half_a_surrogate_pair_can_t_become_part_of_an_event() -> None:
    with pytest.raises(ValidationError, match="signal_type"):
        Signal(signal_type="\ud800")


def test_domain_and_name_have_room_in_an_index() -> None:
    # A btree entry holds 2,704 bytes; a character has up to four.
    limits = [Company.model_json_schema()["properties"][name] for name in ("name", "domain")]

    assert limits[0]["maxLength"] * 4 < 2_704
    assert limits[1]["anyOf"][0]["maxLength"] * 4 < 2_704
