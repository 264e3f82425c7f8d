"""What a shop has of a company already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_upload.adapters.shopify.answers import objects
from platform_upload.adapters.shopify.mapping import CONTACT, EMAIL, NAME, NOTE
from platform_upload.domain.drafts import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldContact:
    id: str
    customer_id: str
    email: str
    # Under our names for them.
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    id: str
    external_id: str
    fields: Fields
    # None where the app may not see them.
    contacts: tuple[HeldContact, ...] | None

    def contact_of(self, email: str) -> HeldContact | None:
        folded = email.casefold()
        return next((each for each in self.contacts or () if each.email == folded), None)


def held_of(node: Mapping[str, Any]) -> Held:
    contacts = node.get("contacts")
    return Held(
        id=str(node.get("id")),
        external_id=str(node.get("externalId")),
        fields={NAME: node.get("name"), NOTE: node.get("note")},
        contacts=_contacts(contacts) if isinstance(contacts, Mapping) else None,
    )


def _contacts(connection: Mapping[str, Any]) -> tuple[HeldContact, ...]:
    return tuple(_contact(each) for each in objects(connection.get("nodes")))


def _contact(node: Mapping[str, Any]) -> HeldContact:
    customer = _object(node.get("customer"))
    email = _object(customer.get("defaultEmailAddress")).get("emailAddress")
    phone = _object(customer.get("defaultPhoneNumber")).get("phoneNumber")
    return HeldContact(
        id=str(node.get("id")),
        customer_id=str(customer.get("id")),
        email=str(email or "").casefold(),
        fields={
            EMAIL: email,
            f"{CONTACT}firstName": customer.get("firstName"),
            f"{CONTACT}lastName": customer.get("lastName"),
            f"{CONTACT}title": node.get("title"),
            f"{CONTACT}phone": phone,
        },
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
