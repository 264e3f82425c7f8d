"""The difference between a manifest and what is there, and making it so: what `leadstream apply` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from console.application.ports import Api
from leadstream.admin.applying import change_channel, list_existing, look_at, make
from leadstream.admin.errors import AdminError
from leadstream.manifest.errors import ManifestError
from leadstream.manifest.wanted import (
    Wanted,
    differences,
    held_up,
    hidden,
    is_named,
    with_hidden_kept,
)

CREATE, CHANGE, KEEP, FAILED = "create", "change", "unchanged", "failed"
# The fields of a channel that may change while its URL stays.
_OF_A_CHANNEL: Final[Sequence[str]] = ("min_score", "status")
_MOST_PAGES: Final = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What a manifest wants of one workspace, in the order in which it can be made."""

    slug: str
    workspace_id: str
    things: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    effect: str
    why: Sequence[str] = ()
    # Made by the service, and told once.
    secret: str | None = None


@dataclass(slots=True)
class Outcome:
    """By workspace. `error`: where it stopped; what is listed before is done, or would be."""

    steps: dict[str, list[Step]] = field(default_factory=dict)
    error: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        effects = [step.effect for steps in self.steps.values() for step in steps]
        return {effect: effects.count(effect) for effect in (CREATE, CHANGE, KEEP)}

    @property
    def words(self) -> str:
        counts = self.counts
        return f"{counts[CREATE]} to create, {counts[CHANGE]} to change, {counts[KEEP]} unchanged"


async def show_difference(api: Api, asked: Sequence[Asked]) -> Outcome:
    return await _go_through(api, asked, reason=None, is_dry=True)


async def apply(api: Api, asked: Sequence[Asked], reason: str | None) -> Outcome:
    """Stops at the first thing that is refused; applying again goes on from there."""
    return await _go_through(api, asked, reason=reason, is_dry=False)


async def _go_through(
    api: Api, asked: Sequence[Asked], *, reason: str | None, is_dry: bool
) -> Outcome:
    outcome = Outcome()
    for workspace in asked:
        steps = outcome.steps.setdefault(workspace.slug, [])
        existing = _Existing(api, workspace)
        for wanted in workspace.things:
            try:
                row = await existing.find(wanted)
                kept = with_hidden_kept(wanted, row)
                steps.append(
                    _planned(wanted, kept, row) if is_dry else await _done(api, kept, row, reason)
                )
            except AdminError as exc:
                outcome.error = f"{wanted.title}: {exc.service}: {exc.message}"
            except ManifestError as exc:
                outcome.error = exc.message
            if outcome.error:
                steps.append(Step(wanted.title, FAILED, [outcome.error]))
                return outcome
    return outcome


def _planned(wanted: Wanted, kept: Wanted, row: Mapping[str, Any] | None) -> Step:
    if row is None:
        return Step(wanted.title, CREATE)
    found = differences(kept, row)
    if kept.has_secrets:
        unknown = [*found, f"({', '.join(hidden(kept, row))} can't be compared)"]
        return Step(wanted.title, CHANGE if found else KEEP, unknown)
    return Step(wanted.title, CHANGE if found else KEEP, found)


async def _done(
    api: Api, wanted: Wanted, row: Mapping[str, Any] | None, reason: str | None
) -> Step:
    found = differences(wanted, row)
    effect = CREATE if row is None else CHANGE if found else KEEP
    if effect == KEEP and not wanted.has_secrets:
        return Step(wanted.title, KEEP)
    after = await _send(api, wanted, row, reason)
    # Secrets are sent every time: only the service can tell whether they are new.
    if effect == KEEP and row and after["updated_at"] != row["updated_at"]:
        effect, found = CHANGE, [" or ".join(hidden(wanted, row))]
    return Step(wanted.title, effect, [*found, *held_up(after)], after.get("secret"))


async def _send(
    api: Api, wanted: Wanted, row: Mapping[str, Any] | None, reason: str | None
) -> Mapping[str, Any]:
    if row is None or wanted.path != "channels" or "url" in wanted.body:
        after: Mapping[str, Any] = await api.ask(make(wanted, reason))
        return after
    if "secret" in wanted.body:
        raise ManifestError(f"{wanted.title}: with a new secret, write its url whole")
    change: dict[str, Any] = {
        name: wanted.body[name] for name in _OF_A_CHANNEL if name in wanted.body
    }
    changed: Mapping[str, Any] = await api.ask(change_channel(row["id"], change, reason))
    return changed


class _Existing:
    """The rows of a workspace that are there already, looked up once for each kind."""

    def __init__(self, api: Api, workspace: Asked) -> None:
        self._api = api
        self._workspace = workspace
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    async def find(self, wanted: Wanted) -> Mapping[str, Any] | None:
        if wanted.only_one_of:
            found = await self._api.ask(look_at(wanted.service, wanted.path, wanted.only_one_of))
            return None if found["is_default"] else found
        place = (wanted.service, wanted.path)
        if place not in self._rows:
            self._rows[place] = await rows_of(self._api, *place, self._workspace)
        return next((row for row in self._rows[place] if is_named(wanted, row)), None)


async def rows_of(api: Api, service: str, kind: str, workspace: Asked) -> list[Mapping[str, Any]]:
    """All of a kind that a workspace has. Raises AdminError."""
    rows: list[Mapping[str, Any]] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await api.ask(
            list_existing(
                service,
                kind,
                slug=workspace.slug,
                workspace_id=workspace.workspace_id,
                cursor=cursor,
            )
        )
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return rows
