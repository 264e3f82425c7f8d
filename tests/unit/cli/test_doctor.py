from collections.abc import Callable, Iterator
from typing import cast

import httpx
import pytest

from leadstream.admin.answers import ListedPause, SenderCheck
from leadstream.cli.doctor import (
    ADVICE,
    Finding,
    Grade,
    _attempt,
    _console,
    _pause,
    _readiness,
    _resend_webhook,
    _senders,
    _show,
    _sources,
)
from leadstream.cli.errors import CliError
from leadstream.kafka.intake import FLOOD_REASON
from leadstream.pauses.store import REASONS
from platform_upload.domain.connection import Hold


def a_pause(**fields: str) -> ListedPause:
    return cast(ListedPause, {"until": None, "actor": "x", "detail": None, **fields})


def test_what_was_found_before_a_question_went_wrong_is_told() -> None:
    def look() -> Iterator[Finding]:
        yield Finding(Grade.OK, "delivery", "ready")
        raise CliError("delivery: 401", hint="Set LEADSTREAM_TOKEN.")

    ready, refused = _attempt("delivery", look)

    assert ready.grade is Grade.OK
    assert (refused.grade, refused.detail) == (Grade.BAD, "delivery: 401")
    assert refused.advice == "Set LEADSTREAM_TOKEN."


def test_every_reason_of_the_services_themselves_has_its_advice_and_is_counted_by_its_name() -> (
    None
):
    assert set(Hold) | {FLOOD_REASON, "circuit_open"} <= REASONS
    assert set(ADVICE) == REASONS


def test_a_pause_says_until_when_by_whom_and_how_to_lift_it() -> None:
    pause = a_pause(scope="all", reason="moving house", actor="ann")

    finding = _pause("delivery", pause)

    assert finding.grade is Grade.BAD
    assert finding.detail == "all is held until it is lifted: moving house (by ann)"
    assert finding.command == "leadstream pauses lift delivery all"


def test_a_command_is_not_folded_on_a_narrow_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    pause = a_pause(scope=f"connection:{'0' * 36}", reason="they asked")

    _show([Finding(Grade.OK, "Kafka", "reachable"), _pause("platform-upload", pause)])

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert f"leadstream pauses lift platform-upload connection:{'0' * 36}" in lines


def test_each_check_that_fails_is_named() -> None:
    ready = {"status": "failing", "failing": {"kafka": "no partitions", "postgres": "away"}}

    found = list(_readiness("delivery", ready))

    assert [f.detail for f in found] == [
        "not ready: kafka: no partitions",
        "not ready: postgres: away",
    ]


def test_leads_that_wait_for_a_connection_are_no_fault() -> None:
    pause = a_pause(scope="connection:1", reason="connection_missing")

    assert _pause("platform-upload", pause).grade is Grade.NOTE


def test_what_the_receiver_said_is_told_beside_our_reason() -> None:
    pause = a_pause(scope="destination:1", reason="circuit_open", detail="answered 503")

    finding = _pause("delivery", pause)

    assert finding.detail == (
        "destination:1 is held until it is lifted: circuit_open: answered 503 (by x)"
    )


@pytest.mark.parametrize("grade", list(Grade))
def test_what_delivery_finds_of_its_senders_is_told_as_it_grades_it(grade: Grade) -> None:
    check: SenderCheck = {"grade": grade.value, "detail": "said", "advice": "do"}

    assert list(_senders([check])) == [Finding(grade, "e-mail", "said", "do")]


URL = "http://console.example:8000"
SET = {"CONSOLE_URL": URL}


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def the_console(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"status": "ok", "failing": {}})


def another_program(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(404, json={"detail": "Not Found"})


def a_web_page(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="<h1>It works!</h1>")


@pytest.mark.parametrize(
    ("variables", "answer", "grade", "said"),
    [
        (SET, the_console, Grade.OK, f"ready, at {URL}"),
        ({}, the_console, Grade.OK, "ready, at http://127.0.0.1:8000"),
        (SET, away, Grade.BAD, f"console does not answer at {URL}"),
        ({}, away, Grade.NOTE, "console does not answer at http://127.0.0.1:8000"),
        (SET, another_program, Grade.BAD, f"what answers at {URL} is not Leadstream's console"),
        ({}, a_web_page, Grade.NOTE, "at http://127.0.0.1:8000 is not Leadstream's console"),
        ({"CONSOLE_URL": "console"}, the_console, Grade.BAD, "CONSOLE_URL "),
    ],
)
def test_a_console_need_not_be_there_unless_somebody_says_where(
    variables: dict[str, str],
    answer: Callable[[httpx.Request], httpx.Response],
    grade: Grade,
    said: str,
) -> None:
    found = _console(variables, transport=httpx.MockTransport(answer))

    assert (found.grade, found.what) == (grade, "console")
    assert said in found.detail
    assert "CONSOLE_URL" in found.advice + found.detail or grade is Grade.OK


def test_the_token_is_not_shown_to_whatever_listens_there() -> None:
    asked: list[httpx.Request] = []

    def listen(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return the_console(request)

    _console({"LEADSTREAM_TOKEN": "secret-of-mine"}, transport=httpx.MockTransport(listen))

    assert len(asked) == 1
    assert "secret-of-mine" not in str(asked[0].headers)


def test_a_night_that_finds_nothing_true_is_told_before_it() -> None:
    rows = [
        {"workspace_id": "1", "without_key": ["g2"], "training": False},
        {"workspace_id": "2", "without_key": [], "training": True},
        {"workspace_id": "3", "without_key": [], "training": False},
    ]

    missing, training = _sources("discovery", rows)

    assert (missing.grade, training.grade) == (Grade.BAD, Grade.NOTE)
    assert missing.detail == "workspace 1 has no key for g2, which it asks"
    assert "workspace 2 trains" in training.detail


@pytest.mark.parametrize(
    ("found", "grade", "detail"),
    [
        (
            {"listening": False},
            Grade.NOTE,
            "Resend's webhook is not set up: what became of e-mails is asked for hours later, 20 a minute at most",
        ),
        (
            {"accepted": 12},
            Grade.BAD,
            "Resend has told nothing of 12 e-mails that it accepted in the last day",
        ),
        (
            {"accepted": 12, "heard": 1},
            Grade.OK,
            "Resend tells what becomes of e-mails; no event has come yet",
        ),
        (
            {"last_event_at": "2026-01-22T03:00:00Z"},
            Grade.OK,
            "Resend tells what becomes of e-mails, last at 2026-01-22T03:00:00",
        ),
    ],
)
def test_the_webhook_that_tells_what_becomes_of_emails(
    found: dict[str, object], grade: Grade, detail: str
) -> None:
    nothing = {"listening": True, "address": None, "last_event_at": None, "accepted": 0, "heard": 0}

    finding = _resend_webhook(nothing | found)

    assert (finding.grade, finding.detail) == (grade, detail)
    # What to do names the address, all events and the variable.
    if grade is not Grade.OK:
        assert "<DELIVERY_PUBLIC_URL>/webhooks/resend" in finding.advice
        assert "email.delivered, email.delivery_delayed, email.bounced" in finding.advice
        assert "RESEND_WEBHOOK_SECRET" in finding.advice


def test_the_advice_names_the_address_where_it_is_known() -> None:
    address = "https://alerts.acme.example/webhooks/resend"
    found = {
        "listening": False,
        "address": address,
        "last_event_at": None,
        "accepted": 0,
        "heard": 0,
    }

    assert address in _resend_webhook(found).advice
