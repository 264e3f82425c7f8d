"""What a manifest asks for, thing by thing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leadstream.accounts import PROVIDERS
from leadstream.ids import workspace_id
from leadstream.manifest.model import Part, Workspace
from leadstream.manifest.wanted import Wanted

# Each service's part of `sources`.
SOURCES: Final[Mapping[str, Sequence[str]]] = {
    "discovery": ("intent", "training"),
    "enrichment": ("contacts", "verify", "stop_when", "training"),
}


def wanted_of(workspace: Workspace) -> Iterator[Wanted]:
    """In the order in which they can be made: the workspace first.

    Only what the file says: what it leaves out has its default when a thing is made, and stays as it is later.
    """
    own = {"workspace_id": str(workspace_id(workspace.slug))}
    named = {"name": workspace.name} if workspace.name else {}
    yield Wanted(
        "discovery", "workspaces", "workspace", ("slug",), {"slug": workspace.slug} | named
    )
    yield from _who_is_asked(workspace, own)
    for query in workspace.queries:
        yield Wanted("discovery", "queries", "query", ("name",), own | _said(query))
    for push in workspace.push:
        yield Wanted(
            "discovery", "push-sources", "source", ("name",), own | _said(push), ("secret",)
        )
    for user in workspace.users:
        yield Wanted("enrichment", "credits", "user", ("email",), own | _said(user))
    if workspace.sender:
        identity, sender = own["workspace_id"], _said(workspace.sender)
        yield Wanted("delivery", "senders", "sender", (), sender, only_one_of=identity)
    for recipient in workspace.recipients:
        yield Wanted("delivery", "recipients", "recipient", ("email",), own | _said(recipient))
    for channel in workspace.channels:
        secrets: tuple[str, ...] = ("url", "secret")
        body = own | _said(channel)
        yield Wanted("delivery", "channels", "channel", ("type", "name"), body, secrets)
    for connection in workspace.connections:
        # A workspace has one connection to each platform: another adapter changes it.
        secrets = ("credentials",)
        body = own | _said(connection)
        yield Wanted("platform-upload", "connections", "connection", ("platform",), body, secrets)


def _who_is_asked(workspace: Workspace, own: Mapping[str, str]) -> Iterator[Wanted]:
    """Keys before the sources that need them."""
    for account in workspace.accounts:
        service = PROVIDERS[account.provider].service
        body = {**own, **_said(account)}
        key, secrets = ("provider",), ("credentials",)
        yield Wanted(service, "provider-accounts", "account", key, body, secrets)
    identity = own["workspace_id"]
    said = _said(workspace.sources) if workspace.sources else {}
    for service, names in SOURCES.items():
        if body := {name: said[name] for name in names if name in said}:
            what = f"sources ({', '.join(body)})"
            yield Wanted(service, "sources", what, (), body, only_one_of=identity)
    if workspace.caps:
        caps = _said(workspace.caps)
        yield Wanted("enrichment", "spending-caps", "caps", (), caps, only_one_of=identity)


def _said(part: Part) -> dict[str, Any]:
    return part.model_dump(exclude_unset=True)
