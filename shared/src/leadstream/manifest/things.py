"""What a manifest asks for, thing by thing."""

from collections.abc import Iterator
from typing import Any

from leadstream.ids import workspace_id
from leadstream.manifest.model import Part, Workspace
from leadstream.manifest.wanted import Wanted


def wanted_of(workspace: Workspace) -> Iterator[Wanted]:
    """In the order in which they can be made: the workspace first.

    Only what the file says: what it leaves out has its default when a thing is made, and stays as it is later.
    """
    own = {"workspace_id": str(workspace_id(workspace.slug))}
    named = {"name": workspace.name} if workspace.name else {}
    yield Wanted(
        "discovery", "workspaces", "workspace", ("slug",), {"slug": workspace.slug} | named
    )
    for query in workspace.queries:
        yield Wanted("discovery", "queries", "query", ("name",), own | _said(query))
    for push in workspace.push:
        yield Wanted(
            "discovery", "push-sources", "source", ("name",), own | _said(push), ("secret",)
        )
    for user in workspace.users:
        yield Wanted("enrichment", "credits", "user", ("email",), own | _said(user))
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


def _said(part: Part) -> dict[str, Any]:
    return part.model_dump(exclude_unset=True)
