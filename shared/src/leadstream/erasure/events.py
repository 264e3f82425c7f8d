"""What a consumer does with people who were erased and whom a record, old or new, names again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from leadstream.contracts.codec import Decoded
from leadstream.erasure.people import addresses_in, without_people
from leadstream.erasure.store import HOLDERS, ErasedPeople, find_erased
from leadstream.postgres import Tx


async def without_erased(tx: Tx, events: Sequence[Decoded[Any]]) -> list[Decoded[Any]]:
    """The events without erased people, in the same order; each keeps its record as it came."""
    holders = [_holder(decoded) for decoded in events]
    addresses = [address for holder in holders for address in addresses_in(holder)]
    erased = await find_erased(tx, addresses)
    if not erased:
        return list(events)
    return [_without(d, holder, erased) for d, holder in zip(events, holders, strict=True)]


def _holder(decoded: Decoded[Any]) -> dict[str, Any]:
    name = HOLDERS.get(decoded.event.topic_name)
    part = getattr(decoded.event, name) if name else None
    return _people_of(part) if part is not None else {}


def _people_of(part: Any) -> dict[str, Any]:
    """Only what `addresses_in` reads: dumping whole leads would cost more than all the rest."""
    primary = part.primary_contact
    return {
        "contacts": [{"email": contact.email} for contact in part.contacts],
        "primary_contact": {"email": primary.email} if primary else None,
    }


def _without(decoded: Decoded[Any], holder: dict[str, Any], erased: ErasedPeople) -> Decoded[Any]:
    is_erased = erased.within(decoded.event.workspace_id)
    if not any(is_erased(address) for address in addresses_in(holder)):
        return decoded
    name = HOLDERS[decoded.event.topic_name]
    part = getattr(decoded.event, name)
    # As JSON, because the contract's models read nothing else.
    text = orjson.dumps(without_people(part.model_dump(mode="json"), is_erased))
    left = type(part).model_validate_json(text)
    return replace(decoded, event=decoded.event.model_copy(update={name: left}))
