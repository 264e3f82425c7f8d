"""A person in platform-upload: a contact of leads that are, or were, to be uploaded."""

from collections.abc import Mapping

from leadstream.erasure import ERASED, Person, without_people
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("platform_upload.adapters", "erasure.sql")


async def erase_contacts(tx: Tx, person: Person) -> Mapping[str, int]:
    """What the platforms have of the person is theirs to erase: the runbook says how."""
    where = (person.email, person.workspace_id)
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
    uploads = await tx.fetch(SQL.erase_from_uploads, *where, ERASED)
    return {"jobs": len(rows), "uploads": len(uploads)}
