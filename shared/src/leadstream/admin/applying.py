"""Looking up and making what a manifest asks for, whatever its kind."""

from collections.abc import Mapping
from typing import Any, Final

from leadstream.admin import answers
from leadstream.admin.calls import Call, given, path
from leadstream.manifest.wanted import Wanted

# The lists, and what a change answers, by the path.
_ANSWERS: Final[Mapping[str, tuple[Any, Any]]] = {
    "workspaces": (answers.PageWorkspace, answers.Workspace),
    "queries": (answers.PageQuery, answers.Query),
    "credits": (answers.PageAccount, answers.Account),
    "provider-accounts": (answers.PageProviderAccount, answers.ProviderAccount),
    "recipients": (answers.PageRecipient, answers.Recipient),
    "channels": (answers.PageChannelAnswer, answers.ChannelWithSecret),
    "connections": (answers.PageConnectionAnswer, answers.ConnectionAnswer),
    "push-sources": (answers.PagePushSource, answers.PushSourceWithSecret),
}
# What a workspace has one of, by the service that keeps it and the path.
_SINGLE: Final[Mapping[tuple[str, str], Any]] = {
    ("discovery", "sources"): answers.SetIntentSources,
    ("enrichment", "sources"): answers.SetContactSources,
    ("enrichment", "spending-caps"): answers.SpendingCaps,
    ("delivery", "senders"): answers.SenderAnswer,
}
PAGE: Final = 500


def list_existing(
    service: str, kind: str, *, slug: str, workspace_id: str, cursor: str | None = None
) -> Call[Any]:
    """What of a kind (`queries`, `channels` …) a workspace has; of workspaces, the one itself."""
    which = {"slug": slug} if kind == "workspaces" else {"workspace_id": workspace_id}
    params = given(**which, limit=PAGE, cursor=cursor)
    return Call(service, "GET", kind, _ANSWERS[kind][0], params)


def look_at(service: str, kind: str, workspace_id: str) -> Call[Any]:
    """What a workspace has one of, such as its `sources`."""
    return Call(service, "GET", path(kind, workspace_id), _SINGLE[service, kind])


def make(wanted: Wanted, reason: str | None) -> Call[Any]:
    """Make it, or change the one that has its name."""
    if wanted.only_one_of:
        place = path(wanted.path, wanted.only_one_of)
        answer = _SINGLE[wanted.service, wanted.path]
        return Call(wanted.service, "PUT", place, answer, body=wanted.body, reason=reason)
    answer = _ANSWERS[wanted.path][1]
    return Call(wanted.service, "POST", wanted.path, answer, body=wanted.body, reason=reason)


def change_channel(channel_id: str, change: Mapping[str, Any], reason: str | None) -> Call[Any]:
    """Leave its URL as it is: making needs it."""
    place = path("channels", channel_id)
    return Call("delivery", "PATCH", place, answers.ChannelAnswer, body=dict(change), reason=reason)
