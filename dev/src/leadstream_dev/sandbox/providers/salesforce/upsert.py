"""Upserting leads by an external id, one by one or up to 200 at once."""

from collections import Counter
from dataclasses import dataclass

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.providers.salesforce.assignment import Assignment
from leadstream_dev.sandbox.providers.salesforce.errors import Refused, row_error
from leadstream_dev.sandbox.providers.salesforce.fields import Field, wrong_with
from leadstream_dev.sandbox.providers.salesforce.org import Lead, Org
from leadstream_dev.sandbox.providers.salesforce.places import Address
from leadstream_dev.sandbox.providers.salesforce.sessions import SalesforceOptions

MAX_ROWS = 200


@dataclass(slots=True)
class Upsert:
    org: Org
    fields: dict[str, Field]
    external_id: str
    options: SalesforceOptions
    assignment: Assignment
    refuse_duplicates: bool

    def many(self, body: JsonObject) -> Answer:
        rows = body.get("records")
        if not isinstance(rows, list) or not rows:
            raise Refused("INVALID_INPUT", "The records list is missing or empty")
        if len(rows) > MAX_ROWS:
            raise Refused(
                "EXCEEDED_ID_LIMIT",
                f"record limit reached. cannot submit more than {MAX_ROWS} records into this call",
            )
        for row in rows:
            self._check_shape(row)
        repeated = Counter(str(row.get(self.external_id)).lower() for row in rows)
        errors = [self._errors(row, repeated) for row in rows]
        if body.get("allOrNone") is True and any(errors):
            errors = [found or [_ROLLED_BACK] for found in errors]
        return self._done(rows, errors)

    def one(self, value: str, body: JsonObject) -> Answer:
        if self.external_id in body:
            raise Refused(
                "INVALID_FIELD",
                f"The {self.external_id} field should not be specified in the sobject data.",
            )
        row = body | {"attributes": {"type": "Lead"}, self.external_id: value}
        self._check_shape(row)
        errors = self._errors(row, Counter())
        if errors:
            first = errors[0]
            raise Refused(first["statusCode"], first["message"])
        done = self._done([row], [[]])
        created = bool(done.effects[0]["created"])
        answer = {"id": done.effects[0]["id"], "success": True, "errors": [], "created": created}
        return json_answer(201 if created else 200, answer, effects=done.effects)

    def _check_shape(self, row: object) -> None:
        if not isinstance(row, dict):
            raise Refused("JSON_PARSER_ERROR", "A record must be an object")
        attributes = row.get("attributes")
        kind = attributes.get("type") if isinstance(attributes, dict) else None
        if kind != "Lead":
            raise Refused("INVALID_TYPE", f"sObject type '{kind}' is not supported")
        if "Id" in row or "id" in row:
            raise Refused(
                "INVALID_FIELD", "The Id field should not be specified in the sobject data."
            )
        for name, value in row.items():
            if name == "attributes":
                continue
            known = self.fields.get(name)
            if known is None:
                raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type Lead")
            if not known.fits(value):
                raise Refused(
                    "JSON_PARSER_ERROR",
                    f"Cannot deserialize instance of {known.type} from the value of {name}",
                )

    def _errors(self, row: JsonObject, repeated: Counter[str]) -> list[JsonObject]:
        value = row.get(self.external_id)
        if not value:
            message = f"{self.external_id} not specified"
            return [row_error("MISSING_ARGUMENT", message, self.external_id)]
        # Every row that shares its id with another is refused, not just the later ones.
        if repeated[str(value).lower()] > 1:
            message = f"Duplicate external id specified: {value}"
            return [row_error("DUPLICATE_VALUE", message, self.external_id)]
        lead = self.org.find(self.external_id, value)
        if lead is not None and lead.converted:
            return [row_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")]
        wrong = wrong_with(row, self.fields, self.options, is_new=lead is None)
        stranger = self.assignment.wrong_with(row)
        wrong = wrong or ([stranger] if stranger else [])
        return wrong or self._misplaced(row, lead) or self._duplicates(row, lead)

    def _misplaced(self, row: JsonObject, lead: Lead | None) -> list[JsonObject]:
        if not self.options.state_country_picklists:
            return []
        problem = Address(row, lead.fields if lead else {}).problem()
        return [problem] if problem else []

    def _duplicates(self, row: JsonObject, lead: Lead | None) -> list[JsonObject]:
        for name in (each.name for each in self.fields.values() if each.unique):
            twin = self.org.twin(name, row.get(name), lead)
            if twin is not None:
                said = (
                    f"duplicate value found: {name} duplicates value on record with id: {twin.id}"
                )
                return [row_error("DUPLICATE_VALUE", said)]
        email = row.get("Email")
        if not self.refuse_duplicates or not email:
            return []
        others = self.org.with_email(email) - ({lead.id} if lead else set())
        return [row_error("DUPLICATES_DETECTED", "Use one of these records?")] if others else []

    def _done(self, rows: list[JsonObject], errors: list[list[JsonObject]]) -> Answer:
        found = [self.org.find(self.external_id, row.get(self.external_id)) for row in rows]
        new_ids = iter(self.org.next_ids(len(rows)))
        effects, results = [], []
        for item, (row, lead, wrong) in enumerate(zip(rows, found, errors, strict=True)):
            if wrong:
                results.append({"success": False, "errors": wrong})
                continue
            lead_id = lead.id if lead else next(new_ids)
            effects.append(
                {
                    "kind": "record",
                    "object": "Lead",
                    "id": lead_id,
                    "created": lead is None,
                    "id_property": self.external_id,
                    "external_id": str(row[self.external_id]),
                    "item": item,
                    # Noted with it, because the option may be another when the ledger is read again.
                    "places": self.options.state_country_picklists,
                }
            )
            owner = self.assignment.owner_of(row, is_new=lead is None)
            if owner:
                effects[-1]["owner"] = owner
            results.append({"id": lead_id, "success": True, "errors": [], "created": lead is None})
        return json_answer(200, results, effects=tuple(effects))


_ROLLED_BACK = row_error(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
