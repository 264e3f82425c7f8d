from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from delivery.application.deliver import (
    Answer,
    Deliver,
    Draft,
    Dropped,
    Tried,
    UnreadableSecretError,
)
from delivery.domain.delivery import Channel, Status
from delivery.domain.draft import ChannelStatus, Doubt, Hook
from delivery.domain.preferences import Preferences
from leadstream.jobs.model import Failed, Held, Job, Outcome, Priority, Problem, Retry, Succeeded
from support.clock import FakeClock
from unit.delivery.drafts import NOW, a_draft, a_hook, a_mailbox

LOST = Retry(problem=Problem(error_class="no_answer", message="no answer"), ambiguous=True)
REFUSED = Retry(problem=Problem(error_class="server_error", message="answered 500"))


class FakeDeliveries:
    def __init__(self, draft: Draft | None) -> None:
        self.draft = draft
        self.begun: list[tuple[bytes, bool]] = []
        # What becomes of it between being read and its attempt's beginning.
        self.is_removed = False
        self.is_delivered = False

    async def load(self, delivery_id: UUID) -> Draft | None:
        return self.draft

    async def begin(self, draft: Draft, message: bytes, *, renewed: bool) -> bytes | None:
        if self.is_removed or self.is_delivered:
            self.draft = None if self.is_removed else replace(draft, status=Status.DELIVERED)
            return None
        self.begun.append((message, renewed))
        return message


class UnreadableDeliveries(FakeDeliveries):
    async def load(self, delivery_id: UUID) -> Draft | None:
        raise UnreadableSecretError("channels.url needs the key k0")


class FakeSender:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent: list[bytes] = []

    def compose(self, draft: Draft) -> bytes:
        return b"composed"

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        self.sent.append(message)
        return self.outcome


class Scene:
    def __init__(self, draft: Draft | None, outcome: Outcome | None = None) -> None:
        self.deliveries = FakeDeliveries(draft)
        self.sender = FakeSender(outcome or Succeeded(status_code=200))
        self.repeats: list[Channel] = []

    async def deliver(self, *, attempts: int = 0) -> Outcome:
        handler = Deliver(
            self.deliveries, self.sender, FakeClock(NOW), on_possible_repeat=self.repeats.append
        )
        return await handler(a_job(attempts=attempts))


def a_job(**changes: Any) -> Job:
    return replace(
        Job(
            id=uuid4(),
            kind="deliver-webhook",
            priority=Priority.HOT,
            lane="destination:x",
            payload={},
            workspace_id=uuid4(),
            lead_id=uuid4(),
            attempts=0,
            lost=0,
            created_at=NOW,
            lease_id=uuid4(),
        ),
        **changes,
    )


async def test_the_first_attempt_composes_notes_and_sends() -> None:
    scene = Scene(a_draft(), Succeeded(result=Answer(receipt="r1")))

    outcome = await scene.deliver()

    assert scene.deliveries.begun == [(b"composed", False)]
    assert scene.sender.sent == [b"composed"]
    assert outcome == Succeeded(result=Tried(answer=Answer(receipt="r1"), doubted_before=False))


async def test_what_is_removed_before_its_attempt_begins_is_not_sent() -> None:
    scene = Scene(a_draft())
    scene.deliveries.is_removed = True

    outcome = await scene.deliver()

    assert scene.sender.sent == []
    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "unknown_delivery"


async def test_what_another_worker_has_delivered_meanwhile_is_not_sent_again() -> None:
    scene = Scene(a_draft())
    scene.deliveries.is_delivered = True

    outcome = await scene.deliver()

    assert scene.sender.sent == []
    assert outcome == Succeeded()


async def test_a_later_attempt_sends_what_the_first_one_wrote() -> None:
    scene = Scene(a_draft(message=b"first"))

    await scene.deliver(attempts=1)

    assert scene.sender.sent == [b"first"]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (a_draft(Channel.EMAIL, mailbox=None), "the recipient was removed"),
        (
            a_draft(Channel.EMAIL, mailbox=a_mailbox(wants=Preferences(enabled=False))),
            "switched alerts off",
        ),
        (a_draft(Channel.EMAIL, mailbox=a_mailbox(suppressed="bounced")), "suppressed: bounced"),
        (a_draft(Channel.SLACK, hook=None), "the channel was removed"),
        (a_draft(Channel.SLACK, hook=a_hook(status=ChannelStatus.PAUSED)), "is paused"),
    ],
)
async def test_b27_what_nobody_wants_any_more_is_dropped(draft: Draft, reason: str) -> None:
    scene = Scene(draft)

    outcome = await scene.deliver()

    assert isinstance(outcome, Succeeded)
    assert isinstance(outcome.result, Dropped)
    assert reason in outcome.result.reason
    assert scene.sender.sent == []


async def test_a_disabled_channel_is_tried_once_its_pause_has_ended() -> None:
    hook = a_hook(status=ChannelStatus.DISABLED, disabled_reason="answered 410 Gone")
    scene = Scene(a_draft(hook=hook))

    outcome = await scene.deliver()

    assert isinstance(outcome, Succeeded)
    assert len(scene.sender.sent) == 1


async def test_a_destination_that_is_gone_is_held_and_fails_no_lead() -> None:
    problem = Problem(error_class="channel_gone", message="answered 404 no_service")
    gone = Failed(problem=problem, result=Answer(disables="no_service"))
    scene = Scene(draft := a_draft(Channel.SLACK, created_at=NOW - timedelta(days=90)), gone)

    outcome = await scene.deliver(attempts=2)

    assert outcome == Held(
        scope=draft.pause_scope,
        reason="destination_gone",
        problem=problem,
        until=NOW + timedelta(days=1),
        result=Tried(answer=Answer(disables="no_service"), doubted_before=False),
    )


