"""A person in discovery: a contact in the read model of leads, which themselves stay."""

from collections.abc import Mapping

from leadstream.erasure import ERASED, Person, without_people
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "erasure.sql")


async def erase_contacts(tx: Tx, person: Person) -> Mapping[str, int]:
    where = (person.email, person.workspace_id)
    rows = await tx.fetch(SQL.find_leads_with, *where)
    if rows:
        left = [without_people(row["contact_data"], person.is_at) for row in rows]
        await tx.execute(
            SQL.replace_contacts,
            [row["id"] for row in rows],
            [dump_json(each).decode() for each in left],
        )
    errors = await tx.fetch(SQL.erase_from_errors, *where, ERASED)
    history = await tx.fetch(SQL.erase_from_history, *where, ERASED)
    return {
        "leads": len(rows),
        "leads.last_error": len(errors),
        "lead_history": len(history),
    }
