"""People at a company, and whether their addresses exist: pure functions of the domain and the address."""

import unicodedata
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from leadstream_dev.sandbox.data.draw import chance, stream, weighted
from leadstream_dev.sandbox.data.words import WORDS, Title
from leadstream_dev.sandbox.exchange import JsonObject

_HOW_MANY = {0: 6, 1: 12, 2: 20, 3: 26, 4: 20, 5: 16}
_VERDICTS = (
    (0.70, "valid", None),
    (0.82, "invalid", "mailbox does not exist"),
    (0.90, "accept_all", "the domain accepts every address"),
    (0.94, "disposable", "disposable domain"),
    (1.00, "unknown", "the mail server did not answer"),
)
_VALID = {"valid": True, "invalid": False, "disposable": False, "accept_all": None, "unknown": None}


class Wanted(BaseModel):
    """The contact filters of a request; an empty one filters nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    job_titles: list[str] = Field(default_factory=list)
    seniority_levels: list[str] = Field(default_factory=list)
    departments: list[str] = Field(default_factory=list)
    locations: list[str] = Field(default_factory=list)

    def suits(self, title: Title) -> bool:
        return (
            (
                not self.job_titles
                or any(word.lower() in title.name.lower() for word in self.job_titles)
            )
            and (not self.seniority_levels or title.seniority in self.seniority_levels)
            and (not self.departments or title.department in self.departments)
        )


def contacts(*, seed: int, domain: str, wanted: Wanted, limit: int) -> list[JsonObject]:
    random = stream("contacts", seed, domain)
    how_many = weighted(random, _HOW_MANY)
    titles = [title for title in WORDS.titles if wanted.suits(title)]
    if not titles:
        return []
    found = [_contact(random, seed, domain, random.choice(titles), n) for n in range(how_many)]
    return found[:limit]


def company_info(*, seed: int, domain: str, name: str | None) -> JsonObject:
    random = stream("facts", seed, domain)
    industry = weighted(random, WORDS.industries)
    shown = name or domain.split(".")[0].replace("-", " ").title()
    return {
        "name": shown,
        "domain": domain,
        "industry": industry if random.random() < 0.9 else None,
        "employee_count": random.randint(5, 4000) if random.random() < 0.9 else None,
        "description": f"{shown} works in {industry.lower()}.",
    }


def verdict(*, seed: int, email: str) -> JsonObject:
    draw = chance("verdict", seed, email.lower())
    _, status, reason = next(row for row in _VERDICTS if draw < row[0])
    return verdict_of(status, reason)


def verdict_of(status: str, reason: str | None = None) -> JsonObject:
    return {"valid": _VALID[status], "status": status, "reason": reason}


def _contact(random: Random, seed: int, domain: str, title: Title, number: int) -> JsonObject:
    first, last = random.choice(WORDS.first_names), random.choice(WORDS.last_names)
    email = (
        f"{ascii_of(first)}.{ascii_of(last)}@{domain}".lower() if random.random() < 0.93 else None
    )
    return {
        "id": f"c_{stream('id', seed, domain, number).getrandbits(48):012x}",
        "first_name": first,
        "last_name": last,
        "full_name": f"{first} {last}",
        "email": email,
        "verified_email": None,
        "phone": f"+1415555{random.randint(0, 9999):04d}" if random.random() < 0.6 else None,
        "title": title.name,
        "seniority": title.seniority,
        "department": title.department,
        "linkedin_url": f"https://www.linkedin.com/in/{ascii_of(first)}-{ascii_of(last)}".lower(),
        "location": None,
    }


def ascii_of(name: str) -> str:
    plain = unicodedata.normalize(
        "NFKD", name.replace("ø", "o").replace("Ø", "O").replace("\u0131", "i")
    )
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
