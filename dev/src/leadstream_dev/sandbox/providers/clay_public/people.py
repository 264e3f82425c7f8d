"""The people that Clay knows at a company, as its search tells of them: without an address."""

from leadstream_dev.sandbox.data.contacts import Wanted, contacts
from leadstream_dev.sandbox.data.draw import chance, number
from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.clay_public.options import ClayPublicOptions

_BANDS = {
    "executive": {"founder", "owner", "partner", "c-suite", "vp"},
    "director": {"director", "head"},
    "manager": {"manager"},
}

# More than anybody asks for at a company.
MOST = 5
# Who is found where no company was named.
ANYWHERE = "acme.com"


def people(options: ClayPublicOptions, *, seed: int, domain: str) -> list[JsonObject]:
    """Everybody at a company, each with the address that a routine would find as `email`."""
    pinned = options.companies.get(domain)
    if pinned is not None:
        return [
            {
                "name": one.name,
                "first_name": one.name.partition(" ")[0],
                "last_name": one.name.partition(" ")[2] or None,
                "title": one.title,
                # Of whom nothing was made up nothing is known that could keep them out.
                "seniority": None,
                "email": one.email,
                "end_date": one.end_date,
                "id": number("clay-profile", domain, one.name) >> 24,
            }
            for one in pinned
        ]
    if chance("clay-public-knows", seed, domain) >= options.knows:
        return []
    found = contacts(seed=seed, domain=domain, wanted=Wanted(), limit=MOST)
    return [
        {
            "name": one["full_name"],
            "first_name": one["first_name"],
            "last_name": one["last_name"],
            "title": one["title"],
            "seniority": one["seniority"],
            "email": one["email"],
            "end_date": None,
            "id": int(one["id"].removeprefix("c_"), 16),
        }
        for one in found
    ]


def matching(found: list[JsonObject], filters: JsonObject) -> list[JsonObject]:
    """Those who suit each of the filters that are asked for."""
    words, names = filters.get("job_title_keywords", []), filters.get("names", [])
    bands = set(filters.get("job_title_seniority_levels_v2", []))
    return [
        one
        for one in found
        if (not words or any(w.lower() in (one["title"] or "").lower() for w in words))
        and (not names or one["name"] in names)
        and (not bands or one["seniority"] is None or bands & _BANDS.get(one["seniority"], set()))
    ]


def shown(person: JsonObject, domain: str) -> JsonObject:
    return {
        "clay_profile_id": person["id"],
        "name": person["name"],
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "location": {"name": None, "city": None, "state_or_province": None},
        "matched_experiences": [
            {
                "company": domain.partition(".")[0].title(),
                "title": person["title"],
                "location": None,
                "start_date": "2024-01",
                "end_date": person["end_date"],
            }
        ],
    }
