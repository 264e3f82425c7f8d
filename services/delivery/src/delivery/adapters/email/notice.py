"""The e-mail about a channel that takes nothing any more, or works again."""

from dataclasses import dataclass
from datetime import UTC

from delivery.adapters.email.message import LONGEST_SUBJECT, Addressee, Letterhead, write_email
from delivery.application.notices import About, Notice
from delivery.domain.delivery import Channel
from leadstream.reading import one_line

KINDS = {Channel.SLACK: "Slack channel", Channel.WEBHOOK: "Webhook"}
BAD, GOOD = "#dc2626", "#059669"
HEADLINES = {
    About.GONE: "{what} has been switched off",
    About.OUTAGE: "{what} could not be reached",
    About.BACK: "{what} works again",
    About.RECOVERED: "{what} works again",
}
TEXTS = {
    About.GONE: (
        "The other side refuses everything that we send there. No lead is lost: those for this channel wait, and go "
        "out by themselves once it works again. All other channels get theirs as always.",
    ),
    About.OUTAGE: (
        "Its leads have waited for too long: they are given up one after the other, and were not delivered there. "
        "We go on trying with those that are newer. All other channels get theirs as always.",
    ),
    About.BACK: ("It takes leads again. Those that have waited for it go out now.",),
    About.RECOVERED: (
        "It takes leads again. Those that were given up meanwhile go out again only when whoever runs Leadstream "
        "for you has them sent once more.",
    ),
}
ASK = "whoever runs Leadstream for you"
STEPS = {
    (About.GONE, Channel.SLACK): (
        "In Slack, see whether the channel was archived or the app removed, and bring it back.",
        f"If it has a new webhook URL, give that to {ASK}.",
        f"We try again once a day. To have it tried at once, ask {ASK} to test the channel.",
    ),
    (About.GONE, Channel.WEBHOOK): (
        "If the address is right, let its receiver take leads again: it answered that there is nothing any more.",
        f"If the address has changed, give the new one to {ASK}.",
        f"We try again once a day. To have it tried at once, ask {ASK} to test the channel.",
    ),
    (About.OUTAGE, Channel.SLACK): (
        "See whether Slack works for you, and whether the channel is still there.",
        f"Once it is back, ask {ASK} to send again what was given up.",
    ),
    (About.OUTAGE, Channel.WEBHOOK): (
        "See whether the receiver runs, and can be reached from the Internet.",
        f"Once it is back, ask {ASK} to send again what was given up.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """Every string is one line."""

    headline: str
    texts: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]


def view_of_notice(notice: Notice) -> NoticeView:
    what = f"{KINDS[notice.medium]} “{one_line(notice.name, 80)}”"
    is_bad = notice.about in {About.GONE, About.OUTAGE}
    began_at = notice.began_at.astimezone(UTC)
    return NoticeView(
        headline=one_line(HEADLINES[notice.about].format(what=what), LONGEST_SUBJECT),
        texts=TEXTS[notice.about],
        facts=(
            ("Address", one_line(notice.origin.partition("://")[2], 200)),
            ("Reason" if is_bad else "It was", one_line(notice.detail, 200)),
            ("Since" if is_bad else "It began", f"{began_at.day} {began_at:%b %Y, %H:%M} UTC"),
        ),
        steps=STEPS.get((notice.about, notice.medium), ()),
    )


def notice_email(notice: Notice, letterhead: Letterhead) -> bytes:
    """The body of `POST /emails`."""
    view = view_of_notice(notice)
    addressee = Addressee(
        email=notice.mailbox.email,
        unsubscribe_token=notice.mailbox.unsubscribe_token,
        delivery_id=notice.id,
        workspace_id=notice.workspace_id,
        sender=notice.mailbox.sender,
    )
    values = {
        "notice": view,
        "preview": view.texts[0],
        "accent": BAD if view.steps else GOOD,
    }
    tags = {
        "workspace_id": str(notice.workspace_id),
        "notice_id": str(notice.id),
        "about": notice.about.value,
    }
    return write_email("notice", view.headline, values, letterhead, addressee, tags=tags)
