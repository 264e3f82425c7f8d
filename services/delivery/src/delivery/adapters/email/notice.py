"""The e-mail about what holds up a workspace's leads, or works again: a channel, a connection, a query, a budget."""

from dataclasses import dataclass
from datetime import UTC

from delivery.adapters.email.message import LONGEST_SUBJECT, Addressee, Letterhead, write_email
from delivery.application.notices import About, Cause, Notice
from delivery.domain.delivery import Channel
from leadstream.reading import one_line

KINDS = {
    Channel.SLACK: "Slack channel",
    Channel.WEBHOOK: "Webhook",
    Cause.CONNECTION_REFUSED: "Connection to",
    Cause.CONNECTION_MISCONFIGURED: "Connection to",
    Cause.QUERY_FAILING: "Query",
}
# What the facts call the thing that a trouble of another service is about.
LABELS = {
    Cause.CONNECTION_REFUSED: "Platform",
    Cause.CONNECTION_MISCONFIGURED: "Platform",
    Cause.QUERY_FAILING: "Query",
    Cause.BUDGET_SPENT: "Budget",
}
WRONG = {About.GONE, About.OUTAGE, About.BEGAN}
BAD, GOOD = "#dc2626", "#059669"
HEADLINES = {
    About.GONE: "{what} has been switched off",
    About.OUTAGE: "{what} could not be reached",
    About.BACK: "{what} works again",
    About.RECOVERED: "{what} works again",
}
CAUSED_HEADLINES = {
    (About.BEGAN, Cause.CONNECTION_REFUSED): "{what} is refused",
    (About.BEGAN, Cause.CONNECTION_MISCONFIGURED): "{what} is not set up right",
    (About.BEGAN, Cause.QUERY_FAILING): "{what} has failed for three nights",
    (About.BEGAN, Cause.BUDGET_SPENT): "The budget for data providers is spent",
    (About.ENDED, Cause.CONNECTION_REFUSED): "{what} works again",
    (About.ENDED, Cause.CONNECTION_MISCONFIGURED): "{what} works again",
    (About.ENDED, Cause.QUERY_FAILING): "{what} finds companies again",
    (About.ENDED, Cause.BUDGET_SPENT): "There is budget for data providers again",
}
CAUSED_TEXTS = {
    (About.BEGAN, Cause.CONNECTION_REFUSED): (
        "The platform does not let us in any more. No lead is lost: those for it wait, and are uploaded by themselves "
        "once it does. You are told of all leads as always.",
    ),
    (About.BEGAN, Cause.CONNECTION_MISCONFIGURED): (
        "The platform takes nothing from us as the connection is set up. No lead is lost: those for it wait, and are "
        "uploaded by themselves once it is set right. You are told of all leads as always.",
    ),
    (About.BEGAN, Cause.QUERY_FAILING): (
        "Each search for it in the last three nights has failed, so it brought no leads. Your other queries are "
        "searched for as always, and this one is tried again each night.",
    ),
    (About.BEGAN, Cause.BUDGET_SPENT): (
        "Nobody is asked about the people at further companies until there is room in it again. No lead is lost: they "
        "wait, and go on by themselves.",
    ),
    (About.ENDED, Cause.CONNECTION_REFUSED): (
        "It takes leads again. Those that have waited for it go out now.",
    ),
    (About.ENDED, Cause.CONNECTION_MISCONFIGURED): (
        "It takes leads again. Those that have waited for it go out now.",
    ),
    (About.ENDED, Cause.QUERY_FAILING): ("A search for it has worked. It goes on each night.",),
    (About.ENDED, Cause.BUDGET_SPENT): ("Leads that have waited for it go on now.",),
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


CAUSED_STEPS = {
    Cause.CONNECTION_REFUSED: (
        "See in the platform whether the key or the user behind it was removed, has expired, or lost its rights.",
        f"Give the new key to {ASK}; or say that the old one has its rights again, so that it is tried once more.",
    ),
    Cause.CONNECTION_MISCONFIGURED: (
        "See whether the platform was moved, renamed, or set up otherwise: what it said is above.",
        f"Tell {ASK} what has changed.",
    ),
    Cause.QUERY_FAILING: (
        f"Ask {ASK} to look at the query's runs: what went wrong last is above.",
        "If you have a key of your own at the data provider, see whether it still works.",
    ),
    Cause.BUDGET_SPENT: (
        "Wait: a day's budget begins anew at midnight UTC, a month's on the first.",
        f"Or ask {ASK} for a larger one: leads that wait go on at once.",
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
    # A budget needs no name: there is one of each.
    kind = KINDS.get(notice.medium)
    what = f"{kind} “{one_line(notice.name, 80)}”" if kind else ""
    is_bad = notice.about in WRONG
    began_at = notice.began_at.astimezone(UTC)
    headline, texts, steps = _words(notice)
    return NoticeView(
        headline=one_line(headline.format(what=what), LONGEST_SUBJECT),
        texts=texts,
        facts=(
            _where(notice),
            ("Reason" if is_bad else "It was", one_line(notice.detail, 200)),
            ("Since" if is_bad else "It began", f"{began_at.day} {began_at:%b %Y, %H:%M} UTC"),
        ),
        steps=steps,
    )


def _words(notice: Notice) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Headline, texts and what to do."""
    about, medium = notice.about, notice.medium
    if isinstance(medium, Channel):
        return HEADLINES[about], TEXTS[about], STEPS.get((about, medium), ())
    steps = CAUSED_STEPS[medium] if about is About.BEGAN else ()
    return CAUSED_HEADLINES[about, medium], CAUSED_TEXTS[about, medium], steps


def _where(notice: Notice) -> tuple[str, str]:
    if isinstance(notice.medium, Channel):
        return "Address", one_line(notice.origin.partition("://")[2], 200)
    return LABELS[notice.medium], one_line(notice.name, 200)


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
