"""Taking a person out of a document that holds contacts: pure, the same for every service."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import idna

IsErased = Callable[[str], bool]


def normal_address(email: str) -> str:
    """What two spellings of one address have in common."""
    return email.strip().lower()


def spellings(address: str) -> tuple[str, ...]:
    """The address in all forms that are the same to DNS: its domain in its own script, and in ASCII."""
    name, _, host = address.rpartition("@")
    if host.isascii() and "xn--" not in host:
        return (address,)
    try:
        in_ascii = idna.encode(host, uts46=True).decode()
        hosts = (host, in_ascii, idna.decode(in_ascii))
    except (idna.IDNAError, UnicodeError):
        return (address,)
    return tuple(dict.fromkeys(f"{name}@{each}" for each in hosts))


def address_of(contact: Mapping[str, Any] | None) -> str | None:
    email = contact.get("email") if contact else None
    return normal_address(email) if isinstance(email, str) and email.strip() else None


def addresses_in(holder: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of a holder's people.

    A holder has `contacts` and `primary_contact`: an enrichment, or a lead in the upload format.
    """
    for contact in (*(holder.get("contacts") or ()), holder.get("primary_contact")):
        if address := address_of(contact):
            yield address


def without_people(holder: Mapping[str, Any], is_erased: IsErased) -> dict[str, Any]:
    """The holder without erased people; the next best is primary, and `total_contacts`, if any, counts the rest."""
    contacts = list(holder.get("contacts") or ())
    left = [contact for contact in contacts if not _is_gone(contact, is_erased)]
    primary = holder.get("primary_contact")
    changed = {
        **holder,
        "contacts": left,
        "primary_contact": _best(left) if _is_gone(primary, is_erased) else primary,
    }
    if isinstance(total := holder.get("total_contacts"), int):
        changed["total_contacts"] = max(len(left), total - (len(contacts) - len(left)))
    return changed


def _is_gone(contact: Mapping[str, Any] | None, is_erased: IsErased) -> bool:
    address = address_of(contact)
    return address is not None and is_erased(address)


def _best(contacts: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """As enrichment chooses: whose address is valid, else the first."""
    return next((c for c in contacts if c.get("verified_email")), next(iter(contacts), None))
