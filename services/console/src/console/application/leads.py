"""Leads as a list: which match a filter, and of whom they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from console.application.ports import Api
from leadstream.admin.answers import Lead, Workspace
from leadstream.admin.errors import AdminError
from leadstream.admin.leads import list_leads
from leadstream.admin.workspaces import list_workspaces

PAGE: Final = 50
# As many as one answer of the API has: others are shown by their ids.
_MOST_WORKSPACES: Final = 500


@dataclass(frozen=True, slots=True)
class Workspaces:
    """By id; of some there may be no name, if discovery is away or there are very many."""

    by_id: Mapping[str, Workspace]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(each["id"], each["slug"]) for each in self.by_id.values()]

    def slug(self, workspace_id: str) -> str:
        known = self.by_id.get(workspace_id)
        return known["slug"] if known else workspace_id[:8]

    def name(self, workspace_id: str) -> str:
        known = self.by_id.get(workspace_id)
        return known["name"] if known else workspace_id


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[Lead]
    next: str | None
    workspaces: Workspaces


async def find_leads(api: Api, filters: dict[str, Any], cursor: str | None) -> Found:
    """Raises AdminError: without discovery there is no list."""
    page, workspaces = await api.all(
        list_leads(filters, limit=PAGE, cursor=cursor), list_workspaces(limit=_MOST_WORKSPACES)
    )
    if isinstance(page, AdminError):
        raise page
    return Found(page["items"], page["next"], named(workspaces))


def named(answer: Any) -> Workspaces:
    """From the answer of the list of workspaces, or what went wrong with it."""
    items = [] if isinstance(answer, AdminError) else answer["items"]
    return Workspaces({each["id"]: each for each in items})


def whole_id(text: str | None) -> UUID | None:
    """The id that was pasted into a search, if it is one and nothing else."""
    if text is None or len(text) < 32:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def company(lead: Mapping[str, Any]) -> str:
    """What a lead is called: its company, else its domain, else its id."""
    name = (lead["company_data"] or {}).get("name")
    return str(name).strip() if name and str(name).strip() else lead["domain"] or lead["id"]
