"""SOQL, as far as looking leads up by an external id goes, and an owner or a rule by its own."""

import re
from collections.abc import Mapping

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.providers.salesforce.errors import Refused
from leadstream_dev.sandbox.providers.salesforce.fields import Field
from leadstream_dev.sandbox.providers.salesforce.org import Org

LONGEST = 16_000
_QUERY = re.compile(
    r"SELECT\s+(?P<names>[\w, ]+?)\s+FROM\s+Lead\s+WHERE\s+(?P<by>\w+)\s+IN\s*\((?P<values>[^)]*)\)\s*",
    re.IGNORECASE,
)

# Who and what leads can be assigned to and by.
_BY_ID = re.compile(
    r"SELECT (?P<names>[\w, ]+) FROM (?P<kind>User|QueueSobject|AssignmentRule)"
    r" WHERE (?P<by>\w+) = '(?P<value>\w+)'"
)
_KEYS = {"User": "Id", "QueueSobject": "QueueId", "AssignmentRule": "Id"}


def record_asked_for(soql: str) -> tuple[str, list[str], str] | None:
    """The kind, the fields and the id, where it is one record that is no lead."""
    found = _BY_ID.fullmatch(soql)
    if found is None or found["by"] != _KEYS[found["kind"]]:
        return None
    return found["kind"], [each.strip() for each in found["names"].split(",")], found["value"]


def query(org: Org, fields: Mapping[str, Field], soql: str) -> Answer:
    found = _QUERY.fullmatch(soql)
    if found is None:
        raise Refused("MALFORMED_QUERY", f"unexpected token in: {soql[:200]}")
    if len(soql) > LONGEST:
        raise Refused("MALFORMED_QUERY", "the query is too long for a URL", status=414)
    names = [each.strip() for each in found["names"].split(",")]
    for name in (*names, found["by"]):
        if name not in fields and name != "Id":
            raise Refused("INVALID_FIELD", _no_column(soql, name))
    values = re.findall(r"'([^']*)'", found["values"])
    leads = [lead for value in values if (lead := org.find(found["by"], value))]
    records: list[JsonObject] = [
        {
            "attributes": {"type": "Lead"},
            **{name: lead.id if name == "Id" else lead.fields.get(name) for name in names},
        }
        for lead in leads
    ]
    return json_answer(200, {"totalSize": len(records), "done": True, "records": records})


def _no_column(soql: str, name: str) -> str:
    """The query stands before what is wrong with it."""
    return (
        f"\n{soql[:120]}\n       ^\nERROR at Row:1:Column:8\nNo such column '{name}' on entity 'Lead'. If you are "
        "attempting to use a custom field, be sure to append the '__c' after the custom field name."
    )
