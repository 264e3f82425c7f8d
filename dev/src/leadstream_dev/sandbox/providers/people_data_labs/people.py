"""People as their records have them: made up, and a pure function of the company's website."""

from random import Random
from typing import Any, Final

from leadstream_dev.sandbox.data.contacts import ascii_of
from leadstream_dev.sandbox.data.draw import stream, weighted
from leadstream_dev.sandbox.data.words import WORDS, Title
from leadstream_dev.sandbox.exchange import JsonObject

# What a plan without contact data says of only whether it is there.
CONTACT_FIELDS: Final = (
    "work_email",
    "personal_emails",
    "recommended_personal_email",
    "mobile_phone",
    "emails",
    "phone_numbers",
)
_HOW_MANY: Final = {0: 6, 2: 14, 4: 20, 7: 30, 12: 20, 40: 10}
_JUNIORS: Final = (
    Title(name="Software Engineer", seniority="entry", department="Engineering"),
    Title(name="Account Executive", seniority="senior", department="Sales"),
    Title(name="Accountant", seniority="entry", department="Finance"),
)
# The companies of the sandbox host, which nobody else has heard of.
SYNTHETIC: Final = tuple(f"synthetic-{number}.example" for number in range(8))


def people(*, seed: int, domain: str) -> list[JsonObject]:
    random = stream("people_data_labs", seed, domain)
    company = _company(random, domain)
    titles = [*WORDS.titles, *_JUNIORS]
    return [
        _person(random, seed, company, random.choice(titles), number)
        for number in range(weighted(random, _HOW_MANY))
    ]


def _company(random: Random, domain: str) -> JsonObject:
    name = domain.split(".")[0]
    return {
        "job_company_name": name.replace("-", " "),
        "job_company_website": domain,
        "job_company_industry": weighted(random, WORDS.industries).lower(),
        "job_company_employee_count": random.randint(5, 4000),
        "job_company_founded": random.randint(1952, 2024),
        "job_company_size": "51-200",
        "job_company_linkedin_url": f"linkedin.com/company/{name}",
    }


def _person(
    random: Random, seed: int, company: JsonObject, title: Title, number: int
) -> JsonObject:
    domain = company["job_company_website"]
    first, last = random.choice(WORDS.first_names).lower(), random.choice(WORDS.last_names).lower()
    plain = f"{ascii_of(first)}.{ascii_of(last)}"
    work = f"{plain}@{domain}" if random.random() < 0.8 else None
    private = f"{plain}{number}@gmail.com"
    return {
        "id": f"{stream('pdl-id', seed, domain, number).getrandbits(128):032x}_0000",
        "full_name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "sex": None,
        "linkedin_url": f"linkedin.com/in/{plain.replace('.', '-')}",
        "work_email": work,
        "recommended_personal_email": private,
        "personal_emails": [private],
        "emails": [
            *([{"address": work, "type": "current_professional"}] if work else []),
            {"address": private, "type": "personal"},
        ],
        "mobile_phone": f"+1415555{random.randint(0, 9999):04d}",
        "phone_numbers": [],
        "industry": company["job_company_industry"],
        "job_title": title.name.lower(),
        "job_title_role": title.department.lower(),
        "job_title_levels": _levels(title),
        **company,
        "location_name": "san francisco, california, united states",
        "location_country": "united states",
    }


def _levels(title: Title) -> list[str]:
    name = title.name.lower()
    if name.startswith("vp"):
        return ["vp"]
    # "head of" is on no level of theirs, as many of the records are.
    if name.startswith("head of"):
        return []
    if title.seniority == "executive":
        return ["cxo", "owner"] if "founder" in name else ["cxo"]
    return [title.seniority]


def titled(value: Any) -> Any:
    """As `titlecase` has it: of the texts, not of addresses."""
    if isinstance(value, list):
        return [titled(each) for each in value]
    if isinstance(value, str) and "@" not in value and "/" not in value:
        return value.title()
    return value


FIELDS: Final = frozenset(
    _person(stream("fields"), 0, _company(stream("fields"), "a.example"), WORDS.titles[0], 0)
)