@pytest.mark.parametrize(
    ("hook", "is_held"),
    [
        (a_hook(changed_at=NOW - timedelta(days=200)), False),
        (a_hook(changed_at=NOW - timedelta(days=2)), True),
        (a_hook(changed_at=NOW - timedelta(days=9), disabled_reason="no_service"), True),
    ],
)
async def test_what_has_waited_for_a_gone_destination_may_be_put_off_once_it_is_back(
    hook: Hook, *, is_held: bool
) -> None:
    draft = a_draft(Channel.SLACK, hook=hook, created_at=NOW - timedelta(days=90))
    wait = Held(
        scope=draft.pause_scope,
        reason="rate_limited",
        problem=Problem(error_class="rate_limited", message="answered 429"),
        until=NOW + timedelta(minutes=1),
    )

    outcome = await Scene(draft, wait).deliver()

    assert isinstance(outcome, Held if is_held else Retry)


async def test_what_is_delivered_is_not_sent_again() -> None:
    scene = Scene(a_draft(status=Status.DELIVERED, content=None))

    assert await scene.deliver() == Succeeded()
    assert scene.sender.sent == []


async def test_an_unknown_delivery_fails() -> None:
    outcome = await Scene(None).deliver()

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "unknown_delivery"


async def test_an_unreadable_secret_holds_the_destination() -> None:
    handler = Deliver(UnreadableDeliveries(None), FakeSender(Succeeded()), FakeClock(NOW))

    outcome = await handler(a_job())

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("destination:x", "credential_unreadable")


async def test_an_email_in_doubt_is_sent_again_while_its_key_lives() -> None:
    scene = Scene(a_draft(Channel.EMAIL, doubt=Doubt(since=NOW - timedelta(hours=23))))

    assert isinstance(await scene.deliver(attempts=1), Succeeded)
    assert scene.deliveries.begun == [(b"composed", False)]


async def test_an_email_in_doubt_is_given_up_when_its_key_is_gone() -> None:
    scene = Scene(a_draft(Channel.EMAIL, doubt=Doubt(since=NOW - timedelta(hours=24))))

    outcome = await scene.deliver(attempts=1)

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "idempotency_expired"
    assert scene.sender.sent == []


async def test_an_operator_may_send_it_all_the_same() -> None:
    doubt = Doubt(since=NOW - timedelta(hours=48))
    scene = Scene(a_draft(Channel.EMAIL, status=Status.FAILED, doubt=doubt))

    assert isinstance(await scene.deliver(attempts=0), Succeeded)
    assert scene.deliveries.begun == [(b"composed", True)]


async def test_an_email_without_doubt_may_wait_for_days() -> None:
    scene = Scene(a_draft(Channel.EMAIL, created_at=NOW - timedelta(days=9)))

    assert isinstance(await scene.deliver(), Succeeded)


async def test_a_webhook_in_doubt_may_be_repeated_at_any_time() -> None:
    scene = Scene(a_draft(doubt=Doubt(since=NOW - timedelta(days=9), unanswered=5)), LOST)

    assert isinstance(await scene.deliver(attempts=1), Retry)


async def test_slack_is_tried_once_more_after_a_lost_answer() -> None:
    first = Scene(a_draft(Channel.SLACK), LOST)
    second = Scene(a_draft(Channel.SLACK, doubt=Doubt(since=NOW, unanswered=1)), LOST)

    assert isinstance(await first.deliver(), Retry)
    outcome = await second.deliver(attempts=1)

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "unanswered"


async def test_slack_twice_unanswered_is_not_posted_a_third_time() -> None:
    scene = Scene(a_draft(Channel.SLACK, doubt=Doubt(since=NOW, unanswered=2)))

    assert isinstance(await scene.deliver(attempts=2), Failed)
    assert scene.sender.sent == []


async def test_b44_possible_slack_repeats_are_counted() -> None:
    certain = Scene(a_draft(Channel.SLACK))
    doubtful = Scene(a_draft(Channel.SLACK, doubt=Doubt(since=NOW)))
    absorbed = Scene(a_draft(Channel.EMAIL, doubt=Doubt(since=NOW)))

    for scene in (certain, doubtful, absorbed):
        await scene.deliver()

    assert (certain.repeats, doubtful.repeats, absorbed.repeats) == ([], [Channel.SLACK], [])


async def test_the_recorder_learns_whether_the_doubt_is_older_than_the_attempt() -> None:
    fresh = await Scene(a_draft(), REFUSED).deliver()
    older = await Scene(a_draft(doubt=Doubt(since=NOW)), REFUSED).deliver()

    assert isinstance(fresh, Retry)
    assert isinstance(older, Retry)
    assert (fresh.result.doubted_before, older.result.doubted_before) == (False, True)


async def test_a_destination_that_says_later_for_days_uses_its_attempts_up() -> None:
    draft = a_draft(created_at=NOW - timedelta(days=4))
    later = Held(
        scope=draft.pause_scope,
        reason="rate_limited",
        problem=Problem(error_class="rate_limited", message="answered 503"),
        until=NOW + timedelta(hours=1),
    )

    outcome = await Scene(draft, later).deliver()

    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(hours=1)
    assert isinstance(await Scene(a_draft(), later).deliver(), Held)
