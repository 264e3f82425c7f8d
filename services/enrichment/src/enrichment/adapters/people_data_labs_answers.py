"""Reads what People Data Labs knows of people at a company."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import httpx

from enrichment.adapters.people import (
    MalformedAnswerError,
    People,
    read_facts,
    read_people,
    read_units,
)
from enrichment.adapters.stored_answer import plain_number
from enrichment.application.providers import Found, NotFound
from enrichment.domain.answer import Answer
from leadstream.accounts import Account
from leadstream.companies import company_domain
from leadstream.reading import entries, word

SPENT: Final = "x-call-credits-spent"
# What is asked for. Of the addresses they know, the one at work: the others are private, and their numbers are, too.
FIELDS: Final = (
    "id",
    "full_name",
    "first_name",
    "last_name",
    "work_email",
    "job_title",
    "job_title_role",
    "job_title_levels",
    "linkedin_url",
    "location_name",
    "job_company_website",
    "job_company_industry",
    "job_company_employee_count",
    "job_company_founded",
)
_SENIORITIES: Final = {
    **dict.fromkeys(("cxo", "owner", "partner", "vp"), "executive"),
    "director": "director",
    "manager": "manager",
}
_LINKEDIN: Final = ("linkedin.com/", "www.linkedin.com/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    people: People
    facts: Mapping[str, Any]
    # How many there were, of use or not: each is paid for.
    count: int

    def as_answer(self, spent: Decimal | None, account: Account) -> Found | NotFound:
        """`spent` is what the provider says that it has cost, if it does."""
        priced = Decimal(0) if account.training else Decimal(self.count)
        units = priced if spent is None else spent
        if not self.count:
            return NotFound(units=units)
        answer = Answer(
            contacts=self.people.contacts,
            facts=self.facts,
            credits_used=plain_number(float(units)),
            rejected=self.people.rejected,
        )
        return Found(answer=answer, units=units)


def read_spent(response: httpx.Response, account: Account) -> Decimal | None:
    return Decimal(0) if account.training else read_units(response.headers.get(SPENT))


def read_found(document: Any, *, domain: str, limit: int) -> Records:
    """Raises MalformedAnswerError where there is something else than a list of records."""
    listed = entries(document, "data")
    if listed is None:
        raise MalformedAnswerError("there is no list of people")
    return Records(
        people=_people(listed, domain, limit),
        facts=_facts(listed, domain),
        count=len(listed),
    )


def _people(listed: list[Any], domain: str, limit: int) -> People:
    people = read_people(listed, domain=domain, limit=limit, renamed=_renamed)
    if any(isinstance(each, dict) and each.get("work_email") is True for each in listed):
        # Of what is not in the plan they say only that it is there.
        return replace(people, rejected=(*people.rejected, "work_email: not in the plan"))
    return people


def _renamed(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    email = found.get("work_email")
    return {
        "id": found.get("id"),
        "full_name": found.get("full_name"),
        "first_name": found.get("first_name"),
        "last_name": found.get("last_name"),
        # They are written small; only as a title they are not.
        "email": email.lower() if isinstance(email, str) else None,
        "title": found.get("job_title"),
        "seniority": _seniority(found.get("job_title_levels")),
        "department": found.get("job_title_role"),
        "linkedin_url": _linkedin(found.get("linkedin_url")),
        "location": found.get("location_name"),
    }


def _seniority(levels: Any) -> str | None:
    """Of several levels the highest that we have a word for."""
    said = {word(level) for level in (levels if isinstance(levels, list) else [levels])}
    return next((meant for level, meant in _SENIORITIES.items() if level in said), None)


def _linkedin(url: Any) -> Any:
    """They leave the scheme away."""
    if isinstance(url, str) and url.strip().lower().startswith(_LINKEDIN):
        return f"https://{url.strip().lower()}"
    return url


def _facts(listed: list[Any], domain: str) -> dict[str, Any]:
    """What the records say of the company that was asked about, by whichever knows most."""
    known = [
        read_facts(
            {
                "industry": each.get("job_company_industry"),
                "employee_count": each.get("job_company_employee_count"),
                "founded_year": each.get("job_company_founded"),
            }
        )
        for each in listed
        if isinstance(each, dict) and _is_at(each.get("job_company_website"), domain)
    ]
    return max(known, key=len, default={})


def _is_at(website: Any, domain: str) -> bool:
    return isinstance(website, str) and company_domain(website) == domain
