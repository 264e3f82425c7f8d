"""Takes a person out of the contacts that we made: deletes them, or our part of those that somebody has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from platform_upload.adapters.reply import external_id
from platform_upload.adapters.wealthbox.api import Record, WealthboxCalls
from platform_upload.adapters.wealthbox.mapping import (
    CONTACT_TYPE,
    PERSON,
    digests_of,
    has_address,
    person_key,
)
from platform_upload.adapters.wealthbox.nested import EMAIL, NESTED, PHONE, Item, Nested, same
from platform_upload.adapters.wealthbox.records import Desk, look_for_new
from platform_upload.adapters.wealthbox.updates import Past
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.gaps import digest

_OURS = ("first_name", "last_name", "job_title", "company_name")
# Wealthbox's own affairs, and what it makes of the rest.
_ITS_OWN = frozenset(
    {
        *("id", "type", "name", "creator", "created_at", "updated_at", "image", "status"),
        *("visible_to", "assigned_to", "external_unique_id", "contact_type", "contact_source"),
    }
)
_LISTS = frozenset(nested.list for nested in NESTED)


@dataclass(slots=True)
class _Done:
    records: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


async def erase(desk: Desk, person: Person, traces: Sequence[Trace]) -> Erased:
    done = _Done()
    new = await _made_just_now(desk, person, traces)
    for trace in traces:
        for key in (keys := _keys(person, trace)):
            found = await _with_key(desk.calls, key, new)
            if found:
                break
        for record in found:
            await _take_out(desk.calls, record, person, trace, done, new_key=keys[-1])
        if not found and _past(person, trace).is_noted:
            # Deleted, by an earlier attempt or by somebody.
            done.records.append(_household(trace))
    return Erased(records=tuple(done.records), left=tuple(done.left))


def _keys(person: Person, trace: Trace) -> tuple[str, str]:
    """Our id of the person's contact, and the one that it has where it stays without the address."""
    lead_id = trace.lead_id
    without_address = f"{lead_id}:{digest(lead_id, 'email', person.email)}"
    return person_key(lead_id, person.email), without_address


def _past(person: Person, trace: Trace) -> Past:
    return Past(trace.lead_id, digests_of(trace.lead_id, person.email), trace.written)


def _household(trace: Trace) -> str:
    """The record that the person belonged to: their own is no more."""
    return trace.external_id or str(trace.lead_id)


async def _made_just_now(desk: Desk, person: Person, traces: Sequence[Trace]) -> Record | None:
    """No search shows it yet; it would be there for good, with a receipt that says otherwise."""
    keys = {key for trace in traces for key in _keys(person, trace)}

    def is_it(record: Record) -> bool:
        return record.get("external_unique_id") in keys or has_address(record, person.email)

    place = desk.person(person.email)
    async with desk.creations.alone(place, desk.calls.budget):
        return await look_for_new(desk, place, is_it)


async def _with_key(calls: WealthboxCalls, key: str, new: Record | None) -> list[Record]:
    if new and new.get("external_unique_id") == key:
        return [new]
    listed = await calls.find(PERSON.type, external_unique_id=key)
    return [each for each in listed if each.get("external_unique_id") == key]


async def _take_out(
    calls: WealthboxCalls,
    record: Record,
    person: Person,
    trace: Trace,
    done: _Done,
    *,
    new_key: str,
) -> None:
    record_id = str(external_id(record["id"]))
    past = _past(person, trace)
    if _is_only_ours(record, past):
        await calls.remove(record_id)
        done.records.append(_household(trace))
        return
    done.records.append(record_id)
    body: dict[str, Any] = {
        nested.list: gone
        for nested in (EMAIL, PHONE)
        if (gone := _destroyed(nested, record, person, past))
    }
    # The id names the address, too.
    if record["external_unique_id"] != new_key:
        body["external_unique_id"] = new_key
    if body:
        await calls.change(record_id, body)
    done.left.append(
        f"contact {record_id}: somebody has changed it since we made it, so it was not deleted; the address and number"
        " that we wrote are out of it, the name is not. Delete it there, or take the person's name out of it"
    )


def _is_only_ours(record: Record, past: Past) -> bool:
    """Whether nobody has entered anything: what we do not know that we wrote may be somebody's."""
    if record.get("contact_type") not in (None, "", CONTACT_TYPE):
        return False
    items = ((nested, item) for nested in NESTED for item in nested.items(record) or ())
    return (
        past.is_noted
        and all(_is_as_written(past, name, record.get(name)) for name in _OURS)
        and all(past.has_written(nested, item) for nested, item in items)
        and not any(
            value
            for name, value in record.items()
            if name not in _ITS_OWN and name not in _LISTS and name not in _OURS
        )
    )


def _is_as_written(past: Past, name: str, value: object) -> bool:
    if value in (None, ""):
        return True
    return past.written.get(past.of + name) == digest(past.lead, past.of + name, value)


def _destroyed(
    nested: Nested, record: Record, person: Person, past: Past
) -> list[Mapping[str, Any]]:
    def is_the_persons(item: Item) -> bool:
        address = nested.values(item).get("email")
        return past.has_written(nested, item) or (
            address is not None and same(address, person.email, "email")
        )

    listed = nested.items(record) or ()
    return [{"id": item["id"], "destroy": True} for item in listed if is_the_persons(item)]
