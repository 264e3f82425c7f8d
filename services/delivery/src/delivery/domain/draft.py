"""A delivery about to be attempted, and whether it may be."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.domain.delivery import Channel, Status
from delivery.domain.moments import allowed_at, breaks_through, due_at
from delivery.domain.preferences import Preferences
from delivery.domain.score import Score
from delivery.domain.sender import AS_DEPLOYED, OwnSender

# Resend keeps an idempotency key for 24 hours; half an hour less, for the time that a call takes and clocks differ.
KEY_LIFETIME = timedelta(hours=23, minutes=30)
# Slack knows no idempotency key: a message that may have been posted is posted once more at most.
MOST_UNANSWERED = 1
# A destination that says "later" is not tried meanwhile; one that says so for longer than this uses its attempts up.
PATIENCE = timedelta(days=3)


class ChannelStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where an e-mail goes, and who it comes from."""

    email: str = field(repr=False)
    suppressed: str | None
    unsubscribe_token: str = field(repr=False)
    wants: Preferences = field(default_factory=Preferences)
    sender: OwnSender = AS_DEPLOYED


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where a Slack message or a webhook goes."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    status: ChannelStatus
    # What the receiver said when it switched the channel off; None: it has not, or has taken something since.
    disabled_reason: str | None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is not known about earlier attempts."""

    # Since when an attempt may have had its effect without anybody knowing; None: surely none had.
    since: datetime | None = None
    # Attempts whose answer was lost.
    unanswered: int = 0
    # The attempt was made together with others, which went on without it: it can't be repeated as it was.
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Nobody wants it any more: it ends without an attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """Wanted, and there is no way to do it."""

    error_class: str
    reason: str


def mailbox_obstacle(mailbox: Mailbox | None, score: Score | None = None) -> Unwanted | None:
    """`score` is that of the one lead that it is about."""
    if mailbox is None:
        return Unwanted("the recipient was removed")
    if not mailbox.wants.enabled:
        return Unwanted("the recipient switched alerts off")
    if mailbox.suppressed:
        return Unwanted(f"the address is suppressed: {mailbox.suppressed}")
    return score_obstacle(score, mailbox.wants.min_score) if score else None


def score_obstacle(score: Score, least: Score) -> Unwanted | None:
    if score.reaches(least):
        return None
    return Unwanted(f"the recipient wants no {score} leads any more")


def may_go_at(
    wants: Preferences, score: Score | None, *, now: datetime, waits_for_window: bool
) -> datetime:
    """When it may be sent by what the recipient wants by now; `score` is None for a digest, which has had its wait.

    What waits for no window waits for the end of quiet hours all the same.
    """
    if score is None:
        return allowed_at(wants, now)
    if waits_for_window or breaks_through(wants, score):
        return due_at(wants, score, now)
    return allowed_at(wants, now)


def hook_obstacle(hook: Hook | None) -> Unwanted | None:
    """One that its receiver switched off is none: a pause holds it, and whoever comes here is to try it once more."""
    if hook is None:
        return Unwanted("the channel was removed")
    return Unwanted("the channel is paused") if hook.status is ChannelStatus.PAUSED else None


def repeat_obstacle(channel: Channel, doubt: Doubt, *, now: datetime) -> Impossible | None:
    """What forbids trying again by ourselves where an earlier attempt may have had its effect.

    An operator, who sees the reason in the run history, may ask for it all the same.
    """
    if doubt.since is None:
        return None
    match channel:
        case Channel.EMAIL if now - doubt.since > KEY_LIFETIME:
            text = "an earlier attempt may have been accepted, and its idempotency key has expired"
            return Impossible("idempotency_expired", text)
        case Channel.EMAIL if doubt.is_left:
            text = "an earlier attempt, in a batch that was sent again without it, may have been accepted"
            return Impossible("unanswered", text)
        case Channel.SLACK if doubt.unanswered > MOST_UNANSWERED:
            return Impossible("unanswered", "it may have been posted twice already")
        case _:
            # A webhook's receiver knows the webhook-id again, whenever it comes.
            return None


def may_retry_unanswered(channel: Channel, doubt: Doubt) -> bool:
    """Whether an attempt whose answer was lost may be repeated, `doubt` being what was known before it."""
    return channel is not Channel.SLACK or doubt.unanswered < MOST_UNANSWERED


def is_put_off_too_long(created_at: datetime, hook: Hook | None, *, now: datetime) -> bool:
    """Whether a destination that says "later" has been doing so for too long.

    The time during which it was switched off is not its own doing: what has waited then begins anew.
    """
    if hook is None or hook.changed_at is None:
        return now - created_at > PATIENCE
    return hook.disabled_reason is None and now - max(created_at, hook.changed_at) > PATIENCE


def is_possible_repeat(channel: Channel, doubt: Doubt) -> bool:
    """Whether people may see this twice: nothing absorbs a second Slack message."""
    return channel is Channel.SLACK and doubt.since is not None


def was_asked_again(status: Status, *, attempts: int) -> bool:
    """A job that is tried for the first time, of a delivery that has ended: somebody has asked for it again."""
    return status in {Status.FAILED, Status.CANCELLED} and attempts == 0
