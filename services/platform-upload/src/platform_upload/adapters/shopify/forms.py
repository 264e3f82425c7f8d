"""Which fields Shopify complains about, and how their values are mended."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from platform_upload.adapters.lengths import cut_to
from platform_upload.adapters.shopify.mapping import (
    ADDRESS,
    CONTACT,
    COUNTRY,
    EMAIL,
    EXTERNAL_ID,
    LOCATION,
    NAME,
    without,
)
from platform_upload.domain.drafts import Complaint, Fields, Form

TAKEN = "TAKEN"
# A cut one is another one.
_WHOLE_OR_NOT = frozenset({EMAIL, f"{CONTACT}phone", f"{ADDRESS}zoneCode", COUNTRY})
_OURS_OF_ADDRESS = frozenset({f"{ADDRESS}city", f"{ADDRESS}zoneCode", COUNTRY})
# What a complaint about a whole group is about.
_HEADS = {
    "company": NAME,
    "companyContact": EMAIL,
    "companyLocation": COUNTRY,
    "companyLocation.shippingAddress": COUNTRY,
}


def complaints_of(errors: Sequence[Mapping[str, Any]], *, of: str = "") -> tuple[Complaint, ...]:
    """One for each field that user errors name. `of` is the group that the mutation's input is, if it is one."""
    return tuple(_complaint(error, of) for error in errors)


def named(path: Iterable[object], of: str = "") -> str | None:
    """`["input", "company", "name"]` as our name for the field."""
    parts = [str(each) for each in path]
    if parts[:1] == ["input"]:
        parts = parts[1:]
    name = of + ".".join(parts)
    if name.startswith(ADDRESS) and name not in _OURS_OF_ADDRESS:
        # It wants a part that we have not: it is the whole address that can't be.
        return COUNTRY
    return _HEADS.get(name.rstrip("."), name) or None


def code_of(error: Mapping[str, Any]) -> str:
    return str(error.get("code") or "INVALID")


def said_of(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or "refused without a reason")


def _complaint(error: Mapping[str, Any], of: str) -> Complaint:
    path = error.get("field")
    name = named(path, of) if isinstance(path, list) and path else None
    return Complaint(field=name, code=code_of(error), message=said_of(error))


def _mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    if name == EMAIL:
        # A person without an address is no contact. One whose address is a customer's is assigned afterwards.
        return without(fields, CONTACT)
    if name == COUNTRY:
        return without(fields, LOCATION)
    value = fields[name]
    if isinstance(value, str) and name not in _WHOLE_OR_NOT:
        shorter = cut_to(value, complaint.message)
        return {**fields, name: shorter} if shorter else None
    return None


def _mend_contact(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    return None if name == EMAIL else _mend(name, fields, complaint)


NEW_COMPANY = Form(required=frozenset({NAME, EXTERNAL_ID}), mend=_mend)
COMPANY_UPDATE = Form(required=frozenset(), mend=_mend)
NEW_CONTACT = Form(required=frozenset({EMAIL}), mend=_mend_contact)
CONTACT_UPDATE = Form(required=frozenset(), mend=_mend_contact)
