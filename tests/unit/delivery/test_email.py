import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from delivery.adapters.email.http import ToldPace, configure_resend
from delivery.adapters.email.message import (
    BADGES,
    Addressee,
    Letterhead,
    lead_email,
    subject_of,
)
from delivery.adapters.email.sender import EmailSender
from delivery.adapters.lead_view import view_of
from delivery.application.deliver import Answer
from delivery.domain.delivery import Channel
from delivery.domain.sender import AS_DEPLOYED, OwnSender
from leadstream.http import AmbiguousError, NotSentError
from leadstream.jobs.model import Failed, Held, Outcome, Retry, Succeeded
from support.clock import FakeClock
from unit.delivery.drafts import LEAD, NOW, WORKSPACE, Canned, a_draft, answer, content

FIXTURE = Path(__file__).parents[2] / "contract" / "fixtures" / "resend.json"
LETTERHEAD = Letterhead(
    sender="Leadstream <alerts@leadstream.example>",
    footer="Leadstream Ltd, 1 Market Street",
    public_url="https://alerts.leadstream.example",
)
ADDRESSEE = Addressee(
    email="ops@acme.example",
    unsubscribe_token="t" * 32,
    delivery_id=UUID(int=1),
    workspace_id=WORKSPACE,
)
APP = "https://app.leadstream.example"


def email(letterhead: Letterhead = LETTERHEAD, app: str | None = APP, **changes: Any) -> Any:
    view = view_of(content(**changes), app_url=app)
    return orjson.loads(lead_email(view, ADDRESSEE, letterhead))


