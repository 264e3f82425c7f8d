"""A person in delivery: a contact in alerts that are still to be sent, or somebody who gets alerts."""

from delivery.adapters.recipients import suppress
from delivery.adapters.senders import own_sender, put_sender
from leadstream.erasure import ERASED, Part, Person, Sweep, Swept, without_people
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "erasure.sql")


async def _erase_recipients(tx: Tx, person: Person, part: Part) -> Swept:
    """First, so that no more is planned for them; what was planned finds nobody to send it to."""
    where = (person.email, person.workspace_id)
    recipients = await tx.fetch(SQL.delete_recipients, *where)
    suppressions = await tx.fetch(SQL.delete_suppressions, *where)
    ids = [row["id"] for row in recipients]
    await tx.fetch(SQL.erase_digests, [], ids)
    return Swept({"recipients": len(recipients), "suppressions": len(suppressions)}, found=ids)


async def _suppress_recipients(tx: Tx, person: Person, part: Part) -> Swept:
    """Who has objected gets nothing either; whoever takes that back asks for the alerts themselves."""
    rows = await tx.fetch(SQL.find_recipients, person.email, person.workspace_id)
    made = [await suppress(tx, row["workspace_id"], row["email"], "manual") for row in rows]
    return Swept({"recipients": sum(made)})


async def _erase_senders(tx: Tx, person: Person, part: Part) -> Swept:
    """What names them is the deployment's again, also in what waits to be sent."""
    rows = await tx.fetch(SQL.find_senders, person.email, person.workspace_id)
    for row in rows:
        await put_sender(tx, row["workspace_id"], own_sender(row))
    return Swept({"senders": len(rows)})


async def _erase_from_alerts(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, part.after, part.until)
    rows = await tx.fetch(SQL.find_alerts_with, *where)
    ids = [row["id"] for row in rows]
    if not rows:
        return Swept({"alerts": 0, "deliveries": 0})
    contents = [
        {**row["content"], "enrichment": without_people(row["content"]["enrichment"], person.is_at)}
        for row in rows
    ]
    await tx.execute(
        SQL.replace_contents, ids, [dump_json(content).decode() for content in contents]
    )
    messages = await tx.fetch(SQL.erase_messages, ids)
    messages += await tx.fetch(SQL.erase_digests, ids, [])
    return Swept({"alerts": len(rows), "deliveries": len(messages)})


async def _erase_from_deliveries(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, ERASED, part.after, part.until)
    rows = await tx.fetch(SQL.erase_from_deliveries, *where, list(part.found))
    return Swept({"deliveries": len(rows)})


SWEEPS = (
    Sweep(
        name="recipients",
        erase=_erase_recipients,
        withhold=_suppress_recipients,
        show=(SQL.show_recipients, SQL.show_suppressions),
        addresses=SQL.addresses_of_recipients,
    ),
    Sweep(
        name="senders",
        erase=_erase_senders,
        show=(SQL.show_senders,),
        addresses=SQL.addresses_of_senders,
    ),
    Sweep(
        name="alerts",
        erase=_erase_from_alerts,
        # What has a content is still to be sent, or may be again.
        withhold=_erase_from_alerts,
        show=(SQL.show_alerts,),
        last=SQL.last_alert,
        addresses=SQL.addresses_in_alerts,
    ),
    Sweep(
        name="deliveries",
        erase=_erase_from_deliveries,
        show=(SQL.show_deliveries,),
        last=SQL.last_delivery,
        addresses=SQL.addresses_in_deliveries,
    ),
)
