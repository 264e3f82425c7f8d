"""The GraphQL documents that we send: several leads in one, told apart by aliases. Values travel as variables only.

A document costs what its parts cost, whether they go together or one by one; what is saved are round trips, of which
ten leads take two instead of twenty. Shopify runs mutations one after the other: ten are done well inside a time-out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Leads in one document.
AT_ONCE = 10
# A company has few contacts, and ours is among the first.
CONTACTS_SHOWN = 3
# What Shopify asks for a mutation, whatever it gives back.
MUTATION_POINTS = 10

_ERRORS = "userErrors{field message code}"
_CONTACTS = (
    f"contacts(first:{CONTACTS_SHOWN}){{nodes{{id title customer{{id firstName lastName"
    " defaultEmailAddress{emailAddress} defaultPhoneNumber{phoneNumber}}}}"
)
# An object is a point, and so is a connection beside what may be in it.
_CONTACT_POINTS = 4


@dataclass(frozen=True, slots=True)
class Document:
    text: str
    variables: Mapping[str, Any]
    # What it may cost at the most, for all that we know before it was answered.
    points: int


@dataclass(frozen=True, slots=True)
class Part:
    """One mutation of a document: its name, what it takes (name, type, value), and what is asked of its answer."""

    name: str
    arguments: Sequence[tuple[str, str, Any]]
    answer: str


def quoted(value: str) -> str:
    """A value of Shopify's search syntax, which nothing in it can end."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def find_companies(external_ids: Sequence[str], *, with_contacts: bool) -> Document:
    """Companies by our ids; nothing that a search finds besides takes their places."""
    first = len(external_ids) + 1
    query = " OR ".join(f"external_id:{quoted(each)}" for each in external_ids)
    fields = _company(with_contacts=with_contacts)
    text = f"query($q:String!){{companies(first:{first},query:$q){{nodes{{{fields}}}}}}}"
    return Document(text, {"q": query}, 2 + first * _company_points(with_contacts=with_contacts))


def read_companies(ids: Sequence[str], *, with_contacts: bool) -> Document:
    """Companies by Shopify's ids: these are there at once, where a search may lag behind."""
    fields = _company(with_contacts=with_contacts)
    text = f"query($ids:[ID!]!){{nodes(ids:$ids){{... on Company{{{fields}}}}}}}"
    points = len(ids) * _company_points(with_contacts=with_contacts)
    return Document(text, {"ids": list(ids)}, points)


def find_customers(emails: Sequence[str]) -> Document:
    variables = {f"e{at}": email for at, email in enumerate(emails)}
    parts = " ".join(
        f"a{at}:customerByIdentifier(identifier:{{emailAddress:$e{at}}}){{id}}"
        for at in range(len(emails))
    )
    declared = ",".join(f"${name}:String!" for name in variables)
    return Document(f"query({declared}){{{parts}}}", variables, len(emails))


def look_around() -> Document:
    """A harmless question, and one that only a shop with companies answers."""
    text = "{shop{name} currentAppInstallation{accessScopes{handle}} companies(first:1){nodes{id}}}"
    return Document(text, {}, 8)


def create_company(company: Mapping[str, Any]) -> Part:
    answer = "company{id externalId}"
    return Part("companyCreate", [("input", "CompanyCreateInput!", company)], answer)


def update_company(company_id: str, company: Mapping[str, Any]) -> Part:
    arguments = [("companyId", "ID!", company_id), ("input", "CompanyInput!", company)]
    return Part("companyUpdate", arguments, "company{id}")


def create_contact(company_id: str, contact: Mapping[str, Any]) -> Part:
    arguments = [("companyId", "ID!", company_id), ("input", "CompanyContactInput!", contact)]
    return Part("companyContactCreate", arguments, "companyContact{id}")


def update_contact(contact_id: str, contact: Mapping[str, Any]) -> Part:
    arguments = [
        ("companyContactId", "ID!", contact_id),
        ("input", "CompanyContactInput!", contact),
    ]
    return Part("companyContactUpdate", arguments, "companyContact{id}")


def assign_customer(company_id: str, customer_id: str) -> Part:
    """No invitation goes out by it."""
    arguments = [("companyId", "ID!", company_id), ("customerId", "ID!", customer_id)]
    return Part("companyAssignCustomerAsContact", arguments, "companyContact{id}")


def remove_contact(contact_id: str) -> Part:
    arguments = [("companyContactId", "ID!", contact_id)]
    return Part("companyContactRemoveFromCompany", arguments, "removedCompanyContactId")


def mutation(parts: Sequence[Part]) -> Document:
    """The parts under the aliases `a0`, `a1` …, in their order."""
    declared, calls = [], []
    variables: dict[str, Any] = {}
    for at, part in enumerate(parts):
        for name, kind, value in part.arguments:
            variables[f"{name}{at}"] = value
            declared.append(f"${name}{at}:{kind}")
        given = ",".join(f"{name}:${name}{at}" for name, _, _ in part.arguments)
        calls.append(f"a{at}:{part.name}({given}){{{part.answer} {_ERRORS}}}")
    text = f"mutation({','.join(declared)}){{{' '.join(calls)}}}"
    return Document(text, variables, MUTATION_POINTS * len(parts))


def _company(*, with_contacts: bool) -> str:
    return f"id externalId name note {_CONTACTS if with_contacts else ''}".strip()


def _company_points(*, with_contacts: bool) -> int:
    return 1 + (1 + CONTACTS_SHOWN * _CONTACT_POINTS if with_contacts else 0)