class Page(HTMLParser):
    """What a mail client makes of the HTML: its elements, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.events: list[str] = []
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.events += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


async def send(canned: Canned) -> Outcome:
    sender, draft = a_sender(canned), a_draft(Channel.EMAIL)
    return await sender.send(draft, sender.compose(draft))


class NoTurns:
    @staticmethod
    async def turn() -> None:
        """It may leave at once."""


def a_sender(canned: Canned, pace: ToldPace | None = None) -> EmailSender:
    configure_resend(
        canned,
        api_key="re_test_key",
        api_url="https://resend.test/",
        told=pace or ToldPace(),
        turn=NoTurns.turn,
    )
    return EmailSender(LETTERHEAD, FakeClock(NOW), app_url=APP)


def test_b25_subject_company_badge_facts_contact_signals_and_link() -> None:
    sent = email()
    page = Page(sent["html"])

    assert sent["subject"] == "New HOT Lead: Acme Corp"
    for shown in ("HOT", "Acme Corp", "Technology", "250", "AI automation tools", "John Smith",
                  "VP of Engineering", "john@acme.com", "Signal 1", "Signal 2", "Signal 3"):  # fmt: skip
        assert shown in page.text
        assert shown.lower() in sent["text"].lower()
    assert "Signal 4" not in page.text
    assert "and 2 more signals" in page.text
    assert f"{APP}/leads/{LEAD}" in page.links


def test_tags_say_what_it_is_about() -> None:
    sent = email()

    assert {tag["name"]: tag["value"] for tag in sent["tags"]} == {
        "lead_id": str(LEAD),
        "revision": "1",
        "workspace_id": str(WORKSPACE),
        "delivery_id": str(ADDRESSEE.delivery_id),
    }


def test_one_click_unsubscription_is_offered_where_there_is_an_address_for_it() -> None:
    link = f"https://alerts.leadstream.example/u/{'t' * 32}"
    offered = email()
    silent = email(Letterhead(sender="a@b.example", footer="", public_url=None))

    one_click = {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert offered["headers"].items() >= one_click.items()
    assert link in Page(offered["html"]).links
    assert link in offered["text"]
    assert silent["headers"].keys().isdisjoint(one_click)
    assert "Unsubscribe" not in silent["html"]


def test_mail_programs_can_sort_it_and_do_not_answer_it() -> None:
    headers = email()["headers"]

    assert headers["Auto-Submitted"] == "auto-generated"
    # One list a workspace, under the sender's own domain (RFC 2919).
    assert headers["List-Id"] == f"<leads.{WORKSPACE}.leadstream.example>"


OWN = OwnSender(
    from_address="Acme Growth <Leads@Acme.example>",
    reply_to="sales@acme.example",
    footer="Acme Growth Inc, <1> Market Street",
)


@pytest.mark.parametrize(
    ("own", "deployed", "sender", "reply_to", "footer"),
    [
        (AS_DEPLOYED, LETTERHEAD, LETTERHEAD.sender, None, LETTERHEAD.footer),
        (OWN, LETTERHEAD, OWN.from_address, OWN.reply_to, OWN.footer),
        (
            OwnSender(footer="Acme"),
            replace(LETTERHEAD, reply_to="help@leadstream.example"),
            LETTERHEAD.sender,
            "help@leadstream.example",
            "Acme",
        ),
        (
            OwnSender(reply_to="sales@acme.example"),
            replace(LETTERHEAD, reply_to="help@leadstream.example", footer=""),
            LETTERHEAD.sender,
            "sales@acme.example",
            "",
        ),
    ],
)
def test_what_a_workspace_says_of_its_sender_stands_before_what_the_deployment_says(
    own: OwnSender, deployed: Letterhead, sender: str, reply_to: str | None, footer: str
) -> None:
    view = view_of(content(), app_url=APP)

    sent = orjson.loads(lead_email(view, replace(ADDRESSEE, sender=own), deployed))

    assert (sent["from"], sent.get("reply_to")) == (sender, reply_to)
    assert footer in Page(sent["html"]).text
    assert footer in sent["text"]
    domain = "acme.example" if own is OWN else "leadstream.example"
    assert sent["headers"]["List-Id"] == f"<leads.{WORKSPACE}.{domain}>"


def test_b26_whatever_a_lead_holds_is_inert() -> None:
    bad = '<img src=x onerror=alert(1)>"><script>alert(2)</script>'
    contact = {
        "full_name": bad,
        "title": bad,
        "email": "a@b.c?bcc=everyone@example.com",
        "linkedin_url": "javascript:alert(3)",
    }
    sent = email(
        company={
            "name": bad,
            "website": "javascript:alert(4)",
            "domain": 'acme.com" onmouseover="x',
            "industry": bad,
            "description": bad,
        },
        topic={"name": bad},
        intent={"score": "hot", "signals": [{"signal_type": bad, "source": bad}]},
        enrichment={
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [contact],
        },
    )
    page = Page(sent["html"])

    assert page.tags.isdisjoint({"img", "script"})
    assert page.events == []
    assert all(link.startswith("https://") for link in page.links)
    assert "<img src=x onerror=alert(1)>" in page.text


def test_b26_a_subject_is_one_line() -> None:
    view = view_of(content(company={"name": "Acme\r\nBcc: everyone@example.com"}), app_url=None)

    assert subject_of(view) == "New HOT Lead: Acme Bcc: everyone@example.com"


def test_a_subject_is_not_too_long() -> None:
    view = view_of(content(company={"name": "x" * 500}), app_url=None)

    assert len(subject_of(view)) <= 150


def test_without_an_application_the_button_leads_to_the_company() -> None:
    page = Page(email(app=None)["html"])

    assert "https://www.acme.com/" in page.links
    assert "Visit website" in page.text


@pytest.mark.parametrize(
    ("reason", "said"),
    [("missing_domain", "domain is not known"), ("incomplete_company", "too little is known")],
)
def test_a_skipped_lead_says_why_there_is_no_contact(reason: str, said: str) -> None:
    sent = email(
        enrichment={
            "status": "skipped",
            "reason": reason,
            "enriched_at": "2026-01-22T02:16:30Z",
        }
    )

    assert said in Page(sent["html"]).text
    assert said in sent["text"]


def test_a_lead_of_which_only_the_name_is_known_reads_well() -> None:
    bare = {
        "lead_id": str(LEAD),
        "workspace_id": str(WORKSPACE),
        "company": {"name": " "},
        "discovered_at": "2026-01-22T02:15:00Z",
        "enrichment": {"status": "skipped", "enriched_at": "2026-01-22T02:16:30Z"},
    }
    sent = orjson.loads(lead_email(view_of(bare, app_url=None), ADDRESSEE, LETTERHEAD))

    assert sent["subject"] == "New COLD Lead: Unnamed company"
    assert "None" not in Page(sent["html"]).text
    assert not re.search(r"\n{4,}", sent["text"])


def test_the_badge_can_be_read() -> None:
    """WCAG asks for 7:1 between text and ground at the most demanding level."""
    assert all(_contrast(badge.text, badge.background) >= 7 for badge in BADGES.values())


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_the_key_names_the_delivery_and_the_bytes_stay_the_same() -> None:
    canned = Canned(answer(200, {"id": "e1"}))

    outcome = await send(canned)
    await send(canned)

    first, second = canned.requests
    assert first.headers["idempotency-key"] == str(a_draft().id)
    assert first.headers["authorization"] == "Bearer re_test_key"
    assert str(first.url) == "https://resend.test/emails"
    assert first.content == second.content
    assert outcome == Succeeded(result=Answer(receipt="e1"), status_code=200)


def cases() -> list[Any]:
    fixture = orjson.loads(FIXTURE.read_bytes())
    return [
        pytest.param(case["response"], case["classify"], id=case["name"])
        for case in fixture["cases"]
        if not case["name"].startswith("batch")
    ]


CLASSES: dict[str, tuple[type[Outcome], str | None]] = {
    "success": (Succeeded, None),
    "permanent": (Failed, None),
    "credential": (Held, "credential_refused"),
    "configuration": (Held, "configuration"),
    "quota": (Held, "quota_exhausted"),
    "retry": (Retry, None),
}


@pytest.mark.parametrize(("response", "expected"), cases())
async def test_every_known_answer_is_understood(response: Any, expected: str) -> None:
    outcome = await send(Canned(_response(response)))

    if expected == "retry" and response["status"] == 429:
        assert isinstance(outcome, Held)
        assert outcome.reason == "rate_limited"
        return
    kind, reason = CLASSES[expected]
    assert isinstance(outcome, kind)
    assert getattr(outcome, "reason", None) == reason


def _response(response: Any) -> httpx.Response:
    headers = {name.replace("-", "_"): text for name, text in response["headers"].items()}
    return answer(response["status"], response["body"], **headers)


async def test_b11_too_fast_rests_the_provider_for_as_long_as_it_asks() -> None:
    body = {"statusCode": 429, "name": "rate_limit_exceeded", "message": "x"}

    outcome = await send(Canned(answer(429, body, retry_after="7")))

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.until) == ("provider:resend", NOW + timedelta(seconds=7))


async def test_an_exhausted_quota_rests_until_midnight() -> None:
    body = {"statusCode": 429, "name": "daily_quota_exceeded", "message": "x"}

    outcome = await send(Canned(answer(429, body)))

    assert isinstance(outcome, Held)
    assert outcome.until is not None
    assert outcome.until.isoformat() == "2026-01-23T00:00:00+00:00"


async def test_no_answer_an_unsent_request_and_a_real_500_are_told_apart() -> None:
    body = {"statusCode": 500, "name": "application_error", "message": "x"}
    lost = await send(Canned(AmbiguousError("no answer within 30 s")))
    unsent = await send(Canned(NotSentError("the exchange failed: ClientConnectorError")))
    failed = await send(Canned(answer(500, body)))

    assert isinstance(lost, Retry)
    assert isinstance(unsent, Retry)
    assert isinstance(failed, Retry)
    assert [each.problem.error_class for each in (lost, unsent, failed)] == [
        "no_answer",
        "not_sent",
        "server_error",
    ]
    assert [each.ambiguous for each in (lost, unsent, failed)] == [True, False, True]


PAGE = "<html><body>Access denied</body></html>"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 422, 502])
@pytest.mark.parametrize("body", [PAGE, "upstream connect error", '"no"'])
async def test_what_is_not_resends_own_answer_is_passing(status: int, body: str) -> None:
    outcome = await send(Canned(answer(status, body, content_type="text/html")))

    assert isinstance(outcome, Retry)
    assert outcome.problem.error_class == "foreign_answer"
    # What a gateway gave up waiting for may have been accepted behind it.
    assert outcome.ambiguous == (status >= 500)


async def test_a_page_in_place_of_an_acceptance_leaves_the_doubt() -> None:
    outcome = await send(Canned(answer(200, PAGE)))

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous


@pytest.mark.parametrize("status", [404, 405])
async def test_an_address_at_which_resend_is_not_holds_the_provider(status: int) -> None:
    outcome = await send(Canned(answer(status, {"message": "no route"})))

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("provider:resend", "misconfigured")
    assert outcome.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b"\xef\xbb\xbf" + b'{"id": "e1"}', "e1"),
        ('{"id": "e1"}'.encode("utf-16"), "e1"),
        (rb'{"id": "e\ud8001"}', "e1"),
        (b'{"id": 7}', None),
        (b"{}", None),
        (b"[]", None),
        (b"null", None),
        (b"", None),
        (b'{"id": "e1", "statusCode": "oops"}', "e1"),
    ],
)
async def test_an_acceptance_counts_however_it_is_written(body: bytes, receipt: str | None) -> None:
    outcome = await send(Canned(httpx.Response(200, content=body)))

    assert outcome == Succeeded(result=Answer(receipt=receipt), status_code=200)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "upstream connect error"},
        {"error": {"code": 7, "message": "no backend"}},
        {"name": "rate_limit_exceeded", "message": "Too many requests"},
        {"message": "Forbidden"},
        {"Fault": "no route"},
    ],
)
async def test_a_good_status_with_a_fault_is_no_acceptance(body: Any) -> None:
    """It may have been accepted all the same: the same again, under the same key."""
    outcome = await send(Canned(answer(200, body)))
    (in_batch, *_) = await a_sender(Canned(answer(200, body))).send_batch(BATCH, key="k")

    for each in (outcome, in_batch):
        assert isinstance(each, Retry)
        assert (each.ambiguous, each.problem.error_class) == (True, "foreign_answer")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"name": "Daily_Quota_Exceeded "}, "quota_exhausted"),
        ({"name": "daily-quota-exceeded", "message": ["x"]}, "quota_exhausted"),
        ({"name": None, "statusCode": []}, "rate_limited"),
        ([], "rate_limited"),
        (PAGE, "rate_limited"),
    ],
)
async def test_too_fast_is_told_from_too_much_however_it_is_written(body: Any, reason: str) -> None:
    outcome = await send(Canned(answer(429, body)))

    assert isinstance(outcome, Held)
    assert outcome.reason == reason


BATCH = [orjson.dumps({"from": LETTERHEAD.sender, "to": [f"{at}@acme.example"]}) for at in range(3)]
ACCEPTED = [{"id": "e0"}, {"id": "e1"}, {"id": "e2"}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": ACCEPTED}, ["e0", "e1", "e2"]),
        ({"data": ACCEPTED, "errors": []}, ["e0", "e1", "e2"]),
        ({"data": ACCEPTED[:2], "errors": [{"index": 1, "message": "x"}]}, ["e0", None, "e1"]),
        ({"data": ACCEPTED[:2], "errors": [{"index": "0", "message": "x"}]}, [None, "e0", "e1"]),
        ({"errors": [{"index": at, "message": "x"} for at in range(3)]}, [None, None, None]),
    ],
)
async def test_of_a_batch_each_ones_answer_is_read(body: Any, expected: list[str | None]) -> None:
    canned = Canned(answer(200, body))

    outcomes = await a_sender(canned).send_batch(BATCH, key="k")

    assert [each.result.receipt if isinstance(each, Succeeded) else None for each in outcomes] == (
        expected
    )
    assert all(isinstance(each, Succeeded | Failed) for each in outcomes)
    (request,) = canned.requests
    assert (request.method, request.url.path) == ("POST", "/emails/batch")
    assert request.headers["idempotency-key"] == "k"
    assert request.headers["x-batch-validation"] == "permissive"
    assert request.content == b"[" + b",".join(BATCH) + b"]"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"data": ACCEPTED[:2]},
        {"data": [*ACCEPTED, {"id": "e3"}]},
        {"data": ACCEPTED, "errors": [{"index": 0, "message": "x"}]},
        {"data": ACCEPTED[:2], "errors": [{"index": 3, "message": "x"}]},
        {"data": ACCEPTED[:2], "errors": [{"message": "x"}]},
        {"id": "e0"},
    ],
)
async def test_an_acceptance_of_a_batch_that_does_not_add_up_leaves_the_doubt(body: Any) -> None:
    outcomes = await a_sender(Canned(answer(200, body))).send_batch(BATCH, key="k")

    assert [isinstance(each, Retry) and each.ambiguous for each in outcomes] == [True] * 3


@pytest.mark.parametrize(("response", "expected"), cases())
async def test_what_is_refused_as_a_whole_is_refused_for_each(response: Any, expected: str) -> None:
    if expected == "success":
        return
    alone = await send(Canned(_response(response)))

    outcomes = await a_sender(Canned(_response(response))).send_batch(BATCH, key="k")

    assert outcomes == [alone] * 3


@pytest.mark.parametrize(
    ("answers", "pace"),
    [
        ([], None),
        ([{}], None),
        ([{"ratelimit_limit": "5", "ratelimit_reset": "1"}], 5),
        ([{"ratelimit_limit": "5", "ratelimit_reset": "1"}, {}], 5),
        ([{"ratelimit_limit": "5"}], 5),
        ([{"ratelimit_limit": "20", "ratelimit_reset": at} for at in ("10", "3")], 2),
        ([{"ratelimit_limit": at, "ratelimit_reset": "1"} for at in ("2", "10")], 10),
        ([{"ratelimit_limit": at, "ratelimit_reset": "1"} for at in ("5", "0", "x", "-1")], 5),
    ],
)
async def test_the_pace_is_the_one_that_answers_allow(
    answers: list[dict[str, str]], pace: float | None
) -> None:
    told = ToldPace()

    for headers in answers:
        sender = a_sender(Canned(answer(200, {"id": "e1"}, **headers)), told)
        draft = a_draft(Channel.EMAIL)
        await sender.send(draft, sender.compose(draft))

    assert told() == pace
