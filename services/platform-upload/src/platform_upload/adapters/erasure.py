"""A person in platform-upload: a contact of leads that are, or were, to be uploaded.

What the platforms have of the person is theirs to erase: the runbook says how.
"""

from leadstream.erasure import ERASED, Part, Person, Sweep, Swept, without_people
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
    return Swept({"uploads": len(await tx.fetch(SQL.erase_from_uploads, *where))})


SWEEPS = (
    Sweep(name="payloads", erase=_erase_from_jobs, last=SQL.last_job),
    Sweep(name="uploads", erase=_erase_from_uploads, last=SQL.last_upload),
)
