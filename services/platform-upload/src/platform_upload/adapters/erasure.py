"""A person in platform-upload: a contact of leads that are, or were, to be uploaded.

What the platforms have of the person is theirs to erase: the runbook says how.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadstream.erasure import (
    ERASED,
    Part,
    Person,
    Sweep,
    Swept,
    addresses_in,
    without_people,
)
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("platform_upload.adapters", "erasure.sql")


async def _erase_from_jobs(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, part.after, part.until)
    rows = await tx.fetch(SQL.find_jobs_with, *where)
    if rows:
        payloads = [
            {**row["payload"], "lead": without_people(row["payload"]["lead"], person.is_at)}
            for row in rows
        ]
        await tx.execute(
            SQL.replace_payloads,
            [row["id"] for row in rows],
            [dump_json(payload).decode() for payload in payloads],
        )
    return Swept({"jobs": len(rows)})


async def _erase_from_uploads(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, ERASED, part.after, part.until)
    erased = {row["id"] for row in await tx.fetch(SQL.erase_from_uploads, *where)}
    erased |= await _erase_from_overrides(tx, person, part)
    return Swept({"uploads": len(erased)})


async def _erase_from_overrides(tx: Tx, person: Person, part: Part) -> set[UUID]:
    """What an operator has corrected in a lead may be its people."""
    where = (person.email, person.workspace_id, part.after, part.until)
    rows = await tx.fetch(SQL.find_overrides_with, *where)
    if rows:
        overrides = [_without(row["overrides"], person) for row in rows]
        await tx.execute(
            SQL.replace_overrides,
            [row["id"] for row in rows],
            [dump_json(each).decode() for each in overrides],
        )
    return {row["id"] for row in rows}


def _without(overrides: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """What was overridden, and nobody else in the person's place."""
    without = without_people(overrides, person.is_at)
    left = {name: without[name] for name in overrides}
    if person.email in addresses_in({"primary_contact": overrides.get("primary_contact")}):
        del left["primary_contact"]
    return left


SWEEPS = (
    Sweep(name="payloads", erase=_erase_from_jobs, last=SQL.last_job),
    Sweep(name="uploads", erase=_erase_from_uploads, last=SQL.last_upload),
)
