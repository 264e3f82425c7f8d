"""A person in delivery: a contact in alerts that are still to be sent, or somebody who gets alerts."""

from collections.abc import Mapping

from leadstream.erasure import ERASED, Person, without_people
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "erasure.sql")


async def erase_person(tx: Tx, person: Person) -> Mapping[str, int]:
    where = (person.email, person.workspace_id)
    recipients = await tx.fetch(SQL.delete_recipients, *where)
    suppressions = await tx.fetch(SQL.delete_suppressions, *where)
    alerts = await _erase_from_alerts(tx, person)
    messages = await tx.fetch(SQL.erase_messages, alerts, [row["id"] for row in recipients])
    errors = await tx.fetch(SQL.erase_from_deliveries, *where, ERASED)
    return {
        "recipients": len(recipients),
        "suppressions": len(suppressions),
        "alerts": len(alerts),
        "deliveries": len(messages) + len(errors),
    }


async def _erase_from_alerts(tx: Tx, person: Person) -> list[object]:
    rows = await tx.fetch(SQL.find_alerts_with, person.email, person.workspace_id)
    if rows:
        contents = [
            {
                **row["content"],
                "enrichment": without_people(row["content"]["enrichment"], person.is_at),
            }
            for row in rows
        ]
        await tx.execute(
            SQL.replace_contents,
            [row["id"] for row in rows],
            [dump_json(content).decode() for content in contents],
        )
    return [row["id"] for row in rows]
