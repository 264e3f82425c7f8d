"""What the fields of the schema give and do. A document is tried on a copy of the shop; what it did are effects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from graphql import GraphQLError

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.shopify.rules import (
    ShopifyOptions,
    user_error,
    wrong_with,
    wrong_with_address,
)
from leadstream_dev.sandbox.providers.shopify.shop import Record, Shop

_TERM = r"external_id:'((?:[^'\\]|\\.)*)'"
_QUERY = re.compile(rf"{_TERM}(?:\s+OR\s+{_TERM})*")
_CUSTOMER = ("email", "firstName", "lastName", "phone")
_COMPANY_SCOPES = ("companies", "customers")

Errors = list[JsonObject]


@dataclass(slots=True)
class Graph:
    shop: Shop
    options: ShopifyOptions
    name: str
    now: float
    effects: list[JsonObject] = field(default_factory=list)

    def root(self) -> JsonObject:
        """The fields of Query and Mutation, by their names."""
        return {
            "shop": lambda info: self._shop(),
            "currentAppInstallation": lambda info: self._app(),
            "companies": self._companies,
            "company": self._company,
            "customerByIdentifier": self._customer_by,
            "nodes": self._nodes,
            "companyCreate": self._create,
            "companyUpdate": self._update,
            "companyContactCreate": self._create_contact,
            "companyContactUpdate": self._update_contact,
            "companyAssignCustomerAsContact": self._assign,
            "companyContactRemoveFromCompany": self._remove_from_company,
            "companyContactDelete": self._delete,
            "companyContactSendWelcomeEmail": self._invite,
        }

    def _shop(self) -> JsonObject:
        return {
            "id": "gid://shopify/Shop/1",
            "name": self.name.title(),
            "myshopifyDomain": self.name,
        }

    def _app(self) -> JsonObject:
        scopes = [{"handle": each, "description": each} for each in self.options.scopes]
        return {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}

    def _companies(self, info: Any, first: int | None = None, **more: Any) -> JsonObject:
        self._may("read", "companies")
        if first is None:
            raise GraphQLError("you must provide one of first or last")
        found = self.shop.of("Company")
        query = more.get("query")
        # What a search does not understand it leaves out, and shows everything.
        if query and _QUERY.fullmatch(query):
            wanted = {re.sub(r"\\(.)", r"\1", each) for each in re.findall(_TERM, query)}
            found = [each for each in found if each.fields.get("externalId") in wanted]
        indexed = [e for e in found if self.now - e.created >= self.options.index_seconds]
        return _connection([self._shown_company(each) for each in indexed[:first]])

    def _company(self, info: Any, id: str) -> JsonObject | None:
        self._may("read", "company")
        found = self.shop.get(id, "Company")
        return self._shown_company(found) if found else None

    def _nodes(self, info: Any, ids: list[str]) -> list[JsonObject | None]:
        self._may("read", "nodes")
        return [self._company(info, each) for each in ids]

    def _customer_by(self, info: Any, identifier: Mapping[str, Any]) -> JsonObject | None:
        self._may_see_customers("customerByIdentifier")
        found = self.shop.find("Customer", "email", identifier.get("emailAddress"))
        return self._shown_customer(found) if found else None

    def _create(self, info: Any, input: JsonObject) -> JsonObject:
        self._may("write", "companyCreate")
        company, contact = input["company"], input.get("companyContact")
        location = input.get("companyLocation")
        errors = self._wrong_company(company, ["input", "company"])
        if not str(company.get("name") or "").strip():
            errors = [user_error(["input", "company", "name"], "BLANK", "Name can't be blank")]
        if contact is not None:
            errors += self._wrong_contact(contact, ["input", "companyContact"])
        if location is not None:
            errors += self._wrong_location(location)
        if errors:
            return {"company": None, "userErrors": errors}
        made = self._make("Company", company | ({"location": location} if location else {}))
        if contact is not None:
            self._make_contact(made, contact, main=True)
        if made.fields.get("externalId") in self.options.broken:
            raise _error("INTERNAL_SERVER_ERROR", "Internal error. Looks like something went wrong")
        return {"company": self._shown_company(self.shop.records[made.id]), "userErrors": []}

    def _update(self, info: Any, companyId: str, input: JsonObject) -> JsonObject:  # noqa: N803
        self._may("write", "companyUpdate")
        held = self.shop.get(companyId, "Company")
        if held is None:
            return {"company": None, "userErrors": [_missing("companyId", "Company")]}
        if not input:
            return {"company": None, "userErrors": [user_error(["input"], "NO_INPUT", "No input")]}
        errors = self._wrong_company(input, ["input"], but=held.id)
        if errors:
            return {"company": None, "userErrors": errors}
        changed = self._change(held, input)
        return {"company": self._shown_company(changed), "userErrors": []}

    def _create_contact(self, info: Any, companyId: str, input: JsonObject) -> JsonObject:  # noqa: N803
        self._may("write", "companyContactCreate")
        company = self.shop.get(companyId, "Company")
        if company is None:
            return _refused([_missing("companyId", "Company")])
        errors = self._wrong_contact(input, ["input"])
        if errors:
            return _refused(errors)
        return _contact_payload(self._shown_contact(self._make_contact(company, input, main=False)))

    def _update_contact(self, info: Any, companyContactId: str, input: JsonObject) -> JsonObject:  # noqa: N803
        self._may("write", "companyContactUpdate")
        contact = self.shop.get(companyContactId, "CompanyContact")
        if contact is None:
            return _refused([_missing("companyContactId", "Company contact")])
        customer = self.shop.records[contact.fields["customer"]]
        errors = self._wrong_contact(input, ["input"], but=customer.id)
        if errors:
            return _refused(errors)
        self._change(customer, {name: input[name] for name in _CUSTOMER if name in input})
        if "title" in input:
            contact = self._change(contact, {"title": input["title"]})
        return _contact_payload(self._shown_contact(contact))

    def _assign(self, info: Any, companyId: str, customerId: str) -> JsonObject:  # noqa: N803
        self._may("write", "companyAssignCustomerAsContact")
        company, customer = (
            self.shop.get(companyId, "Company"),
            self.shop.get(customerId, "Customer"),
        )
        if company is None or customer is None:
            missing = "companyId" if company is None else "customerId"
            return _refused([_missing(missing, "Resource")])
        contacts = self.shop.contacts_of(company.id)
        if any(each.fields["customer"] == customer.id for each in contacts):
            said = "Customer is already a contact of this company"
            return _refused([user_error(["customerId"], "TAKEN", said)])
        fields = {"company": company.id, "customer": customer.id, "isMainContact": False}
        return _contact_payload(self._shown_contact(self._make("CompanyContact", fields)))

    def _remove_from_company(self, info: Any, companyContactId: str) -> JsonObject:  # noqa: N803
        return self._removed("companyContactRemoveFromCompany", companyContactId, "removed")

    def _delete(self, info: Any, companyContactId: str) -> JsonObject:  # noqa: N803
        return self._removed("companyContactDelete", companyContactId, "deleted")

    def _removed(self, what: str, contact_id: str, how: str) -> JsonObject:
        self._may("write", what)
        answer = f"{how}CompanyContactId"
        if self.shop.get(contact_id, "CompanyContact") is None:
            missing = _missing("companyContactId", "Company contact")
            return {answer: None, "userErrors": [missing]}
        self.shop.remove(contact_id)
        self.effects.append({"kind": "removal", "object": "CompanyContact", "id": contact_id})
        return {answer: contact_id, "userErrors": []}

    def _invite(self, info: Any, companyContactId: str) -> JsonObject:  # noqa: N803
        self._may("write", "companyContactSendWelcomeEmail")
        contact = self.shop.get(companyContactId, "CompanyContact")
        if contact is None:
            return _refused([_missing("companyContactId", "Company contact")])
        self.effects.append({"kind": "invitation", "id": contact.id})
        return _contact_payload(self._shown_contact(contact))

    def _wrong_company(self, values: JsonObject, path: list[str], but: str | None = None) -> Errors:
        errors = list(wrong_with(values, self.options, group="company", path=path))
        taken = self.shop.find("Company", "externalId", values.get("externalId"))
        if taken and taken.id != but:
            said = "External ID has already been taken"
            errors.append(user_error([*path, "externalId"], "TAKEN", said))
        return errors

    def _wrong_contact(self, values: JsonObject, path: list[str], but: str | None = None) -> Errors:
        errors = list(wrong_with(values, self.options, group="companyContact", path=path))
        if but is None and not str(values.get("email") or "").strip():
            errors.append(user_error([*path, "email"], "BLANK", "Email can't be blank"))
        for name in ("email", "phone"):
            taken = self.shop.find("Customer", name, values.get(name))
            if values.get(name) and taken and taken.id != but:
                said = f"{name.capitalize()} has already been taken"
                errors.append(user_error([*path, name], "TAKEN", said))
        return errors

    def _wrong_location(self, values: JsonObject) -> Errors:
        path = ["input", "companyLocation"]
        errors = list(wrong_with(values, self.options, group="companyLocation", path=path))
        address = values.get("shippingAddress")
        if address is not None:
            path = [*path, "shippingAddress"]
            group = "companyLocation.shippingAddress"
            errors += wrong_with(address, self.options, group=group, path=path)
            errors += wrong_with_address(address, self.options, path)
        return errors

    def _make_contact(self, company: Record, values: JsonObject, *, main: bool) -> Record:
        customer = self._make("Customer", {n: values[n] for n in _CUSTOMER if n in values})
        fields = {
            "company": company.id,
            "customer": customer.id,
            "title": values.get("title"),
            "isMainContact": main,
        }
        return self._make("CompanyContact", fields)

    def _make(self, kind: str, fields: JsonObject) -> Record:
        return self._write(kind, self.shop.next_number, fields, created=True)

    def _change(self, record: Record, fields: JsonObject) -> Record:
        return self._write(record.kind, record.number, fields, created=False)

    def _write(self, kind: str, number: int, fields: JsonObject, *, created: bool) -> Record:
        record = self.shop.write(kind, number, fields, at=self.now)
        company = kind == "Company"
        self.effects.append(
            {
                # Leads are companies; the people in them are counted apart.
                "kind": "record" if company else "shop_record",
                "object": kind,
                "id": record.id,
                "number": number,
                "created": created,
                "id_property": "externalId" if company else None,
                "external_id": record.fields.get("externalId") if company else None,
                "fields": fields,
                "at": self.now,
            }
        )
        return record

    def _shown_company(self, record: Record) -> JsonObject:
        contacts = self.shop.contacts_of(record.id)
        location = record.fields.get("location")

        def shown(info: Any, first: int = 10, **more: Any) -> JsonObject:
            return _connection([self._shown_contact(each) for each in contacts[:first]])

        def main(info: Any) -> JsonObject | None:
            mains = (each for each in contacts if each.fields["isMainContact"])
            found = next(mains, None)
            return self._shown_contact(found) if found else None

        def places(info: Any, first: int = 10, **more: Any) -> JsonObject:
            return _connection([_shown_location(record, location)] if location else [])

        return {
            "__typename": "Company",
            "id": record.id,
            "name": record.fields.get("name"),
            "externalId": record.fields.get("externalId"),
            "note": record.fields.get("note"),
            "mainContact": main,
            "contacts": shown,
            "locations": places,
        }

    def _shown_contact(self, record: Record) -> JsonObject:
        def customer(info: Any) -> JsonObject:
            self._may_see_customers("customer")
            return self._shown_customer(self.shop.records[record.fields["customer"]])

        return {
            "__typename": "CompanyContact",
            "id": record.id,
            "title": record.fields.get("title"),
            "isMainContact": record.fields["isMainContact"],
            "customer": customer,
            "company": lambda info: self._shown_company(
                self.shop.records[record.fields["company"]]
            ),
        }

    def _shown_customer(self, record: Record) -> JsonObject:
        email, phone = record.fields.get("email"), record.fields.get("phone")
        return {
            "__typename": "Customer",
            "id": record.id,
            "firstName": record.fields.get("firstName"),
            "lastName": record.fields.get("lastName"),
            "defaultEmailAddress": {"emailAddress": email} if email else None,
            "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
        }

    def _may(self, how: str, what: str) -> None:
        ways = [f"{way}_{scope}" for way in _ways(how) for scope in _COMPANY_SCOPES]
        if not self.options.b2b or not set(ways) & set(self.options.scopes):
            _deny(what, f"`{how}_customers` access scope or `{how}_companies` access scope")

    def _may_see_customers(self, what: str) -> None:
        if not {"read_customers", "write_customers"} & set(self.options.scopes):
            _deny(what, "`read_customers` access scope")


def _ways(how: str) -> tuple[str, ...]:
    """Who may write may read."""
    return ("write",) if how == "write" else ("read", "write")


def _deny(what: str, needed: str) -> NoReturn:
    said = f"Access denied for {what} field. Required access: {needed}."
    if what != "customer":
        said += " Also: The shop must have access to B2B."
    raise _error("ACCESS_DENIED", said)


def _error(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _missing(name: str, what: str) -> JsonObject:
    return user_error([name], "RESOURCE_NOT_FOUND", f"{what} does not exist")


def _refused(errors: Errors) -> JsonObject:
    return {"companyContact": None, "userErrors": errors}


def _contact_payload(contact: JsonObject) -> JsonObject:
    return {"companyContact": contact, "userErrors": []}


def _connection(nodes: list[JsonObject]) -> JsonObject:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _shown_location(company: Record, location: JsonObject) -> JsonObject:
    address = location.get("shippingAddress")
    number = company.number
    return {
        "id": f"gid://shopify/CompanyLocation/{number}",
        "name": location.get("name") or company.fields.get("name"),
        "shippingAddress": {"id": f"gid://shopify/CompanyAddress/{number}", **address}
        if address
        else None,
    }
