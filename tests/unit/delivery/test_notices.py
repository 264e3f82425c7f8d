"""What admins are told of a channel, and how often."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from delivery.adapters.email.notice import notice_email, view_of_notice
from delivery.application.notices import About, Cause, Notice, SendNotice
from delivery.domain.delivery import Channel
from delivery.domain.preferences import Preferences
from leadstream.contracts.events import TroubleCause
from leadstream.jobs.model import Failed, Outcome, Succeeded
from support.clock import FakeClock
from unit.delivery.drafts import NOW, WORKSPACE, a_mailbox
from unit.delivery.test_deliver import a_job
from unit.delivery.test_email import LETTERHEAD


def a_notice(**changes: Any) -> Notice:
    notice = Notice(
        id=UUID(int=9),
        workspace_id=WORKSPACE,
        about=About.GONE,
        medium=Channel.SLACK,
        name="alerts",
        origin="https://hooks.slack.com",
        detail="no_service",
        began_at=NOW,
        mailbox=a_mailbox(),
        message=None,
        tried_at=None,
    )
    return replace(notice, **changes)


def sent(**changes: Any) -> Any:
    return orjson.loads(notice_email(a_notice(**changes), LETTERHEAD))


@pytest.mark.parametrize(
    ("about", "medium", "subject"),
    [
        (About.GONE, Channel.SLACK, "Slack channel “alerts” has been switched off"),
        (About.GONE, Channel.WEBHOOK, "Webhook “alerts” has been switched off"),
        (About.OUTAGE, Channel.SLACK, "Slack channel “alerts” could not be reached"),
        (About.OUTAGE, Channel.WEBHOOK, "Webhook “alerts” could not be reached"),
        (About.BACK, Channel.SLACK, "Slack channel “alerts” works again"),
        (About.RECOVERED, Channel.WEBHOOK, "Webhook “alerts” works again"),
    ],
)
def test_it_says_which_channel_what_was_said_and_since_when(
    about: About, medium: Channel, subject: str
) -> None:
    email = sent(about=about, medium=medium)

    assert email["subject"] == subject
    for text in (email["text"], email["html"]):
        assert subject in text
        assert "hooks.slack.com" in text
        assert "no_service" in text
        assert f"{NOW.day} {NOW:%b %Y, %H:%M} UTC" in text
        assert ("WHAT TO DO" in text) == (about in {About.GONE, About.OUTAGE})
        assert "https://alerts.leadstream.example/u/" in text
        assert "Leadstream Ltd, 1 Market Street" in text
    assert {"name": "workspace_id", "value": str(WORKSPACE)} in email["tags"]
    assert "lead_id" not in {tag["name"] for tag in email["tags"]}


def test_b26_what_others_named_and_said_is_inert() -> None:
    email = sent(
        name="<img src=x onerror=alert(1)>\r\nBcc: x@y.example",
        detail="<script>alert(1)</script>",
        origin="https://x.example/<b>",
    )

    assert "\n" not in email["subject"]
    assert "\r" not in email["subject"]
    for tag in ("<img", "<script", "<b>"):
        assert tag not in email["html"]


class FakeNotices:
    def __init__(self, notice: Notice | None) -> None:
        self.notice = notice

    async def load(self, notice_id: UUID) -> Notice | None:
        return self.notice

    async def begin(self, notice_id: UUID, message: bytes) -> bytes:
        return message


class FakeMailer:
    def __init__(self) -> None:
        self.posted: list[tuple[bytes, str]] = []

    def write(self, notice: Notice) -> bytes:
        return b"composed"

    async def post(self, message: bytes, *, key: str) -> Outcome:
        self.posted.append((message, key))
        return Succeeded()


async def send(notice: Notice | None) -> tuple[Outcome, list[tuple[bytes, str]]]:
    mailer = FakeMailer()
    outcome = await SendNotice(FakeNotices(notice), mailer, FakeClock(NOW))(a_job(id=uuid4()))
    return outcome, mailer.posted


async def test_what_was_composed_first_is_sent_under_the_notices_own_key() -> None:
    key = str(UUID(int=9))

    assert (await send(a_notice()))[1] == [(b"composed", key)]
    assert (await send(a_notice(message=b"first", tried_at=NOW)))[1] == [(b"first", key)]


@pytest.mark.parametrize(
    "notice",
    [
        None,
        a_notice(mailbox=a_mailbox(wants=Preferences(enabled=False))),
        a_notice(mailbox=a_mailbox(suppressed="unsubscribed")),
    ],
)
async def test_b27_whoever_wants_nothing_is_not_told(notice: Notice | None) -> None:
    outcome, posted = await send(notice)

    assert isinstance(outcome, Succeeded)
    assert posted == []


async def test_it_is_not_sent_again_once_its_key_has_expired() -> None:
    outcome, posted = await send(a_notice(message=b"x", tried_at=NOW - timedelta(hours=24)))

    assert isinstance(outcome, Failed)
    assert posted == []


@pytest.mark.parametrize("cause", TroubleCause)
@pytest.mark.parametrize("about", [About.BEGAN, About.ENDED])
def test_whatever_another_service_may_tell_has_its_words(about: About, cause: TroubleCause) -> None:
    notice = a_notice(about=about, medium=Cause(cause.value), origin="")

    view = view_of_notice(notice)

    assert view.headline
    assert view.texts
    assert bool(view.steps) is (about is About.BEGAN)
