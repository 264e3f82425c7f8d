"""What an update of a contact writes: what nobody else has entered, and nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.wealthbox.mapping import Wanted
from platform_upload.adapters.wealthbox.nested import NAMES, NESTED, Item, Nested, same
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.gaps import OnUpdate, Written, changes, digest, digests

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What we wrote of one contact before."""

    lead: UUID
    # What the names of its digests begin with.
    of: str
    written: Written

    @property
    def is_noted(self) -> bool:
        """Whether we know anything of it. The lead's own names have no prefix, and no dot."""
        return any(
            name.startswith(self.of) if self.of else "." not in name for name in self.written
        )

    def has_written(self, nested: Nested, item: Item) -> bool:
        """Whether all that an item says is what we wrote: where a person has added a street, it is theirs."""
        return all(
            self.written.get(self.of + name) == digest(self.lead, self.of + name, value)
            for name, value in nested.values(item).items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    draft: Draft
    # What the draft's fields are written over, by their lists.
    items: Mapping[str, Item]
    # What is there, by our names.
    held: Fields
    # Digests of what is there as we would have it, where nobody has noted what we wrote: the answer to that was lost.
    found: Written


def update_of(wanted: Wanted, record: Record, past: Past, on_update: OnUpdate) -> Update:
    once = wanted.kind.only_new
    fields = {name: value for name, value in wanted.draft.fields.items() if name not in once}
    plain = {name: value for name, value in fields.items() if name not in NAMES}
    held = {name: record.get(name) for name in plain}
    writes = changes(plain, held, past.written, lead=past.lead, on_update=on_update, of=past.of)
    items: dict[str, Item] = {}
    for nested in NESTED:
        ours = {name: fields[name] for name in nested.names if name in fields}
        listed = nested.items(record)
        if not ours or listed is None:
            continue
        item = _choose(nested, listed, ours, past)
        if item is None:
            writes |= ours
            continue
        held |= nested.values(item)
        if on_update is OnUpdate.OVERWRITE or past.has_written(nested, item):
            # An item is sent whole, or not at all.
            writes |= ours if not _says(nested, item, ours) else {}
            items[nested.list] = item
    return Update(
        draft=_draft(wanted.draft, _other(writes, held, plain)),
        items=items,
        held=held,
        found={} if past.is_noted else digests(past.lead, _as_held(fields, held), of=past.of),
    )


def _choose(nested: Nested, listed: Sequence[Item], ours: Fields, past: Past) -> Item | None:
    """The item that says it already, else the one that we wrote, else the first in rank."""

    def rank(item: Item) -> tuple[bool, ...]:
        return (
            not _says(nested, item, ours),
            not past.has_written(nested, item),
            item.get("principal") is not True,
        )

    return min(listed, key=rank, default=None)


def _says(nested: Nested, item: Item, ours: Fields) -> bool:
    values = nested.values(item)
    return all(same(values.get(name), value, name) for name, value in ours.items())


def _other(writes: Fields, held: Fields, plain: Fields) -> dict[str, Any]:
    return {
        name: value
        for name, value in writes.items()
        if name not in plain or not same(held.get(name), value, name)
    }


def _as_held(fields: Fields, held: Fields) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if same(held.get(name), value, name)}


def _draft(draft: Draft, fields: Fields) -> Draft:
    kept = tuple(
        each for each in draft.adjustments if each.action is Action.LEFT_OUT or each.field in fields
    )
    return replace(draft, fields=fields, adjustments=kept)
