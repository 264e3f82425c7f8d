"""Whose a lead is: the owners and the assignment rules of an org."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.salesforce.errors import Refused, row_error

RUNNING_USER = "0055e0000000001AAA"
OwnerState = Literal["active", "inactive", "no_leads"]

_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_QUEUE = "00G"


class AssignmentRule(BaseModel):
    id: str
    owner: str
    """Whom its leads go to."""
    active: bool = True
    """Of those for leads, one."""
    kind: Literal["Lead", "Case"] = "Lead"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one call says about whose its leads are to be, by its header."""

    owners: Mapping[str, OwnerState]
    rule: AssignmentRule | None
    # An id runs on leads that are made only, as the documentation has it; a switch on those that are changed, too.
    on_update: bool

    @classmethod
    def of(
        cls, header: str | None, owners: Mapping[str, OwnerState], rules: Iterable[AssignmentRule]
    ) -> "Assignment":
        """Without the header the active rule runs, on updates too: that is how people lose their leads."""
        said = (header or "TRUE").strip()
        if said.upper() == "FALSE":
            return cls(owners, None, on_update=False)
        if said.upper() == "TRUE":
            active = (rule for rule in rules if rule.active and rule.kind == "Lead")
            return cls(owners, next(active, None), on_update=True)
        if not _ID.fullmatch(said):
            raise Refused("MALFORMED_ID", f"Invalid assignment rule id: {said}")
        found = next((r for r in rules if same_id(r.id, said) and r.kind == "Lead"), None)
        if found is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        return cls(owners, found, on_update=False)

    def owner_of(self, row: JsonObject, *, is_new: bool) -> str | None:
        """Whose the lead is after the row: a rule overrules what the row says."""
        if self.rule and (is_new or self.on_update):
            return self.rule.owner
        return row.get("OwnerId")

    def wrong_with(self, row: JsonObject) -> JsonObject | None:
        owner = row.get("OwnerId")
        if owner is None:
            return None
        if not _ID.fullmatch(str(owner)):
            said = f"Owner ID: id value of incorrect type: {owner}"
            return row_error("MALFORMED_ID", said, "OwnerId")
        state = state_of(owner, self.owners)
        if state is None:
            # The field is not among those that it names.
            return row_error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if state == "inactive":
            said = f"operation performed with inactive user [{owner}] as owner of lead"
            return row_error("INACTIVE_OWNER_OR_USER", said)
        if state == "no_leads":
            said = "Queue not associated with this SObject type"
            return row_error("FIELD_INTEGRITY_EXCEPTION", said, "OwnerId")
        return None


def state_of(owner: str, owners: Mapping[str, OwnerState]) -> OwnerState | None:
    return next((state for each, state in owners.items() if same_id(each, owner)), None)


def same_id(one: str, other: str) -> bool:
    """Of 15 characters or with the three that make it safe where case is lost."""
    return one[:15] == other[:15]


def look_up(
    kind: str, value: str, owners: Mapping[str, OwnerState], rules: Iterable[AssignmentRule]
) -> list[JsonObject]:
    """The users, places of queues, or assignment rules of an id."""
    if kind == "AssignmentRule":
        return [
            {"Id": rule.id, "SobjectType": rule.kind, "Active": rule.active}
            for rule in rules
            if same_id(rule.id, value)
        ]
    state = state_of(value, owners)
    is_queue = value.startswith(_QUEUE)
    if state is None or is_queue != (kind == "QueueSobject"):
        return []
    if is_queue:
        sort = "Case" if state == "no_leads" else "Lead"
        return [{"QueueId": value, "SobjectType": sort}]
    return [{"Id": value, "IsActive": state == "active"}]
