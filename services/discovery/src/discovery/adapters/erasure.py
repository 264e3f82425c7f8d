"""A person in discovery: a contact in the read model of leads, which themselves stay."""

from leadstream.erasure import ERASED, Part, Person, Sweep, Swept, without_people
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "erasure.sql")


async def _erase_from_leads(tx: Tx, person: Person, part: Part) -> Swept:
    who, where = (person.email, person.workspace_id), (part.after, part.until)
    rows = await tx.fetch(SQL.find_leads_with, *who, *where)
    if rows:
        left = [without_people(row["contact_data"], person.is_at) for row in rows]
        await tx.execute(
            SQL.replace_contacts,
            [row["id"] for row in rows],
            [dump_json(each).decode() for each in left],
        )
    errors = await tx.fetch(SQL.erase_from_errors, *who, ERASED, *where)
    history = await tx.fetch(SQL.erase_from_history, *who, ERASED, *where)
    return Swept(
        {"leads": len(rows), "leads.last_error": len(errors), "lead_history": len(history)}
    )


SWEEPS = (
    Sweep(
        name="leads",
        erase=_erase_from_leads,
        show=(SQL.show_contacts, SQL.show_errors, SQL.show_history),
        last=SQL.last_lead,
        addresses=SQL.addresses_in_leads,
    ),
)
