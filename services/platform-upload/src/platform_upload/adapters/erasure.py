"""A person in platform-upload: a contact of leads that are, or were, to be uploaded.

Where they went with the person is written down first, sealed: once the person is taken out, nobody knows it any more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadstream.crypto import Keyring
from leadstream.erasure import (
    ERASED,
    Part,
    Person,
    Sweep,
    Swept,
    addresses_in,
    without_people,
)
from leadstream.erasure.people import address_of
from leadstream.ids import connection_id, derived_id
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries
from platform_upload.adapters.people import cell_of, names_in, seal, unseal
from platform_upload.application.erase_person import ERASE_PERSON
from platform_upload.application.ports import Person as PersonThere

SQL = load_queries("platform_upload.adapters", "erasure.sql")


def sweeps(keyring: Keyring) -> Sequence[Sweep]:
    """`keyring` seals who is to be erased at platforms, until that is done."""
    return (
        Sweep(
            name="traces",
            erase=_Traces(keyring),
            show=(SQL.show_traces,),
            last=SQL.last_upload,
        ),
        Sweep(
            name="payloads",
            erase=_erase_from_jobs,
            withhold=_withhold_from_jobs,
            show=(SQL.show_payloads,),
            last=SQL.last_job,
        ),
        Sweep(
            name="uploads",
            erase=_erase_from_uploads,
            show=(SQL.show_uploads, SQL.show_overrides),
            last=SQL.last_upload,
            addresses=SQL.addresses_in_uploads,
        ),
    )


class _Traces:
    """What may have gone out with the person, by connection."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def __call__(self, tx: Tx, person: Person, part: Part) -> Swept:
        assert part.erasure_id is not None  # noqa: S101 - only erasures sweep
        where = (person.email, person.workspace_id, part.after, part.until)
        rows = await tx.fetch(SQL.find_traces, *where)
        found: defaultdict[tuple[UUID, str], list[Any]] = defaultdict(list)
        for row in rows:
            found[row["workspace_id"], row["platform"]].append(row)
        for (workspace_id, platform), some in found.items():
            await self._note(tx, part.erasure_id, person.email, workspace_id, platform, some)
        elsewhere: dict[str, int] = defaultdict(int)
        for row in rows:
            if row["adapter"]:
                elsewhere[f"{row['platform']} ({row['adapter']})"] += 1
        return Swept({}, elsewhere=elsewhere)

    async def _note(
        self,
        tx: Tx,
        erasure_id: UUID,
        email: str,
        workspace_id: UUID,
        platform: str,
        rows: Sequence[Any],
    ) -> None:
        connection = connection_id(workspace_id, platform)
        job_id = derived_id(ERASE_PERSON, erasure_id, connection)
        cell = cell_of(workspace_id, job_id)
        sealed = await tx.fetchval(SQL.lock_person, job_id)
        known = unseal(self._keyring, sealed, cell).names if sealed else ()
        theirs = [c for row in rows for c in row["contacts"] or () if address_of(c) == email]
        there = PersonThere(email=email, names=names_in(theirs, known))
        leads = sorted({row["lead_id"] for row in rows})
        await tx.execute(
            SQL.save_person,
            job_id,
            erasure_id,
            workspace_id,
            connection,
            platform,
            seal(self._keyring, there, cell),
            leads,
        )


async def _erase_from_jobs(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, part.after, part.until)
    return await _without_in(tx, person, await tx.fetch(SQL.find_jobs_with, *where))


async def _withhold_from_jobs(tx: Tx, person: Person, part: Part) -> Swept:
    """What all has gone out stays, as what went out; it is not sent again with them (`resending`)."""
    where = (person.email, person.workspace_id, part.after, part.until)
    rows = await tx.fetch(SQL.find_jobs_with, *where)
    open_ones = await tx.fetch(SQL.not_over, [row["lead_id"] for row in rows])
    leads = {row["lead_id"] for row in open_ones}
    return await _without_in(tx, person, [row for row in rows if row["lead_id"] in leads])


async def _without_in(tx: Tx, person: Person, rows: Sequence[Any]) -> Swept:
    payloads = {
        row["id"]: {**row["payload"], "lead": without_people(row["payload"]["lead"], person.is_at)}
        for row in rows
    }
    if payloads:
        await replace_payloads(tx, payloads)
    return Swept({"jobs": len(rows)})


async def replace_payloads(tx: Tx, payloads: Mapping[UUID, Mapping[str, Any]]) -> None:
    """What jobs are to upload, by their ids."""
    texts = [dump_json(payload).decode() for payload in payloads.values()]
    await tx.execute(SQL.replace_payloads, list(payloads), texts)


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
